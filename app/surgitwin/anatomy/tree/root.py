"""Where the tree begins and ends: what is proposed, and what clicks change."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from surgitwin.anatomy.tree import errors
from surgitwin.anatomy.tree.lumen import Lumen
from surgitwin.anatomy.tree.skeleton import skeleton_of
from surgitwin.anatomy.tree.ways import Voxel, Ways, find_ways, geodesic, only_ways
from surgitwin.core.arrays import FloatArray
from surgitwin.core.progress import SILENT, Progress

_LEAST_LONG = 2.0  # numerical setting: a vessel is longer than this many of its widths


def propose_root(lumen: Lumen, least_mm: float, progress: Progress = SILENT) -> Voxel:
    """The end of the widest branch that has a free end."""
    start = tuple(int(v) for v in np.unravel_index(int(lumen.mask.argmax()), lumen.mask.shape))
    far = geodesic(lumen, start)
    first = _farthest(far)
    ways = find_ways(lumen, first, least_mm=least_mm, progress=progress)
    skeleton = skeleton_of(ways)
    free = [e for e in skeleton.edges if e.start == skeleton.root or not skeleton.outgoing(e.end)]
    widest = max(free, key=lambda e: float(np.median(e.depth_mm)))
    if widest.start == skeleton.root and skeleton.outgoing(widest.end):
        return first
    return tuple(int(v) for v in np.rint(lumen.index(widest.points_mm[-1])))


def _farthest(far: FloatArray) -> Voxel:
    at = int(np.where(np.isfinite(far), far, -1.0).argmax())
    return tuple(int(v) for v in np.unravel_index(at, far.shape))


def ways_of(
    lumen: Lumen,
    root: Voxel,
    ends_mm: Sequence[npt.ArrayLike],
    without_mm: Sequence[npt.ArrayLike],
    only_given: bool,
    prune: float,
    least_mm: float,
    progress: Progress = SILENT,
) -> Ways:
    """Ways to the proposed ends, with the ends of clicks and without those that clicks take away.

    Raises InputError "tree.click_outside", "tree.click_apart", "tree.too_short".
    """
    given = [lumen.nearest("end", p) for p in ends_mm]
    ways = (
        only_ways(lumen, root, given)
        if only_given and given
        else find_ways(lumen, root, given, prune, least_mm, progress)
    )
    for point in without_mm:
        lumen.nearest("without", point)  # a click beside the vessels means none of their ends
    if without_mm:
        ends = [tuple(int(v) for v in w[-1]) for w in ways.accepted]
        places = lumen.lps(np.array(ends))
        gone = {int(np.linalg.norm(places - np.asarray(p, float), axis=1).argmin()) for p in without_mm}
        ways = only_ways(lumen, root, [e for n, e in enumerate(ends) if n not in gone])
    if not ways.accepted or _length(lumen, ways) < _LEAST_LONG * 2 * _width(lumen, ways):
        raise errors.too_short()
    return ways


def _length(lumen: Lumen, ways: Ways) -> float:
    step = np.diff(lumen.lps(max(ways.accepted, key=len)), axis=0)
    return float(np.linalg.norm(step, axis=1).sum())


def _width(lumen: Lumen, ways: Ways) -> float:
    return float(np.max(lumen.depth_mm[tuple(max(ways.accepted, key=len).T)]))
