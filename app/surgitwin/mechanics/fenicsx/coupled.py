"""Bone and embedded implants as one system (serial): K = diag(K_bone, K_implants) + tie."""

from __future__ import annotations

import time
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
from mpi4py import MPI

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.mechanics.fenicsx import stiffness
from surgitwin.mechanics.fenicsx.blocks import block_diagonal, spread
from surgitwin.mechanics.fenicsx.body import Body, scalar_interpolation
from surgitwin.mechanics.fenicsx.bone import BoneModel, check_modulus
from surgitwin.mechanics.fenicsx.contact_glue import with_glue
from surgitwin.mechanics.fenicsx.matrix_free import coarse_ends
from surgitwin.mechanics.fenicsx.tie import Overlap, Tie, find_overlap, make_tie
from surgitwin.mechanics.problem import ContactSettings, ContactSurface, Implant


class CoupledModel:
    """Implants on a serial `BoneModel`, for any modulus factor; the bone's own blocks are not changed.

    Where implants lie in bone does not depend on the factor and is found once. `solutions` keeps the
    solution vectors of earlier problems: they span a good first guess for the next one. glued: surfaces that
    are bonded beside the threads, as `contact` says.
    """

    def __init__(
        self,
        bone: BoneModel,
        implants: tuple[Implant, ...],
        tie_factor: float,
        glued: tuple[ContactSurface, ...] = (),
        contact: ContactSettings = ContactSettings(),  # noqa: B008 - frozen
    ) -> None:
        started = time.perf_counter()
        self.bone, self.implants = bone, implants
        self.bodies = [Body(i.mesh, MPI.COMM_SELF, curved=True) for i in implants]
        self.mesh_s = time.perf_counter() - started
        self.solutions: list[FloatArray] = []
        modulus, mask = bone.modulus(1.0).mean(axis=1), bone.bone.tie_mask
        locator, bone_mesh = bone.locator, bone.body.tets
        self.ties: list[Tie] = []
        self._overlaps: list[Overlap] = []
        for implant, body in zip(implants, self.bodies, strict=True):
            check_modulus(implant.modulus_MPa, implant.poisson, implant.name)
            self.ties.append(make_tie(implant, body.tets, bone_mesh, locator, modulus, mask, tie_factor))
            self._overlaps.append(find_overlap(implant, body.tets, locator, mask))
        for s in glued:
            n = s.implant
            self.ties[n] = with_glue(self.ties[n], s, self.bodies[n].tets, bone_mesh, locator, contact)
        bone.require_held(np.unique(np.concatenate([t.bone_shape.indices for t in self.ties])))

    def levels(self, factor: float) -> dict[int, sp.bsr_matrix]:
        """K on both levels."""
        modulus = self.bone.modulus(factor).mean(axis=1)
        weight = sp.diags(np.concatenate([t.weight_N_per_mm(modulus) for t in self.ties]))
        out = {}
        for degree, gap in self._jumps.items():
            tie = spread((gap.T @ weight @ gap).tocsr())
            blocks = [self.bone.blocks(factor)[degree], *self._implant_blocks(degree, modulus)]
            out[degree] = (block_diagonal(blocks) + tie).tobsr((3, 3))
        return out

    def added(self, degree: int, factor: float) -> sp.bsr_matrix:
        """What implants and ties add to the bone's K of one level, over all node unknowns of that level."""
        modulus = self.bone.modulus(factor).mean(axis=1)
        weight = sp.diags(np.concatenate([t.weight_N_per_mm(modulus) for t in self.ties]))
        gap = self._jumps[degree]
        nodes = self.bone.body.owned(degree)
        empty = sp.bsr_matrix(
            (np.zeros((0, 3, 3)), np.zeros(0, np.int32), np.zeros(nodes + 1, np.int32)),
            (3 * nodes, 3 * nodes),
        )
        blocks = block_diagonal([empty, *self._implant_blocks(degree, modulus)])
        return (blocks + spread((gap.T @ weight @ gap).tocsr())).tobsr((3, 3))

    def with_implants(self, bone_level: sp.bsr_matrix, factor: float) -> sp.bsr_matrix:
        """The linear level of the whole from the bone's."""
        added = self.added(1, factor)
        rest = added.shape[0] // 3 - bone_level.shape[0] // 3
        end = bone_level.indptr[-1]
        wide = sp.bsr_matrix(
            (bone_level.data, bone_level.indices, np.r_[bone_level.indptr, np.full(rest, end)]), added.shape
        )
        return (wide + added).tobsr((3, 3))

    def implant_ends(self) -> IntArray:
        """(implant nodes, 2): see `coarse_ends`; coarse nodes counted behind the bone's."""
        out, start = [], self.bone.body.owned(1)
        for body in self.bodies:
            number = np.full(len(body.tets.points_mm), -1, np.int64)
            number[body.nodes[1]] = start + np.arange(body.owned(1))
            out.append(coarse_ends(body, np.zeros(0, np.int32), number))
            start += body.owned(1)
        return np.vstack(out)

    def implant_moduli(self, factor: float) -> list[FloatArray]:
        """(m, 4) MPa of each implant at the points of `tet_rule(2)`: metal less the bone it displaces."""
        modulus = self.bone.modulus(factor).mean(axis=1)
        pairs = zip(self.implants, self._overlaps, strict=True)
        return [overlap.modulus(implant.modulus_MPa, modulus) for implant, overlap in pairs]

    def _implant_blocks(self, degree: int, bone_modulus: FloatArray) -> list[sp.bsr_matrix]:
        out = []
        for implant, body, overlap in zip(self.implants, self.bodies, self._overlaps, strict=True):
            E = overlap.modulus(implant.modulus_MPa, bone_modulus)
            nu = np.full(len(body.tets.cells), implant.poisson)
            out.append(stiffness.block_matrix(stiffness.form(body, degree, E, nu, 2), []))
        return out

    @cached_property
    def _jumps(self) -> dict[int, sp.csr_matrix]:
        jump = self._jump()
        return {2: jump, 1: (jump @ self.prolongation()).tocsr()}

    def points(self, degree: int) -> FloatArray:
        """(n, 3) positions of all node unknowns."""
        return np.vstack([b.tets.points_mm[b.nodes[degree]] for b in (self.bone.body, *self.bodies)])

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

    def prolongation(self) -> sp.csr_matrix:
        """Scalar P1 to P2 over all bodies, clamped rows and columns zero."""
        parts = [self.bone.prolongation(), *(scalar_interpolation(b) for b in self.bodies)]
        return sp.block_diag(parts, format="csr")
