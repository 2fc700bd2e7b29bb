"""What the levels of a deployment are and how long they take, for the Simulate page. Without Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from surgitwin.mechanics.devices.problem import LEVELS
from surgitwin.planning.case import Case
from surgitwin.planning.estimate import words
from surgitwin.planning.solving.results import read_run
from surgitwin.planning.vessels.results import DEPLOYED, State, failure_of, result_entry

TITLES = {
    "L0": "L0: geometry",
    "L1": "L1: rings in a deformable wall",
    "L2": "L2: frame of struts with friction",
}
AT_MOST = {"L1": "some 15 s a plan", "L2": "up to an hour a plan"}
"""Targets of this program (issue 5), said while nothing was measured in the case."""


@dataclass(frozen=True)
class LevelState:
    """One plan at one level. took_s: wall time of its result. reason: why it could not be deployed."""

    plan: str
    level: str
    state: State
    took_s: float | None
    reason: str = ""


def level_states(case: Case) -> dict[tuple[str, str], LevelState]:
    """Every plan at every deployed level."""
    out = {}
    for name in case.plans():
        for level in DEPLOYED:
            entry, state = result_entry(case, name, level)
            failed = failure_of(case, name)
            reason = f"{failed['message']} {failed['hint']}" if failed and failed["level"] == level else ""
            out[name, level] = LevelState(name, level, state, _took(case, entry), reason)
    return out


def _took(case: Case, entry: object) -> float | None:
    key = entry.get("input_hash") if isinstance(entry, dict) else None
    run = None if key is None else read_run(case, key)
    if run is None:
        return None
    return float(sum(run["wall_s"].get(k, 0.0) for k in ("build", "solve", "measure")))


def expected_s(states: Sequence[LevelState], level: str, count: int, at_once: int) -> float | None:
    """Seconds for `count` plans at a level by the results of this case; None without one."""
    took = [s.took_s for s in states if s.level == level and s.took_s is not None]
    return median(took) * -(-count // max(at_once, 1)) if took else None


def time_words(seconds: float | None, level: str) -> str:
    """What is said about the time."""
    if seconds is None:
        return f"{AT_MOST[level]} is what this program aims at; nothing was measured in this case yet"
    return f"about {words(seconds)} by earlier runs of this case"


def level_text(level: str) -> str:
    """One sentence on a level."""
    text = LEVELS[level]
    return f"{text[:1].upper()}{text[1:]}."
