"""Frozen dataclasses as plain values and arrays, and back: one .npz file for a measured anatomy or a task."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

_ARRAY = "@array"


def save(value: Any, path: Path) -> None:
    """Write a dataclass of numbers, texts, tuples, mappings, arrays and dataclasses to a .npz file."""
    arrays: dict[str, Any] = {}
    plain = _pack(value, arrays)
    with whole(path) as stream:
        np.savez_compressed(stream, plain=np.array(json.dumps(plain, allow_nan=False)), **arrays)


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A stream to `path` whose file appears only when all of it was written."""
    part = path.with_name(path.name + ".part")
    with part.open("wb") as stream:
        yield stream
    part.replace(path)


def load[T](kind: type[T], path: Path) -> T:
    """Inverse of `save` for a dataclass `kind`; fields that the file does not hold take their defaults."""
    with np.load(path) as data:
        plain = json.loads(str(data["plain"]))
        arrays = {name: data[name] for name in data.files if name != "plain"}
    out: T = _unpack(kind, plain, arrays)
    return out


def _pack(value: Any, arrays: dict[str, np.ndarray[Any, Any]]) -> Any:
    if isinstance(value, np.ndarray):
        name = f"a{len(arrays)}"
        arrays[name] = value
        return {_ARRAY: name}
    if is_dataclass(value):
        return {f.name: _pack(getattr(value, f.name), arrays) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(k): _pack(v, arrays) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [_pack(v, arrays) for v in value]
    if isinstance(value, np.generic):
        return value.item()
    return value


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _unpack(kind: Any, plain: Any, arrays: Mapping[str, np.ndarray[Any, Any]]) -> Any:
    if plain is None:
        return None
    if isinstance(plain, dict) and _ARRAY in plain:
        return arrays[plain[_ARRAY]]
    if isinstance(kind, type) and is_dataclass(kind):
        known = _hints(kind)
        found = {f.name: plain[f.name] for f in fields(kind) if f.name in plain}
        return kind(**{name: _unpack(known[name], v, arrays) for name, v in found.items()})
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        wanted = [k for k in inner if k is not type(None)]
        return _unpack(wanted[0], plain, arrays) if len(wanted) == 1 else plain
    if isinstance(plain, dict):
        item = inner[1] if len(inner) == 2 else Any
        return {k: _unpack(item, v, arrays) for k, v in plain.items()}
    if isinstance(plain, list):
        every = inner[:1] * len(plain) if len(inner) == 2 and inner[1] is Ellipsis else inner
        kinds = every if len(every) == len(plain) else (Any,) * len(plain)
        return tuple(_unpack(k, v, arrays) for k, v in zip(kinds, plain, strict=True))
    return plain
