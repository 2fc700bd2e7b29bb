"""Mapped blocks: structured quadratic quads and hexes on smooth maps, merged where they meet. Metres."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.mechanics.flow.mesh import FlowMesh, name_facets, node_corners

Map = Callable[[FloatArray], FloatArray]
Where = Callable[[FloatArray], npt.NDArray[np.bool_]]


@dataclass(frozen=True)
class Block:
    """`cells` per direction on the unit square or cube, `place` from (k, d) unit to (k, d) m."""

    cells: tuple[int, ...]
    place: Map


def lattice(cells: tuple[int, ...]) -> tuple[FloatArray, IntArray]:
    """Unit coordinates (n, d) of the order-2 lattice and cells (m, 9 or 27) in VTK's node order."""
    counts = tuple(2 * n + 1 for n in cells)
    axes = np.meshgrid(*(np.linspace(0, 1, k) for k in counts), indexing="ij")
    points = np.stack([a.ravel() for a in axes], axis=1)
    number = np.arange(len(points)).reshape(counts)
    dim = len(cells)
    square = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
    corners = square if dim == 2 else np.array([(*xy, z) for z in (0, 1) for xy in square.tolist()])
    kind = "quad9" if dim == 2 else "hex27"
    columns = []
    for group in node_corners(kind):
        offset = np.rint(2 * corners[list(group)].mean(axis=0)).astype(int)
        taken = tuple(slice(o, o + 2 * n - 1, 2) for o, n in zip(offset, cells, strict=True))
        columns.append(number[taken].ravel())
    return points, np.stack(columns, axis=1)


def merge(blocks: list[Block], tolerance_m: float) -> tuple[FloatArray, IntArray]:
    """Nodes and cells of all blocks with nodes closer than the tolerance made one."""
    points, cells, offset = [], [], 0
    for block in blocks:
        unit, local = lattice(block.cells)
        points.append(block.place(unit))
        cells.append(local + offset)
        offset += len(unit)
    x, c = np.concatenate(points), np.concatenate(cells)
    first = np.arange(len(x))
    pairs = cKDTree(x).query_pairs(tolerance_m, output_type="ndarray")
    if len(pairs):
        np.minimum.at(first, pairs[:, 1], pairs[:, 0])
        first = first[first]
    kept, renumbered = np.unique(first, return_inverse=True)
    return x[kept], renumbered[c]


def build(blocks: list[Block], names: dict[str, Where], tolerance_m: float) -> FlowMesh:
    """The mesh of the blocks; names: name -> predicate (n, d) -> (n,) bool on nodes, in order of priority."""
    points, cells = merge(blocks, tolerance_m)
    kind = "quad9" if len(blocks[0].cells) == 2 else "hex27"
    nodes = {name: np.flatnonzero(inside(points)) for name, inside in names.items()}
    return FlowMesh(points, cells, kind, name_facets(points, cells, kind, nodes))


def graded(unit: FloatArray, ratio: float) -> FloatArray:
    """Geometric spacing of 0..1: `ratio` is the last spacing over the first (1: even)."""
    if abs(ratio - 1) < 1e-9:
        return unit
    out: FloatArray = (ratio**unit - 1) / (ratio - 1)
    return out


def to_simplices(mesh: FlowMesh) -> FlowMesh:
    """Quadratic quads as 8 linear triangles, hexes as 24 linear tetrahedra: conforming by its symmetry.

    Every boundary facet is split at its middle node (quads: two edges; hexes: four triangles).
    """
    names = {n: [] for n in mesh.boundaries}  # type: dict[str, list[IntArray]]
    c = mesh.cells
    if mesh.kind == "quad9":
        ring = (0, 4, 1, 5, 2, 6, 3, 7, 0)
        pieces = [np.stack([c[:, a], c[:, b], c[:, 8]], axis=1) for a, b in pairwise(ring)]
        kind = "triangle3"
    else:
        pieces = []
        for middle, face in enumerate(mesh.cell.facets, start=20):
            for a, b in zip(face, (*face[1:], face[0]), strict=True):
                pieces.append(np.stack([c[:, b], c[:, a], c[:, middle], c[:, 26]], axis=1))
        kind = "tet4"
    cells = np.concatenate(pieces)
    points, kept, cells = _compact(mesh.points_m, cells)
    old = np.full(len(mesh.points_m), -1)
    old[kept] = np.arange(len(kept))
    facets = split_facets(mesh)
    for name, rows in facets.items():
        names[name].append(old[rows])
    return FlowMesh(points, _positive(points, cells), kind, {n: np.concatenate(r) for n, r in names.items()})


def split_facets(mesh: FlowMesh) -> dict[str, IntArray]:
    """Boundary facets of a quad9 or hex27 mesh split at their middle nodes: name -> (f, 2 or 3) nodes."""
    middle: dict[tuple[int, ...], int] = {}
    first = 4 if mesh.kind == "quad9" else 20
    for local, face in enumerate(mesh.cell.facets):
        keys = np.sort(mesh.cells[:, list(face)], axis=1).tolist()
        middle.update(zip(map(tuple, keys), mesh.cells[:, first + local].tolist(), strict=True))
    out = {}
    for name, facets in mesh.boundaries.items():
        m = np.array([middle[tuple(row)] for row in np.sort(facets, axis=1).tolist()])
        if mesh.kind == "quad9":
            parts = [np.stack([facets[:, 0], m], axis=1), np.stack([m, facets[:, 1]], axis=1)]
        else:
            parts = [np.stack([facets[:, k], facets[:, (k + 1) % 4], m], axis=1) for k in range(4)]
        out[name] = np.concatenate(parts)
    return out


def _compact(points: FloatArray, cells: IntArray) -> tuple[FloatArray, IntArray, IntArray]:
    kept, renumbered = np.unique(cells, return_inverse=True)
    return points[kept], kept, renumbered.reshape(cells.shape)


def _positive(points: FloatArray, cells: IntArray) -> IntArray:
    x = points[cells]
    flipped = np.linalg.det(x[:, 1:] - x[:, :1]) < 0
    out = cells.copy()
    out[flipped, 0], out[flipped, 1] = cells[flipped, 1], cells[flipped, 0]
    return out
