"""The tree of vessels in a segment, measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from surgitwin.anatomy.tree.build import branch_of, joint_of, joint_points, lines_of
from surgitwin.anatomy.tree.close_loops import close_loops
from surgitwin.anatomy.tree.contacts import count_loops, find_contacts
from surgitwin.anatomy.tree.joints import set_zones
from surgitwin.anatomy.tree.judge import judged
from surgitwin.anatomy.tree.lumen import Lumen, Mask, find_lumen
from surgitwin.anatomy.tree.notices import notices_of
from surgitwin.anatomy.tree.root import propose_root, ways_of
from surgitwin.anatomy.tree.side_by_side import join_side_by_side
from surgitwin.anatomy.tree.skeleton import Skeleton, skeleton_of
from surgitwin.anatomy.tree.thin import ball_radius, contacts_left, drop_thin
from surgitwin.anatomy.tree.tubes import Picture, picture_of
from surgitwin.anatomy.tree.tubes_of_tree import TubesOfTree
from surgitwin.anatomy.tree.types import Contact, VesselTree
from surgitwin.anatomy.tree.ways import Ways
from surgitwin.core.arrays import FloatArray
from surgitwin.core.image import ImageGrid, Volume
from surgitwin.core.progress import SILENT, Progress
from surgitwin.core.vessel import LumenTube


@dataclass(eq=False)
class _Raw:
    """A tree before its branches are made. tubes: by number of the edge."""

    skeleton: Skeleton
    contacts: Sequence[Contact]
    tubes: dict[int, LumenTube]
    source: str = "segment"
    fwhm_mm: float = 0.0


def measure_tree(
    mask: Mask,
    grid: ImageGrid,
    volume: Volume | None = None,
    *,
    root_mm: npt.ArrayLike | None = None,
    ends_mm: Sequence[npt.ArrayLike] = (),
    without_mm: Sequence[npt.ArrayLike] = (),
    only_given: bool = False,
    prune: float = 1.0,
    least_radius_mm: float = 0.0,
    fwhm_mm: float | None = None,
    metric: bool = True,
    progress: Progress = SILENT,
) -> VesselTree:
    """The tree in a segment: mask [k, j, i] on its grid.

    volume: the image; sections are measured on it where it is a CT with contrast. root_mm (3,): LPS; the
    free end of the widest branch without it. ends_mm: ends to add to those found. without_mm: each takes the
    nearest end away. only_given: no ends but ends_mm. prune: multiple of what a branch must stick out to
    count. least_radius_mm: end branches whose mean radius is less are left out; one that leads to wider ones
    stays (in the unit of the grid without a scale).
    fwhm_mm: sharpness of the image, where it is known. metric: False when lengths are not mm: only
    the topology is found. Raises InputError "tree.empty", "tree.click_outside", "tree.click_apart",
    "tree.too_short".
    """
    progress("Depth of the segment", 0.0)
    lumen = find_lumen(np.asarray(mask, bool), grid, root_mm)
    if root_mm is None:
        root = propose_root(lumen, least_radius_mm, progress.part(0.05, 0.25))
    else:
        root = lumen.nearest("root", root_mm)
    part = progress.part(0.25, 0.4)
    ways = ways_of(lumen, root, ends_mm, without_mm, only_given, prune, least_radius_mm, part)
    raw = _skeleton(lumen, ways, least_radius_mm, ends_mm, progress.part(0.4, 0.5))
    if metric:
        picture = picture_of(lumen, volume)
        if fwhm_mm is not None and picture.source == "image":
            picture = replace(picture, fwhm_mm=fwhm_mm)
        _sections(raw, lumen, picture, least_radius_mm, ends_mm, progress.part(0.5, 0.95))
    out = _tree(raw, lumen, root_mm is not None, ends_mm, metric, progress.part(0.95, 1.0))
    progress("Tree measured", 1.0)
    return out


def _skeleton(
    lumen: Lumen, ways: Ways, least_mm: float, ends_mm: Sequence[npt.ArrayLike], progress: Progress
) -> _Raw:
    """Branches from voxel to voxel, thin ones left out, with loops closed."""
    progress("Branches", 0.0)
    skeleton = skeleton_of(ways)
    join_side_by_side(skeleton, lumen.voxel_mm)
    set_zones(skeleton, lumen.voxel_mm)
    radius_of = partial(ball_radius, voxel_mm=lumen.voxel_mm)
    drop_thin(skeleton, least_mm, radius_of, _ends(skeleton, ends_mm))
    set_zones(skeleton, lumen.voxel_mm)
    contacts: Sequence[Contact] = find_contacts(lumen, skeleton, progress.part(0.3, 1.0))
    if contacts:
        contacts = close_loops(skeleton, contacts)
        set_zones(skeleton, lumen.voxel_mm)
    return _Raw(skeleton, contacts, {})


def _sections(
    raw: _Raw, lumen: Lumen, picture: Picture, least_mm: float, ends_mm: Sequence[npt.ArrayLike],
    progress: Progress,
) -> None:  # fmt: skip
    """Tubes of the branches; those that turn out to be too thin are left out."""
    skeleton = raw.skeleton
    measured = TubesOfTree(picture, skeleton)
    raw.tubes = measured.measure(progress.part(0.0, 0.9))
    while True:
        before = list(skeleton.edges)
        dropped = drop_thin(skeleton, least_mm, measured.radius, _ends(skeleton, ends_mm))
        if not dropped:
            break
        raw.contacts = contacts_left(raw.contacts, before, dropped, skeleton.edges)
        set_zones(skeleton, lumen.voxel_mm)
        raw.tubes = measured.measure(progress.part(0.9, 1.0))
    raw.source, raw.fwhm_mm = picture.source, measured.picture.fwhm_mm or 0.0


def _tree(
    raw: _Raw, lumen: Lumen, root_given: bool, ends_mm: Sequence[npt.ArrayLike], metric: bool,
    progress: Progress,
) -> VesselTree:  # fmt: skip
    """Smooth branches, joints with angles, doubts and notices."""
    skeleton, tubes = raw.skeleton, raw.tubes
    axes = {n: lines_of(e, tubes.get(n)) for n, e in enumerate(skeleton.edges)}
    clicked = [*_ends(skeleton, ends_mm), *([skeleton.root] if root_given else [])]
    places = joint_points(skeleton, axes, lumen, clicked)
    made = []
    for n in range(len(axes)):
        progress("Narrowings and angles", n / len(axes))
        made.append(branch_of(n, skeleton, places, tubes.get(n), lumen, raw.fwhm_mm))
    branches = judged(made, raw.contacts, float(lumen.grid.spacing_mm.max()))
    joints = tuple(joint_of(n, skeleton, places, axes, lumen) for n in sorted(places))
    loops = count_loops(lumen)
    notices = notices_of(lumen, not root_given, raw.contacts, loops, branches)
    return VesselTree(joints, branches, tuple(raw.contacts), loops, metric, raw.source, raw.fwhm_mm, notices)


def _ends(skeleton: Skeleton, ends_mm: Sequence[npt.ArrayLike]) -> list[int]:
    """Free ends that clicks placed."""
    free = [n for n in skeleton.joints if n != skeleton.root and not skeleton.outgoing(n)]
    places: FloatArray = np.array([skeleton.joints[n] for n in free]).reshape(-1, 3)
    return [
        free[int(np.linalg.norm(places - np.asarray(p, float), axis=1).argmin())] for p in ends_mm if free
    ]
