"""numba's compiler with a type kept: machine code is made on the first call and kept on disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from surgitwin.core.kernels import kernel


def compiled[F: Callable[..., Any]](function: F) -> F:
    """`function` compiled on its first call (about a second), then read from numba's cache."""
    return kernel(function)
