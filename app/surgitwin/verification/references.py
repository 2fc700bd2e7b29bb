"""The values that cases must reproduce, with their tolerances: ``tests/verification/references.toml``.

An installed program carries the same file as ``_verification/references.toml``.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from surgitwin.core.errors import InputError

MEASURES = ("relative", "absolute", "order", "bounds")
KINDS = ("exact", "rule")


@dataclass(frozen=True)
class Reference:
    """One value of one row.

    value: in `unit`; the middle of the bounds when measure is "bounds". tolerance: in the measure, always
    positive. kind: "exact", or "rule" where no exact reference exists. mark: V, C or GK (see the file).
    blocked: why a value cannot be judged by this reference, though it is computed; empty otherwise.
    """

    id: str
    row: str
    title: str
    what: str
    value: float
    unit: str
    tolerance: float
    measure: str
    kind: str
    source: str
    mark: str
    setup: str
    blocked: str = ""

    def error(self, value: float) -> float:
        """Signed error of `value` in the measure of the tolerance."""
        difference = value - self.value
        return difference / abs(self.value) if self.measure == "relative" else difference

    @property
    def expected(self) -> str:
        """The reference as people read it."""
        if self.measure == "bounds":
            return f"{self.value - self.tolerance:g} to {self.value + self.tolerance:g}"
        return f"{self.value:.12g}"


def references_path() -> Path:
    """The file of references: inside the installed package, else in the tests of a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_verification" / "references.toml"
    checkout = package.parents[1] / "tests" / "verification" / "references.toml"
    return installed if installed.is_file() else checkout


@cache
def load_references() -> dict[str, tuple[Reference, ...]]:
    """Row -> its references in the order of the file.

    Raises InputError ("verify.references_missing", "verify.references_unreadable").
    """
    path = references_path()
    try:
        return parse_references(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(
            "verify.references_missing",
            "The table of reference values is missing.",
            hint="Install the program again, or run from a complete checkout.",
            where=str(path),
        ) from None
    except (tomllib.TOMLDecodeError, KeyError, ValueError) as error:
        raise InputError(
            "verify.references_unreadable",
            f"The table of reference values cannot be read: {type(error).__name__} {error}.",
            hint="Restore the file from the version control; values are not edited to fit.",
            where=str(path),
        ) from error


def parse_references(text: str) -> dict[str, tuple[Reference, ...]]:
    """References of a TOML text; KeyError or ValueError names what is wrong."""
    rows = tomllib.loads(text)["row"]
    out = {
        row: tuple(_reference(row, table, item) for item in table["values"]) for row, table in rows.items()
    }
    ids = [r.id for refs in out.values() for r in refs]
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice:
        raise ValueError(f"ids given twice: {', '.join(twice)}")
    return out


def _reference(row: str, table: dict[str, Any], item: dict[str, Any]) -> Reference:
    if item["measure"] == "bounds":
        low, high = float(item["low"]), float(item["high"])
        value, tolerance = (low + high) / 2, (high - low) / 2
    else:
        value, tolerance = float(item["reference"]), float(item["tolerance"])
    made = Reference(
        item["id"], row, table["title"], item["what"], value, item["unit"], tolerance, item["measure"],
        item.get("kind", table.get("kind", "exact")), item.get("source", table["source"]),
        item.get("mark", table["mark"]), table["setup"], item.get("blocked", ""),
    )  # fmt: skip
    if made.measure not in MEASURES or made.kind not in KINDS or not made.unit or tolerance <= 0:
        raise ValueError(f"{made.id}: measure, kind, unit or tolerance")
    if made.measure == "relative" and value == 0:
        raise ValueError(f"{made.id}: a relative error needs a reference other than 0")
    if made.id.rstrip("abcdefghijklmnopqrstuvwxyz") != row:
        raise ValueError(f"{made.id}: not an id of row {row}")
    return made
