"""Surface patches: integrals, remote loads as tractions, and their least-squares rigid motion.

A remote force F and moment M at p become the traction t(x) = a + b cross (x - c) on the patch
(c its centroid), with a = F / area and b = I^-1 (M + (p - c) cross F), I = int(|d|^2 1 - d d^T) dA.
The rigid motion is the dual fit: work is conserved, f . u = F . u_p + M . theta.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import InputError
from surgitwin.core.mesh import TetMesh
from surgitwin.mechanics.problem import Patch, RemoteLoad
from surgitwin.mechanics.quadrature import triangle_rule
from surgitwin.mechanics.tet10 import triangle_shape, triangle_shape_gradient, triangles6


@dataclass(frozen=True, eq=False)
class PatchQuadrature:
    """Points of degree 4 on six-node triangles.

    nodes (n, 6); shape (q, 6); points_mm (n, q, 3); weights_mm2 (n, q); centroid_mm (3,); area_mm2.
    """

    nodes: IntArray
    shape: FloatArray
    points_mm: FloatArray
    weights_mm2: FloatArray
    centroid_mm: FloatArray
    area_mm2: float

    def inertia(self) -> FloatArray:
        """(3, 3) int(|d|^2 1 - d d^T) dA about the centroid, mm4."""
        d = self.points_mm - self.centroid_mm
        outer = np.einsum("nq,nqi,nqj->ij", self.weights_mm2, d, d)
        out: FloatArray = np.trace(outer) * np.eye(3) - outer
        return out


def patch_quadrature(mesh: TetMesh, patch: Patch, halvings: int = 0) -> PatchQuadrature:
    """Quadrature of `patch` on the ten-node `mesh`, see `triangle_rule`; InputError "patch.empty" without
    triangles."""
    if not len(patch.triangles):
        raise InputError(
            "patch.empty",
            f"The surface patch {patch.name!r} has no triangles.",
            hint="Move the load or support onto the bone, or mesh more finely.",
            where=patch.name,
        )
    nodes = triangles6(mesh, patch.triangles)
    reference, weights = triangle_rule(halvings)
    shape = triangle_shape(reference)
    x = mesh.points_mm[nodes]
    points = np.einsum("qa,nai->nqi", shape, x)
    tangents = np.einsum("qaj,nai->nqji", triangle_shape_gradient(reference), x)
    area = weights * np.linalg.norm(np.cross(tangents[:, :, 0], tangents[:, :, 1]), axis=2)
    total = float(area.sum())
    centroid = np.einsum("nq,nqi->i", area, points) / total
    return PatchQuadrature(nodes, shape, points, area, centroid, total)


def nodal_forces(mesh: TetMesh, load: RemoteLoad) -> FloatArray:
    """(n, 3) N: consistent nodal forces of the traction field of `load` on the ten-node `mesh`.

    Raises InputError "patch.degenerate" when the patch cannot carry a moment (a sliver or line).
    """
    q = patch_quadrature(mesh, load.patch)
    inertia = q.inertia()
    if np.linalg.cond(inertia) > 1e10:
        raise InputError(
            "patch.degenerate",
            f"The surface patch {load.patch.name!r} is too thin to carry a moment.",
            hint="Choose a wider patch.",
            where=load.patch.name,
        )
    moment = load.moment_Nmm + np.cross(load.point_mm - q.centroid_mm, load.force_N)
    spin = np.linalg.solve(inertia, moment)
    traction = load.force_N / q.area_mm2 + np.cross(spin, q.points_mm - q.centroid_mm)
    per_node = np.einsum("nq,qa,nqi->nai", q.weights_mm2, q.shape, traction)
    forces = np.zeros_like(mesh.points_mm)
    np.add.at(forces, q.nodes, per_node)
    return forces


def rigid_motion(
    mesh: TetMesh, patch: Patch, displacement: FloatArray, point_mm: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Least-squares rigid motion of `patch`, carried to `point_mm`: displacement (3,) mm, rotation (3,) rad.

    displacement: (n, 3) on the nodes of the ten-node `mesh`.
    """
    q = patch_quadrature(mesh, patch)
    u = np.einsum("qa,nai->nqi", q.shape, displacement[q.nodes])
    mean = np.einsum("nq,nqi->i", q.weights_mm2, u) / q.area_mm2
    swirl = np.einsum("nq,nqi->i", q.weights_mm2, np.cross(q.points_mm - q.centroid_mm, u))
    rotation = np.linalg.solve(q.inertia(), swirl)
    return mean + np.cross(rotation, point_mm - q.centroid_mm), rotation
