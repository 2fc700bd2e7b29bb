"""Ten-node tetrahedra and six-node triangles in numpy: shape functions, maps, patches.

Reference tetrahedron (0,0,0), (1,0,0), (0,1,0), (0,0,1); nodes in VTK's order (corners, then the
mid-side nodes of `core.mesh.TET10_EDGES`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import InputError
from surgitwin.core.mesh import TET10_EDGES, TetMesh

_EDGES = np.array(TET10_EDGES)
_CORNER_GRADIENT = np.array([[-1.0, -1, -1], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
TRIANGLE_EDGES = ((0, 1), (1, 2), (2, 0))
"""Corners of the mid-side nodes 3..5 of a six-node triangle (VTK_QUADRATIC_TRIANGLE)."""


def barycentric(points: npt.ArrayLike) -> FloatArray:
    """(p, d) reference points to (p, d + 1) barycentric coordinates."""
    r = np.asarray(points, float)
    out: FloatArray = np.concatenate([1 - r.sum(-1, keepdims=True), r], axis=-1)
    return out


def shape(points: npt.ArrayLike) -> FloatArray:
    """(p, 10) quadratic shape functions at (p, 3) reference points."""
    b = barycentric(points)
    out: FloatArray = np.concatenate([b * (2 * b - 1), 4 * b[:, _EDGES[:, 0]] * b[:, _EDGES[:, 1]]], axis=1)
    return out


def shape_gradient(points: npt.ArrayLike) -> FloatArray:
    """(p, 10, 3) reference gradients of the shape functions at (p, 3) points."""
    b = barycentric(points)
    g = _CORNER_GRADIENT
    corners = (4 * b - 1)[:, :, None] * g
    i, j = _EDGES.T
    sides = 4 * (b[:, j, None] * g[i] + b[:, i, None] * g[j])
    out: FloatArray = np.concatenate([corners, sides], axis=1)
    return out


def triangle_shape(points: npt.ArrayLike) -> FloatArray:
    """(p, 6) quadratic shape functions at (p, 2) reference points."""
    b = barycentric(points)
    i, j = np.array(TRIANGLE_EDGES).T
    out: FloatArray = np.concatenate([b * (2 * b - 1), 4 * b[:, i] * b[:, j]], axis=1)
    return out


def triangle_shape_gradient(points: npt.ArrayLike) -> FloatArray:
    """(p, 6, 2) reference gradients at (p, 2) points."""
    b = barycentric(points)
    g = np.array([[-1.0, -1], [1, 0], [0, 1]])
    i, j = np.array(TRIANGLE_EDGES).T
    corners = (4 * b - 1)[:, :, None] * g
    sides = 4 * (b[:, j, None] * g[i] + b[:, i, None] * g[j])
    out: FloatArray = np.concatenate([corners, sides], axis=1)
    return out


def triangles6(mesh: TetMesh, triangles: npt.NDArray[Any]) -> IntArray:
    """(n, 6) nodes of the corner triangles (n, 3) on a ten-node mesh.

    Raises InputError "patch.not_on_mesh" when an edge of a triangle is no edge of the mesh.
    """
    count = len(mesh.points_mm)
    keys, middle = mesh.edge_table
    wanted = np.sort(np.asarray(triangles)[:, np.array(TRIANGLE_EDGES)], axis=2).astype(np.int64)
    key = wanted[..., 0] * count + wanted[..., 1]
    at = np.minimum(np.searchsorted(keys, key), len(keys) - 1)
    if not (keys[at] == key).all():
        raise InputError(
            "patch.not_on_mesh",
            "A surface patch names triangles that are not faces of the mesh.",
            hint="Build the patch from the boundary faces of the same mesh.",
        )
    return np.hstack([np.asarray(triangles), middle[at]]).astype(np.int32)


def jacobian(node_points: FloatArray, points: npt.ArrayLike) -> FloatArray:
    """(m, q, 3, 3) dx_i/dr_j of cells with nodes (m, 10, 3) at the (q, 3) reference points."""
    out: FloatArray = np.einsum("mai,qaj->mqij", node_points, shape_gradient(points), optimize=True)
    return out


def jacobian_at(node_points: FloatArray, points: npt.ArrayLike) -> FloatArray:
    """(p, 3, 3) dx_i/dr_j of cells with nodes (p, 10, 3), each at its own (p, 3) reference point."""
    out: FloatArray = np.einsum("pai,paj->pij", node_points, shape_gradient(points))
    return out
