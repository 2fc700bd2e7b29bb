"""The fine level without a matrix: K of a bone's cells over all ranks, and of implants and ties in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from dolfinx import la
from mpi4py import MPI

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.mesh import TET10_EDGES
from surgitwin.mechanics import elastic_kernel as kernel
from surgitwin.mechanics.block_sparse import Blocks
from surgitwin.mechanics.fenicsx.body import Body

POINT_OF_CORNER = [3, 0, 1, 2]
"""Number in `tet_rule(2)` of the point beside each corner."""
SINGLE, DOUBLE = np.dtype(np.float32), np.dtype(np.float64)


@dataclass(frozen=True, eq=False)
class CellData:
    """What the stiffness of straight cells needs: gradients (m, 9) of L_1..L_3, weight (m, 4) N mm
    (E / (1 + nu) times a quarter of the volume, point beside each corner), ratio (m,) nu / (1 - 2 nu)."""

    gradients: FloatArray
    weight: FloatArray
    ratio: FloatArray


def cell_data(corners_mm: FloatArray, modulus_MPa: FloatArray, poisson: FloatArray) -> CellData:
    """corners (m, 4, 3), modulus (m, 4) at the points of `tet_rule(2)`, poisson (m,)."""
    edges = corners_mm[:, 1:] - corners_mm[:, :1]
    gradients = np.linalg.inv(edges).transpose(0, 2, 1).reshape(-1, 9)
    weight = modulus_MPa[:, POINT_OF_CORNER] * (np.linalg.det(edges) / 24 / (1 + poisson))[:, None]
    return CellData(gradients, weight, poisson / (1 - 2 * poisson))


class FineOperator:
    """K on this rank's owned nodes, rows and columns of clamped nodes zero (they stay zero).

    extra: 3x3-block matrix over bone and implant nodes (serial) that is added: implants and ties.
    """

    def __init__(
        self, body: Body, data: CellData, fixed: IntArray, extra: sp.bsr_matrix | None = None
    ) -> None:
        self.comm, self._map = body.comm, body.space[2].dofmap.index_map
        own = len(data.ratio)
        self.cells = own
        self._nodes, self._data = _batches(_cell_dofs(body)[:own], data)
        self._constants = {t: tuple(t.type(c) for c in kernel.CONSTANTS) for t in (SINGLE, DOUBLE)}
        self._scratch = {t: np.zeros(kernel.SCRATCH_ROWS * kernel.LANES, t) for t in (SINGLE, DOUBLE)}
        self._table = {DOUBLE: self._data, SINGLE: self._data.astype(np.float32)}
        self._extra = None if extra is None else {t: Blocks(extra, t) for t in (SINGLE, DOUBLE)}
        self.bone_nodes = int(self._map.size_local)
        self.nodes = self.bone_nodes if extra is None else extra.shape[0] // 3
        self._local = self.bone_nodes + int(self._map.num_ghosts)
        self._fixed = fixed[fixed < self.bone_nodes]
        self._vector = {t: la.vector(self._map, 3, t) for t in (SINGLE, DOUBLE)} if self.comm.size > 1 else {}
        self._extra_matrix = extra

    def bytes_moved(self, kind: Any = SINGLE) -> int:
        """Least bytes of one product with one vector: cell data, node numbers, vector in, result out."""
        size = np.dtype(kind).itemsize
        extra = 0 if self._extra is None else self._extra[np.dtype(kind)].nbytes
        return int(self._nodes.nbytes + self._table[np.dtype(kind)].nbytes + 9 * self.nodes * size + extra)

    def apply(self, x: Any) -> Any:
        """K x for x (vectors, nodes, 3) of either precision."""
        kind = x.dtype
        if self.comm.size == 1:
            y = np.zeros_like(x)
            self._multiply(x, y)
        else:
            wide = np.zeros((len(x), self._local, 3), kind)
            for v, column in enumerate(x):
                wide[v] = self._with_ghosts(column, kind)
            out = np.zeros_like(wide)
            self._multiply(wide, out)
            y = np.stack([self._summed(column, kind) for column in out])
        if self._extra is not None:
            y += self._extra[kind].times(x.reshape(len(x), -1)).reshape(x.shape)
        y[:, self._fixed] = 0
        return y

    def diagonal(self) -> FloatArray:
        """(nodes, 3, 3) diagonal blocks; the identity on clamped nodes."""
        blocks = np.zeros((max(self._local, self.nodes), 3, 3))
        kernel.add_diagonal(self._nodes, self._data, blocks)
        if self.comm.size > 1:
            vector = la.vector(self._map, 9, DOUBLE)
            vector.array[:] = blocks.ravel()
            vector.scatter_reverse(la.InsertMode.add)
            blocks = vector.array.reshape(-1, 3, 3)
        blocks = blocks[: self.nodes].copy()
        if self._extra_matrix is not None:
            m = self._extra_matrix
            rows = np.repeat(np.arange(self.nodes), np.diff(m.indptr))
            own = rows == m.indices
            blocks[rows[own]] += m.data[own]
        blocks[self._fixed] = np.eye(3)
        return blocks

    def dots(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """(a, b) inner products of the vectors x (a, nodes, 3) and y (b, nodes, 3) over all ranks."""
        local = x.reshape(len(x), -1) @ y.reshape(len(y), -1).T
        out: FloatArray = local if self.comm.size == 1 else self.comm.allreduce(local, MPI.SUM)
        return out

    def _multiply(self, x: Any, y: Any) -> None:
        kind = x.dtype
        kernel.apply_cells(self._nodes, self._table[kind], x, y, self._scratch[kind], self._constants[kind])

    def _with_ghosts(self, values: Any, kind: Any) -> Any:
        vector = self._vector[kind]
        vector.array[: values.size] = values.ravel()
        vector.scatter_forward()
        return vector.array.reshape(-1, 3)

    def _summed(self, values: Any, kind: Any) -> Any:
        vector = self._vector[kind]
        vector.array[:] = values.ravel()
        vector.scatter_reverse(la.InsertMode.add)
        return vector.array.reshape(-1, 3)[: self.bone_nodes].copy()


def owned_cells(body: Body) -> IntArray:
    """Original numbers of the cells that this rank owns, in its order."""
    return body.cells[: body.domain.topology.index_map(3).size_local]


def coarse_ends(body: Body, fixed: IntArray, number: IntArray) -> IntArray:
    """(owned fine nodes, 2) coarse nodes of each, by `number` (mesh node -> coarse node); -1: clamped."""
    tets = body.tets
    ends = np.full((len(tets.points_mm), 2), -1, np.int64)
    corners = np.unique(tets.corners)
    ends[corners] = corners[:, None]
    ends[tets.cells[:, 4:]] = tets.cells[:, np.array(TET10_EDGES)]
    number = number.copy()
    number[body.nodes[2][fixed]] = -1
    out = number[ends[body.nodes[2][: body.owned(2)]]].astype(np.int32)
    out[fixed[fixed < len(out)]] = -1
    return out


def _cell_dofs(body: Body) -> IntArray:
    """(cells, 10) node unknowns in VTK's order."""
    at = np.full(len(body.tets.points_mm), -1, np.int64)
    at[body.nodes[2]] = np.arange(len(body.nodes[2]))
    out: IntArray = at[body.tets.cells[body.cells]].astype(np.int32)
    return out


def _batches(nodes: IntArray, data: CellData) -> tuple[Any, Any]:
    """Cells in batches of LANES, filled up with cells without stiffness."""
    table = np.hstack([data.gradients, data.weight, data.ratio[:, None]])
    lanes, rows = kernel.LANES, kernel.DATA_ROWS
    missing = -len(nodes) % lanes
    nodes = np.vstack([nodes, np.zeros((missing, 10), np.int32)]).astype(np.int32)
    table = np.vstack([table, np.zeros((missing, rows))]).reshape(-1, lanes, rows)
    flat = np.ascontiguousarray(table.transpose(0, 2, 1)).reshape(-1, rows * lanes)
    return np.ascontiguousarray(nodes.reshape(-1, lanes, 10)), flat
