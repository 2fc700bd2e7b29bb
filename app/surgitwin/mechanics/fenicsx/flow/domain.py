"""A `FlowMesh` in DOLFINx: the mesh, its named facets, and nodal values in both directions. Serial."""

from __future__ import annotations

from typing import Any

import basix
import basix.ufl
import numpy as np
from dolfinx import fem, mesh
from mpi4py import MPI

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import InputError
from surgitwin.mechanics.fenicsx import runtime
from surgitwin.mechanics.flow.mesh import FlowMesh, node_corners

BASIX_CELL = {"triangle": "triangle", "quad": "quadrilateral", "tet": "tetrahedron", "hex": "hexahedron"}
CORNERS = {
    "triangle": [(0, 0), (1, 0), (0, 1)],
    "quad": [(0, 0), (1, 0), (1, 1), (0, 1)],
    "tet": [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)],
    "hex": [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 0, 1), (1, 0, 1), (1, 1, 1), (0, 1, 1)],
}
"""Reference coordinates of the corners in VTK's order."""


class Domain:
    """The mesh and its boundary pieces. `facets[name]` are DOLFINx facet numbers."""

    def __init__(self, flow_mesh: FlowMesh) -> None:
        self.source = flow_mesh
        family = flow_mesh.kind.rstrip("0123456789")
        self.cell_name = BASIX_CELL[family]
        order = flow_mesh.cell.order
        element = basix.ufl.element("Lagrange", self.cell_name, order, shape=(flow_mesh.dim,))
        self._columns = _columns(flow_mesh.kind, family, element)
        cells = flow_mesh.cells[:, self._columns].astype(np.int64)
        self.mesh = mesh.create_mesh(MPI.COMM_SELF, cells, element, np.array(flow_mesh.points_m))
        self.dim = flow_mesh.dim
        self.mesh.topology.create_connectivity(self.dim - 1, self.dim)
        self.mesh.topology.create_connectivity(self.dim - 1, 0)
        self._check_jacobian()
        self.facets = self._named_facets()
        nodes = fem.functionspace(self.mesh, ("Lagrange", order, (self.dim,)))
        self.nodal = nodes
        original = self.mesh.topology.original_cell_index[: len(cells)]
        self.node_of_dof = np.full(nodes.dofmap.index_map.size_local, -1, np.int64)
        self.node_of_dof[nodes.dofmap.list] = cells[original]

    def _check_jacobian(self) -> None:
        """Raise InputError "mesh.inverted_cells" when a cell is turned inside out at its first corner."""
        x = self.source.points_m[self.source.cells[:, : self.source.cell.corners]]
        a, b = (1, 2) if self.source.cell.simplex else (1, 3)
        span = [x[:, a] - x[:, 0], x[:, b] - x[:, 0]]
        if self.dim == 3:
            span.append(x[:, 3 if self.source.cell.simplex else 4] - x[:, 0])
        volume = np.linalg.det(np.stack(span, axis=1))
        bad = np.flatnonzero(~(volume > 0))
        if len(bad):
            at = x[bad[0]].mean(axis=0)
            raise InputError(
                "mesh.inverted_cells",
                f"{len(bad)} of {len(volume)} cells are inverted, flat or not finite.",
                hint="Mesh again with another element size.",
                where=f"cell {bad[0]} at {np.round(at, 6).tolist()} m",
            )

    def _named_facets(self) -> dict[str, IntArray]:
        outer = mesh.exterior_facet_indices(self.mesh.topology)
        vertices = mesh.entities_to_geometry(self.mesh, self.dim - 1, outer)
        corners = vertices[:, : len(self.source.cell.facets[0])]  # mid-side nodes follow
        have = np.sort(self.mesh.geometry.input_global_indices[corners], axis=1)
        number = {tuple(row): int(f) for row, f in zip(have.tolist(), outer, strict=True)}
        out: dict[str, IntArray] = {}
        for name, facets in self.source.boundaries.items():
            rows = np.sort(facets, axis=1).tolist()
            out[name] = np.sort(np.array([number[tuple(row)] for row in rows], np.int32))
        return out

    def entities(self, *names: str) -> list[tuple[int, IntArray]]:
        """`subdomain_data` of a facet measure in which all facets of the names carry the id 1."""
        parts = [self.facets[n] for n in names]
        chosen = np.sort(np.concatenate(parts)) if parts else np.zeros(0, np.int32)
        kind = fem.IntegralType.exterior_facet
        return [(1, fem.compute_integration_domains(kind, self.mesh.topology, chosen))]

    def from_nodes(self, values: FloatArray) -> Any:
        """(n, d) values at the mesh nodes as a function of the geometry's degree."""
        out = fem.Function(self.nodal)
        out.x.array[:] = values[self.node_of_dof].ravel()
        return out

    def to_nodes(self, function: Any) -> FloatArray:
        """A vector or scalar function at the mesh nodes: (n, d) or (n,)."""
        vector = function.function_space.dofmap.bs > 1
        space = self.nodal if vector else fem.functionspace(self.mesh, ("Lagrange", self.source.cell.order))
        at = fem.Function(space)
        at.interpolate(function)
        values = at.x.array.reshape(-1, self.dim) if vector else at.x.array
        out = np.zeros((len(self.source.points_m), *values.shape[1:]))
        # Both spaces number their nodes alike: same element, same mesh, same reordering.
        node = self.node_of_dof if vector else self._scalar_nodes(space)
        out[node] = values
        return out

    def corner_nodes(self) -> IntArray:
        """(cells, corners) mesh nodes of the corners of each DOLFINx cell, in the library's order."""
        cells = self.source.cells[:, self._columns]
        original = self.mesh.topology.original_cell_index[: len(cells)]
        out: IntArray = cells[original][:, : self.source.cell.corners]
        return out

    def _scalar_nodes(self, space: Any) -> IntArray:
        cells = self.source.cells[:, self._columns]
        original = self.mesh.topology.original_cell_index[: len(cells)]
        out = np.full(space.dofmap.index_map.size_local, -1, np.int64)
        out[space.dofmap.list] = cells[original]
        return out


def _columns(kind: str, family: str, element: Any) -> IntArray:
    """For each local node of basix the place of the same node in VTK's order, by its reference point."""
    corners = np.array(CORNERS[family], float)
    ours = np.array([corners[list(group)].mean(axis=0) for group in node_corners(kind)])
    theirs = element.sub_elements[0].basix_element.points if element.block_size > 1 else element.points
    gap = np.linalg.norm(theirs[:, None] - ours[None], axis=2)
    out: IntArray = gap.argmin(axis=1)
    if gap.min(axis=1).max() > 1e-12 or len(np.unique(out)) != len(ours):
        raise AssertionError(f"nodes of {kind} do not match those of the library")
    return out


def scalar(form: Any) -> float:
    """Assemble a number."""
    return float(fem.assemble_scalar(runtime.compile_form(form)))
