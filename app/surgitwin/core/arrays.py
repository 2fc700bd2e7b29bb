"""Read-only arrays and content hashes: the base of "plain values"."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]


def readonly(array: npt.ArrayLike, dtype: npt.DTypeLike | None = None) -> npt.NDArray[Any]:
    """View of `array` (contiguous, of `dtype`) that cannot be written; copies only when it must."""
    view = np.ascontiguousarray(array, dtype=dtype).view()
    view.flags.writeable = False
    return view


def content_hash(*values: Any) -> str:
    """SHA-256 (hex) of nested plain values: numbers, strings, arrays, mappings, dataclasses.

    Equal content gives equal hashes on every machine; the order of mapping keys does not matter.
    """
    digest = hashlib.sha256()
    for value in values:
        _feed(digest, value)
    return digest.hexdigest()


def _feed(digest: Any, value: Any) -> None:
    if isinstance(value, np.ndarray):
        digest.update(f"a{value.dtype.str}{value.shape}".encode())
        digest.update(np.ascontiguousarray(value).data)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        digest.update(type(value).__name__.encode())
        for field in dataclasses.fields(value):
            digest.update(field.name.encode())
            _feed(digest, getattr(value, field.name))
    elif isinstance(value, Mapping):
        digest.update(b"{")
        for key in sorted(value, key=str):
            digest.update(str(key).encode() + b":")
            _feed(digest, value[key])
        digest.update(b"}")
    elif isinstance(value, list | tuple):
        digest.update(b"[")
        for item in value:
            _feed(digest, item)
            digest.update(b",")
        digest.update(b"]")
    elif value is None or isinstance(value, bool | str | bytes):
        digest.update(f"{type(value).__name__}:{value!r}".encode())
    elif isinstance(value, int | np.integer):
        digest.update(f"i{int(value)}".encode())
    elif isinstance(value, float | np.floating):
        digest.update(f"f{float(value)!r}".encode())
    else:
        raise TypeError(f"cannot hash {type(value).__name__}")
