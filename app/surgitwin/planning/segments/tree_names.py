"""Names of the branches of a tree: given by hand, carried over when the tree is measured again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from surgitwin.anatomy.tree import VesselTree
from surgitwin.core.errors import InputError, UsageError
from surgitwin.core.image import Segment
from surgitwin.planning.case import Case

KEY = "trees"
"""Of the case state: segment name -> {"blob", "input_hash", "segment_hash", "label", "settings", "names"}."""
LONGEST = 40
"""Letters of a name (numerical setting: a column of the table holds it)."""
Names = Mapping[int, str]


def names_of(state: Mapping[str, Any], segment: str) -> dict[int, str]:
    """Branch -> its name by hand; those without one are not in it."""
    row: Mapping[str, Any] = (state.get(KEY) or {}).get(segment) or {}
    return {int(k): str(v) for k, v in (row.get("names") or {}).items()}


def branch_title(names: Names, number: int) -> str:
    """The name of a branch, "Branch 3" without one."""
    return names.get(number) or f"Branch {number}"


def renamed_trees(case: Case, segment: str, number: int, name: str) -> dict[str, Any]:
    """`state["trees"]` with another name of a branch; "" takes its name away.

    Raises InputError "tree.missing", "tree.no_branch"; UsageError "tree.name".
    """
    from surgitwin.planning.segments.tree import tree_of

    tree, wanted = tree_of(case, segment), " ".join(name.split())
    known = [b.id for b in tree.branches]
    if number not in known:
        raise InputError(
            "tree.no_branch",
            f"The tree of {segment} has no branch {number}.",
            hint=f"Its branches: {min(known)} to {max(known)}.",
            where=segment,
        )
    names = names_of(case.state, segment)
    others = {branch_title(names, n).lower() for n in known if n != number}
    if len(wanted) > LONGEST or wanted.lower() in others:
        why = f"has over {LONGEST} letters" if len(wanted) > LONGEST else "is that of another branch"
        raise UsageError(
            "tree.name", f"The name {wanted!r} {why}.", hint="Give another name.", where=f"branch {number}"
        )
    names.pop(number, None)
    if wanted and wanted != f"Branch {number}":
        names[number] = wanted
    trees = dict(case.state[KEY])
    trees[segment] = {**trees[segment], "names": {str(k): v for k, v in sorted(names.items())}}
    return trees


def rename_branch(case: Case, segment: str, number: int, name: str) -> Case:
    """The case with another name of a branch; errors as of `renamed_trees`."""
    trees = renamed_trees(case, segment, number, name)
    return case.updated(f"name branch {number} of {segment.replace('_', ' ')}", **{KEY: trees})


def of_renamed_segment(state: Mapping[str, Any], old: str, new: str) -> dict[str, Any]:
    """What changes in the state when a segment gets another name: its tree goes with it, in place of one that
    a segment of that name left. Empty when it has none.
    """
    trees = state.get(KEY) or {}
    if old not in trees:
        return {}
    return {KEY: {new if k == old else k: v for k, v in trees.items() if k != new}}


def of_present_segments(
    trees: Mapping[str, Any], before: Mapping[str, Any], segments: Sequence[Segment]
) -> dict[str, Any]:
    """`trees` with those that a step made (other than in `before`) under the present names of their segments.

    A segment may get another name, and another one its name, while its tree is measured: the label of the
    voxels says which it is. A tree whose segment is gone is left out.
    """
    name_of = {s.label: s.name for s in segments}
    made = {k: v for k, v in trees.items() if before.get(k) != v and "label" in v}
    out = {k: before[k] if k in made else v for k, v in trees.items() if k not in made or k in before}
    for row in made.values():
        if row["label"] in name_of:
            out[name_of[row["label"]]] = row
    return out


def carried_names(old: VesselTree, names: Names, new: VesselTree) -> dict[str, str]:
    """Names for the branches of a new tree of the same vessels: a branch keeps its name where the middle of
    the old one lies inside the lumen of just that new one.
    """
    out: dict[str, str] = {}
    for branch in old.branches:
        if branch.id not in names:
            continue
        middle = branch.points_mm[len(branch.points_mm) // 2]
        away = [
            float((np.linalg.norm(b.points_mm - middle, axis=1) / b.radius_mm).min()) for b in new.branches
        ]
        nearest = int(np.argmin(away))
        number = str(new.branches[nearest].id)
        if away[nearest] < 1 and number not in out:
            out[number] = names[branch.id]
    return out
