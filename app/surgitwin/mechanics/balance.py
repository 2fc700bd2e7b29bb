"""Reactions and balance of a solution, from nodal displacements alone (numpy on ten-node cells)."""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.mesh import TetMesh
from surgitwin.mechanics.postprocess import cell_strain, stress
from surgitwin.mechanics.problem import Bone
from surgitwin.mechanics.quadrature import tet_rule
from surgitwin.mechanics.tet10 import jacobian, shape_gradient


def support_reactions(
    bone: Bone,
    mesh: TetMesh,
    modulus: FloatArray,
    fixed: IntArray,
    displacement: FloatArray,
    forces: FloatArray,
) -> FloatArray:
    """(n10, 3) N on the clamped nodes `fixed`: internal minus applied nodal force, zero elsewhere.

    The internal force int B^T sigma dV is taken over the cells that touch a clamped node, with the
    quadrature of the stiffness; it does not use the solver's matrix.
    """
    clamped = np.zeros(len(mesh.points_mm), bool)
    clamped[fixed] = True
    cells = np.flatnonzero(clamped[mesh.cells].any(axis=1))
    points, weights = tet_rule(bone.quadrature_degree)
    J = jacobian(mesh.points_mm[mesh.cells[cells]], points)
    gradient = np.einsum("qaj,mqji->mqai", shape_gradient(points), np.linalg.inv(J))
    strain = cell_strain(mesh, displacement, points, cells)
    sigma = stress(strain, modulus[cells], bone.poisson[cells][:, None])
    volume = weights * np.linalg.det(J)
    internal = np.zeros_like(displacement)
    per_cell = np.einsum("mq,mqij,mqaj->mai", volume, sigma, gradient, optimize=True)
    np.add.at(internal, mesh.cells[cells], per_cell)
    return np.where(clamped[:, None], internal - forces, 0.0)


def moment_about(point_mm: FloatArray, mesh: TetMesh, forces: FloatArray) -> FloatArray:
    """(3,) N mm of nodal forces (n10, 3)."""
    out: FloatArray = np.cross(mesh.points_mm - point_mm, forces).sum(axis=0)
    return out
