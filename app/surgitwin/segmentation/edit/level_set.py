"""Level set: a front that starts at the chosen segment and stops at edges, or between two mean values.

Edges: geodesic active contour (Caselles, Kimmel, Sapiro, IJCV 22:61-79, 1997) in SimpleITK. Regions:
morphological Chan-Vese (Marquez-Neila and others, IEEE TPAMI 36:2-17, 2014) in scikit-image. Both run in a
box round the segment and in short runs, between which they can be cancelled.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk  # noqa: N813
from skimage.segmentation import morphological_chan_vese

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import UsageError
from surgitwin.core.progress import SILENT, Progress
from surgitwin.segmentation.edit.between_slices import signed_distance
from surgitwin.segmentation.edit.region import corner
from surgitwin.segmentation.edit.source import EditSource
from surgitwin.segmentation.morphology import Mask
from surgitwin.segmentation.patch import LabelPatch

METHODS = {"edges": "Edges: stops at steps of the image", "regions": "Regions: two mean values"}

MOST_VOXELS = 6_000_000
"""Numerical setting: a larger box takes over a minute for 100 iterations."""

RUN = 10
"""Numerical setting: iterations between two cancel points."""

BLUR = 1.0
"""Numerical setting: width in voxels of the Gaussian whose gradient stops the front."""


def level_set(
    source: EditSource,
    progress: Progress = SILENT,
    *,
    method: str = "edges",
    iterations: int = 100,
    reach_mm: float = 10.0,
    edge: float = 40.0,
    balloon: float = 1.0,
    smoothness: float = 0.5,
) -> LabelPatch:
    """Move the boundary of the chosen segment to the object that it was painted in.

    reach_mm: no farther than this from the segment. edge: gradient in units of the image per voxel at which
    the front has half its speed; balloon: its speed, 1 outwards, -1 inwards; both for "edges". smoothness:
    weight of curvature, 0 to 4. Gains follow the ink's rules, what it gives up becomes background.
    Raises UsageError as `require_target`, "edit.empty", "edit.no_image", "edit.too_large". Cancelled between
    runs of RUN iterations.
    """
    source.require_target()
    image = source.require_image()
    box = source.box(reach_mm, extra=2)
    before = source.labels[box]
    if before.size > MOST_VOXELS:
        raise UsageError(
            "edit.too_large",
            f"The {source.title} with its reach spans {before.size / 1e6:.0f} million voxels; a level "
            f"set takes {MOST_VOXELS / 1e6:.0f} million at most.",
            hint="Crop the segment or take a shorter reach; Grow and Watershed take more.",
            where="level_set",
        )
    mask = before == source.target
    values = np.asarray(image[box], np.float32)
    # Lengths in units of the finest voxel: one iteration moves the front by about that much.
    spacing = source.spacing_kji / source.spacing_kji.min()
    if method == "edges":
        found = _edges(values, mask, spacing, iterations, edge, balloon, smoothness, progress)
    else:
        found = _regions(values, mask, iterations, round(smoothness), progress)
    far = signed_distance(mask, source.spacing_kji) > reach_mm
    gains = found & ~far & ~mask & source.ink.table[before]
    after = np.where(mask & ~found, np.uint8(0), before)
    after[gains] = source.target
    return LabelPatch.between(before, after, corner(box))


def _edges(
    values: npt.NDArray[Any],
    mask: Mask,
    spacing: FloatArray,
    iterations: int,
    edge: float,
    balloon: float,
    smoothness: float,
    progress: Progress,
) -> Mask:
    """Geodesic active contour from `mask`; values and mask [k, j, i]."""
    progress("Finding edges", 0.02)
    image = _itk(values, spacing)
    steep = sitk.GetArrayFromImage(sitk.GradientMagnitudeRecursiveGaussian(image, BLUR))
    speed = _itk((1.0 / (1.0 + (steep / edge) ** 2)).astype(np.float32), spacing)
    front = _itk(signed_distance(mask, spacing).astype(np.float32), spacing)
    for done in range(0, iterations, RUN):
        progress("Moving the front", 0.05 + 0.95 * done / iterations)
        step = sitk.GeodesicActiveContourLevelSetImageFilter()
        step.SetNumberOfIterations(min(RUN, iterations - done))
        step.SetMaximumRMSError(0.0)
        step.SetPropagationScaling(balloon)
        step.SetCurvatureScaling(smoothness)
        step.SetAdvectionScaling(1.0)
        front = sitk.Cast(step.Execute(front, speed), sitk.sitkFloat32)
    out: Mask = sitk.GetArrayViewFromImage(front) < 0
    return out


def _regions(
    values: npt.NDArray[Any], mask: Mask, iterations: int, smoothness: int, progress: Progress
) -> Mask:
    """Morphological Chan-Vese from `mask`."""
    found = mask.astype(np.int8)
    for done in range(0, iterations, RUN):
        progress("Moving the front", done / iterations)
        last = found
        found = morphological_chan_vese(
            values, min(RUN, iterations - done), init_level_set=found, smoothing=smoothness
        )
        if not found.any() or np.array_equal(found, last):
            break
    out: Mask = found.astype(bool)
    return out


def _itk(array: npt.NDArray[Any], spacing_kji: FloatArray) -> sitk.Image:
    image = sitk.GetImageFromArray(array)
    image.SetSpacing([float(s) for s in spacing_kji[::-1]])
    return image
