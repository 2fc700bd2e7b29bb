"""From a model to the PETSc system of one problem, with its rigid patches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.fenicsx.blocks import petsc_blocked, petsc_plain, spread
from surgitwin.mechanics.fenicsx.bone import BoneModel
from surgitwin.mechanics.fenicsx.coupled import CoupledModel
from surgitwin.mechanics.fenicsx.cycle import Solver, System
from surgitwin.mechanics.fenicsx.fast import FastSolver, fast_solver
from surgitwin.mechanics.fenicsx.matrix_free import coarse_ends
from surgitwin.mechanics.fenicsx.rigid import RigidPatches, rigid_patches
from surgitwin.mechanics.patches import patch_quadrature
from surgitwin.mechanics.problem import LoadCase, SolverSettings

Model = BoneModel | CoupledModel


@dataclass(eq=False)
class Equations:
    """assemble: the matrices; coarse: how their coarse level is solved; the ways of vectors in and out.

    fast: the solver that needs no matrices, where there is one (straight cells, no rigid patch).
    """

    assemble: Callable[[], System]
    coarse: str
    unknowns: int
    restrict: Callable[[FloatArray], FloatArray]
    extend: Callable[[FloatArray], FloatArray]
    fast: Callable[[SolverSettings], FastSolver] | None = None

    @cached_property
    def system(self) -> System:
        """The matrices, assembled when they are first asked for."""
        return self.assemble()

    def solver(self, settings: SolverSettings) -> FastSolver | Solver:
        """Matrix-free for "cg" where that is possible, else on the matrices."""
        if settings.method == "cg" and self.fast is not None:
            return self.fast(settings)
        return Solver(self.system, settings, self.coarse)

    def destroy(self) -> None:
        """Free PETSc's memory now."""
        if "system" in self.__dict__:
            self.system.destroy()


def has_rigid(loads: tuple[LoadCase, ...]) -> bool:
    """Whether any load moves its patch as a rigid body."""
    return any(load.rigid for case in loads for load in case.loads)


def equations(model: Model, loads: tuple[LoadCase, ...], factor: float) -> Equations:
    """The equations of a problem. A patch that is rigid in one load case is rigid in all of them."""
    bone = model if isinstance(model, BoneModel) else model.bone
    unknowns = 3 * int(bone.body.space[2].dofmap.index_map.size_global)
    fast = partial(_fast, model, bone, factor) if bone.matrix_free else None
    if bone.body.comm.size > 1:
        return Equations(partial(bone.distributed_system, factor), "gamg", unknowns, _same, _same, fast)
    unknowns = 3 * len(model.points(2))
    if not has_rigid(loads):
        # GAMG sees no rigid modes of the single bodies: 56 iterations of a plated femur, MUMPS 36.
        coarse = "gamg" if model is bone else "mumps"
        return Equations(partial(_assembled, model, factor), coarse, unknowns, _same, _same, fast)
    rigid = _rigid(model, bone, loads, model.prolongation())
    t = rigid.maps[2]
    # The master unknowns of a rigid patch are no displacements of points: no rigid modes for GAMG.
    assemble = partial(_reduced, model, factor, rigid)
    return Equations(assemble, "mumps", t.shape[1], lambda f: t.T @ f, lambda u: t @ u)


def _assembled(model: Model, factor: float) -> System:
    levels = model.levels(factor)
    return _serial(levels[2], levels[1], spread(model.prolongation()).tocsr(), model.points(1))


def _reduced(model: Model, factor: float, rigid: RigidPatches) -> System:
    levels = model.levels(factor)
    reduced = {d: rigid.reduce(levels[d], d) for d in (2, 1)}
    return _serial(reduced[2], reduced[1], rigid.interpolation, np.zeros((0, 3)))


def _fast(model: Model, bone: BoneModel, factor: float, settings: SolverSettings) -> FastSolver:
    """The matrix-free solver of a bone, over all ranks, or of a bone with implants."""
    data = bone.cell_data(factor)
    coarse = bone.linear_level(data, factor)
    ends = coarse_ends(bone.body, bone.body.dofs_of_nodes(bone.fixed, 2), bone.coarse_number())
    points = bone.body.tets.points_mm[bone.coarse_nodes]
    extra = None
    if not isinstance(model, BoneModel):
        extra = model.added(2, factor)
        coarse = model.with_implants(coarse, factor)
        ends = np.vstack([ends, model.implant_ends()])
        points = model.points(1)
    fine = bone.fine_operator(data, extra)
    return fast_solver(fine, ends, coarse, points, settings, equations(model, (), factor).assemble)


def _serial(fine: Any, coarse: Any, interpolation: Any, points: FloatArray) -> System:
    matrix = petsc_plain(coarse.tocsr())
    matrix.setBlockSize(3)
    matrix.setOption(matrix.Option.SPD, True)
    return System(petsc_blocked(fine), matrix, petsc_plain(interpolation), points, fine.shape[0])


def _rigid(model: Model, bone: BoneModel, loads: tuple[LoadCase, ...], prolong: Any) -> RigidPatches:
    patches = {}
    for case in loads:
        for load in case.loads:
            if load.rigid:
                nodes = np.unique(patch_quadrature(bone.body.tets, load.patch).nodes)
                patches[nodes.tobytes()] = nodes
    places = [{d: bone.body.dofs_of_nodes(n, d) for d in (2, 1)} for n in patches.values()]
    fixed = {d: bone.body.dofs_of_nodes(bone.fixed, d) for d in (2, 1)}
    return rigid_patches({d: model.points(d) for d in (2, 1)}, places, fixed, prolong)


def _same(values: FloatArray) -> FloatArray:
    return values
