"""numba's compiler for every kernel of the program: one place that says where machine code is kept.

It is kept beside the source file where the user may write there, else in the user's cache folder, else
nowhere: it is then compiled in every process. The variable NUMBA_CACHE_DIR names another folder.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numba

_KERNELS: dict[str, Any] = {}


def kernel[F: Callable[..., Any]](function: F, *, stamp: str = "", **options: Any) -> F:
    """`function` compiled on its first call (0.1 to 6 s), then read from the disk.

    stamp: hash of the files whose change makes the kept code stale; numba itself looks only at the file of
    `function`, and has no public setting for that. options: those of `numba.njit`.
    """
    try:
        made: Any = numba.njit(cache=True, **options)(function)
    except RuntimeError as error:
        if "cannot cache" not in str(error):
            raise
        made = numba.njit(**options)(function)  # no folder for it can be written
    else:
        if stamp:
            made._cache._cache_file._source_stamp = stamp
    _KERNELS[f"{function.__module__}.{function.__qualname__}"] = made
    return cast(F, made)


def known_kernels() -> dict[str, Any]:
    """Kernels of the modules imported so far, as numba's dispatchers, by module and name."""
    return dict(_KERNELS)


def kept_in(made: Any) -> Path | None:
    """The folder that keeps the machine code of a kernel; None where none can be written."""
    path = getattr(made._cache, "cache_path", None)
    return None if path is None else Path(path)
