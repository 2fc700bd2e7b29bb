"""numba's compiler with a type kept, in threads that decode side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from surgitwin.core.kernels import kernel


def compiled[F: Callable[..., Any]](function: F) -> F:
    """As `core.kernels.kernel`; the code runs without Python's lock, for files are decoded in threads."""
    return kernel(function, nogil=True)
