"""Strain of the bone at fixed points for many loads: everything that the mesh gives is computed once.

Bone cells are straight ten-node tetrahedra, so one inverse Jacobian per cell serves all its points.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, diags
from scipy.spatial import cKDTree

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.mesh import TET_FACES, TetMesh, triangle_areas
from surgitwin.mechanics.quadrature import tet_rule
from surgitwin.mechanics.tet10 import shape_gradient

_CORNERS = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
_FACE_CENTRES = _CORNERS[np.array(TET_FACES)].mean(axis=1)


@dataclass(frozen=True, eq=False)
class Sampler:
    """Points of a straight ten-node mesh: cells (p,) they lie in, points (p, 3) mm, measure (p,) mm3 or
    mm2, and the gradients (p, 10, 3) of the shape functions there."""

    mesh: TetMesh
    cells: IntArray
    points_mm: FloatArray
    measure: FloatArray
    gradient: FloatArray

    def strain(self, displacement_mm: npt.ArrayLike) -> FloatArray:
        """(p, 3, 3) small strain of nodal displacements (n10, 3)."""
        u = np.asarray(displacement_mm)[self.mesh.cells[self.cells]]
        du = u.transpose(0, 2, 1) @ self.gradient
        out: FloatArray = (du + du.transpose(0, 2, 1)) / 2
        return out

    def only(self, keep: npt.NDArray[np.bool_]) -> Sampler:
        """The points where `keep` (p,) holds."""
        return Sampler(
            self.mesh, self.cells[keep], self.points_mm[keep], self.measure[keep], self.gradient[keep]
        )


def volume_sampler(mesh: TetMesh, cells: IntArray, degree: int) -> Sampler:
    """Integration points of `cells` in the order of `mechanics.quadrature.tet_rule`, cell by cell."""
    reference, weights = tet_rule(degree)
    volume = 6 * np.abs(mesh.cell_volumes()[cells])
    return _sampler(
        mesh, np.repeat(cells, len(weights)), np.tile(reference, (len(cells), 1)), np.outer(volume, weights)
    )


def surface_sampler(mesh: TetMesh, cells: IntArray) -> Sampler:
    """Centres of the boundary triangles of `cells`, where a linear strain has its mean over the triangle."""
    faces, owner = mesh.boundary_faces()
    keep = np.isin(owner, cells)
    faces, owner = faces[keep], owner[keep]
    in_face = (mesh.corners[owner][:, :, None] == faces[:, None, :]).any(axis=2)
    reference = _FACE_CENTRES[np.argmin(in_face, axis=1)]
    return _sampler(mesh, owner, reference, triangle_areas(mesh.points_mm, faces))


def patch_matrix(points_mm: FloatArray, measure: FloatArray, radius_mm: float) -> csr_matrix:
    """(p, p) matrix that averages values at points over the area within a radius of each."""
    tree = cKDTree(points_mm)
    near = tree.sparse_distance_matrix(tree, radius_mm, output_type="coo_matrix")
    weight = csr_matrix((measure[near.col], (near.row, near.col)), shape=near.shape)
    return (diags(1 / np.asarray(weight.sum(axis=1)).ravel()) @ weight).tocsr()


def principal(strain: FloatArray) -> FloatArray:
    """(p, 3) eigenvalues of symmetric tensors, largest first, by the trigonometric formula.

    Some ten times faster than LAPACK on small tensors; the test compares the two.
    """
    mean = np.trace(strain, axis1=1, axis2=2) / 3
    deviator = strain - mean[:, None, None] * np.eye(3)
    size = np.sqrt((deviator**2).sum(axis=(1, 2)) / 6)
    # Squares of strains under 1e-154 vanish in double precision; such tensors count as zero.
    safe = np.maximum(size, 1e-150)
    b = deviator / safe[:, None, None]
    half_det = (
        b[:, 0, 0] * (b[:, 1, 1] * b[:, 2, 2] - b[:, 1, 2] ** 2)
        - b[:, 0, 1] * (b[:, 0, 1] * b[:, 2, 2] - b[:, 1, 2] * b[:, 0, 2])
        + b[:, 0, 2] * (b[:, 0, 1] * b[:, 1, 2] - b[:, 1, 1] * b[:, 0, 2])
    ) / 2
    angle = np.arccos(np.clip(half_det, -1, 1)) / 3
    turns = angle[:, None] + np.array([0.0, -2 * np.pi / 3, 2 * np.pi / 3])
    out: FloatArray = mean[:, None] + 2 * size[:, None] * np.cos(turns)
    return out


def _sampler(mesh: TetMesh, cells: IntArray, reference: FloatArray, measure: FloatArray) -> Sampler:
    x = mesh.points_mm[mesh.corners[cells]]
    edges = (x[:, 1:] - x[:, :1]).transpose(0, 2, 1)
    points = x[:, 0] + np.einsum("pij,pj->pi", edges, reference)
    kinds, which = np.unique(reference, axis=0, return_inverse=True)
    gradient = shape_gradient(kinds)[which.ravel()] @ np.linalg.inv(edges)
    return Sampler(mesh, np.asarray(cells), points, measure.ravel(), gradient)
