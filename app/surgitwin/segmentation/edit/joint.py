"""Joint smoothing: all segments together, so that no gap opens and none overlaps.

Every voxel goes to the label with the largest smoothed share. The kernel is 2 G - G*G with a Gaussian G: its
second moment is zero, so that a round surface does not shrink as under G alone (Taubin, SIGGRAPH 1995, has
the same pair of passes for meshes). What a segment would lose farther than the width from what stays of it
is a thin part, and kept.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import scipy.ndimage as ndi

from surgitwin.core.arrays import FloatArray
from surgitwin.core.progress import SILENT, Progress
from surgitwin.segmentation.edit.margin import dilated
from surgitwin.segmentation.edit.region import corner, grown
from surgitwin.segmentation.edit.source import EditSource, nothing
from surgitwin.segmentation.morphology import Box, Mask, bounding_box
from surgitwin.segmentation.patch import LabelPatch, Labels

BLOCK = 64
"""Numerical setting: voxels per side of the blocks that are smoothed at a time, with a margin round them."""

TRUNCATE = 3.0
"""Numerical setting: the kernel ends at this many standard deviations."""


def smooth_together(source: EditSource, progress: Progress = SILENT, *, width_mm: float) -> LabelPatch:
    """Smooth all segments that are shown and not locked, together with the background.

    width_mm: standard deviation of the Gaussian. Hidden and locked segments neither lose nor gain a voxel.
    Raises UsageError "edit.nothing" (no open segment has voxels, or width under half a voxel).
    """
    spacing = source.spacing_kji
    if width_mm < 0.5 * float(spacing.min()):
        raise nothing(
            f"a width of {width_mm:g} mm is under half a voxel", "Choose one to two voxels.", "width_mm"
        )
    open_ = [n for n, s in source.states.items() if s.visible and not s.locked]
    found = np.isin(source.labels, open_)
    if not found.any():
        raise nothing("no segment that is shown and not locked has voxels", "Show or unlock one.", "segments")
    margin = np.ceil(TRUNCATE * np.sqrt(2) * width_mm / spacing).astype(int) + 1
    box = bounding_box(found, margin)
    before = source.labels[box]
    after = before.copy()
    closed = source.closed(before)
    blocks = list(product(*(range(0, n, BLOCK) for n in before.shape)))
    for n, at in enumerate(blocks):
        progress("Smoothing together", 0.8 * n / len(blocks))
        own: Box = tuple(slice(a, min(a + BLOCK, m)) for a, m in zip(at, before.shape, strict=True))  # type: ignore[assignment]
        wide = grown(own, margin, before.shape)
        part = before[wide]
        if part.min() == part.max():
            continue
        inner = tuple(slice(o.start - w.start, o.stop - w.start) for o, w in zip(own, wide, strict=True))
        after[own] = _most(part, closed[wide], width_mm / spacing)[inner]
    progress("Keeping thin parts", 0.8)
    _keep_thin(before, after, open_, width_mm, spacing)
    return LabelPatch.between(before, after, corner(box))


def _most(before: Labels, closed: Mask, width: FloatArray) -> Labels:
    """For every voxel of a block the label with the largest share; closed ones as they are."""
    after = before.copy()
    best = np.full(before.shape, -np.inf, np.float32)
    rest = np.ones(before.shape, np.float32)
    counts = np.bincount(before.ravel(), minlength=256)
    labels = [int(n) for n in np.argsort(counts, kind="stable") if counts[n]]
    for label in labels:
        mine = before == label
        # Shares add up to one: that of the largest label, the last one, is what the others leave.
        share = rest if label == labels[-1] else _share(mine, width)
        if label != labels[-1]:
            rest -= share
        if closed[mine][0]:
            continue
        # At a tie a voxel stays what it is.
        wins = (share + 1e-5 * mine > best) & ~closed
        after[wins], best[wins] = label, (share + 1e-5 * mine)[wins]
    return after


def _share(mask: Mask, width: FloatArray) -> FloatArray:
    """The mask under the kernel 2 G - G*G."""
    values = mask.astype(np.float32)
    out: FloatArray = 2 * _blurred(values, width) - _blurred(values, np.sqrt(2) * width)
    return out


def _blurred(mask: FloatArray, width: FloatArray) -> FloatArray:
    out: FloatArray = ndi.gaussian_filter(mask, width, mode="nearest", truncate=TRUNCATE)
    return out


def _keep_thin(
    before: Labels, after: Labels, labels: list[int], width_mm: float, spacing: FloatArray
) -> None:
    """Give segments back what they lost far from what stays of them; changes `after`."""
    margin = np.ceil(width_mm / spacing).astype(int) + 1
    for label, box in enumerate(ndi.find_objects(before), start=1):
        if box is None or label not in labels:
            continue
        wide = grown(box, margin, before.shape)
        stays = after[wide] == label
        lost = (before[wide] == label) & ~stays
        if not lost.any():
            continue
        far = lost & ~dilated(stays, width_mm, spacing) if stays.any() else lost
        if far.any():
            back = lost & dilated(far, width_mm + float(spacing.max()), spacing)
            after[wide][back] = label
