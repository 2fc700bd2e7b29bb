"""Which of the bones in an image is the femur: the one with the longest slender tube round a canal."""

from __future__ import annotations

import cc3d
import numpy as np
import numpy.typing as npt
import scipy.ndimage as ndi

from surgitwin.core.arrays import FloatArray
from surgitwin.segmentation.morphology import Mask, bounding_box

Labels = npt.NDArray[np.integer]

MIN_CANAL_MM2 = 20.0
"""Numerical setting: a smaller hole in a section is noise, no canal (5 mm across)."""

RIM_VOXELS = 3
"""Numerical setting: thickness of the surroundings that tell bone from a table (3 to 10 mm)."""


def dense_components(hu: FloatArray, seed_hu: float, min_voxels: float) -> Labels:
    """Labels (1..n, largest first) of the 6-connected components over `seed_hu`, small ones dropped."""
    labels, count = cc3d.connected_components(hu > seed_hu, connectivity=6, return_N=True)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    sizes[0] = 0
    order = np.argsort(-sizes, kind="stable")
    order = order[sizes[order] >= max(min_voxels, 1)]
    table = np.zeros(count + 1, np.int32)
    table[order] = np.arange(1, len(order) + 1)
    out: Labels = table[labels]
    return out


def without_airborne(labels: Labels, hu: npt.NDArray[np.generic], air_hu: float, share: float) -> Labels:
    """`labels` without components that lie in air: tables, coils, clothes.

    A component goes when more than `share` of the voxels in the RIM_VOXELS round it are under air_hu.
    """
    table = np.arange(int(labels.max(initial=0)) + 1)
    for number, box in enumerate(ndi.find_objects(labels), start=1):
        wide = tuple(
            slice(max(s.start - RIM_VOXELS, 0), min(s.stop + RIM_VOXELS, n))
            for s, n in zip(box, labels.shape, strict=True)
        )
        mask = labels[wide] == number
        rim = ndi.binary_dilation(mask, iterations=RIM_VOXELS) & ~mask
        if rim.any() and float(np.mean(np.asarray(hu[wide][rim]) < air_hu)) > share:
            table[number] = 0
    out: Labels = table.astype(labels.dtype)[labels]
    return out


def tube_length_mm(mask: Mask, spacing_kji: FloatArray, slender_mm2: float) -> float:
    """Length in mm of the stretch of `mask` whose sections are one slender closed ring round a canal.

    Sections are taken along each grid axis (a tube shows rings in the axis nearest to its own, at most 55
    degrees off); a section counts when its largest piece is under `slender_mm2` and holds a hole.
    """
    box = mask[bounding_box(mask, 1)]
    best = 0.0
    for axis in range(3):
        pixel = float(np.prod(np.delete(spacing_kji, axis)))
        step = float(spacing_kji[axis])
        if box.shape[axis] * step <= best:
            continue
        hits = [_is_ring(np.take(box, k, axis), pixel, slender_mm2) for k in range(box.shape[axis])]
        runs = np.diff(np.flatnonzero(np.r_[True, ~np.asarray(hits, bool), True])) - 1
        best = max(best, float(runs.max(initial=0)) * step)
    return best


def _is_ring(section: Mask, pixel_mm2: float, slender_mm2: float) -> bool:
    filled = ndi.binary_fill_holes(section)
    area = float(filled.sum()) * pixel_mm2
    if not 0 < area < slender_mm2:
        return False
    return float((filled & ~section).sum()) * pixel_mm2 >= MIN_CANAL_MM2


def find_femur(labels: Labels, spacing_kji: FloatArray, slender_mm2: float) -> tuple[int, float]:
    """Label of the component with the longest tube, and the length of that tube in mm (0, 0 when none)."""
    best, length = 0, 0.0
    for number in np.unique(labels[labels > 0]):
        mask = labels == number
        found = tube_length_mm(mask, spacing_kji, slender_mm2)
        if found > length:
            best, length = int(number), found
    return best, length
