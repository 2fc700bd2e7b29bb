"""Where a part's mesh comes from: a named shape or a file, with named surfaces and cell sets."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from surgitwin.core.arrays import IntArray
from surgitwin.core.errors import InputError
from surgitwin.mechanics.model import shapes
from surgitwin.mechanics.model.mesh import NODES, PartMesh
from surgitwin.mechanics.model.select import Selector

_GRID3 = ("x0", "x1", "y0", "y1", "z0", "z1")
SHAPES: dict[str, tuple[Any, int, tuple[str, ...]]] = {
    "rectangle": (shapes.box, 2, _GRID3[:4]),
    "box": (shapes.box, 3, _GRID3),
    "ring": (shapes.ring, 2, _GRID3[:4]),
    "tube": (shapes.tube, 3, _GRID3),
    "sphere_octant": (shapes.sphere_octant, 3, ("inner", "outer", "x0", "y0", "z0")),
    "solid_cylinder": (shapes.solid_cylinder, 3, ("side", "z0", "z1")),
}
"""Name -> (function of `shapes`, dimension, surfaces it names)."""

FROM_MESHIO = {
    "triangle": "triangle", "triangle6": "triangle", "quad": "quadrilateral", "quad9": "quadrilateral",
    "tetra": "tetrahedron", "tetra10": "tetrahedron",
    "hexahedron": "hexahedron", "hexahedron27": "hexahedron",
}  # fmt: skip
LENGTH_MM = {"mm": 1.0, "cm": 10.0, "m": 1000.0}


@dataclass(frozen=True)
class MeshFacts:
    """What can be said of a mesh before it is made; None while unknown. size_mm: largest extent."""

    dimension: int | None
    surfaces: frozenset[str] | None
    cell_sets: frozenset[str] | None
    cells: int | None = None
    size_mm: float | None = None


@dataclass(frozen=True)
class MeshSource:
    """A shape with its arguments, or a file (any that meshio reads) with its unit of length.

    surfaces, cells: further names by position. unit: of the file's coordinates ("mm", "cm", "m").
    """

    shape: str = ""
    file: Path | None = None
    unit: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    surfaces: Mapping[str, Selector] = field(default_factory=dict)
    cells: Mapping[str, Selector] = field(default_factory=dict)

    def facts(self) -> MeshFacts:
        """Names and dimension, without making a shape (a file is read). Raises InputError as `build`."""
        if self.file is not None:
            mesh = self._read()
            return facts_of(self._named(mesh, check=False), set(self.surfaces), set(self.cells))
        _, dimension, surfaces = SHAPES[self.shape]
        named = frozenset(surfaces) | set(self.surfaces)
        return MeshFacts(dimension, named, frozenset(self.cells), estimated_cells(self.shape, self.arguments))

    def build(self) -> PartMesh:
        """The mesh. Raises InputError "mesh.unreadable", "mesh.cell_kind", "model.empty_surface", ..."""
        if self.file is not None:
            return self._named(self._read(), check=True)
        make = SHAPES[self.shape][0]
        return self._named(make(**self.arguments), check=True)

    def _named(self, mesh: PartMesh, check: bool) -> PartMesh:
        if not check:
            return mesh
        for name, where in self.surfaces.items():
            mesh = mesh.with_surface(name, where.chosen)
        for name, where in self.cells.items():
            mesh = mesh.with_cells(name, where.chosen)
        return mesh

    def _read(self) -> PartMesh:
        import meshio

        assert self.file is not None
        try:
            vtk = self.file.suffix.lower() in (".vtu", ".vtk")
            # meshio refuses VTK files that carry strings, as those of other programs may.
            data = _from_vtk(self.file) if vtk else meshio.read(self.file)
        except (OSError, ValueError, KeyError, UserWarning, meshio.ReadError, SystemExit) as error:
            raise InputError(
                "mesh.unreadable",
                f"The mesh file {self.file.name} cannot be read: {error}.",
                hint="Give a file that meshio reads: .vtu, .vtk, .msh, .inp, .xdmf.",
                where=str(self.file),
            ) from error
        return _from_meshio(data, self.file, LENGTH_MM[self.unit])


def facts_of(mesh: PartMesh, surfaces: set[str] | None = None, cells: set[str] | None = None) -> MeshFacts:
    """Facts of a mesh that exists, with names that are still to be added."""
    size = float(np.ptp(mesh.points_mm, axis=0).max())
    return MeshFacts(
        mesh.dimension,
        frozenset(mesh.surfaces) | (surfaces or set()),
        frozenset(mesh.cell_sets) | (cells or set()),
        len(mesh.cells),
        size,
    )


def _from_vtk(path: Path) -> Any:
    """A .vtu or .vtk file as meshio's mesh; a whole-number cell array "part_id" gives the sets part_1, ..."""
    import meshio
    import pyvista as pv

    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # how pyvista says that VTK could not read the file
        grid = pv.read(path)
    if not isinstance(grid, pv.UnstructuredGrid) or not grid.n_cells:
        raise ValueError("it holds no volume cells")
    names = {5: "triangle", 22: "triangle6", 9: "quad", 28: "quad9", 10: "tetra", 24: "tetra10",
             12: "hexahedron", 29: "hexahedron27"}  # fmt: skip
    part = np.asarray(grid.cell_data.get("part_id", np.zeros(grid.n_cells, np.int64)))
    cells, sets = [], []
    for kind, nodes in grid.cells_dict.items():
        if int(kind) in names:
            cells.append((names[int(kind)], np.asarray(nodes)))
            sets.append(part[grid.celltypes == kind])
    values = sorted({int(v) for own in sets for v in np.unique(own)})
    cell_sets = {f"part_{v}": [np.flatnonzero(own == v) for own in sets] for v in values}
    return meshio.Mesh(np.asarray(grid.points, float), cells, cell_sets=cell_sets)


def estimated_cells(shape: str, arguments: Mapping[str, Any]) -> int:
    """Cells that a shape will have, without making it."""
    count = int(np.prod([int(n) for n in arguments.get("counts", (1,))]))
    if shape == "sphere_octant":
        count = 3 * count * int(arguments["counts"][1])
    elif shape == "solid_cylinder":
        count = 5 * count * int(arguments["counts"][0])
    simplices = {"triangle": 2, "tetrahedron": 12 if shape in ("sphere_octant", "solid_cylinder") else 6}
    return count * simplices.get(str(arguments.get("cell", "")), 1)


def _from_meshio(data: Any, path: Path, scale: float) -> PartMesh:
    """The solid cells of the highest dimension; facets in cell sets become surfaces."""
    rank = {"triangle": 2, "quadrilateral": 2, "tetrahedron": 3, "hexahedron": 3}
    kinds = {b.type for b in data.cells if b.type in FROM_MESHIO}
    top = max((rank[FROM_MESHIO[k]] for k in kinds), default=0)
    solid = [k for k in kinds if rank[FROM_MESHIO[k]] == top]
    if len(solid) != 1:
        raise InputError(
            "mesh.cell_kind",
            f"The mesh file {path.name} holds {', '.join(sorted(solid)) or 'no solid cells'}; "
            "one kind is wanted.",
            hint=f"Cells that can be used: {', '.join(FROM_MESHIO)}.",
            where=str(path),
        )
    blocks = [k for k, b in enumerate(data.cells) if b.type == solid[0]]
    cells = np.vstack([data.cells[k].data for k in blocks])
    used, flat = np.unique(cells, return_inverse=True)
    points = data.points[used][:, :top] * scale
    kind = FROM_MESHIO[solid[0]]
    sets, surfaces = _sets(data, blocks, used, kind)
    return PartMesh(points, flat.reshape(cells.shape).astype(np.int32), kind, sets, surfaces)


def _sets(
    data: Any, blocks: list[int], used: IntArray, kind: str
) -> tuple[dict[str, IntArray], dict[str, IntArray]]:
    corners = {"triangle": 2, "quadrilateral": 2, "tetrahedron": 3, "hexahedron": 4}[kind]
    number = np.full(int(used.max()) + 1, -1)
    number[used] = np.arange(len(used))
    starts = np.cumsum([0, *(len(data.cells[k].data) for k in blocks)])
    sets: dict[str, IntArray] = {}
    surfaces: dict[str, IntArray] = {}
    for name, members in (data.cell_sets or {}).items():
        own = [starts[i] + np.asarray(members[k]) for i, k in enumerate(blocks) if members[k] is not None]
        own = [c for c in own if len(c)]
        if own:
            sets[name] = np.concatenate(own).astype(np.int32)
        facets = [
            number[data.cells[k].data[np.asarray(m)][:, :corners]]
            for k, m in enumerate(members)
            if m is not None and len(m) and k not in blocks
        ]
        if facets:
            surfaces[name] = np.vstack(facets).astype(np.int32)
    assert NODES[kind]
    return sets, surfaces
