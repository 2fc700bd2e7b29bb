"""How long a step takes and what is left of it, from earlier runs on this machine and its progress."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from statistics import median
from typing import Any

from surgitwin.core.arrays import content_hash
from surgitwin.planning.case import Case
from surgitwin.storage import write_atomically

SMOOTHING_S = 4.0
"""Display setting: time constant with which the shown time left follows a new estimate."""
EARLY = 0.02
"""Display setting: below this fraction the progress says nothing of the total time yet."""
TIMES = "cache/step_times.json"
"""File in the case: step -> {wall_s, machine} of its last run. It is not the user's work."""


@cache
def this_machine() -> str:
    """A name for this computer that says nothing about it to others: times count on the same one only."""
    return content_hash(platform.node(), os.cpu_count() or 1)[:12]


class TimeLeft:
    """Time left of one job in s, smooth: from expected total time, then more and more from its fraction.

    expected_s: total time by earlier runs, None when there were none. Times are `time.monotonic()`.
    """

    def __init__(self, expected_s: float | None = None, now: float | None = None) -> None:
        self.expected_s = expected_s
        self.started = time.monotonic() if now is None else now
        self._left: float | None = None
        self._at = self.started

    def elapsed(self, now: float | None = None) -> float:
        """Seconds since the start."""
        return (time.monotonic() if now is None else now) - self.started

    def update(self, fraction: float | None, now: float | None = None) -> float | None:
        """Seconds left at this fraction (None: not known); None when nothing can be said."""
        now = time.monotonic() if now is None else now
        total = self._total(fraction, now - self.started)
        if total is None:
            self._left, self._at = None, now
            return None
        fresh = max(total - (now - self.started), 0.0)
        if self._left is None:
            self._left = fresh
        else:
            passed = now - self._at
            follow = min(passed / SMOOTHING_S, 1.0)
            self._left = max((self._left - passed) * (1 - follow) + fresh * follow, 0.0)
        self._at = now
        return self._left

    def _total(self, fraction: float | None, elapsed: float) -> float | None:
        known = fraction is not None and fraction > EARLY
        by_fraction = elapsed / fraction if known and fraction is not None else None
        if by_fraction is None:
            # Longer than ever before: nothing to be said.
            return self.expected_s if self.expected_s is not None and elapsed < self.expected_s else None
        if self.expected_s is None or fraction is None:
            return by_fraction
        return fraction * by_fraction + (1 - fraction) * max(self.expected_s, elapsed)


def words(seconds: float | None) -> str:
    """For people: "about 2 min left" style numbers, rounded so that they do not flicker."""
    if seconds is None:
        return ""
    if seconds < 8:
        return "a few seconds"
    if seconds < 55:
        return f"{round(seconds / 5) * 5} s"
    if seconds < 3600:
        return f"{max(round(seconds / 60), 1)} min"
    return f"{int(seconds // 3600)} h {round(seconds % 3600 / 60):02d} min"


@dataclass(frozen=True)
class SolveTimes:
    """Median wall times in s of finished results on this machine; None where there is none."""

    intact: float | None
    plan: float | None
    further_stage: float | None

    def of(self, *, intact: bool = False, like_before: bool = False) -> float | None:
        """Time of one result. like_before: another stage of the plan that was solved just before it."""
        if intact:
            return self.intact
        return self.further_stage if like_before and self.further_stage is not None else self.plan


def solve_times(case: Case) -> SolveTimes:
    """Times of the results of this case, from their records."""
    runs = [
        run
        for entry in (case.state.get("results") or {}).values()
        if (run := _times_of(case, entry["input_hash"])) is not None and run.machine == this_machine()
    ]
    plans = [r for r in runs if not r.intact]
    return SolveTimes(
        _median(r.total for r in runs if r.intact),
        _median(r.total for r in plans),
        _median(r.total - r.build / 2 for r in plans),
    )


@dataclass(frozen=True)
class _RunTimes:
    intact: bool
    machine: str
    build: float
    total: float


def _times_of(case: Case, input_hash: str) -> _RunTimes | None:
    folder = case.folder.result_dir(input_hash)
    return _read_times(folder) if (folder / "run.json").is_file() else None


@lru_cache(maxsize=512)
def _read_times(folder: Path) -> _RunTimes | None:
    """From a finished result, which never changes; None for one of a program that kept no times."""
    run: Mapping[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    wall = run.get("wall_s")
    if not wall:
        return None
    total = float(sum(wall[k] for k in ("build", "solve", "measure")))
    return _RunTimes(run["plan"] == "intact", wall["machine"], wall["build"], total)


def _median(values: Iterable[float]) -> float | None:
    found: Sequence[float] = tuple(values)
    return median(found) if found else None


def result_time(case: Case, input_hash: str) -> float | None:
    """Wall time in s that a finished result took, wherever; None when that was not kept."""
    found = _times_of(case, input_hash)
    return None if found is None else found.total


def step_time(case: Case, step: str) -> float | None:
    """Wall time in s of the last run of a step (`step_task.STEPS`) on this machine; None without one."""
    entry = _times(case.folder.path / TIMES).get(step)
    return float(entry["wall_s"]) if entry and entry["machine"] == this_machine() else None


def keep_step_time(folder: Path, step: str, wall_s: float) -> None:
    """Remember the wall time in s of a step of the case at `folder`."""
    file = folder / TIMES
    text = json.dumps({**_times(file), step: {"wall_s": wall_s, "machine": this_machine()}}, indent=1)
    write_atomically(file, lambda p: p.write_text(text, encoding="utf-8"))


def _times(file: Path) -> dict[str, Any]:
    try:
        out: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # a cache: without it there is no estimate, nothing else
        return {}
    return out
