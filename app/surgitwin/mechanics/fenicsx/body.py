"""One meshed body in DOLFINx: spaces, and the maps between its unknowns and the nodes of a `TetMesh`."""

from __future__ import annotations

from typing import Any

import basix.ufl
import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from dolfinx import fem, mesh

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import InputError
from surgitwin.core.mesh import TET10_EDGES, TetMesh

VTK_FROM_BASIX = np.array([0, 1, 2, 3, 9, 8, 5, 7, 6, 4])
"""For each local node of basix's quadratic tetrahedron, the same node's place in VTK's order."""


class Body:
    """A ten-node mesh with its vector spaces of degree 2 (fine) and 1 (coarse) on communicator `comm`.

    curved: keep the mid-side nodes as geometry (implants); otherwise cells are straight (bone).
    Rank 0's mesh counts; all ranks hold a copy. `nodes[degree]` gives the node of each local unknown
    (owned and ghost), `cells` the original number of each local cell.
    """

    def __init__(self, tets: TetMesh, comm: Any, *, curved: bool) -> None:
        self.tets = tets.with_midside_nodes()
        _check_cells(self.tets)
        self.domain = _domain(self.tets, comm, curved)
        self.comm = comm
        imap = self.domain.topology.index_map(3)
        count = imap.size_local + imap.num_ghosts
        self.cells: IntArray = self.domain.topology.original_cell_index[:count]
        self.space = {d: fem.functionspace(self.domain, ("Lagrange", d, (3,))) for d in (1, 2)}
        local = self.tets.cells[self.cells][:, VTK_FROM_BASIX]
        self.nodes: dict[int, IntArray] = {}
        for degree, space in self.space.items():
            index = space.dofmap.index_map
            nodes = np.full(index.size_local + index.num_ghosts, -1, np.int64)
            nodes[space.dofmap.list] = local if degree == 2 else local[:, :4]
            self.nodes[degree] = nodes

    def owned(self, degree: int) -> int:
        """Number of unknown nodes of this rank."""
        return int(self.space[degree].dofmap.index_map.size_local)

    def dofs_of_nodes(self, nodes: npt.NDArray[Any], degree: int) -> IntArray:
        """Sorted local node unknowns that sit on the given mesh nodes."""
        chosen = np.zeros(len(self.tets.points_mm) + 1, bool)
        chosen[nodes] = True
        out: IntArray = np.flatnonzero(chosen[self.nodes[degree]]).astype(np.int32)
        return out

    def to_nodes(self, values: FloatArray) -> FloatArray | None:
        """Owned degree-2 values (n, 3) of all ranks to mesh nodes (n10, 3) on rank 0, None elsewhere."""
        owned = self.nodes[2][: self.owned(2)]
        parts = [(owned, values)] if self.comm.size == 1 else self.comm.gather((owned, values), root=0)
        if self.comm.rank != 0:
            return None
        out = np.zeros((len(self.tets.points_mm), 3))
        for nodes, part in parts:
            out[nodes] = part
        return out


def _domain(tets: TetMesh, comm: Any, curved: bool) -> Any:
    order = 2 if curved else 1
    element = basix.ufl.element("Lagrange", "tetrahedron", order, shape=(3,))
    columns = VTK_FROM_BASIX if curved else np.arange(4)
    if comm.rank == 0:
        cells, points = tets.cells[:, columns].astype(np.int64), np.array(tets.points_mm)
    else:
        cells, points = np.zeros((0, len(columns)), np.int64), np.zeros((0, 3))
    return mesh.create_mesh(comm, cells, element, points)


def _check_cells(tets: TetMesh) -> None:
    volumes = tets.cell_volumes()
    bad = np.flatnonzero(~(volumes > 0))
    if len(bad):
        at = tets.points_mm[tets.corners[bad[0]]].mean(axis=0)
        raise InputError(
            "mesh.inverted_cells",
            f"{len(bad)} of {len(volumes)} tetrahedra are inverted, flat or not finite.",
            hint="Mesh again with another element size.",
            where=f"cell {bad[0]} at LPS {np.round(at, 1).tolist()} mm",
        )
    used = np.zeros(len(tets.points_mm), bool)
    used[tets.cells] = True
    if not used.all():
        raise InputError(
            "mesh.unused_nodes",
            f"{int((~used).sum())} nodes of the mesh belong to no cell.",
            hint="Remove unused nodes from the mesh.",
        )


def scalar_interpolation(body: Body) -> sp.csr_matrix:
    """(fine nodes, coarse nodes): corners copy, mid-side nodes take the mean of their edge's ends. Serial."""
    tets = body.tets
    at = np.full(len(tets.points_mm), -1, np.int64)
    at[body.nodes[1]] = np.arange(body.owned(1))
    ends = np.full((len(tets.points_mm), 2), -1, np.int64)
    corners = np.unique(tets.corners)
    ends[corners] = corners[:, None]
    ends[tets.cells[:, 4:]] = tets.cells[:, np.array(TET10_EDGES)]
    columns = at[ends[body.nodes[2]]]
    rows = np.repeat(np.arange(len(columns)), 2)
    shape = (len(columns), body.owned(1))
    return sp.csr_matrix((np.full(len(rows), 0.5), (rows, columns.ravel())), shape=shape)
