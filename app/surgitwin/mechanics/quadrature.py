"""Quadrature rules on reference cells, point for point those that DOLFINx uses by default.

The stiffness of a bone is given at these points, so their order is part of the interface; a test
compares them with `basix.make_quadrature`. Weights sum to the reference volume (1/6) or area (1/2).
Sources: Keast 1986, 10.1016/0045-7825(86)90059-9 (tetrahedra); Dunavant 1985,
10.1002/nme.1620210612 (triangles).
"""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray

_A2, _B2 = (5 + 3 * 5**0.5) / 20, (5 - 5**0.5) / 20
_TET2 = [(_A2, _B2, _B2), (_B2, _A2, _B2), (_B2, _B2, _A2), (_B2, _B2, _B2)]

_P, _Q = 0.6984197043243866, 0.1005267652252045
_R, _S = 0.0568813795204234, 0.3143728734931922
_TET4 = [
    *[(0, 0.5, 0.5), (0.5, 0, 0.5), (0.5, 0.5, 0), (0.5, 0, 0), (0, 0.5, 0), (0, 0, 0.5)],
    *[(_P, _Q, _Q), (_Q, _Q, _Q), (_Q, _Q, _P), (_Q, _P, _Q)],
    *[(_R, _S, _S), (_S, _S, _S), (_S, _S, _R), (_S, _R, _S)],
]
_TET4_WEIGHTS = [0.00317460317460317] * 6 + [0.01476497079049678] * 4 + [0.02213979111426512] * 4

_A3, _B3 = 0.816847572980459, 0.091576213509771
_A4, _B4 = 0.108103018168070, 0.445948490915965
_TRI4 = [(_A3, _B3), (_B3, _A3), (_B3, _B3), (_A4, _B4), (_B4, _A4), (_B4, _B4)]
_TRI4_WEIGHTS = [0.054975871827661] * 3 + [0.1116907948390055] * 3


def tet_rule(degree: int) -> tuple[FloatArray, FloatArray]:
    """Points (q, 3) and weights (q,) of degree 2 (4 points) or 4 (14 points); ValueError otherwise."""
    if degree == 2:
        return np.array(_TET2), np.full(4, 1 / 24)
    if degree == 4:
        return np.array(_TET4, float), np.array(_TET4_WEIGHTS)
    raise ValueError("tetrahedron rules exist for degrees 2 and 4")


def triangle_rule(halvings: int = 0) -> tuple[FloatArray, FloatArray]:
    """Points (q, 2) and weights (q,) of degree 4; q = 6, times four for every halving of the sides.

    Halved for functions with kinks within the triangle.
    """
    points, weights = np.array(_TRI4), np.array(_TRI4_WEIGHTS)
    for _ in range(halvings):
        half = points / 2
        points = np.vstack([half, np.add(half, [0.5, 0.0]), np.add(half, [0.0, 0.5]), 0.5 - half])
        weights = np.tile(weights / 4, 4)
    return points, weights
