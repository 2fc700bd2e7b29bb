"""Mapped meshes: a grid of the unit square or cube, curved by a function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.mechanics.model.mesh import PartMesh
from surgitwin.mechanics.model.split import tetrahedra_of

_QUAD9 = ((0, 0), (2, 0), (2, 2), (0, 2), (1, 0), (2, 1), (1, 2), (0, 1), (1, 1))
_HEX27 = (
    (0, 0, 0), (2, 0, 0), (2, 2, 0), (0, 2, 0), (0, 0, 2), (2, 0, 2), (2, 2, 2), (0, 2, 2),
    (1, 0, 0), (2, 1, 0), (1, 2, 0), (0, 1, 0), (1, 0, 2), (2, 1, 2), (1, 2, 2), (0, 1, 2),
    (0, 0, 1), (2, 0, 1), (2, 2, 1), (0, 2, 1),
    (0, 1, 1), (2, 1, 1), (1, 0, 1), (1, 2, 1), (1, 1, 0), (1, 1, 2), (1, 1, 1),
)  # fmt: skip
_TRIANGLES = ((0, 1, 2), (0, 2, 3))
_KUHN = ((0, 1, 2, 6), (0, 2, 3, 6), (0, 3, 7, 6), (0, 7, 4, 6), (0, 4, 5, 6), (0, 5, 1, 6))
"""Six tetrahedra around the diagonal 0-6 of a hexahedron (VTK corners), positive and conforming."""

Map = Callable[[FloatArray], FloatArray]


def grid(counts: Sequence[int], mapping: Map | None = None, cell: str = "", order: int = 2) -> PartMesh:
    """A mesh of the unit square or cube with counts[i] cells along axis i, its nodes moved by `mapping`.

    mapping: (n, d) unit coordinates to (n, d) mm; None leaves the unit square or cube. cell: default
    quadrilateral or hexahedron; "triangle" and "tetrahedron" split each into 2 or 6. The surfaces are
    called "x0", "x1", "y0", "y1" (and "z0", "z1") by the unit coordinates. order 2 puts all nodes on
    the mapped shape (curved cells).
    """
    d = len(counts)
    kind = cell or ("quadrilateral", "hexahedron")[d - 2]
    n = np.asarray(counts)
    lattice = 2 * n + 1
    cells = _lattice_cells(n, lattice)
    if kind in ("triangle", "tetrahedron"):
        cells = _split(cells, lattice, d)
    if order == 1:
        cells = cells[:, : {"triangle": 3, "quadrilateral": 4, "tetrahedron": 4, "hexahedron": 8}[kind]]
    used, flat = np.unique(cells, return_inverse=True)
    index = np.stack(np.unravel_index(used, lattice), axis=1)
    unit = index / (lattice - 1)
    points = unit if mapping is None else np.asarray(mapping(unit), float)
    mesh = PartMesh(points, flat.reshape(cells.shape).astype(np.int32), kind)
    facets = mesh.boundary()
    surfaces = {}
    for axis in range(d):
        for end in (0, 1):
            at = index[:, axis] == end * (lattice[axis] - 1)
            surfaces[f"{'xyz'[axis]}{end}"] = facets[at[facets].all(axis=1)]
    return PartMesh(mesh.points_mm, mesh.cells, kind, {}, surfaces)


def box(
    low: Sequence[float], high: Sequence[float], counts: Sequence[int], cell: str = "", order: int = 1
) -> PartMesh:
    """A rectangle or block from `low` to `high` (mm)."""
    a, b = np.asarray(low, float), np.asarray(high, float)
    return grid(counts, lambda s: a + s * (b - a), cell, order)


def ring(
    inner: float, outer: float, counts: tuple[int, int], angle: float = np.pi / 2, grading: float = 1.0
) -> PartMesh:
    """Plane sector between two radii: x0 inner, x1 outer, y0 at angle 0, y1 at `angle`.

    counts: (radial, around). grading: ratio of the last to the first radial cell size.
    """
    return grid(counts, lambda s: _polar(_radius(s[:, 0], inner, outer, grading, counts[0]), s[:, 1] * angle))


def tube(
    inner: float, outer: float, length: float, counts: tuple[int, int, int], angle: float = np.pi / 2,
    cell: str = "",
) -> PartMesh:  # fmt: skip
    """Tube sector along z: x0 inner, x1 outer, y0/y1 the cut faces, z0/z1 the ends.

    counts: (radial, around, along).
    """

    def place(s: FloatArray) -> FloatArray:
        plane = _polar(inner + s[:, 0] * (outer - inner), s[:, 1] * angle)
        return np.column_stack([plane, s[:, 2] * length])

    return grid(counts, place, cell)


def sphere_octant(inner: float, outer: float, counts: tuple[int, int], cell: str = "") -> PartMesh:
    """Hollow sphere in the first octant as three mapped blocks; counts (radial, along each edge).

    Surfaces: "inner", "outer", "x0", "y0", "z0" (the planes of symmetry).
    """
    blocks = [
        grid((counts[0], counts[1], counts[1]), partial(_octant_block, k=k, inner=inner, outer=outer))
        for k in range(3)
    ]
    mesh = _as(cell, merge(blocks))
    size = 1e-6 * outer

    def radius(x: FloatArray) -> FloatArray:
        out: FloatArray = np.linalg.norm(x, axis=1)
        return out

    mesh = mesh.with_surface("inner", lambda x: radius(x) < inner + size)
    mesh = mesh.with_surface("outer", lambda x: radius(x) > outer - size)
    for axis in range(3):
        mesh = mesh.with_surface(f"{'xyz'[axis]}0", partial(_at_zero, axis=axis, size=size))
    return mesh


def solid_cylinder(
    radius: float, length: float, counts: tuple[int, int], cell: str = "", core: float = 0.5
) -> PartMesh:
    """Round bar along z from z = 0: a square core (half diagonal `core` R) and four mapped blocks around it.

    counts (across and around each block, along). Surfaces: "side", "z0", "z1".
    """
    n, m = counts
    blocks = [grid((n, n, m), lambda s: _core(s, core * radius, length))]
    blocks += [
        grid((n, n, m), partial(_petal, k=k, core=core, radius=radius, length=length)) for k in range(4)
    ]
    mesh = _as(cell, merge(blocks))
    size = 1e-6 * max(radius, length)
    mesh = mesh.with_surface("side", lambda x: np.hypot(x[:, 0], x[:, 1]) > radius - size)
    mesh = mesh.with_surface("z0", lambda x: np.abs(x[:, 2]) < size)
    return mesh.with_surface("z1", lambda x: np.abs(x[:, 2] - length) < size)


def quarter_disc(radius: float, count: int) -> PartMesh:
    """Quarter of a plane disc around the origin, x and y positive, as three mapped blocks.

    count: cells along the edges of each block. Surfaces: "side", and "x0", "y0" (the planes of symmetry).
    """
    core = 0.5 * radius * np.array([[0.0, 0.0], [1.0, 0.0], [0.8, 0.8], [0.0, 1.0]])

    def square(s: FloatArray) -> FloatArray:
        a, b = s[:, :1], s[:, 1:]
        low = core[0] + a * (core[1] - core[0])
        out: FloatArray = low + b * (core[3] + a * (core[2] - core[3]) - low)
        return out

    def petal(s: FloatArray, k: int) -> FloatArray:
        angle = (k + s[:, 1]) * np.pi / 4
        inside = core[k + 1] + s[:, 1:] * (core[k + 2] - core[k + 1])
        rim = radius * np.column_stack([np.cos(angle), np.sin(angle)])
        out: FloatArray = inside + s[:, :1] * (rim - inside)
        return out

    shapes: list[Map] = [square, partial(petal, k=0), partial(petal, k=1)]
    mesh = merge([grid((count, count), shape) for shape in shapes])
    size = 1e-6 * radius
    mesh = mesh.with_surface("side", lambda x: np.hypot(x[:, 0], x[:, 1]) > radius - size)
    mesh = mesh.with_surface("x0", lambda x: x[:, 0] < size)
    return mesh.with_surface("y0", lambda x: x[:, 1] < size)


def merge(meshes: Sequence[PartMesh], tolerance: float = 1e-7) -> PartMesh:
    """Meshes of one cell kind as one mesh: nodes closer than tolerance * size become one. No named sets."""
    points = np.vstack([m.points_mm for m in meshes])
    size = float(np.ptp(points, axis=0).max())
    key = np.round(points / (tolerance * size)).astype(np.int64)
    # Values on either side of a rounding border are brought together by a second, shifted rounding.
    _, inverse = np.unique(key, axis=0, return_inverse=True)
    shifted = np.round(points / (tolerance * size) + 0.5).astype(np.int64)
    _, other = np.unique(shifted, axis=0, return_inverse=True)
    label = _joined(inverse.ravel(), other.ravel())
    _, first, flat = np.unique(label, return_index=True, return_inverse=True)
    starts = np.cumsum([0, *(len(m.points_mm) for m in meshes)])[:-1]
    cells = np.vstack([flat[m.cells + k] for m, k in zip(meshes, starts, strict=True)])
    return PartMesh(points[first], cells.astype(np.int32), meshes[0].cell)


def _joined(a: IntArray, b: IntArray) -> IntArray:
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    n = len(a)
    rows = np.concatenate([np.arange(n), np.arange(n)])
    columns = np.concatenate([n + a, n + n + b])
    graph = coo_matrix((np.ones(2 * n), (rows, columns)), shape=(3 * n, 3 * n))
    labels: IntArray = connected_components(graph, directed=False)[1][:n]
    return labels


def _lattice_cells(n: IntArray, lattice: IntArray) -> IntArray:
    local = np.array(_QUAD9 if len(n) == 2 else _HEX27)
    base = 2 * np.stack(np.meshgrid(*(np.arange(k) for k in n), indexing="ij"), axis=-1).reshape(-1, len(n))
    nodes = base[:, None, :] + local[None]
    out: IntArray = np.ravel_multi_index(tuple(np.moveaxis(nodes, -1, 0)), tuple(lattice)).astype(np.int64)
    return out


def _split(cells: IntArray, lattice: IntArray, d: int) -> IntArray:
    """Quadratic simplices of quadratic quadrilaterals or hexahedra; nodes of the same lattice."""
    simplices = _TRIANGLES if d == 2 else _KUHN
    edges = ((0, 1), (1, 2), (2, 0)) if d == 2 else ((0, 1), (1, 2), (2, 0), (0, 3), (1, 3), (2, 3))
    index = np.stack(np.unravel_index(cells, tuple(lattice)), axis=-1)
    out = []
    for simplex in simplices:
        corner = index[:, list(simplex)]
        middle = np.stack([(corner[:, a] + corner[:, b]) // 2 for a, b in edges], axis=1)
        nodes = np.concatenate([corner, middle], axis=1)
        out.append(np.ravel_multi_index(tuple(np.moveaxis(nodes, -1, 0)), tuple(lattice)))
    return np.stack(out, axis=1).reshape(-1, out[0].shape[1])


def _radius(s: FloatArray, inner: float, outer: float, grading: float, count: int) -> FloatArray:
    if grading == 1.0:
        return inner + s * (outer - inner)
    q = grading ** (1 / max(count - 1, 1))
    out: FloatArray = inner + (outer - inner) * (q ** (s * count) - 1) / (q**count - 1)
    return out


def _polar(r: FloatArray, angle: FloatArray) -> FloatArray:
    return np.column_stack([r * np.cos(angle), r * np.sin(angle)])


def _octant_block(s: FloatArray, k: int, inner: float, outer: float) -> FloatArray:
    """One of three blocks of the cube's corner, its direction normalised to the sphere."""
    # Face k of the unit cube in the first octant: coordinate k is 1, the others run from 0 to 1 (by tan).
    t = np.tan(s[:, 1:] * np.pi / 4)
    direction = np.ones((len(s), 3))
    direction[:, (k + 1) % 3], direction[:, (k + 2) % 3] = t[:, 0], t[:, 1]
    direction /= np.linalg.norm(direction, axis=1)[:, None]
    return direction * (inner + s[:, :1] * (outer - inner))


def _as(cell: str, mesh: PartMesh) -> PartMesh:
    """Merged blocks as hexahedra ("" or "hexahedron") or cut into tetrahedra that conform across blocks."""
    return tetrahedra_of(mesh, np.array(_HEX27) / 2) if cell == "tetrahedron" else mesh


def _at_zero(x: FloatArray, axis: int, size: float) -> Any:
    return np.abs(x[:, axis]) < size


def _core(s: FloatArray, half: float, length: float) -> FloatArray:
    side = half / np.sqrt(2)
    return np.column_stack([(2 * s[:, :2] - 1) * side, s[:, 2] * length])


def _petal(s: FloatArray, k: int, core: float, radius: float, length: float) -> FloatArray:
    """Block k from a side of the core to a quarter of the rim: s0 outwards, s1 around."""
    side = core * radius / np.sqrt(2)
    a = (s[:, 1] - 0.5) * np.pi / 2
    inside = np.column_stack([np.full(len(s), side), (2 * s[:, 1] - 1) * side])
    rim = radius * np.column_stack([np.cos(a), np.sin(a)])
    x = inside + s[:, :1] * (rim - inside)
    c, w = [1, 0, -1, 0][k], [0, 1, 0, -1][k]
    return np.column_stack([c * x[:, 0] - w * x[:, 1], w * x[:, 0] + c * x[:, 1], s[:, 2] * length])
