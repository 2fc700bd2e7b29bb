"""Types of attributes (1, 2, 3) in the IOD of an image, from the tables of the standard in highdicom."""

from __future__ import annotations

from functools import cache

# Without a public door of their own; highdicom is the one library here that ships PS3.3 as tables.
from highdicom._standard_utils import (
    get_iod_module_map,
    get_module_attribute_map,
    get_sop_class_iod_map,
)


@cache
def _types(sop_class: str) -> dict[tuple[str, ...], int]:
    """Path of keywords -> strongest type that any module of the class gives it; a conditional type counts."""
    iod = get_sop_class_iod_map().get(sop_class)
    out: dict[tuple[str, ...], int] = {}
    if iod is None:
        return out
    modules = get_module_attribute_map()
    for module in get_iod_module_map()[iod]:
        for row in modules.get(module["key"], ()):
            path = (*row["path"], row["keyword"])
            out[path] = min(out.get(path, 3), int(str(row["type"])[0]))
    return out


def type_of(sop_class: str, path: tuple[str, ...]) -> int:
    """1 (needs a value), 2 (may be empty) or 3 (may be left out, and what the class does not know).

    path: keywords of the sequences that hold the attribute, then its own.
    """
    return _types(sop_class).get(path, 3)
