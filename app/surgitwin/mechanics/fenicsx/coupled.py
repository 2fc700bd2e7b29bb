"""Bone and embedded implants as one system (serial): K = diag(K_bone, K_implants) + tie."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import scipy.sparse as sp
from mpi4py import MPI

from surgitwin.core.arrays import FloatArray
from surgitwin.core.mesh import TET10_EDGES
from surgitwin.mechanics.fenicsx import stiffness
from surgitwin.mechanics.fenicsx.blocks import block_diagonal, petsc_blocked, petsc_plain, spread
from surgitwin.mechanics.fenicsx.body import Body
from surgitwin.mechanics.fenicsx.bone import BoneModel, check_modulus
from surgitwin.mechanics.fenicsx.cycle import System
from surgitwin.mechanics.fenicsx.tie import Tie, make_tie, overlap_modulus
from surgitwin.mechanics.problem import Implant


class CoupledModel:
    """One problem with implants on a serial `BoneModel`; the bone's own blocks are not changed."""

    def __init__(self, bone: BoneModel, implants: tuple[Implant, ...], factor: float, tie_factor: float):
        started = time.perf_counter()
        self.bone, self.implants = bone, implants
        modulus = bone.modulus(factor).mean(axis=1)
        self.bodies = [Body(i.mesh, MPI.COMM_SELF, curved=True) for i in implants]
        self.mesh_s = time.perf_counter() - started
        locator = bone.locator
        self.ties: list[Tie] = []
        self._stiffness: list[dict[int, sp.bsr_matrix]] = []
        for implant, body in zip(implants, self.bodies, strict=True):
            check_modulus(implant.modulus_MPa, implant.poisson, implant.name)
            mask = bone.bone.tie_mask
            self.ties.append(make_tie(implant, body.tets, bone.body.tets, locator, modulus, mask, tie_factor))
            E = overlap_modulus(implant, body.tets, locator, modulus, mask)
            nu = np.full(len(body.tets.cells), implant.poisson)
            self._stiffness.append(
                {d: stiffness.block_matrix(stiffness.form(body, d, E, nu, 2), []) for d in (2, 1)}
            )
        bone.require_held(np.unique(np.concatenate([t.bone_shape.indices for t in self.ties])))
        self._bone_blocks = bone.blocks(factor)

    def system(self, factor: float) -> System:
        """Both levels in PETSc; `factor` is that of the constructor."""
        del factor
        bodies = [self.bone.body, *self.bodies]
        levels = {}
        prolong = self._scalar_interpolation()
        jump = self._jump()
        for degree, gap in ((2, jump), (1, (jump @ prolong).tocsr())):
            weight = sp.diags(np.concatenate([t.weight_N_per_mm for t in self.ties]))
            tie = spread((gap.T @ weight @ gap).tocsr())
            blocks = [self._bone_blocks[degree], *(k[degree] for k in self._stiffness)]
            levels[degree] = (block_diagonal(blocks) + tie).tobsr((3, 3))
        coarse = petsc_plain(levels[1].tocsr())
        coarse.setBlockSize(3)
        coarse.setOption(coarse.Option.SPD, True)
        points = np.vstack([b.tets.points_mm[b.nodes[1]] for b in bodies])
        return System(
            petsc_blocked(levels[2]), coarse, petsc_plain(spread(prolong).tocsr()), points, levels[2].shape[0]
        )

    def local_load(self, forces: FloatArray) -> FloatArray:
        """Load vector of nodal forces (n10, 3) on the bone."""
        rest = 3 * sum(b.owned(2) for b in self.bodies)
        return np.concatenate([self.bone.local_load(forces), np.zeros(rest)])

    def split(self, values: FloatArray) -> list[FloatArray]:
        """Nodal displacements (n10, 3) of bone and implants from the solution vector."""
        out, start = [], 0
        for body in (self.bone.body, *self.bodies):
            stop = start + 3 * body.owned(2)
            nodal = body.to_nodes(values[start:stop].reshape(-1, 3))
            if nodal is not None:
                out.append(nodal)
            start = stop
        return out

    def _jump(self) -> sp.csr_matrix:
        """(points, all fine nodes): bone minus implant displacement at the thread points."""
        free = sp.diags(self.bone.free(2))
        bone_order = self.bone.body.nodes[2]
        rows: list[list[Any]] = []
        for k, (tie, body) in enumerate(zip(self.ties, self.bodies, strict=True)):
            row: list[Any] = [tie.bone_shape[:, bone_order] @ free]
            for j, other in enumerate(self.bodies):
                here = -tie.implant_shape[:, body.nodes[2]] if j == k else None
                row.append(here if here is not None else sp.csr_matrix((len(tie.points_mm), other.owned(2))))
            rows.append(row)
        return sp.bmat(rows, format="csr")

    def _scalar_interpolation(self) -> sp.csr_matrix:
        bone = self.bone
        free = [sp.diags(bone.free(d)) for d in (2, 1)]
        parts = [free[0] @ scalar_interpolation(bone.body) @ free[1]]
        parts += [scalar_interpolation(b) for b in self.bodies]
        return sp.block_diag(parts, format="csr")


def scalar_interpolation(body: Body) -> sp.csr_matrix:
    """(fine nodes, coarse nodes): corners copy, mid-side nodes take the mean of their edge's ends."""
    tets = body.tets
    at = np.full(len(tets.points_mm), -1, np.int64)
    at[body.nodes[1]] = np.arange(body.owned(1))
    ends = np.full((len(tets.points_mm), 2), -1, np.int64)
    corners = np.unique(tets.corners)
    ends[corners] = corners[:, None]
    ends[tets.cells[:, 4:]] = tets.cells[:, np.array(TET10_EDGES)]
    columns = at[ends[body.nodes[2]]]
    rows = np.repeat(np.arange(len(columns)), 2)
    return sp.csr_matrix(
        (np.full(len(rows), 0.5), (rows, columns.ravel())), shape=(len(columns), body.owned(1))
    )
