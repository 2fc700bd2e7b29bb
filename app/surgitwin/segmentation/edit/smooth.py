"""Smooth one segment: what it gives up goes to its neighbours, what it gains was background."""

from __future__ import annotations

from typing import Literal

import numpy as np
import scipy.ndimage as ndi

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import UsageError
from surgitwin.core.image import ImageGrid
from surgitwin.core.progress import SILENT, Progress
from surgitwin.segmentation.edit.ink import States, require_open
from surgitwin.segmentation.edit.region import corner, grown, label_box
from surgitwin.segmentation.morphology import Mask
from surgitwin.segmentation.patch import LabelPatch, Labels

Method = Literal["median", "gaussian"]

BLOCK = 64
"""Numerical setting: voxels per side of the blocks that are smoothed at a time, with a margin round them."""


def smooth(
    labels: Labels,
    target: int,
    states: States,
    grid: ImageGrid,
    width_mm: float,
    method: Method = "median",
    progress: Progress = SILENT,
) -> LabelPatch:
    """Smooth the boundary of segment `target`.

    width_mm: radius of the median's ball, or standard deviation of the Gaussian. A voxel that leaves the
    segment goes to the unlocked neighbour with most weight there, else to background; a voxel that joins
    it was background: no other segment ever loses a voxel.

    Raises UsageError as `require_open`, "edit.empty", "edit.bad_width".
    """
    require_open(target, states)
    if not width_mm > 0:
        raise UsageError(
            "edit.bad_width",
            f"Smoothing needs a width over 0 mm; this is {width_mm:g} mm.",
            hint="Start with one to two voxels.",
            where="width",
        )
    spacing = np.asarray(grid.spacing_mm)[::-1]
    margin = np.ceil(width_mm * (3 if method == "gaussian" else 1) / spacing).astype(int) + 1
    box = label_box(labels, target, states[target].name, margin)
    before = labels[box]
    after = before.copy()
    blocks = list(np.ndindex(*(-(-n // BLOCK) for n in before.shape)))
    for n, at in enumerate(blocks):
        progress("Smoothing", n / len(blocks))
        own = tuple(slice(i * BLOCK, min((i + 1) * BLOCK, m)) for i, m in zip(at, before.shape, strict=True))
        wide = grown((own[0], own[1], own[2]), margin, before.shape)
        inner = tuple(slice(o.start - w.start, o.stop - w.start) for o, w in zip(own, wide, strict=True))
        after[own] = _smoothed(before[wide], target, states, spacing, width_mm, method)[inner]
    return LabelPatch.between(before, after, corner(box))


def _smoothed(
    before: Labels, target: int, states: States, spacing: FloatArray, width_mm: float, method: Method
) -> Labels:
    """The labels of one block with its margin after smoothing."""
    mask = before == target
    if not mask.any() or mask.all():
        return before
    share = _share(mask, spacing, width_mm, method)
    after = before.copy()
    after[(share > 0.5) & (before == 0)] = target
    lost = mask & (share <= 0.5)
    if lost.any():
        after[lost] = _heirs(before, lost, target, states, spacing, width_mm, method)
    return after


def _share(mask: Mask, spacing: FloatArray, width_mm: float, method: Method) -> FloatArray:
    """Part 0..1 of the surroundings that lies in `mask`; its half is the median of the mask."""
    values = mask.astype(np.float32)
    if method == "gaussian":
        out: FloatArray = ndi.gaussian_filter(values, width_mm / spacing, mode="nearest", truncate=3)
        return out
    reach = np.floor(width_mm / spacing).astype(int)
    k, j, i = np.ogrid[tuple(slice(-int(r), int(r) + 1) for r in reach)]
    ball = (k * spacing[0]) ** 2 + (j * spacing[1]) ** 2 + (i * spacing[2]) ** 2 <= width_mm**2
    # Rows of the ball along i are sums of runs: one running sum, then one addition a row.
    total = np.zeros_like(values)
    padded = np.pad(values, [(int(r), int(r)) for r in reach], mode="edge")
    sums = np.pad(np.cumsum(padded, axis=2, dtype=np.float32), ((0, 0), (0, 0), (1, 0)))
    nk, nj, ni = values.shape
    for a in range(ball.shape[0]):
        for b in range(ball.shape[1]):
            run = np.flatnonzero(ball[a, b])
            if run.size:
                row = sums[a : a + nk, b : b + nj]
                total += row[..., run[-1] + 1 : run[-1] + 1 + ni] - row[..., run[0] : run[0] + ni]
    return total / float(ball.sum())


def _heirs(
    before: Labels,
    lost: Mask,
    target: int,
    states: States,
    spacing: FloatArray,
    width_mm: float,
    method: Method,
) -> Labels:
    """For every lost voxel the open neighbour, or background, that has most weight there."""
    around = [n for n in np.unique(before) if n != target]
    heirs = [n for n in around if n == 0 or (n in states and not states[int(n)].locked)]
    heirs = heirs if 0 in heirs else [np.uint8(0), *heirs]
    weights = np.stack([_share(before == n, spacing, width_mm, method)[lost] for n in heirs])
    out: Labels = np.asarray(heirs, np.uint8)[weights.argmax(axis=0)]
    return out
