"""Clicks that say two things of one place are refused: neither may win in silence."""

from __future__ import annotations

import numpy as np
from scipy.spatial import KDTree

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import UsageError
from surgitwin.core.image import ImageGrid
from surgitwin.segmentation.vertebra.strokes import stroke_points

SAME_VOXEL = 0.99
"""Two clicks less than one voxel apart along every axis of the image speak of one voxel. The centres of two
neighbouring voxels do not: what lies on either side of the surface is a good pair of corrections."""

CROSS_STEP_MM, CROSS_MM = 0.2, 0.3
"""Numerical settings: strokes that come this near to each other cross, when both are filled at this step."""


def check_agree(grid: ImageGrid, inside: FloatArray, outside: FloatArray) -> None:
    """Raises UsageError "vertebra.contradiction" where an inside and an outside click lie within one voxel of
    each other, or the stroke of one crosses that of the other.

    inside, outside: (n, 3) and (m, 3) LPS mm, as they were clicked.
    """
    if len(inside) == 0 or len(outside) == 0:
        return
    pair = _nearest(grid.lps_to_index(inside), grid.lps_to_index(outside), SAME_VOXEL, np.inf)
    if pair is not None:
        raise _refusal(inside[pair[0]], outside[pair[1]], "lie within one voxel")
    lines = stroke_points(inside, CROSS_STEP_MM), stroke_points(outside, CROSS_STEP_MM)
    pair = _nearest(*lines, CROSS_MM, 2)
    if pair is not None:
        raise _refusal(lines[0][pair[0]], lines[1][pair[1]], "are where two strokes cross")


def _nearest(a: FloatArray, b: FloatArray, most: float, norm: float) -> tuple[int, int] | None:
    """Rows of the two points of `a` and `b` nearest to each other; None when they are over `most` apart."""
    gap, which = KDTree(b).query(a, p=norm)
    row = int(gap.argmin())
    return (row, int(which[row])) if gap[row] <= most else None


def _refusal(inside: FloatArray, outside: FloatArray, words: str) -> UsageError:
    return UsageError(
        "vertebra.contradiction",
        f"The inside point ({_words(inside)}) mm and the outside point ({_words(outside)}) mm {words}: "
        "the place cannot be both.",
        hint="Take one of the two clicks or strokes away. Clicks of one name that follow each other within "
        "6 mm are one stroke, with the line between them.",
        where="inside",
    )


def _words(point: FloatArray) -> str:
    return ", ".join(f"{v:.1f}" for v in point)
