"""Shading of MR images taken out before thresholds are used (N4, N. Tustison and others, 2010)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk  # noqa: N813

from surgitwin.core.arrays import FloatArray
from surgitwin.core.progress import Progress
from surgitwin.segmentation.morphology import Mask

ROUNDS = 3
"""Numerical setting: levels of the B-spline grid (SimpleITK's default is 4); each halves the distance of its
knots. On the phantom a fourth changes nothing and doubles the time."""


def flattened(
    array: npt.NDArray[Any],
    spacing: FloatArray,
    mask: Mask,
    *,
    coarse_mm: float,
    iterations: int,
    progress: Progress,
) -> npt.NDArray[np.float32]:
    """`array` [k, j, i] over its smooth shading, with the same median inside `mask`.

    spacing: (sk, sj, si) mm. coarse_mm: voxel on which the shading is fitted; it is smooth, so this costs
    little.
    """
    image = sitk.GetImageFromArray(np.maximum(np.asarray(array, np.float32), 0.0))
    image.SetSpacing([float(s) for s in spacing[::-1]])
    shrink = [max(int(coarse_mm // s), 1) for s in spacing[::-1]]
    shrink = [min(s, max(n // 8, 1)) for s, n in zip(shrink, image.GetSize(), strict=True)]
    body = sitk.GetImageFromArray(mask.astype(np.uint8))
    body.CopyInformation(image)
    filter_ = sitk.N4BiasFieldCorrectionImageFilter()
    filter_.SetMaximumNumberOfIterations([int(iterations)] * ROUNDS)
    filter_.AddCommand(sitk.sitkIterationEvent, lambda: progress("Taking out shading"))
    coarse = sitk.Shrink(image, shrink)
    filter_.Execute(coarse, sitk.Shrink(body, shrink))
    smooth = sitk.Resample(
        filter_.GetLogBiasFieldAsImage(coarse),
        image,
        sitk.Transform(),
        sitk.sitkLinear,
        0.0,
        sitk.sitkFloat32,
        True,
    )
    field = sitk.GetArrayFromImage(smooth)
    flat: npt.NDArray[np.float32] = np.divide(array, np.exp(field), dtype=np.float32)
    before, after = float(np.median(array[mask])), float(np.median(flat[mask]))
    flat *= before / after if after > 0 else 1.0
    return flat
