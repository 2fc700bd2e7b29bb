"""How segments are shown and used, kept in the case: colour, eye, opacity, lock and "keep out"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

KEY = "segment_looks"
"""Of the case state: segment name -> the fields of `StoredLook`."""


@dataclass(frozen=True)
class StoredLook:
    """rgb 0..1. opacity 0..1, None: not chosen yet. keep_out: no implant may touch it."""

    rgb: tuple[float, float, float] | None = None
    visible: bool = True
    opacity: float | None = None
    filled: bool = True
    locked: bool = False
    keep_out: bool = False


def look_of(state: Mapping[str, Any], name: str) -> StoredLook:
    """The look of segment `name`; the plain one when nothing was chosen."""
    row = dict((state.get(KEY) or {}).get(name) or {})
    row = {k: v for k, v in row.items() if k in StoredLook.__dataclass_fields__}
    if row.get("rgb") is not None:
        row["rgb"] = tuple(float(v) for v in row["rgb"])
    return StoredLook(**row)


def with_look(state: Mapping[str, Any], name: str, **changes: Any) -> dict[str, Any]:
    """The value of `KEY` after fields of one segment's look were changed."""
    look = asdict(replace(look_of(state, name), **changes))
    if look["rgb"] is not None:
        look["rgb"] = [float(v) for v in look["rgb"]]
    return {**(state.get(KEY) or {}), name: look}


def renamed(state: Mapping[str, Any], old: str, new: str) -> dict[str, Any]:
    """The value of `KEY` after a segment got another name."""
    return {new if k == old else k: v for k, v in (state.get(KEY) or {}).items()}


def without(state: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The value of `KEY` after a segment was removed."""
    return {k: v for k, v in (state.get(KEY) or {}).items() if k != name}
