"""Compiled helpers for isotropic laws: everything happens in the plane of deviator direction and trace.

An isotropic law whose stress deviator keeps the direction n of a (trial) strain deviator has a tangent

    c_perp (I_dev - n n) + c_nn n n + c_nm n m + c_mn m n + c_mm m m,     m = (1, 1, 1, 0, 0, 0).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.kernels import kernel

ROOT23 = float(np.sqrt(2.0 / 3.0))
TINY = 1e-150
"""A strain below this has no direction (its square would underflow)."""


@cache
def sources() -> str:
    """Hash of the source files of this package."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def compiled[F: Callable[..., Any]](function: F) -> F:
    """`function` compiled by numba on its first call, and kept on disk until a file of this package changes.

    Numba itself looks only at the file of `function`: after a change in a helper of another file it would
    go on using the old machine code.
    """
    return kernel(function, stamp=sources())


@compiled
def split(strain: FloatArray, n: FloatArray) -> tuple[float, float]:
    """Norm of the deviator and the trace of `strain` (6,); its direction goes into `n` (6,), 0 for none."""
    trace = strain[0] + strain[1] + strain[2]
    norm2 = 0.0
    for i in range(6):
        n[i] = strain[i] - trace / 3.0 if i < 3 else strain[i]
        norm2 += n[i] * n[i]
    norm = np.sqrt(norm2)
    for i in range(6):
        n[i] = n[i] / norm if norm > TINY else 0.0
    return norm, trace


@compiled
def isotropic_tangent(
    out: FloatArray, n: FloatArray, perp: float, nn: float, nm: float, mn: float, mm: float
) -> None:
    """Write the tangent of the module's head into `out` (6, 6)."""
    for i in range(6):
        mi = 1.0 if i < 3 else 0.0
        for j in range(6):
            mj = 1.0 if j < 3 else 0.0
            unit = (1.0 if i == j else 0.0) - mi * mj / 3.0
            out[i, j] = perp * (unit - n[i] * n[j]) + nn * n[i] * n[j]
            out[i, j] += nm * n[i] * mj + mn * mi * n[j] + mm * mi * mj


@compiled
def finite(strain: FloatArray) -> bool:
    """Whether all of `strain` (6,) are numbers."""
    total = 0.0
    for i in range(6):
        total += strain[i]
    return bool(np.isfinite(total))
