"""The facet joints: which side of a joint belongs to which vertebra, from how facets face in the whole spine.

At a joint the superior process of the vertebra below lies in front and to the side, the inferior process of
the vertebra above behind and towards the middle: in the thorax the joint faces forward, in the lumbar spine
to the side. So along lines at 45 degrees the first bone is the lower vertebra's, the last the upper one's.
"""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.segmentation.morphology import Mask
from surgitwin.segmentation.vertebra.field import Lattice
from surgitwin.segmentation.vertebra.pose import Pose, Wall

JOINT_SHARE = ((-0.9, -0.5), (0.5, 0.7))
"""Numerical settings: levels of the joints below and above, in shares of the height round the body's
middle.
"""

ASIDE_MM, BEHIND_MM = (4.0, 24.0), (5.0, 36.0)
"""Numerical settings: where the processes are, either side of the mid-plane and behind the posterior wall."""

SEED_DEPTH_MM, BOTH_MM = 2.5, 9.0
"""Numerical settings: depth of a seed in its process, and the least thickness of two processes together."""

MIDLINE_MM, MIDLINE_SHARE, MIDLINE_BEHIND_MM = 6.0, 0.55, 8.0
"""Numerical settings: bone this near the mid-plane, this far up and behind the wall is the lamina or the
spinous
process of the vertebra above in any part of the spine."""

LAMINA_MM, LAMINA_SHARE = 8.0, -0.9
"""Numerical settings: this near the mid-plane and this far down the first bone behind the canal is the
lamina of
the vertebra below (a long spinous process of this one lies behind it)."""


def joint_seeds(bone: Mask, at: Lattice, pose: Pose, wall: Wall) -> tuple[Mask, Mask, Mask]:
    """Seeds in the processes at the joints: of this vertebra, of the one above, of the one below."""
    x, y, z = at.axes()
    behind = wall.behind(y, z)
    zone = bone & (np.abs(x) > ASIDE_MM[0]) & (np.abs(x) < ASIDE_MM[1])
    zone &= (behind > BEHIND_MM[0]) & (behind < BEHIND_MM[1])
    (lower, upper) = ((z > a * pose.height_mm) & (z < b * pose.height_mm) & zone for a, b in JOINT_SHARE)
    front_up, back_up = _ends(upper, at)
    front_down, back_down = _ends(lower, at)
    lamina = _first(bone & (np.abs(x) < LAMINA_MM) & (behind > MIDLINE_BEHIND_MM), at)
    lamina &= z < LAMINA_SHARE * pose.height_mm
    middle = (
        bone & (np.abs(x) < MIDLINE_MM) & (behind > MIDLINE_BEHIND_MM) & (z > MIDLINE_SHARE * pose.height_mm)
    )
    return front_up | back_down, back_up | middle, front_down | lamina


def _first(bone: Mask, at: Lattice) -> Mask:
    """The first SEED_DEPTH_MM of bone behind the canal along y."""
    depth = np.cumsum(bone, axis=1) * at.step
    first: Mask = bone & (depth <= SEED_DEPTH_MM)
    return first


def _ends(zone: Mask, at: Lattice) -> tuple[Mask, Mask]:
    """First and last SEED_DEPTH_MM of the zone along lines that run back and to the middle at 45 degrees."""
    front, back = np.zeros_like(zone), np.zeros_like(zone)
    k, j, i = np.nonzero(zone)
    if len(k) == 0:
        return front, back
    side = np.abs(at.x[i])
    along, across = (at.y[j] - side) / np.sqrt(2), (at.y[j] + side) / np.sqrt(2)
    line = np.stack([k, np.round(across / at.step).astype(int), at.x[i] > 0], 1)
    _, group = np.unique(line, axis=0, return_inverse=True)
    first, last = _extremes(along, group.ravel())
    both = last - first > BOTH_MM
    ahead, behind = along - first < SEED_DEPTH_MM, last - along < SEED_DEPTH_MM
    front[k, j, i], back[k, j, i] = ahead & both, behind & both
    return front, back


def _extremes(values: FloatArray, group: IntArray) -> tuple[FloatArray, FloatArray]:
    """Least and largest of the values of each one's group."""
    n = int(group.max()) + 1
    low, high = np.full(n, np.inf), np.full(n, -np.inf)
    np.minimum.at(low, group, values)
    np.maximum.at(high, group, values)
    return low[group], high[group]
