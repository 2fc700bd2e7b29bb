"""numba's compiler for the kernels of meshing, with types kept for mypy; machine code is kept on disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from surgitwin.core import kernels


def kernel[F: Callable[..., Any]](function: F) -> F:
    """`function` compiled on its first call; divisions by zero give inf as in NumPy."""
    return kernels.kernel(function, error_model="numpy")


def patient_kernel[F: Callable[..., Any]](function: F) -> F:
    """`kernel` for work of a second and more that runs in a thread of the window: Python, and so the window,
    goes on meanwhile. What it reads must not be changed by others."""
    return kernels.kernel(function, error_model="numpy", nogil=True)
