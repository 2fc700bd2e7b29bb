"""The tree of a segment as the views need it; read in a worker."""

from __future__ import annotations

from dataclasses import dataclass

from surgitwin.anatomy.tree import VesselTree
from surgitwin.planning.case import Case
from surgitwin.planning.segments.tree import tree_current, tree_names, tree_of
from surgitwin.planning.segments.tree_names import Names, names_of
from surgitwin.planning.segments.tree_table import BranchRow, branch_rows, voxel_of
from surgitwin.viewer.trees.walk import TreeWalk

VESSEL_WORDS = ("vessel", "arter", "aorta", "vein", "lumen", "contrast", "aneurysm")
"""Parts of names that vessels have: which segment is offered first (handling only)."""


@dataclass(frozen=True, eq=False)
class TreeReading:
    """current: whether the segment is as it was when the tree was measured. blob: which tree it is."""

    segment: str
    blob: str
    tree: VesselTree
    walk: TreeWalk
    names: Names
    rows: tuple[BranchRow, ...]
    current: bool

    def row(self, number: int) -> BranchRow:
        """The row of a branch; KeyError when there is none."""
        for one in self.rows:
            if one.id == number:
                return one
        raise KeyError(number)


def read_tree(case: Case, segment: str, before: TreeReading | None) -> TreeReading | None:
    """The tree of a segment, None without one. before: what was read last; its walk is used again."""
    if segment not in tree_names(case):
        return None
    blob = str(case.state["trees"][segment]["blob"])
    tree, names, voxel = tree_of(case, segment), names_of(case.state, segment), voxel_of(case)
    same = before is not None and before.blob == blob
    walk = before.walk if before is not None and same else TreeWalk(tree, voxel)
    rows = branch_rows(tree, names, voxel)
    return TreeReading(segment, blob, tree, walk, names, rows, tree_current(case, segment))


def first_segment(case: Case) -> str:
    """The segment to offer: one with a tree, else one that is called like a vessel, else the first; "" when
    there is none.
    """
    known = [s.name for s in case.labels.segments] if case.state.get("labels") else []
    trees = [n for n in tree_names(case) if n in known]
    vessels = [n for n in known if any(w in n.lower() for w in VESSEL_WORDS)]
    return next(iter((*trees, *vessels, *known)), "")


def same_segment(case: Case, before: TreeReading | None) -> str:
    """The segment whose tree was read before under its present name; else that of `first_segment`."""
    known = {s.name for s in case.labels.segments} if case.state.get("labels") else set()
    for name in tree_names(case):
        if before is not None and name in known and case.state["trees"][name]["blob"] == before.blob:
            return name
    return first_segment(case)
