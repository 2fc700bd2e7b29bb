"""Free text: kept only when every word of it is a general word of imaging."""

from __future__ import annotations

import re
from functools import cache

from surgitwin.core.resources import load_table

NUMBERS = 2
"""Numerical setting: a text may hold so many numbers; three could be a date."""

_NUMBER = re.compile(r"\d{1,3}(?:[.,]\d{1,2})?(?:mm|cm|kv|s|ms|%)?")
_PARTS = re.compile(r"[\s_\-/\\(),;:+*^]+")


@cache
def _allowed() -> frozenset[str]:
    return frozenset(load_table("deidentification")["clean_text"]["words"])


def is_plain(text: str) -> bool:
    """Whether the text names nobody: words of the allow list and at most two short numbers."""
    parts = [p.strip(".").lower() for p in _PARTS.split(text)]
    parts = [p for p in parts if p]
    numbers = [p for p in parts if p not in _allowed()]
    return len(numbers) <= NUMBERS and all(_NUMBER.fullmatch(p) for p in numbers)
