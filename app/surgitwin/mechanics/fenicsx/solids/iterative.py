"""Conjugate gradients with a cycle over quadratic and linear displacements, for large symmetric systems."""

from __future__ import annotations

from typing import Any

import basix
import numpy as np
import scipy.sparse as sp
from mpi4py import MPI
from petsc4py import PETSc

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.fenicsx.blocks import petsc_blocked, spread
from surgitwin.mechanics.fenicsx.cycle import Solver
from surgitwin.mechanics.fenicsx.cycle import System as Levels
from surgitwin.mechanics.fenicsx.solids.body import Assembly
from surgitwin.mechanics.fenicsx.solids.space import PartSpace
from surgitwin.mechanics.problem import SolverSettings

MUMPS_COARSE = 150_000
"""Up to this many coarse unknowns the linear level is solved by MUMPS, beyond by a GAMG cycle."""


class IterativeSolver:
    """K x = b for displacements of 3D quadratic parts, constrained by prescribed components only."""

    def __init__(self, assembly: Assembly, rtol: float, max_iterations: int) -> None:
        self._assembly = assembly
        self._settings = SolverSettings(method="cg", rtol=rtol, max_iterations=max_iterations)
        self._interpolation, self._coarse_nodes = _interpolation(assembly)
        self.last_iterations, self.last_solver = 0, ""

    def solve(self, K: sp.csr_matrix, T: sp.csr_matrix, b: FloatArray, rtol: float) -> FloatArray:
        """Reduced solution of T^T K T q = b; K (size, size), T a selection of free unknowns."""
        free = np.asarray(T.sum(axis=1)).ravel()
        mask = sp.diags(free)
        fine = (mask @ K @ mask + sp.diags(1.0 - free)).tobsr((3, 3))
        P = (mask @ spread(self._interpolation)).tocsr()
        P.eliminate_zeros()
        levels = self._levels(fine, P)
        solver = Solver(levels, self._settings, "mumps" if P.shape[1] <= MUMPS_COARSE else "gamg")
        try:
            answer = solver.solve(T @ b, rtol=rtol)
        finally:
            solver.destroy()
            levels.destroy()
        self.last_iterations, self.last_solver = answer.iterations, answer.solver
        out: FloatArray = T.T @ answer.values
        return out

    def _levels(self, fine: sp.bsr_matrix, P: sp.csr_matrix) -> Levels:
        coarse = (P.T @ (fine.tocsr() @ P)).tocsr()
        # Coarse unknowns that belong to constrained nodes only have empty rows: give them a diagonal.
        empty = (coarse.diagonal() == 0).astype(float)
        coarse = (coarse + sp.diags(empty)).tobsr((3, 3)).tocsr()
        coarse.sort_indices()
        matrix = _aij(coarse)
        matrix.setBlockSize(3)
        matrix.setOption(PETSc.Mat.Option.SPD, True)
        points = self._assembly.points_mm[self._coarse_nodes]
        return Levels(petsc_blocked(fine), matrix, _aij(P), points, fine.shape[0])


def can_iterate(assembly: Assembly, symmetric: bool, rigid: bool) -> bool:
    """Whether the cycle fits: 3D, quadratic displacements without pressures, symmetric, no rigid surface."""
    parts = [b.space.part for b in assembly.bulks]
    return (
        symmetric
        and not rigid
        and assembly.dimension == 3
        and all(p.degree == 2 and p.formulation == "displacement" for p in parts)
    )


def _interpolation(assembly: Assembly) -> tuple[sp.csr_matrix, Any]:
    """(nodes, coarse nodes) from values at cell corners to all displacement nodes, and the corner nodes."""
    blocks, corners = [], []
    for k, bulk in enumerate(assembly.bulks):
        weights, mine = _part_interpolation(bulk.space)
        blocks.append(weights)
        corners.append(mine + assembly.first_node[k])
    return sp.block_diag(blocks, format="csr"), np.concatenate(corners)


def _part_interpolation(space: PartSpace) -> tuple[sp.csr_matrix, Any]:
    kind = basix.CellType[space.part.mesh.cell]
    linear = basix.create_element(basix.ElementFamily.P, kind, 1)
    points = space.V.element.basix_element.points
    at_nodes = linear.tabulate(0, points)[0, :, :, 0]
    cells = space.V.dofmap.list
    corner = cells[:, : at_nodes.shape[1]]
    # Any cell of a node gives the same weights (conforming): the last one that writes wins.
    owner = np.empty(space.nodes, np.int64)
    local = np.empty(space.nodes, np.int64)
    owner[cells] = np.arange(len(cells))[:, None]
    local[cells[owner]] = 0
    for j in range(cells.shape[1]):
        mine = owner[cells[:, j]] == np.arange(len(cells))
        local[cells[mine, j]] = j
    values, columns = at_nodes[local], corner[owner]
    rows = np.repeat(np.arange(space.nodes), values.shape[1])
    full = sp.csr_matrix((values.ravel(), (rows, columns.ravel())), shape=(space.nodes, space.nodes))
    used = np.unique(corner)
    out = full[:, used].tocsr()
    out.data[np.abs(out.data) < 1e-12] = 0.0
    out.eliminate_zeros()
    return out, used


def _aij(matrix: sp.csr_matrix) -> Any:
    m = matrix.tocsr()
    m.sort_indices()
    csr = (m.indptr.astype(np.int32), m.indices.astype(np.int32), m.data)
    return PETSc.Mat().createAIJ(m.shape, csr=csr, comm=MPI.COMM_SELF)
