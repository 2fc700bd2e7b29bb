"""A step that ran elsewhere on an older snapshot, brought into the present one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import numpy as np

from surgitwin.core.plan import Plan
from surgitwin.planning.case import Case
from surgitwin.segmentation.patch import LabelPatch

BY_ENTRY = ("results", "fracture_meshes", "proposed", "studies", "plan_studies", "trees", "objects")
"""Tables in which every entry stands for itself: two steps may add to them side by side."""
NOT_MERGED = ("history",)


@dataclass(frozen=True, eq=False)
class StepResult:
    """What a step made of the snapshot `base`. patch: its change of the label voxels."""

    base: Case
    made: Case
    plans: Mapping[str, Plan]
    patch: LabelPatch | None = None

    @property
    def changes_image(self) -> bool:
        """Whether the step made other voxels, of the labels or of the image."""
        return self.patch is not None or self.made.state["image"] != self.base.state["image"]

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


WORDS = {
    "anatomy": "the anatomy (landmarks, side)",
    "mesh": "the mesh",
    "solve_inputs": "the inputs of the simulation",
}
"""Keys of the state whose change a user may have made by hand, in words."""


def overwritten(present: Mapping[str, Any], result: StepResult) -> tuple[str, ...]:
    """What was changed by hand while the step ran and is now the step's, in words."""
    base, made = result.base.state, result.made.state
    return tuple(
        f"You changed {words} while this ran; now it is as computed. Undo brings yours back."
        for key, words in WORDS.items()
        if present.get(key) != base.get(key) and made.get(key) not in (base.get(key), present.get(key))
    )


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
    """The present plans with those that the step wrote; a plan edited meanwhile stays beside the new one."""
    before = result.base.plans()
    fresh = {
        name: plan
        for name, plan in result.plans.items()
        if name not in before or before[name].hash != plan.hash
    }
    gone = before.keys() - result.plans.keys()
    out = {n: p for n, p in present.items() if n not in gone}
    for name, plan in fresh.items():
        mine = present.get(name)
        edited = mine is not None and (name not in before or before[name].hash != mine.hash)
        free = name if not edited else next(n for n in _names(name) if n not in out and n not in fresh)
        out[free] = replace(plan, name=free)
    return out


def _names(name: str) -> Iterator[str]:
    return (f"{name}-{n}" for n in count(2))


def _same(key: str, before: Any, after: Any) -> bool:
    """Labels are told apart by their hash: storing edited ones gives them a blob, nothing else."""
    if key == "labels" and before and after:
        return bool(before["hash"] == after["hash"])
    return bool(before == after)


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in after.items() if before.get(k) != v}
