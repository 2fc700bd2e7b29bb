"""From a model to the PETSc system of one problem, with its rigid patches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.fenicsx.blocks import petsc_blocked, petsc_plain, spread
from surgitwin.mechanics.fenicsx.bone import BoneModel
from surgitwin.mechanics.fenicsx.coupled import CoupledModel
from surgitwin.mechanics.fenicsx.cycle import System
from surgitwin.mechanics.fenicsx.rigid import RigidPatches, rigid_patches
from surgitwin.mechanics.patches import patch_quadrature
from surgitwin.mechanics.problem import LoadCase

Model = BoneModel | CoupledModel


@dataclass(frozen=True, eq=False)
class Equations:
    """system; coarse: how its coarse level is solved; and the ways of vectors in and out of it."""

    system: System
    coarse: str
    restrict: Callable[[FloatArray], FloatArray]
    extend: Callable[[FloatArray], FloatArray]


def has_rigid(loads: tuple[LoadCase, ...]) -> bool:
    """Whether any load moves its patch as a rigid body."""
    return any(load.rigid for case in loads for load in case.loads)


def equations(model: Model, loads: tuple[LoadCase, ...], factor: float) -> Equations:
    """The equations of a problem. A patch that is rigid in one load case is rigid in all of them."""
    bone = model if isinstance(model, BoneModel) else model.bone
    if bone.body.comm.size > 1:
        return Equations(bone.distributed_system(factor), "gamg", _same, _same)
    levels, prolong = model.levels(factor), model.prolongation()
    if not has_rigid(loads):
        system = _serial(levels[2], levels[1], spread(prolong).tocsr(), model.points(1))
        # GAMG sees no rigid modes of the single bodies: 56 iterations of a plated femur, MUMPS 36.
        return Equations(system, "gamg" if model is bone else "mumps", _same, _same)
    rigid = _rigid(model, bone, loads, prolong)
    reduced = {d: rigid.reduce(levels[d], d) for d in (2, 1)}
    t = rigid.maps[2]
    system = _serial(reduced[2], reduced[1], rigid.interpolation, np.zeros((0, 3)))
    # The master unknowns of a rigid patch are no displacements of points: no rigid modes for GAMG.
    return Equations(system, "mumps", lambda f: t.T @ f, lambda u: t @ u)


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
