"""Stiffness of the bone under a plan: healing tissue in the gap, soft canal where a nail lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.core.mesh import TetMesh
from surgitwin.core.plan import Plan
from surgitwin.core.solids import ImplantSolids
from surgitwin.mechanics.materials import callus, tissue
from surgitwin.mechanics.problem import Bone
from surgitwin.mechanics.quadrature import tet_rule

GAP = "gap"
CANAL = "marrow"
"""Row of ``resources/materials/tissue.toml`` for the canal round a nail."""


def fixation_bone(base: Bone, plan: Plan, implants: Sequence[ImplantSolids]) -> Bone:
    """`base` with the gap's healing tissue and with bone removed where a nail lies.

    The gap's cells ("gap" part of the mesh) take the stage's modulus and Poisson's ratio and hold no
    thread. Integration points inside reamed solids (the nail) take the canal's modulus, so that a nail
    meets the bone through its bolts only; a cell whose points all lie there holds no thread. Without a
    fracture the gap part keeps the bone of the image.
    """
    modulus = np.array(base.modulus_MPa, float)
    poisson = np.array(base.poisson, float)
    tie = np.array(base.tie_mask, bool)
    if plan.fracture is not None:
        gap = gap_cells(base.mesh)
        stage = callus(plan.fracture.healing)
        modulus[gap], poisson[gap] = stage.modulus_MPa, stage.poisson
        tie[gap] = False
    reamed = _reamed(base, implants)
    modulus[reamed] = np.minimum(modulus[reamed], tissue(CANAL).modulus_MPa)
    tie &= ~reamed.all(axis=1)
    return replace(base, modulus_MPa=modulus, poisson=poisson, tie_mask=tie)


def gap_cells(mesh: TetMesh) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """(m,) which cells belong to the gap; InputError ("mesh.no_gap") when the mesh has no such part."""
    try:
        out: np.ndarray[tuple[int], np.dtype[np.bool_]] = np.asarray(mesh.part == mesh.part_id(GAP))
    except KeyError:
        raise InputError(
            "mesh.no_gap",
            "The plan has a fracture, the bone mesh has no gap part.",
            hint="Mesh the bone with this plan's fracture.",
        ) from None
    return out


def integration_points(mesh: TetMesh, degree: int) -> FloatArray:
    """(m, q, 3) LPS points of the quadrature rule in every straight cell."""
    r, _ = tet_rule(degree)
    weights = np.column_stack([1 - r.sum(axis=1), r])
    out: FloatArray = np.einsum("qc,mcd->mqd", weights, mesh.points_mm[mesh.corners])
    return out


def _reamed(base: Bone, implants: Sequence[ImplantSolids]) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """(m, q) which integration points lie inside a reamed solid."""
    points = integration_points(base.mesh, base.quadrature_degree)
    inside = np.zeros(points.shape[:2], bool)
    for solids in implants:
        if solids.reamed_roles:
            inside |= solids.distance(points, solids.reamed_roles) < 0
    return inside
