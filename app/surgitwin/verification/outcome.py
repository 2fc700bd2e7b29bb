"""What came of a case: one outcome for each reference value, with its verdict."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from surgitwin.verification.case import Measured
from surgitwin.verification.references import Reference


@dataclass(frozen=True)
class Outcome:
    """verdict: "pass", "fail", "rule" or "blocked". value, error: None where there is none, with `reason`.

    wall_s, peak_rss_MB: of the process that ran the whole case. study: see `Measured`.
    """

    reference: Reference
    verdict: str
    value: float | None
    error: float | None
    wall_s: float
    peak_rss_MB: float
    reason: str = ""
    study: tuple[tuple[float, float], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """One object of `surgitwin verify --json`."""
        r = self.reference
        out = {
            "id": r.id, "row": r.row, "title": f"{r.title}: {r.what}", "reference": r.value,
            "source": r.source, "mark": r.mark, "value": self.value, "unit": r.unit, "measure": r.measure,
            "error": self.error, "tol": r.tolerance, "verdict": self.verdict, "wall_s": round(self.wall_s, 3),
            "peak_rss_MB": round(self.peak_rss_MB, 1), "study": [list(pair) for pair in self.study],
        }  # fmt: skip
        return {**out, "reason": self.reason} if self.reason else out


def judge(
    references: Sequence[Reference], measured: Mapping[str, Measured], wall_s: float, peak_rss_MB: float
) -> list[Outcome]:
    """The outcome of every reference of a row; a value that is missing or no number is a failure."""
    return [_judge_one(r, measured.get(r.id), wall_s, peak_rss_MB) for r in references]


def _judge_one(r: Reference, found: Measured | None, wall_s: float, peak_rss_MB: float) -> Outcome:
    if found is None or not math.isfinite(found.value):
        reason = "the case gave no value" if found is None else "the value is not a finite number"
        return Outcome(r, "fail", None, None, wall_s, peak_rss_MB, reason)
    error = r.error(found.value)
    if r.blocked:
        return Outcome(r, "blocked", found.value, error, wall_s, peak_rss_MB, r.blocked, found.study)
    good = abs(error) <= r.tolerance
    verdict = ("rule" if r.kind == "rule" else "pass") if good else "fail"
    return Outcome(r, verdict, found.value, error, wall_s, peak_rss_MB, "", found.study)


def without_value(
    references: Sequence[Reference], verdict: str, reason: str, wall_s: float = 0.0
) -> list[Outcome]:
    """The same verdict ("fail" or "blocked") with its reason for every reference of a row."""
    return [Outcome(r, verdict, None, None, wall_s, 0.0, reason) for r in references]


def accepted(outcomes: Sequence[Outcome], mutated: bool) -> bool:
    """Whether the whole run is good.

    Plain: nothing failed. Mutated: every outcome that is not blocked is a failure that was *measured*;
    a wrong input that only crashes shows nothing about the comparison.
    """
    if not mutated:
        return all(o.verdict != "fail" for o in outcomes)
    return all(o.verdict == "blocked" or (o.verdict == "fail" and o.value is not None) for o in outcomes)
