"""A step that ran elsewhere on an older snapshot, brought into the present one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from surgitwin.core.plan import Plan
from surgitwin.planning.case import Case
from surgitwin.segmentation.patch import LabelPatch

BY_ENTRY = ("results", "fracture_meshes", "proposed")
"""Tables in which every entry stands for itself: two steps may add to them side by side."""
NOT_MERGED = ("history",)


@dataclass(frozen=True, eq=False)
class StepResult:
    """What a step made of the snapshot `base`. patch: its change of the label voxels."""

    base: Case
    made: Case
    plans: Mapping[str, Plan]
    patch: LabelPatch | None = None

    @classmethod
    def of(cls, base: Case, made: Case) -> StepResult:
        """Compare the two; reads the label voxels when they changed. For a worker thread."""
        changed = (made.state.get("labels") or {}).get("hash") != (base.state.get("labels") or {}).get("hash")
        patch = None
        if changed and made.state.get("labels"):
            new = made.labels
            old = base.labels if base.state.get("labels") else None
            before = np.zeros_like(new.array) if old is None else old.array
            segments = () if old is None else old.segments
            change = LabelPatch.between(before, new.array)
            patch = replace(change, segments_before=segments, segments_after=new.segments)
        return cls(base, made, made.plans(), patch)


def merged_state(present: Mapping[str, Any], result: StepResult) -> dict[str, Any]:
    """The present state with what the step changed."""
    base, made = result.base.state, result.made.state
    out = dict(present)
    for key in made.keys() | base.keys():
        if key in NOT_MERGED or _same(key, base.get(key), made.get(key)):
            continue
        if key in BY_ENTRY and made.get(key) is not None:
            out[key] = {**(present.get(key) or {}), **_changed(base.get(key) or {}, made[key])}
        else:
            out[key] = made.get(key)
    return out


def merged_plans(present: Mapping[str, Plan], result: StepResult) -> dict[str, Plan]:
    """The present plans with those that the step wrote."""
    before = result.base.plans()
    fresh = {
        name: plan
        for name, plan in result.plans.items()
        if name not in before or before[name].hash != plan.hash
    }
    gone = before.keys() - result.plans.keys()
    return {**{n: p for n, p in present.items() if n not in gone}, **fresh}


def _same(key: str, before: Any, after: Any) -> bool:
    """Labels are told apart by their hash: storing edited ones gives them a blob, nothing else."""
    if key == "labels" and before and after:
        return bool(before["hash"] == after["hash"])
    return bool(before == after)


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in after.items() if before.get(k) != v}
