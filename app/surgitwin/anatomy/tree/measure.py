"""The tree of vessels in a segment, measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
import numpy.typing as npt

from surgitwin.anatomy.tree.build import branch_of, end_radius, joint_of, joint_points, lines_of
from surgitwin.anatomy.tree.close_loops import close_loops
from surgitwin.anatomy.tree.contacts import count_loops, find_contacts
from surgitwin.anatomy.tree.joints import set_zones
from surgitwin.anatomy.tree.lumen import Lumen, Mask, find_lumen
from surgitwin.anatomy.tree.root import propose_root, ways_of
from surgitwin.anatomy.tree.side_by_side import join_side_by_side
from surgitwin.anatomy.tree.skeleton import Edge, Skeleton, skeleton_of
from surgitwin.anatomy.tree.tubes import Picture, picture_of, tube_of
from surgitwin.anatomy.tree.types import Contact, TreeBranch, VesselTree
from surgitwin.core.arrays import FloatArray
from surgitwin.core.image import ImageGrid, Volume
from surgitwin.core.progress import SILENT, Progress
from surgitwin.core.vessel import LumenTube, Notice

_SHARP_FROM = 3  # the sharpness is the median over that many of the largest branches
_MOST_NAMED = 12  # contacts and branches named in notices; all contacts are in the tree
_THIN_VOXELS = 1.5  # radius, in voxels, under which a width is uncertain


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
    count. least_radius_mm: thinner branches are left out (in the unit of the grid without a scale).
    fwhm_mm: sharpness of the image, where it is known. metric: False when lengths are not mm: only
    the topology is found. Raises InputError "tree.empty", "tree.click_outside", "tree.click_apart",
    "tree.too_short".
    """
    progress("Depth of the segment", 0.0)
    lumen = find_lumen(np.asarray(mask, bool), grid, root_mm)
    progress("Ways through the vessels", 0.1)
    root = propose_root(lumen, least_radius_mm) if root_mm is None else lumen.nearest("root", root_mm)
    progress("Ends of the vessels", 0.3)
    ways = ways_of(lumen, root, ends_mm, without_mm, only_given, prune, least_radius_mm)
    skeleton = skeleton_of(ways)
    join_side_by_side(skeleton, lumen.voxel_mm)
    set_zones(skeleton, lumen.voxel_mm)
    progress("Loops and contacts", 0.45)
    contacts: Sequence[Contact] = find_contacts(lumen, skeleton)
    if contacts:
        contacts = close_loops(skeleton, contacts)
        set_zones(skeleton, lumen.voxel_mm)
    tubes: dict[int, LumenTube] = {}
    source, fwhm = "segment", 0.0
    if metric:
        picture = picture_of(lumen, volume)
        if fwhm_mm is not None and picture.source == "image":
            picture = replace(picture, fwhm_mm=fwhm_mm)
        tubes, fwhm = _tubes(picture, skeleton, progress.part(0.5, 0.95))
        source = picture.source
    ends = {n: lines_of(e, tubes.get(n)) for n, e in enumerate(skeleton.edges)}
    clicked = _clicked(skeleton, root_mm, ends_mm)
    places = joint_points(skeleton, ends, lumen, clicked)
    branches = tuple(
        branch_of(n, skeleton, places, tubes.get(n), lumen, fwhm) for n in range(len(skeleton.edges))
    )
    joints = tuple(joint_of(n, skeleton, places, ends, lumen) for n in sorted(places))
    loops = count_loops(lumen)
    notices = _notices(lumen, root_mm is None, contacts, loops, branches)
    progress("Tree measured", 1.0)
    return VesselTree(joints, branches, tuple(contacts), loops, metric, source, fwhm, notices)


def _tubes(picture: Picture, skeleton: Skeleton, progress: Progress) -> tuple[dict[int, LumenTube], float]:
    """Tubes by number of the edge, and the FWHM that was corrected: that of the largest branch for all."""
    order = sorted(range(len(skeleton.edges)), key=lambda n: -_size(skeleton.edges[n]))
    if picture.fwhm_mm is None:
        tried = (_tube(picture, skeleton, n) for n in order[: 2 * _SHARP_FROM])
        widths = [q[1] for q in islice((q for q in tried if q is not None), _SHARP_FROM)]
        picture = replace(picture, fwhm_mm=float(np.median(widths)) if widths else None)
    out: dict[int, LumenTube] = {}
    for turn, n in enumerate(order):
        progress("Sections of the branches", turn / len(order))
        found = _tube(picture, skeleton, n)
        if found is not None:
            out[n] = found[0]
    return out, picture.fwhm_mm or 0.0


def _tube(picture: Picture, skeleton: Skeleton, n: int) -> tuple[LumenTube, float] | None:
    """Tube of an edge without what belongs to joints and closed ends."""
    edge = skeleton.edges[n]
    first = end_radius(edge, False) if edge.start == skeleton.root else 0.0
    free = len(skeleton.all_incoming(edge.end)) + len(skeleton.outgoing(edge.end)) == 1
    return tube_of(picture, edge, (first, end_radius(edge, True) if free else 0.0))


def _size(edge: Edge) -> float:
    return edge.length_mm * float(np.median(edge.depth_mm)) ** 2


def _clicked(
    skeleton: Skeleton, root_mm: npt.ArrayLike | None, ends_mm: Sequence[npt.ArrayLike]
) -> list[int]:
    """Joints that clicks placed."""
    out = [skeleton.root] if root_mm is not None else []
    free = [n for n in skeleton.joints if n != skeleton.root and not skeleton.outgoing(n)]
    places: FloatArray = np.array([skeleton.joints[n] for n in free]).reshape(-1, 3)
    for p in ends_mm:
        if free:
            out.append(free[int(np.linalg.norm(places - np.asarray(p, float), axis=1).argmin())])
    return out


def _notices(
    lumen: Lumen,
    proposed: bool,
    contacts: Sequence[Contact],
    loops: int,
    branches: Sequence[TreeBranch],
) -> tuple[Notice, ...]:
    out = []
    if proposed:
        out.append(
            Notice(
                "tree.root_proposed", "The root was proposed at the free end of the widest branch. Check it."
            )
        )
    if lumen.left_out:
        out.append(
            Notice(
                "tree.pieces",
                f"{lumen.left_out} voxels of the segment lie in other pieces and are not in the tree.",
            )
        )
    pairs = {(c.kind, c.branches): c for c in reversed(contacts)}
    for one in list(pairs.values())[:_MOST_NAMED]:
        words = "come together in a loop" if one.kind == "loop" else "touch away from their bifurcation"
        a, b = one.branches
        out.append(Notice(f"tree.{one.kind}", f"Branches {a} and {b} {words}.", one.point_mm))
    if loops > len(contacts):
        out.append(
            Notice("tree.loops", f"The segment has {loops} loops, of which {len(contacts)} were placed.")
        )
    thin = [b.id for b in branches if float(np.median(b.radius_mm)) < _THIN_VOXELS * lumen.voxel_mm]
    if thin:
        named = ", ".join(str(n) for n in thin[:_MOST_NAMED])
        named += f" and {len(thin) - _MOST_NAMED} more" if len(thin) > _MOST_NAMED else ""
        out.append(Notice("tree.thin", f"Branches under three voxels across, widths are uncertain: {named}."))
    return tuple(out)
