"""Fields at points from a solution: strain, stress, energy, surface averages (numpy only).

Meshes are ten-node `TetMesh`es (`Solution.bone_mesh`, `Solution.implant_meshes`); displacement is
(n10, 3) mm on their nodes. Strain is small strain, tensors (..., 3, 3) in LPS; MPa, mJ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.mesh import TET_FACES, TetMesh
from surgitwin.mechanics.locate import CellLocator
from surgitwin.mechanics.quadrature import tet_rule, triangle_rule
from surgitwin.mechanics.tet10 import jacobian, shape, shape_gradient

TENSION_LIMIT, COMPRESSION_LIMIT = 0.0073, 0.0104
"""Yield strains of cortical tissue in the risk factor (physics.md 1.5; Bayraktar 2004, not re-read)."""


@dataclass(frozen=True, eq=False)
class PointStrain:
    """Strain at points: cells (p,) they lie in, points (p, 3) mm, strain (p, 3, 3), and the volume or
    area (p,) that each point stands for."""

    cells: IntArray
    points_mm: FloatArray
    strain: FloatArray
    measure: FloatArray


def cell_strain(
    mesh: TetMesh, displacement: FloatArray, points: npt.ArrayLike, cells: Any = None
) -> FloatArray:
    """(m, q, 3, 3) strain of `cells` (default all) at the (q, 3) reference points."""
    chosen = mesh.cells if cells is None else mesh.cells[cells]
    inverse = np.linalg.inv(jacobian(mesh.points_mm[chosen], points))
    gradient = np.einsum("qaj,mqji->mqai", shape_gradient(points), inverse, optimize=True)
    du = np.einsum("mai,mqaj->mqij", displacement[chosen], gradient, optimize=True)
    out: FloatArray = (du + du.swapaxes(2, 3)) / 2
    return out


def volume_strain(mesh: TetMesh, displacement: FloatArray, degree: int = 2, cells: Any = None) -> PointStrain:
    """Strain at the integration points of `cells` (default all), cell by cell, with their volumes (mm3)."""
    points, weights = tet_rule(degree)
    index = np.arange(len(mesh.cells)) if cells is None else np.asarray(cells)
    nodes = mesh.points_mm[mesh.cells[index]]
    volume = weights * np.abs(np.linalg.det(jacobian(nodes, points)))
    x = np.einsum("qa,mai->mqi", shape(points), nodes)
    strain = cell_strain(mesh, displacement, points, index)
    owner = np.repeat(index, len(weights)).astype(np.int32)
    return PointStrain(owner, x.reshape(-1, 3), strain.reshape(-1, 3, 3), volume.ravel())


def surface_strain(mesh: TetMesh, displacement: FloatArray, cells: Any = None) -> PointStrain:
    """Strain at 6 points on every boundary triangle of the chosen cells, with their areas (mm2)."""
    faces, owner = mesh.boundary_faces()
    local = _local_face(mesh, faces, owner)
    if cells is not None:
        keep = np.isin(owner, np.asarray(cells))
        owner, local = owner[keep], local[keep]
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1.0]])[np.array(TET_FACES)]
    flat, weights = triangle_rule()
    linear = np.concatenate([1 - flat.sum(1, keepdims=True), flat], axis=1)
    parts = []
    for k in range(4):
        mine = owner[local == k]
        if not len(mine):
            continue
        reference = linear @ corners[k]
        nodes = mesh.points_mm[mesh.cells[mine]]
        J = jacobian(nodes, reference)
        e1, e2 = corners[k][1] - corners[k][0], corners[k][2] - corners[k][0]
        area = weights * np.linalg.norm(np.cross(J @ e1, J @ e2), axis=-1)
        x = np.einsum("qa,mai->mqi", shape(reference), nodes)
        strain = cell_strain(mesh, displacement, reference, mine)
        parts.append(
            (np.repeat(mine, len(weights)), x.reshape(-1, 3), strain.reshape(-1, 3, 3), area.ravel())
        )
    joined = [np.concatenate(p) for p in zip(*parts, strict=True)]
    return PointStrain(joined[0].astype(np.int32), joined[1], joined[2], joined[3])


def stress(strain: FloatArray, modulus_MPa: npt.ArrayLike, poisson: npt.ArrayLike) -> FloatArray:
    """(..., 3, 3) MPa of isotropic linear material; modulus and poisson broadcast over (...,)."""
    E, nu = np.asarray(modulus_MPa, float), np.asarray(poisson, float)
    lame, shear = E * nu / ((1 + nu) * (1 - 2 * nu)), E / (2 * (1 + nu))
    trace = np.trace(strain, axis1=-2, axis2=-1)
    out: FloatArray = 2 * shear[..., None, None] * strain + (lame * trace)[..., None, None] * np.eye(3)
    return out


def von_mises(stress_MPa: FloatArray) -> FloatArray:
    """(...,) MPa."""
    mean = np.trace(stress_MPa, axis1=-2, axis2=-1) / 3
    deviator = stress_MPa - mean[..., None, None] * np.eye(3)
    out: FloatArray = np.sqrt(1.5 * (deviator**2).sum(axis=(-2, -1)))
    return out


def energy_density(strain: FloatArray, modulus_MPa: npt.ArrayLike, poisson: npt.ArrayLike) -> FloatArray:
    """(...,) mJ/mm3 (= MPa): half of stress times strain."""
    out: FloatArray = (stress(strain, modulus_MPa, poisson) * strain).sum(axis=(-2, -1)) / 2
    return out


def principal(tensors: FloatArray) -> FloatArray:
    """(..., 3) eigenvalues of symmetric tensors, largest first."""
    out: FloatArray = np.linalg.eigvalsh(tensors)[..., ::-1]
    return out


def risk_factor(strain: FloatArray) -> FloatArray:
    """(...,) largest of tensile and compressive principal strain over its yield strain; limit 1.0."""
    return risk_of_principal(principal(strain))


def risk_of_principal(e: FloatArray) -> FloatArray:
    """The same from principal strains (..., 3), largest first."""
    tension = np.maximum(e[..., 0], 0) / TENSION_LIMIT
    out: FloatArray = np.maximum(tension, np.maximum(-e[..., 2], 0) / COMPRESSION_LIMIT)
    return out


def displacement_at(mesh: TetMesh, displacement: FloatArray, points: npt.ArrayLike) -> FloatArray:
    """(p, 3) mm at points (p, 3) of a straight-celled mesh; NaN outside it."""
    locator = CellLocator(mesh.points_mm[mesh.corners])
    cell, reference, inside = locator.find(points)
    u = np.einsum("pa,pai->pi", shape(reference), displacement[mesh.cells[cell]])
    u[~inside] = np.nan
    out: FloatArray = u
    return out


def percentile(values: FloatArray, measure: FloatArray, percent: float) -> float:
    """Value below which `percent` % of the area or volume lies."""
    order = np.argsort(values)
    share = (np.cumsum(measure[order]) - measure[order] / 2) / measure.sum()
    return float(np.interp(percent / 100, share, values[order]))


def _local_face(mesh: TetMesh, faces: IntArray, owner: IntArray) -> IntArray:
    """Number of the corner opposite to each face within its cell."""
    in_face = (mesh.corners[owner][:, :, None] == faces[:, None, :]).any(axis=2)
    return np.argmin(in_face, axis=1)
