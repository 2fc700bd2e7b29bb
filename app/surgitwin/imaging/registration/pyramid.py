"""Images smoothed and thinned to a spacing in mm, as coarse and fine steps of a registration need them."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk  # noqa: N813 - its customary name

from surgitwin.core.arrays import FloatArray


def thinned(image: sitk.Image, mm: float) -> sitk.Image:
    """float32 image with voxels of at least `mm` along every axis, smoothed by half of that before.

    Axes that are coarser already stay as they are: thick slices are not blurred further.
    """
    spacing = np.array(image.GetSpacing())
    fine = spacing < mm
    out: sitk.Image = sitk.Cast(image, sitk.sitkFloat32)
    if not fine.any():
        return out
    widths = np.where(fine, 0.5 * mm, 0.01 * spacing)
    out = sitk.SmoothingRecursiveGaussian(out, widths.tolist())
    return _on_spacing(out, np.where(fine, mm, spacing))


def thinned_mask(mask: sitk.Image, like: sitk.Image) -> sitk.Image:
    """A mask (uint8) on the grid of `like`, by the nearest voxel."""
    out: sitk.Image = sitk.Resample(mask, like, sitk.Transform(), sitk.sitkNearestNeighbor, 0, sitk.sitkUInt8)
    return out


def _on_spacing(image: sitk.Image, spacing: FloatArray) -> sitk.Image:
    old, size = np.array(image.GetSpacing()), np.array(image.GetSize())
    count = np.maximum(np.floor((size - 1) * old / spacing).astype(int) + 1, 1)
    out: sitk.Image = sitk.Resample(
        image, [int(n) for n in count], sitk.Transform(), sitk.sitkLinear, image.GetOrigin(),
        spacing.tolist(), image.GetDirection(), 0.0, image.GetPixelID(),
    )  # fmt: skip
    return out
