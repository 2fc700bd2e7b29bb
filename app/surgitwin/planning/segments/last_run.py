"""What a preset ran with last: its settings and clicks, so that it can be run again with one click more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.planning.segments.structure_runs import runs_of
from surgitwin.planning.segments.tissues import KNOWN_LUMEN


@dataclass(frozen=True, eq=False)
class LastRun:
    """parameters: those that differed from the preset's own. points: clicks by name, (n, 3) LPS mm."""

    parameters: Mapping[str, float] = field(default_factory=dict)
    points: Mapping[str, FloatArray] = field(default_factory=dict)


def last_run(state: Mapping[str, Any], preset: str) -> LastRun:
    """The last run of `preset` that made segments of the case with this state; empty when there is none.

    Points that the program took from the case's own segments are left out: nobody clicked them.
    """
    labels = state.get("labels") or {}
    runs = runs_of(labels, preset)
    if not runs:
        return LastRun()
    run = runs[-1]
    taken = {"lumen"} if any(n["code"] == KNOWN_LUMEN for n in run.get("notes", ())) else set()
    points = {
        name: np.asarray(clicks, float).reshape(-1, 3)
        for name, clicks in (run.get("points") or {}).items()
        if name not in taken
    }
    return LastRun(dict(run.get("parameters") or {}), points)
