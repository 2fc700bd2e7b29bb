"""numba's compiler for kernels of the linear solver, with types kept for mypy.

Sums may be taken in another order and products fused, so that vector instructions can be used; numbers
that are not finite stay so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numba

from surgitwin.core.kernels import kernel

_OPTIONS: dict[str, Any] = {"fastmath": {"contract", "reassoc", "nsz"}, "error_model": "numpy"}


def compiled[F: Callable[..., Any]](function: F) -> F:
    """Compiled at the first call, kept on disk."""
    return kernel(function, **_OPTIONS)


def inlined[F: Callable[..., Any]](function: F) -> F:
    """Copied into its callers: constant arguments are then known to the compiler."""
    return cast(F, numba.njit(inline="always", **_OPTIONS)(function))
