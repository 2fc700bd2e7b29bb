"""Errors of a computed field against an exact one, in L2 and in the gradient, on plane triangles.

Plain NumPy, apart from the engine: shape functions and points of quadrature of its own.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray

Field = Callable[[FloatArray], FloatArray]

_W = (0.223381589678011, 0.109951743655322)
_A = (0.445948490915965, 0.091576213509771)
_BARY = np.array([[1 - 2 * a if k == j else a for j in range(3)] for a in _A for k in range(3)])
_WEIGHT = np.repeat(_W, 3)
"""Six points, exact to degree 4 (Dunavant 1985); the weights sum to one."""


def l2_error(points: FloatArray, cells: IntArray, values: FloatArray, exact: Field) -> float:
    """sqrt(integral of |values - exact|^2) over straight triangles.

    points (n, 2), cells (m, 3) or (m, 6) in VTK order, values (n, c) at their nodes. exact: (q, 2) -> (q, c).
    """
    x, area = _geometry(points, cells)
    found = np.einsum("qk,mkc->mqc", _shape(cells.shape[1]), values[cells])
    gap = found - exact(x.reshape(-1, 2)).reshape(found.shape)
    return float(np.sqrt(np.einsum("mqc,mqc,q,m->", gap, gap, _WEIGHT, area)))


def gradient_error(points: FloatArray, cells: IntArray, values: FloatArray, exact: Field) -> float:
    """sqrt(integral of |grad values - exact|^2); exact: (q, 2) -> (q, c, 2) gradients."""
    x, area = _geometry(points, cells)
    found = np.einsum("qkl,mkc,mlj->mqcj", _slope(cells.shape[1]), values[cells], _barycentric(points, cells))
    gap = found - exact(x.reshape(-1, 2)).reshape(found.shape)
    return float(np.sqrt(np.einsum("mqcj,mqcj,q,m->", gap, gap, _WEIGHT, area)))


def _geometry(points: FloatArray, cells: IntArray) -> tuple[FloatArray, FloatArray]:
    """Points of quadrature (m, q, 2) and areas (m,)."""
    corner = points[cells[:, :3]]
    a, b = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
    return np.einsum("qk,mkj->mqj", _BARY, corner), abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) / 2


def _barycentric(points: FloatArray, cells: IntArray) -> FloatArray:
    """(m, 3, 2): gradients of the barycentric coordinates."""
    corner = points[cells[:, :3]]
    J = np.stack([corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]], axis=2)
    two = np.linalg.inv(J)
    out: FloatArray = np.concatenate([-two.sum(axis=1, keepdims=True), two], axis=1)
    return out


def _shape(nodes: int) -> FloatArray:
    """(q, nodes) shape functions at the points."""
    L = _BARY
    if nodes == 3:
        return L
    edges = [4 * L[:, a] * L[:, b] for a, b in ((0, 1), (1, 2), (2, 0))]
    out: FloatArray = np.column_stack([*(L[:, k] * (2 * L[:, k] - 1) for k in range(3)), *edges])
    return out


def _slope(nodes: int) -> FloatArray:
    """(q, nodes, 3) derivatives of the shape functions by the barycentric coordinates."""
    L, q = _BARY, len(_BARY)
    if nodes == 3:
        return np.tile(np.eye(3), (q, 1, 1))
    out = np.zeros((q, 6, 3))
    for k in range(3):
        out[:, k, k] = 4 * L[:, k] - 1
    for k, (a, b) in enumerate(((0, 1), (1, 2), (2, 0))):
        out[:, 3 + k, a], out[:, 3 + k, b] = 4 * L[:, b], 4 * L[:, a]
    return out
