"""Margin and hollow: move the boundary of a segment by millimetres, or keep a shell of it.

A voxel counts as near when its centre lies within the distance of another centre: exact balls in millimetres,
whatever the shape of the voxels. The edge of the image is no boundary: a bone cut off there keeps its end.
"""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.progress import SILENT, Progress
from surgitwin.segmentation.edit.region import Region, corner, write
from surgitwin.segmentation.edit.source import EditSource, nothing
from surgitwin.segmentation.morphology import Mask, distance_to
from surgitwin.segmentation.patch import LabelPatch

ROWS = 400
"""Numerical setting: rows of a ball above which a distance map is quicker than joining shifted rows."""

EPS = 1e-4
"""Numerical setting, mm: a centre exactly at the distance counts (distance maps are single precision)."""


def dilated(mask: Mask, reach_mm: float, spacing_kji: FloatArray) -> Mask:
    """`mask` and all voxels within reach_mm of one of its centres; bool [k, j, i], of the same shape."""
    reach = np.floor((reach_mm + EPS) / spacing_kji).astype(int)
    if (2 * reach[0] + 1) * (2 * reach[1] + 1) > ROWS:
        near: Mask = distance_to(mask, spacing_kji) <= reach_mm + EPS
        return near
    # A ball is rows along i: the mask widened by each row's half length, shifted to the row's place, joined.
    wide = [mask]
    for step in range(1, int(reach[2]) + 1):
        nxt = wide[-1].copy()
        nxt[:, :, step:] |= mask[:, :, :-step]
        nxt[:, :, :-step] |= mask[:, :, step:]
        wide.append(nxt)
    out = wide[-1].copy()
    for dk in range(-int(reach[0]), int(reach[0]) + 1):
        for dj in range(-int(reach[1]), int(reach[1]) + 1):
            left = reach_mm**2 - (dk * spacing_kji[0]) ** 2 - (dj * spacing_kji[1]) ** 2
            if left < -EPS or not (dk or dj):
                continue
            row = wide[int((np.sqrt(max(left, 0.0)) + EPS) / spacing_kji[2])]
            _join(out, row, dk, dj)
    return out


def _join(out: Mask, row: Mask, dk: int, dj: int) -> None:
    """out |= row shifted by (dk, dj)."""
    nk, nj = out.shape[:2]
    to = (slice(max(dk, 0), nk + min(dk, 0)), slice(max(dj, 0), nj + min(dj, 0)))
    at = (slice(max(-dk, 0), nk - max(dk, 0)), slice(max(-dj, 0), nj - max(dj, 0)))
    out[to] |= row[at]


def margin(
    source: EditSource, progress: Progress = SILENT, *, mm: float, over: str = "background"
) -> LabelPatch:
    """Grow (mm over 0) or shrink (under 0) the chosen segment by `mm`.

    over: "background" leaves other segments as they are; "shown" takes from them under the ink's rules. What
    it gives up becomes background.
    Raises UsageError as `require_target`, "edit.empty", "edit.nothing" (less than a voxel).
    """
    source.require_target()
    _require_voxel(source, abs(mm), "margin")
    box = source.box(max(mm, 0.0), extra=1)
    before = source.labels[box]
    mask = before == source.target
    progress("Finding the margin", 0.2)
    if mm > 0:
        return write(
            source.labels, Region(corner(box), dilated(mask, mm, source.spacing_kji)), source.ink_over(over)
        )
    lost = mask & dilated(~mask, -mm, source.spacing_kji)
    if lost.sum() == mask.sum():
        raise nothing(
            f"the {source.title} is nowhere thicker than {-2 * mm:g} mm and would vanish",
            "Shrink it by less, or erase it.",
            "mm",
        )
    return LabelPatch.between(before, np.where(lost, np.uint8(0), before), corner(box))


def hollow(
    source: EditSource,
    progress: Progress = SILENT,
    *,
    thickness_mm: float,
    wall: str = "inside",
    over: str = "background",
) -> LabelPatch:
    """Make a shell of the chosen segment.

    wall: "inside" keeps the present boundary as the outer one; "outside" as the inner one, with the shell
    round it; "medial" puts half the thickness on either side. What was inside becomes background. over: as
    in `margin`.
    Raises UsageError as `margin`; "edit.nothing" also when it is too thin to be hollow.
    """
    source.require_target()
    inward = {"inside": thickness_mm, "outside": 0.0, "medial": thickness_mm / 2}[wall]
    outward = thickness_mm - inward
    for part in (inward, outward):
        if part:
            _require_voxel(source, part, "shell")
    box = source.box(outward, extra=1)
    before, spacing = source.labels[box], source.spacing_kji
    mask = before == source.target
    progress("Finding the shell", 0.2)
    core = mask & ~dilated(~mask, inward, spacing) if inward else mask
    if not core.any():
        raise nothing(
            f"the {source.title} is nowhere thicker than twice {inward:g} mm",
            "Choose a thinner shell.",
            "thickness_mm",
        )
    after = np.where(core, np.uint8(0), before)
    if outward:
        progress("Finding the shell", 0.6)
        gained = dilated(mask, outward, spacing) & source.ink_over(over).table[before]
        after = np.where(gained, np.uint8(source.target), after)
    return LabelPatch.between(before, after, corner(box))


def _require_voxel(source: EditSource, mm: float, what: str) -> None:
    finest = float(source.spacing_kji.min())
    if mm + EPS < finest:
        raise nothing(
            f"a {what} of {mm:g} mm is thinner than a voxel ({finest:g} mm at its finest)",
            f"Choose at least {finest:.2g} mm.",
            "mm" if what == "margin" else "thickness_mm",
        )
