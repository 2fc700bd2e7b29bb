"""One numerical check of a computation: a value, a limit where there is one, and what it comes to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

Verdict = Literal["ok", "note", "bad"]
BALANCE_LIMIT = 1e-6
"""physics.md 6, feature 4: |sum F| < 1e-6 of the load; of energy, of the load's work."""
BALANCE_SOURCE = "physics.md 6, feature 4"


@dataclass(frozen=True)
class Check:
    """value None: why stands in `words`. limit None: nothing is judged, verdict "note".

    unit: "1", "mm". least: the limit is a lower one. source: of the limit. A solver that reached the limit is
    "ok", one over it "bad"; what informs only is a "note".
    """

    id: str
    title: str
    value: float | None
    unit: str
    limit: float | None
    verdict: Verdict
    words: str
    source: str = ""
    least: bool = False


def judged(value: float, limit: float, *, least: bool = False) -> Verdict:
    """Against a highest (or least) value; what is not a number is over every limit."""
    return "ok" if (value >= limit if least else value <= limit) else "bad"


def not_met(found: Iterable[Check]) -> list[Check]:
    """Those over their limit."""
    return [c for c in found if c.verdict == "bad"]


def as_rows(found: Iterable[Check]) -> list[dict[str, Any]]:
    """Plain values for JSON."""
    return [asdict(c) for c in found]
