"""numba's compiler for the kernels of strut frames."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from surgitwin.core.kernels import kernel

KERNELS = ("frame_jit", "frame_rotation", "frame_metal", "frame_beam")
"""Files that hold compiled functions."""


@cache
def sources() -> str:
    """Hash of the kernels' source files."""
    digest = hashlib.sha256()
    for name in KERNELS:
        digest.update((Path(__file__).parent / f"{name}.py").read_bytes())
    return digest.hexdigest()


def compiled[F: Callable[..., Any]](function: F) -> F:
    """`function` compiled on its first call, and kept on disk until one of the kernels' files changes.

    Numba itself looks only at the file of `function`, not at the helpers that it calls.
    """
    return kernel(function, stamp=sources(), error_model="numpy")
