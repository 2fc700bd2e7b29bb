"""The bone's part of the equations: assembled once, shared by all problems on the same bone."""

from __future__ import annotations

import time
from functools import cached_property
from pathlib import Path
from typing import Any

import dolfinx.fem.petsc
import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import InputError, SolverError
from surgitwin.mechanics.fenicsx import stiffness
from surgitwin.mechanics.fenicsx.body import Body, scalar_interpolation
from surgitwin.mechanics.fenicsx.cache import MatrixCache
from surgitwin.mechanics.fenicsx.cycle import System
from surgitwin.mechanics.fenicsx.matrix_free import CellData, FineOperator, cell_data, owned_cells
from surgitwin.mechanics.linear_tets import linear_stiffness
from surgitwin.mechanics.locate import CellLocator
from surgitwin.mechanics.patches import patch_quadrature
from surgitwin.mechanics.problem import Bone

MODULUS_RANGE_MPA = (1e-3, 1e6)
"""Outside this no tissue or implant material lies (granulation 0.2 MPa, alumina 380,000 MPa)."""


class BoneModel:
    """Spaces, supports and matrices of one `Bone` on one communicator."""

    def __init__(self, bone: Bone, comm: Any, key: str = "", cache_dir: Path | None = None) -> None:
        check_modulus(bone.modulus_MPa, bone.poisson, "bone")
        started = time.perf_counter()
        self.bone, self.key, self.from_cache = bone, key, False
        self._cache = MatrixCache(cache_dir, key)
        self.body = Body(bone.mesh, comm, curved=False)
        self.fixed: IntArray = np.unique(patch_quadrature(self.body.tets, bone.support).nodes)
        self.mesh_s = time.perf_counter() - started
        self._blocks: dict[float, dict[int, sp.bsr_matrix]] = {}

    def require_held(self, tied_nodes: IntArray) -> None:
        """Raise SolverError "solver.singular" for a piece of bone with neither clamped nor tied nodes."""
        tets = self.body.tets
        count = len(tets.points_mm)
        edges = tets.corners[:, [0, 0, 0]].ravel(), tets.corners[:, 1:].ravel()
        graph = sp.coo_matrix((np.ones(len(edges[0])), edges), shape=(count, count))
        _, label = connected_components(graph, directed=False)
        corners = np.unique(tets.corners)
        held = np.intersect1d(np.concatenate([self.fixed, tied_nodes]), corners)
        loose = np.setdiff1d(label[corners], label[held])
        if len(loose):
            at = tets.points_mm[corners[label[corners] == loose[0]]].mean(axis=0)
            raise SolverError(
                "solver.singular",
                f"{len(loose)} pieces of bone are held neither by the support nor by an implant.",
                hint="Bridge the gap with callus or an implant, or remove the loose pieces.",
                where=f"piece of bone at LPS {np.round(at, 1).tolist()} mm",
            )

    def modulus(self, factor: float) -> FloatArray:
        """(m, q) MPa: the bone's modulus times `factor`, the gap's unchanged."""
        bone = self.bone
        gap = [k for k, name in bone.mesh.names.items() if name == "gap"]
        scale = np.where(np.isin(bone.mesh.part, gap), 1.0, factor)
        out: FloatArray = bone.modulus_MPa * scale[:, None]
        return out

    @cached_property
    def locator(self) -> CellLocator:
        """Point search in the bone's cells."""
        tets = self.body.tets
        return CellLocator(tets.points_mm[tets.corners])

    def free(self, degree: int) -> FloatArray:
        """1 for free node unknowns of this rank (owned), 0 for clamped ones."""
        out = np.ones(self.body.owned(degree))
        dofs = self.body.dofs_of_nodes(self.fixed, degree)
        out[dofs[dofs < len(out)]] = 0
        return out

    def blocks(self, factor: float) -> dict[int, sp.bsr_matrix]:
        """Serial stiffness on both levels; kept for the next problem."""
        if factor not in self._blocks:
            self._blocks[factor] = {d: self._block(d, factor) for d in (2, 1)}
        return self._blocks[factor]

    def levels(self, factor: float) -> dict[int, sp.bsr_matrix]:
        """K on both levels (serial)."""
        return self.blocks(factor)

    def points(self, degree: int) -> FloatArray:
        """(n, 3) positions of this rank's node unknowns."""
        return self.body.tets.points_mm[self.body.nodes[degree][: self.body.owned(degree)]]

    def prolongation(self) -> sp.csr_matrix:
        """Scalar P1 to P2, clamped rows and columns zero (serial)."""
        left, right = (sp.diags(self.free(d)) for d in (2, 1))
        return (left @ scalar_interpolation(self.body) @ right).tocsr()

    @property
    def matrix_free(self) -> bool:
        """Whether the cells are those of the matrix-free kernel (four points each)."""
        return self.bone.quadrature_degree == 2

    def cell_data(self, factor: float) -> CellData:
        """Of all cells, in the order of the mesh."""
        tets = self.body.tets
        return cell_data(tets.points_mm[tets.corners], self.modulus(factor), self.bone.poisson)

    def fine_operator(self, data: CellData, extra: sp.bsr_matrix | None = None) -> FineOperator:
        """K of this rank's cells; extra: what implants and ties add (serial)."""
        own = owned_cells(self.body)
        part = CellData(data.gradients[own], data.weight[own], data.ratio[own])
        return FineOperator(self.body, part, self.body.dofs_of_nodes(self.fixed, 2), extra)

    @cached_property
    def coarse_nodes(self) -> IntArray:
        """Mesh node of each coarse unknown node of all ranks, rank after rank."""
        own = self.body.nodes[1][: self.body.owned(1)]
        out: IntArray = np.concatenate(self.body.comm.allgather(own))
        return out

    def coarse_number(self) -> IntArray:
        """Coarse unknown node of each mesh node, -1 for mid-side nodes."""
        out = np.full(len(self.body.tets.points_mm), -1, np.int64)
        out[self.coarse_nodes] = np.arange(len(self.coarse_nodes))
        return out

    def linear_level(self, data: CellData, factor: float) -> sp.bsr_matrix:
        """The whole linear level on every rank; serial ones come from the disk when they are there."""
        serial = self.body.comm.size == 1
        matrix = self._cache.load(factor, 1) if serial else None
        self.from_cache = matrix is not None
        if matrix is None:
            number = self.coarse_number()
            matrix = linear_stiffness(
                number[self.body.tets.corners], len(self.coarse_nodes), data.gradients,
                data.weight.sum(axis=1), data.ratio, number[np.intersect1d(self.fixed, self.coarse_nodes)],
            )  # fmt: skip
            if serial:
                self._cache.save(factor, 1, matrix)
        return matrix

    def distributed_system(self, factor: float) -> System:
        """Both levels in PETSc over all ranks; clamped rows and columns of the interpolation are zero."""
        space = self.body.space
        fine = stiffness.distributed_matrix(self._form(2, factor), self._clamp(2))
        coarse = dolfinx.fem.petsc.assemble_matrix(self._form(1, factor), bcs=self._clamp(1))
        coarse.assemble()
        coarse.setBlockSize(3)
        coarse.setOption(coarse.Option.SPD, True)
        interpolation = dolfinx.fem.petsc.interpolation_matrix(space[1], space[2])
        interpolation.assemble()
        rows, columns = interpolation.createVecLeft(), interpolation.createVecRight()
        rows.array[:] = np.repeat(self.free(2), 3)
        columns.array[:] = np.repeat(self.free(1), 3)
        interpolation.diagonalScale(rows, columns)
        unknowns = 3 * int(space[2].dofmap.index_map.size_global)
        return System(fine, coarse, interpolation, self.points(1), unknowns)

    def local_load(self, forces: FloatArray) -> FloatArray:
        """Owned load vector (3 n,) of nodal forces (n10, 3); nothing acts on clamped unknowns."""
        owned = self.body.nodes[2][: self.body.owned(2)]
        out: FloatArray = (forces[owned] * self.free(2)[:, None]).ravel()
        return out

    def split(self, values: FloatArray) -> list[FloatArray]:
        """[nodal displacement (n10, 3)] from this rank's solution; empty on ranks other than 0."""
        nodal = self.body.to_nodes(values.reshape(-1, 3))
        return [] if nodal is None else [nodal]

    def _block(self, degree: int, factor: float) -> sp.bsr_matrix:
        matrix = self._cache.load(factor, degree)
        if matrix is None:
            matrix = stiffness.block_matrix(self._form(degree, factor), self._clamp(degree))
            self._cache.save(factor, degree, matrix)
        else:
            self.from_cache = True
        return matrix

    def _form(self, degree: int, factor: float) -> Any:
        bone = self.bone
        return stiffness.form(self.body, degree, self.modulus(factor), bone.poisson, bone.quadrature_degree)

    def _clamp(self, degree: int) -> list[Any]:
        return stiffness.clamp(self.body, degree, self.fixed)


def check_modulus(modulus: Any, poisson: Any, where: str) -> None:
    """Raise InputError "material.out_of_range" for values that no material has."""
    E, nu = np.asarray(modulus, float), np.asarray(poisson, float)
    low, high = MODULUS_RANGE_MPA
    bad = int((~((low <= E) & (high >= E))).sum())
    if bad:
        raise InputError(
            "material.out_of_range",
            f"{bad} values of Young's modulus of {where!r} are outside {low} to {high:.0f} MPa.",
            hint="Check calibration, density law and units (MPa).",
            where=where,
        )
    if not ((nu > -1) & (nu <= 0.47)).all():
        raise InputError(
            "material.out_of_range",
            f"Poisson's ratio of {where!r} is outside -1 to 0.47.",
            hint="Quadratic displacement elements lock above 0.47; use a smaller value.",
            where=where,
        )
