"""Types of attributes (1, 2, 3) in the IOD of an image, from the tables of the standard in highdicom."""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any


@cache
def _tables() -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
    """IOD of a class, modules of an IOD, attributes of a module: PS3.3 as the data files of highdicom.

    They are read without importing highdicom, which takes a second.
    """
    spec = find_spec("highdicom")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("highdicom")
    folder = Path(spec.origin).parent / "_standard"
    names = ("sop_class_iod_map", "iod_module_map", "module_attribute_map")
    iods, modules, attributes = (json.loads((folder / f"{n}.json").read_text("utf-8")) for n in names)
    return iods, modules, attributes


@cache
def _types(sop_class: str) -> dict[tuple[str, ...], int]:
    """Path of keywords -> strongest type that any module of the class gives it; a conditional type counts."""
    iods, modules, attributes = _tables()
    out: dict[tuple[str, ...], int] = {}
    for module in modules[iods[sop_class]] if sop_class in iods else ():
        for row in attributes.get(module["key"], ()):
            path = (*row["path"], row["keyword"])
            out[path] = min(out.get(path, 3), int(str(row["type"])[0]))
    return out


def type_of(sop_class: str, path: tuple[str, ...]) -> int:
    """1 (needs a value), 2 (may be empty) or 3 (may be left out, and what the class does not know).

    path: keywords of the sequences that hold the attribute, then its own.
    """
    return _types(sop_class).get(path, 3)
