"""Table E.1-1 of DICOM PS3.15 and what its letters mean for an attribute of a known type."""

from __future__ import annotations

from functools import cache
from typing import Literal

from surgitwin.core.resources import load_table
from surgitwin.exchange.deidentify.options import Options

Letter = Literal["X", "Z", "D", "U", "K", "C"]
DATES = ("DA", "DT", "TM")


@cache
def _rows() -> tuple[dict[int, dict[str, str]], tuple[tuple[int, int, dict[str, str]], ...]]:
    """Rows by tag, and those of repeating groups as (mask, tag)."""
    exact: dict[int, dict[str, str]] = {}
    repeating = []
    for row in load_table("deidentification")["attributes"]:
        tag = str(row["tag"])
        if "x" in tag:
            mask = int("".join("0" if c == "x" else "F" for c in tag), 16)
            repeating.append((mask, int(tag.replace("x", "0"), 16), row))
        else:
            exact[int(tag, 16)] = row
    return exact, tuple(repeating)


def row_of(tag: int) -> dict[str, str] | None:
    """The table's row for a tag; None when the table does not name it."""
    exact, repeating = _rows()
    found = exact.get(tag)
    if found is None:
        found = next((r for mask, want, r in repeating if tag & mask == want), None)
    return found


def letter_of(tag: int, vr: str, kind: int, options: Options) -> Letter | None:
    """What the profile does with an attribute; None when the table does not name it.

    kind: its type in the image's IOD, 1 (needs a value), 2 (may be empty) or 3 (may be left out). An option's
    K comes before a C, and both before the basic column; "modified dates" cleans dates and nothing else.
    """
    row = row_of(tag)
    if row is None:
        return None
    chosen = {row[c] for c in options.columns if c in row and (c != "modified_dates" or vr in DATES)}
    if "modified_dates" in row and vr in DATES and not options.shift_dates:
        chosen.discard("C")
    for letter in ("K", "C"):
        if letter in chosen:
            return letter
    return _first(row["basic"], vr, kind)


def _first(letters: str, vr: str, kind: int) -> Letter:
    """Of several letters the first that leaves the image valid (PS3.15 table E.1-1a)."""
    given = [part.rstrip("*") for part in letters.split("/")]
    if vr == "SQ" and "U" in given:
        return "U"  # references to other images are kept, with their new UIDs
    wanted = {3: ("X", "Z", "D", "U"), 2: ("Z", "D", "U", "X"), 1: ("D", "U", "Z", "X")}[kind]
    order: dict[str, Letter] = {"X": "X", "Z": "Z", "D": "D", "U": "U"}
    return next(order[w] for w in wanted if w in given)
