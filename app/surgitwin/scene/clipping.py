"""Planes that cut a view open along the bone's directions."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surgitwin.core.frame import Frame, Plane, Side, anatomical_to_frame
from surgitwin.scene.cameras import BONE_VIEWS

DIRECTIONS = tuple(BONE_VIEWS)
"""From where the bone is opened: "anterior" takes its anterior part away."""


def clip_plane(frame: Frame, side: Side, points_mm: npt.ArrayLike, direction: str, share: float) -> Plane:
    """Plane that takes the part of points (n, 3) LPS in `direction` away: share 0 nothing, 1 all of them.

    At 0.5 it halves the points (on a bowed bone the middle of its extent would miss the shaft). What lies
    on the side of its normal is removed. KeyError for an unknown direction.
    """
    towards = BONE_VIEWS[direction][0]
    normal = frame.vector_to_lps(anatomical_to_frame(towards, side))
    along = np.atleast_2d(np.asarray(points_mm, float)) @ normal
    at = float(np.interp(share, (0.0, 0.5, 1.0), (along.max(), np.median(along), along.min())))
    middle = np.atleast_2d(np.asarray(points_mm, float)).mean(axis=0)
    return Plane(middle + (at - middle @ normal) * normal, normal)
