"""Mask operations in millimetres on [k, j, i] arrays: distances, crops, closed outlines."""

from __future__ import annotations

import cc3d
import numpy as np
import numpy.typing as npt
import SimpleITK as sitk  # noqa: N813

from surgitwin.core.arrays import FloatArray

Mask = npt.NDArray[np.bool_]
Box = tuple[slice, slice, slice]


def distance_to(mask: Mask, spacing_kji: FloatArray) -> FloatArray:
    """Distance in mm (float32) from each voxel centre to the nearest voxel centre of `mask`; 0 inside.

    Exact Euclidean distances (Maurer's algorithm in SimpleITK), signed part cut off.
    """
    if not mask.any():
        return np.full(mask.shape, np.inf, np.float32)
    image = sitk.GetImageFromArray(mask.astype(np.uint8))
    image.SetSpacing([float(s) for s in spacing_kji[::-1]])
    mapped = sitk.SignedMaurerDistanceMap(image, squaredDistance=False, useImageSpacing=True)
    out: FloatArray = np.maximum(sitk.GetArrayViewFromImage(mapped), 0)
    return out


def bounding_box(mask: Mask, margin: npt.ArrayLike = 0) -> Box:
    """Slices of the smallest box round `mask`, wider by `margin` voxels per axis, kept in the array."""
    margins = np.broadcast_to(np.asarray(margin, int), 3)
    out = []
    for axis in range(3):
        hit = np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))
        out.append(
            slice(
                max(int(hit[0]) - int(margins[axis]), 0),
                min(int(hit[-1]) + 1 + int(margins[axis]), mask.shape[axis]),
            )
        )
    return (out[0], out[1], out[2])


def remove_specks(mask: Mask, min_voxels: float) -> Mask:
    """`mask` without its 6-connected components of fewer than `min_voxels` voxels."""
    if not mask.any():
        return mask
    kept: Mask = cc3d.dust(mask, threshold=max(int(np.ceil(min_voxels)), 1), connectivity=6) > 0
    return kept


def closed_outline(shell: npt.NDArray[np.bool_], spacing: FloatArray, closing_mm: float) -> Mask:
    """The region that `shell` encloses, shell included (any number of dimensions).

    Openings narrower than 2 * closing_mm do not count. Where the shell meets a face of the array, it
    is closed in that face first (and there in its edges), so that a shaft cut by the image border
    stays a closed tube.
    """
    if shell.ndim == 1:
        out = np.zeros_like(shell)
        hit = np.flatnonzero(shell)
        if hit.size:
            out[hit[0] : hit[-1] + 1] = True
        return out
    padded = np.pad(shell, 1)
    for axis in range(shell.ndim):
        for end in (0, -1):
            face = np.take(shell, end, axis)
            if face.any():
                inner: list[slice | int] = [slice(1, -1)] * shell.ndim
                inner[axis] = end
                padded[tuple(inner)] = closed_outline(face, np.delete(spacing, axis), closing_mm)
    outside = _flood(padded, spacing, closing_mm)
    core = tuple(slice(1, -1) for _ in range(shell.ndim))
    filled: Mask = ~outside[core] | shell
    return filled


def _flood(wall: Mask, spacing: FloatArray, reach_mm: float) -> Mask:
    """Where a ball (disc) of radius reach_mm can go from far outside without touching `wall`."""
    flat = wall.ndim == 2
    box = wall[None] if flat else wall
    spacing3 = np.r_[1.0, spacing] if flat else spacing
    margin = np.ceil(reach_mm / spacing3).astype(int) + 1
    if flat:
        margin[0] = 0
    box = np.pad(box, [(int(m), int(m)) for m in margin])
    free = distance_to(box, spacing3) > reach_mm
    labels = cc3d.connected_components(free, connectivity=6)
    corner = labels[0, 0, 0]
    outside = distance_to(labels == corner, spacing3) <= reach_mm
    cut = tuple(slice(int(m), -int(m)) if m else slice(None) for m in margin)
    out: Mask = outside[cut] & ~wall[None] if flat else outside[cut] & ~wall
    return out[0] if flat else out
