"""One part as a DOLFINx mesh: displacement and pressure spaces, surfaces as displacement nodes."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import basix
import basix.ufl
import numpy as np
from dolfinx import cpp, fem, mesh
from mpi4py import MPI

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import InputError
from surgitwin.mechanics.model.part import Part

_VTK_CORNERS = {2: [0, 1], 3: [0, 1, 2], 4: [0, 1, 3, 2]}
"""VTK's corner order of a facet from basix's (which counts quadrilaterals row by row)."""
_VTK_EDGES = {2: [(0, 1)], 3: [(0, 1), (1, 2), (2, 0)], 4: [(0, 1), (1, 2), (2, 3), (3, 0)]}
FACET_KIND = {
    (2, 1): "line2", (2, 2): "line3", (3, 1): "tri3", (3, 2): "tri6", (4, 1): "quad4", (4, 2): "quad9",
}  # fmt: skip


class PartSpace:
    """domain, V (displacement), Q (pressure or None), and the numbering of displacement nodes.

    points_mm (n, d): reference positions of the displacement nodes. cells (m, k): displacement nodes of
    every cell in VTK order, in the order of the part's own cells.
    """

    def __init__(self, part: Part) -> None:
        self.part = part
        self.dimension = part.mesh.dimension
        kind = part.mesh.cell
        celltype = mesh.to_type(kind)
        nodes = part.mesh.cells.shape[1]
        order = cpp.io.perm_vtk(celltype, nodes)
        element = basix.ufl.element("Lagrange", kind, part.mesh.order, shape=(self.dimension,))
        cells = part.mesh.cells[:, order].astype(np.int64)
        points = np.array(part.mesh.points_mm)
        self.domain = mesh.create_mesh(MPI.COMM_SELF, cells, element, points)
        self.V = fem.functionspace(self.domain, ("Lagrange", part.degree, (self.dimension,)))
        self.Q = self._pressure_space()
        self.points_mm: FloatArray = self.V.tabulate_dof_coordinates()[:, : self.dimension].copy()
        self._check_orientation()

    def _pressure_space(self) -> Any:
        part = self.part
        if part.formulation != "mixed":
            return None
        if part.pressure == "continuous":
            return fem.functionspace(self.domain, ("Lagrange", part.degree - 1))
        tensor = part.mesh.cell in ("quadrilateral", "hexahedron")
        if tensor:
            return fem.functionspace(self.domain, basix.ufl.element("DPC", part.mesh.cell, 1))
        return fem.functionspace(self.domain, ("DG", 0))

    @property
    def nodes(self) -> int:
        """Number of displacement nodes."""
        return len(self.points_mm)

    @property
    def pressures(self) -> int:
        """Number of pressure unknowns."""
        return 0 if self.Q is None else int(self.Q.dofmap.index_map.size_local)

    @cached_property
    def cell_order(self) -> IntArray:
        """(m,) the part's cell of each DOLFINx cell."""
        out: IntArray = np.asarray(self.domain.topology.original_cell_index)
        return out

    @cached_property
    def cells(self) -> IntArray:
        """(m, k) displacement nodes in VTK order, in the part's own cell order."""
        kind, k = mesh.to_type(self.part.mesh.cell), self.V.dofmap.list.shape[1]
        from_vtk = np.argsort(cpp.io.perm_vtk(kind, k))
        out: IntArray = np.empty_like(self.V.dofmap.list)
        out[self.cell_order] = self.V.dofmap.list[:, from_vtk]
        return out

    @cached_property
    def centres(self) -> FloatArray:
        """(m, 3) corner means of the cells, in DOLFINx's cell order, padded with zeros in 2D."""
        mine = self.part.mesh
        x = mine.points_mm[mine.corners[self.cell_order]].mean(axis=1)
        return np.pad(x, ((0, 0), (0, 3 - self.dimension)))

    def facets(self, surface: str) -> IntArray:
        """(f, 2) DOLFINx cell and local facet of every facet of a surface; InputError "model.no_surface"."""
        corners = self.part.mesh.surfaces.get(surface)
        if corners is None:
            known = ", ".join(self.part.mesh.surfaces) or "none"
            raise InputError(
                "model.no_surface",
                f"Part {self.part.name!r} has no surface called {surface!r}.",
                hint=f"Its surfaces: {known}.",
                where=f"{self.part.name}.{surface}",
            )
        table, keys = self._facet_keys
        order = np.argsort(keys)
        wanted = self._key(np.sort(corners, axis=1))
        at = np.searchsorted(keys[order], wanted)
        found = order[np.minimum(at, len(order) - 1)]
        if not (keys[found] == wanted).all():
            raise InputError(
                "model.not_facets",
                f"The surface {surface!r} of part {self.part.name!r} holds facets that no cell has.",
                hint="Name the corner nodes of existing cell facets.",
                where=f"{self.part.name}.{surface}",
            )
        return table[found]

    def surface_nodes(self, surface: str) -> tuple[IntArray, str]:
        """(f, k) displacement nodes of the facets in VTK order, outwards oriented, and their kind."""
        at = self.facets(surface)
        local = self._facet_dofs
        kind = FACET_KIND[len(_VTK_CORNERS[len(self._reference_facets[0])]), self.part.degree]
        return self.V.dofmap.list[at[:, :1], local[at[:, 1]]], kind

    def integration_entities(self, surface: str) -> IntArray:
        """Flat (2 f,) int32 array of cells and local facets, as DOLFINx's measures take it."""
        return np.ascontiguousarray(self.facets(surface).ravel(), dtype=np.int32)

    @cached_property
    def _reference_facets(self) -> list[list[int]]:
        cell = basix.CellType[self.part.mesh.cell]
        return list(basix.topology(cell)[self.domain.topology.dim - 1])

    @cached_property
    def _facet_keys(self) -> tuple[IntArray, IntArray]:
        """All (cell, local facet) pairs and the key of their sorted corner nodes."""
        geometry = self.domain.geometry
        number = np.asarray(geometry.input_global_indices)
        corner = number[geometry.dofmaps[0]]
        count = len(corner)
        tables, keys = [], []
        for k, facet in enumerate(self._reference_facets):
            keys.append(self._key(np.sort(corner[:, facet], axis=1)))
            tables.append(np.column_stack([np.arange(count), np.full(count, k)]))
        return np.vstack(tables).astype(np.int32), np.concatenate(keys)

    def _key(self, corners: IntArray) -> IntArray:
        """One integer for the (sorted) corners of a facet; three of them name a quadrilateral as well."""
        n = np.int64(len(self.part.mesh.points_mm))
        out = np.zeros(len(corners), np.int64)
        for k in range(min(corners.shape[1], 3)):
            out = out * n + corners[:, k]
        return out

    @cached_property
    def _facet_dofs(self) -> IntArray:
        """(facets of a cell, k) local displacement dofs in VTK facet order, outwards."""
        cell = basix.CellType[self.part.mesh.cell]
        corner = basix.geometry(cell)
        points = self.V.element.basix_element.points
        rows = []
        for facet in self._reference_facets:
            x = corner[np.array(facet)[_VTK_CORNERS[len(facet)]]]
            if _inward(x, corner.mean(axis=0)):
                x = x[::-1]
            if self.part.degree == 2:
                middle = [(x[a] + x[b]) / 2 for a, b in _VTK_EDGES[len(facet)]]
                x = np.vstack([x, *middle, *([x.mean(axis=0)] if len(facet) == 4 else [])])
            distance = np.linalg.norm(x[:, None] - points[None], axis=2)
            rows.append(distance.argmin(axis=1))
        return np.array(rows)

    def _check_orientation(self) -> None:
        x = self.part.mesh.points_mm[self.part.mesh.corners]
        last = {"quadrilateral": [1, 3], "hexahedron": [1, 3, 4]}.get(self.part.mesh.cell)
        edges = x[:, last or list(range(1, self.dimension + 1))] - x[:, :1]
        volume = np.linalg.det(edges)
        bad = np.flatnonzero(~(volume > 0))
        if len(bad):
            at = np.round(x[bad[0]].mean(axis=0), 3).tolist()
            raise InputError(
                "mesh.inverted_cells",
                f"{len(bad)} of {len(x)} cells of part {self.part.name!r} are inverted, flat or not finite.",
                hint="Order the nodes of each cell so that its volume is positive, or mesh again.",
                where=f"part {self.part.name}, cell {bad[0]} at {at} mm",
            )


def _inward(x: FloatArray, centre: FloatArray) -> bool:
    """Whether corners x of a reference facet turn so that the normal points to `centre`."""
    if x.shape[1] == 2:
        along = x[1] - x[0]
        normal = np.array([along[1], -along[0]])
    else:
        normal = np.cross(x[1] - x[0], x[2] - x[0])
    return bool(normal @ (x.mean(axis=0) - centre) < 0)
