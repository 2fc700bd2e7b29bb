"""Which narrowings of a tree can be told as findings, and whether the tree itself can be used.

Every doubt is a reason in words; a narrowing with one is shown as "not judged", never as a per cent. On a
real CT (aortic_root_cta) most narrowings of a leaking segment were none: places where two vessels touch,
ends, and sections in which the image's edge was not that of the segment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from surgitwin.anatomy.artery.types import Lesion
from surgitwin.anatomy.tree.types import Contact, TreeBranch, VesselTree

# Numerical settings. Vessels hold few loops (the circle of Willis one); segments of good phantoms held one at
# most, the leaking segment of a heart CT 558 with 58 branches.
LEAST_LOOPS = 10
LOOPS_PER_BRANCH = 0.25
LEAST_BARE, BARE_SHARE = 8, 0.5  # branches without sections; none on phantoms, 18 of 25 of a dissected aorta
THIN_VOXELS = 3.0  # a vessel under so many voxels across has no sure width
_BALL_VOXELS = 1.0  # a ball inside the segment that much wider than the section: they disagree
_NEAR_WIDTHS = 1.5  # of the healthy diameter, within which a contact spoils a narrowing
NEXT_STEP = (
    "Cut away what is no vessel (chambers, veins that touch: clicks outside in the preset, or erase in the "
    "segment editor), close holes (effects fill, smooth, islands), then measure the tree again."
)


def why_unusable(tree: VesselTree) -> str:
    """Why a tree cannot be used, in words; "" when nothing speaks against it.

    The loops are those of the segment: more than one for four branches, and ten or more, is a segment that
    leaks or is full of holes, in which ways and ends are arbitrary. Where most branches have no sections the
    segment is not made of tubes (chambers, sheets beside a flap).
    """
    count = len(tree.branches)
    if tree.loops >= LEAST_LOOPS and tree.loops > LOOPS_PER_BRANCH * count:
        return (
            f"the segment has {tree.loops} loops for {count} branches (vessels have few or none): it leaks "
            "or is full of holes, and branches, ends and narrowings are arbitrary"
        )
    bare = sum(b.tube is None for b in tree.branches)
    if tree.metric and bare >= LEAST_BARE and bare > BARE_SHARE * count:
        return (
            f"in {bare} of {count} branches no section could be measured: the segment is not made of tubes "
            "(chambers, or sheets beside a flap), and branches, ends and narrowings are arbitrary"
        )
    return ""


def findings(tree: VesselTree, branch: TreeBranch) -> tuple[Lesion, ...]:
    """The narrowings of a branch that can be told, the worst first; () in a tree that cannot be used."""
    return () if why_unusable(tree) else tuple(q for q in branch.lesions if not q.doubt)


def trunk_of(tree: VesselTree) -> TreeBranch:
    """The branch that holds the most blood: what one looks at where there is no finding."""
    return max(tree.branches, key=lambda b: b.length_mm * b.mean_radius_mm**2)


def judged(
    branches: Sequence[TreeBranch], contacts: Sequence[Contact], voxel_mm: float
) -> tuple[TreeBranch, ...]:
    """The branches with the doubts of their narrowings, sure ones first. voxel_mm: largest voxel edge."""
    return tuple(_judged(b, [c for c in contacts if b.id in c.branches], voxel_mm) for b in branches)


def _judged(branch: TreeBranch, contacts: Sequence[Contact], voxel_mm: float) -> TreeBranch:
    if not branch.lesions:
        return branch
    found = (replace(q, doubt=_doubts(q, branch, contacts, voxel_mm)) for q in branch.lesions)
    return replace(branch, lesions=tuple(sorted(found, key=lambda q: (bool(q.doubt), -q.diameter_percent))))


def _doubts(lesion: Lesion, branch: TreeBranch, contacts: Sequence[Contact], voxel_mm: float) -> str:
    reasons = [lesion.doubt] if lesion.doubt else []
    if lesion.reference_mm < THIN_VOXELS * voxel_mm:
        reasons.append("the vessel is under 3 voxels across")
    step = np.linalg.norm(np.diff(branch.points_mm, axis=0), axis=1)
    s = np.concatenate([[0.0], np.cumsum(step)])
    ball = 2 * float(np.interp(lesion.throat_mm, s, branch.radius_mm))
    if ball > lesion.min_diameter_mm + _BALL_VOXELS * voxel_mm:
        reasons.append(f"the segment is {ball:.1f} mm wide there, the image {lesion.min_diameter_mm:.1f} mm")
    reach = (s >= lesion.start_mm) & (s <= lesion.end_mm)
    room = _NEAR_WIDTHS * lesion.reference_mm
    for one in contacts:
        away = np.linalg.norm(branch.points_mm[reach] - np.array(one.point_mm), axis=1)
        if away.size and away.min() < room:
            reasons.append("another branch touches it")
            break
    return "; ".join(reasons)
