"""Closed outlines of many bones at once: edge at half height, small openings closed, marrow filled."""

from __future__ import annotations

from typing import Any

import cc3d
import numpy as np
import numpy.typing as npt
import scipy.ndimage as ndi

from surgitwin.core.arrays import FloatArray
from surgitwin.segmentation.cavities import cavities
from surgitwin.segmentation.compiled import compiled
from surgitwin.segmentation.flood import Labels
from surgitwin.segmentation.presets import Preset
from surgitwin.segmentation.reach import grown, within
from surgitwin.segmentation.thin_walls import thin_walls
from surgitwin.segmentation.tiles import smooth_mask, tiles

OPEN_SHARE = 0.1
"""Numerical setting: a piece with less of its surface free lies inside another bone."""

TISSUE_HU = 200.0
"""Numerical setting: fat and muscle with their noise lie within this of water; noise is measured there."""

FACING = 0.05
"""Numerical setting: an edge faces the next slice when its normal lies within 77 degrees of theirs (tangent
squared 20). From 0.04 to 0.25 the phantom of a hip in slices of 3 mm is within its bounds and the shaft of
femur_ct closed (it opens at 0.01, and when all edges look one slice far); a skull is nearest at 0.05 (+4.4
% at worst, +4.8 % at 0.25).
"""

PEAK_NOISE = 2.0
"""Numerical setting: the largest of 20 to 100 noisy values lies 1.9 to 2.5 standard deviations over their
mean
(order statistics of the normal distribution); the cortical peak is lowered by the smaller one."""


def outlines(hu: npt.NDArray[Any], parts: Labels, spacing: FloatArray, preset: Preset) -> Labels:
    """Solid bones (int32 [k, j, i]) from their territories `parts`; spacing: (sk, sj, si) mm.

    The edge lies where HU falls under the mean of the local cortical peak (within edge_reach_mm) and soft
    tissue. A part that falls into pieces there gives several bones. Openings narrower than 2 closing_mm do
    not count; cavities up to cavity_ml that a bone encloses are bone.
    """
    voxel = float(np.prod(spacing))
    shell = pieces(half_height(hu, parts, spacing, preset), preset["speck_mm3"] / voxel)
    shell, full = filled(hu, parts, shell, spacing, preset)
    number = enclosed(full)
    shell, full = number[shell], number[full]
    outside = (full == 0) | _seams(full) & (shell == 0)
    solid = np.where(within(outside, spacing, preset["closing_mm"]), shell, full)
    return smoothed(solid, spacing, preset["smoothing_mm"])


def filled(
    hu: npt.NDArray[Any], parts: Labels, shell: Labels, spacing: FloatArray, preset: Preset
) -> tuple[Labels, Labels]:
    """`shell` with the thin walls that close a cavity, and all that it encloses (grown by closing_mm)."""
    closing = preset["closing_mm"]
    wide = grown(shell, spacing, closing)
    full = np.maximum(wide, cavities(hu, wide, spacing, preset))
    noise = noise_of(hu, parts == 0)
    walls = thin_walls(hu, parts, shell, full, spacing, preset["edge_reach_mm"], 2 * closing, noise)
    marrow = cavities(hu, np.maximum(full, grown(walls, spacing, closing)), spacing, preset)
    walls[~within(marrow > 0, spacing, closing + float(spacing.max()))] = 0
    if not walls.any():
        return shell, full
    full = np.maximum(np.maximum(full, grown(walls, spacing, closing)), marrow)
    # Marrow that the walls' own growth had covered is enclosed now.
    return np.maximum(shell, walls), np.maximum(full, cavities(hu, full, spacing, preset))


def half_height(hu: npt.NDArray[Any], parts: Labels, spacing: FloatArray, preset: Preset) -> Labels:
    """`parts` without the voxels under half the height of the densest voxel within edge_reach_mm."""
    soft = preset["soft_tissue_hu"]
    reach = edge_window(spacing, preset["edge_reach_mm"])
    out = np.zeros_like(parts)
    level = np.float32(soft - PEAK_NOISE * noise_of(hu, parts == 0))
    for outer, inner, core in tiles(parts > 0, reach):
        own = parts[outer]
        values = np.where(own > 0, hu[outer], np.asarray(soft, hu.dtype))
        peak = edge_peak(values, spacing, preset["edge_reach_mm"])[inner]
        out[core] = np.where(2.0 * values[inner] > peak + level, own[inner], 0)
    return out


def edge_peak(values: npt.NDArray[Any], spacing: FloatArray, reach_mm: float) -> npt.NDArray[Any]:
    """The largest of `values` [k, j, i] within reach_mm of each voxel: the cortex that an edge belongs to.

    In slices thicker than reach_mm the cortex of an edge that faces the next slice lies in that slice. Other
    edges have theirs in their own slice: a denser stretch in the next one would open a thin shaft.
    """
    own = np.floor(reach_mm / spacing).astype(int)
    near: npt.NDArray[Any] = ndi.maximum_filter(values, size=tuple(2 * own + 1), mode="nearest")
    thick = own < 1
    if not thick.any() or min(values.shape) < 2:
        return near
    size = tuple(2 * edge_window(spacing, reach_mm) + 1)
    slope = [g**2 for g in np.gradient(values.astype(np.float32), *spacing)]
    across = sum(g for g, t in zip(slope, thick, strict=True) if t)
    along = sum(g for g, t in zip(slope, thick, strict=True) if not t)
    return np.where(across > FACING * along, ndi.maximum_filter(values, size=size, mode="nearest"), near)


def edge_window(spacing: FloatArray, reach_mm: float) -> npt.NDArray[np.int_]:
    """Voxels per axis [k, j, i] among which the cortex of an edge is looked for: reach_mm, one at least.

    In slices thicker than reach_mm an edge along the slices has its cortex in the next slice.
    """
    return np.asarray(np.maximum(np.floor(reach_mm / spacing), 1).astype(int))


def noise_of(hu: npt.NDArray[Any], soft: npt.NDArray[np.bool_]) -> float:
    """Standard deviation of the noise in HU, from second differences along rows in `soft` tissue.

    Edges are few there, so the median does not see them. Noise that a soft kernel has smoothed counts for
    less.
    """
    rows, inside = hu[::2, ::2].astype(np.float32), soft[::2, ::2]
    bend = rows[..., 2:] - 2 * rows[..., 1:-1] + rows[..., :-2]
    plain = inside[..., 2:] & inside[..., 1:-1] & inside[..., :-2] & (np.abs(rows[..., 1:-1]) < TISSUE_HU)
    if not plain.any():
        return 0.0
    return float(1.4826 * np.median(np.abs(bend[plain])) / np.sqrt(6.0))


def pieces(parts: Labels, least_voxels: float) -> Labels:
    """The 6-connected pieces of all parts as parts of their own, those under `least_voxels` left out."""
    found, count = cc3d.connected_components(parts, connectivity=6, return_N=True)
    size = np.bincount(found.ravel(), minlength=count + 1)
    number = np.zeros(count + 1, np.int32)
    keep = np.flatnonzero(size >= max(least_voxels, 1))
    keep = keep[keep > 0]
    number[keep] = np.arange(1, len(keep) + 1)
    out: Labels = number[found]
    return out


def enclosed(full: Labels) -> Labels:
    """New number of every label (n + 1,): a piece that another one surrounds (trabecular bone in its
    cortex) gets
    that one's.
    """
    free, faces, owner = _neighbours(full, int(full.max(initial=0)) + 1)
    number = np.arange(len(free), dtype=np.int32)
    inner = (faces > 0) & (free < OPEN_SHARE * faces)
    inner[0] = False
    number[inner] = owner[inner]
    return number[number]


def _seams(wide: Labels) -> npt.NDArray[np.bool_]:
    """Voxels that touch another label across a face: the middle of a joint whose sides have grown
    together.
    """
    seam = np.zeros(wide.shape, bool)
    for axis in range(3):
        a, b = (np.moveaxis(wide, axis, 0)[s] for s in (slice(None, -1), slice(1, None)))
        meet = (a != b) & (a > 0) & (b > 0)
        moved = np.moveaxis(seam, axis, 0)
        moved[:-1] |= meet
        moved[1:] |= meet
    return seam


def smoothed(solid: Labels, spacing: FloatArray, width_mm: float) -> Labels:
    """Labels whose common outline is smoothed by a Gaussian of `width_mm`; borders between them stay."""
    if width_mm <= 0:
        return solid
    mask = smooth_mask(solid > 0, width_mm / spacing)
    return grown(solid, spacing, float(spacing.max())) * mask


@compiled
def _neighbours(solid: Labels, count: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Labels]:
    """Faces of each label towards nothing, all its faces, and the other label that most of them touch."""
    free, faces = np.zeros(count, np.int64), np.zeros(count, np.int64)
    leader, votes = np.zeros(count, np.int32), np.zeros(count, np.int64)
    nk, nj, ni = solid.shape
    steps = ((-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1))
    for k in range(nk):
        for j in range(nj):
            for i in range(ni):
                own = solid[k, j, i]
                if own == 0:
                    continue
                for dk, dj, di in steps:
                    a, b, c = k + dk, j + dj, i + di
                    if a < 0 or b < 0 or c < 0 or a >= nk or b >= nj or c >= ni or solid[a, b, c] == own:
                        continue
                    faces[own] += 1
                    other = solid[a, b, c]
                    if other == 0:
                        free[own] += 1
                        continue
                    if votes[own] == 0:
                        leader[own] = other
                    votes[own] += 1 if other == leader[own] else -1
    return free, faces, leader
