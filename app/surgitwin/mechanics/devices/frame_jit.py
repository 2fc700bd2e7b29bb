"""numba's compiler for the kernels of strut frames."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, cast

import numba


@cache
def sources() -> str:
    """Hash of the kernels' source files."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("frame_*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def compiled[F: Callable[..., Any]](function: F) -> F:
    """`function` compiled on its first call, and kept on disk until one of the kernels' files changes.

    Numba itself looks only at the file of `function`, not at the helpers that it calls.
    """
    dispatcher: Any = numba.njit(cache=True, error_model="numpy")(function)
    dispatcher._cache._cache_file._source_stamp = sources()
    return cast(F, dispatcher)
