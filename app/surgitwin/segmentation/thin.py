"""What the image's voxels cannot show: structures one voxel thin, and bones closer than two voxels."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray
from surgitwin.core.image import LabelMap
from surgitwin.segmentation.morphology import bounding_box

THIN_SHARE = 0.05
"""Numerical setting: thin parts under this share hardly move the 95th percentile of a surface's error; of a
round body 10 voxels across 4 % lies in runs of one voxel (its outermost layer)."""
CLOSE_MM2 = 50.0
"""Numerical setting: bones that come closer than two voxels over less than this (7 by 7 mm) are not worth a
note.
"""
WALL_VOXELS = 2.5
"""Numerical setting: a wall needs so many of the coarsest voxel edges. On phantoms a skull's wall of 2.2
came out
3 to 4 % too large and one of 4.3 within 1 %; skin of 1.3 up to 3.4 % too small (packaging/docs/presets.md).
"""
NO_STRUCTURE = ("metal_streaks",)
"""Segments that mark spoilt values, which may be as thin as they like."""


def thin_words(labels: LabelMap) -> str:
    """Which segments are one voxel thick along an axis over more than THIN_SHARE of them; "" when none is."""
    share = thin_share(labels.array)
    named = [s.name for s in labels.segments if share[s.label] > THIN_SHARE and s.name not in NO_STRUCTURE]
    if not named:
        return ""
    words = ", ".join(named[:4]) + (f" and {len(named) - 4} more" if len(named) > 4 else "")
    size = " x ".join(f"{v:.2g}" for v in labels.grid.spacing_mm)
    return (
        f"Thinner than the image can measure (voxels of {size} mm): {words}. Over 5 % is one "
        "voxel thick; volume and surface of it are estimates."
    )


def thin_share(array: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """(256,) share of each label's voxels that lie in a run of one voxel along some axis.

    Runs go on beyond the image's border.
    """
    out = np.zeros(256)
    if not array.any():
        return out
    part = array[bounding_box(array > 0, 1)]
    single = np.zeros(part.shape, bool)
    for axis in range(3):
        turned, alone = np.moveaxis(part, axis, 0), np.moveaxis(single, axis, 0)
        step = turned[1:] != turned[:-1]
        alone[1:-1] |= step[1:] & step[:-1]
    total = np.bincount(part.ravel(), minlength=256)
    alone_count = np.bincount(part[single], minlength=256)
    out[total > 0] = alone_count[total > 0] / total[total > 0]
    return out


def wall_words(name: str, wall_mm: float, spacing_mm: FloatArray) -> str:
    """That the wall of a segment is under WALL_VOXELS of the coarsest voxel edge; "" when it is not."""
    coarsest = float(np.max(spacing_mm))
    if wall_mm >= WALL_VOXELS * coarsest:
        return ""
    return (
        f"Thinner than the image can measure to 3 %: {name}, whose wall of {wall_mm:.1f} mm holds "
        f"{wall_mm / coarsest:.1f} voxels of {coarsest:.2g} mm (it takes {WALL_VOXELS:g}); its volume is an "
        "estimate."
    )


def mean_wall_mm(mask: npt.NDArray[np.bool_], spacing_kji: FloatArray) -> float:
    """Twice volume over area in mm of `mask` [k, j, i]; faces of voxels are 3/2 of the area on average."""
    face = float(np.prod(spacing_kji)) / np.asarray(spacing_kji)
    faces = sum(float(np.count_nonzero(np.diff(mask, axis=a))) * face[a] for a in range(3))
    return float(3 * mask.sum() * np.prod(spacing_kji) / max(faces, 1e-9))


def close_words(labels: npt.NDArray[Any], spacing_kji: FloatArray) -> str:
    """Over what area labels [k, j, i] face each other across less than two voxels; "" under CLOSE_MM2."""
    face = float(np.prod(spacing_kji)) / np.asarray(spacing_kji)
    area = 0.0
    for axis in range(3):
        turned = np.moveaxis(labels, axis, 0)
        for gap in (1, 2):
            a, b = turned[:-gap], turned[gap:]
            meet = (a != b) & (a > 0) & (b > 0)
            if gap == 2:
                meet &= turned[1:-1] == 0
            area += float(meet.sum()) * face[axis]
    if area < CLOSE_MM2:
        return ""
    return (
        f"Bones lie closer than two voxels over {area / 100:.1f} cm² (a joint, or one bone in pieces): "
        "their border there is an estimate."
    )
