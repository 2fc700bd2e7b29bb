"""The `soft_tissue_fat` preset: fat, muscle and other lean tissue, and the skin of a CT."""

from __future__ import annotations

from typing import Any

import cc3d
import numpy as np
import numpy.typing as npt
import scipy.ndimage as ndi

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.core.image import LabelMap, Volume
from surgitwin.core.progress import Progress
from surgitwin.segmentation.depth import depth_under
from surgitwin.segmentation.detect import ct_notes
from surgitwin.segmentation.morphology import Mask, remove_specks
from surgitwin.segmentation.presets import Preset
from surgitwin.segmentation.reach import within
from surgitwin.segmentation.recipe import Note, Points, Segmented
from surgitwin.segmentation.thin import wall_words
from surgitwin.segmentation.watch import Watch

FAT, LEAN, SKIN = 1, 2, 3
QUIET_MM = 0.5
"""Numerical setting: Gaussian against noise, no wider than the blur of a soft kernel (FWHM 1.2 mm)."""


def run(volume: Volume, preset: Preset, points: Points, progress: Progress) -> Segmented:
    """Labels "fat", "lean_tissue" (muscle and organs) and "skin". Raises InputError "segment.wrong_modality",
    "segment.nothing_left" (no body in the image).
    """
    preset.check(volume)
    watch = Watch(preset, progress)
    spacing = np.asarray(volume.grid.spacing_mm)[::-1]
    watch.step("Find the body", 0.0)
    body = body_mask(volume.array, spacing, preset)
    watch.step("Tell fat from lean tissue", 0.4, int(body.sum()))
    hu = quiet(volume.array, spacing)
    out = np.zeros(body.shape, np.uint8)
    out[body & (hu >= preset["fat_low_hu"]) & (hu <= preset["fat_high_hu"])] = FAT
    out[body & (hu > preset["fat_high_hu"]) & (hu <= preset["lean_high_hu"])] = LEAN
    least = preset["speck_mm3"] / volume.grid.voxel_volume_mm3
    for label in (FAT, LEAN):
        mask = out == label
        out[mask & ~remove_specks(mask, least)] = 0
    watch.step("Peel the skin", 0.8)
    skin = depth_under(volume.array, body, preset["air_hu"], spacing, preset["skin_mm"])
    out[np.isfinite(skin)] = SKIN
    thin = wall_words("skin", preset["skin_mm"], volume.grid.spacing_mm) if (out == SKIN).any() else ""
    notes = (*ct_notes(volume), *([Note("thin", thin)] if thin else []))
    return Segmented(LabelMap(out, volume.grid, preset.segments), watch.done(int((out > 0).sum())), notes)


def body_mask(array: npt.NDArray[Any], spacing: FloatArray, preset: Preset) -> Mask:
    """The largest object over air_hu that holds together when thinned by body_gap_mm, with what it encloses.

    array: [k, j, i] HU; spacing: (sk, sj, si) mm. Raises InputError "segment.nothing_left".
    """
    solid = np.asarray(array) > preset["air_hu"]
    core = solid & ~within(~solid, spacing, preset["body_gap_mm"])
    if not core.any():
        raise InputError(
            "segment.nothing_left",
            f"Nothing over {preset['air_hu']:g} HU is thicker than {2 * preset['body_gap_mm']:g} mm.",
            hint="Check that the image is a CT in Hounsfield units and shows a body.",
            where="air_hu",
        )
    body = within(cc3d.largest_k(core, k=1, connectivity=6) > 0, spacing, preset["body_gap_mm"]) & solid
    filled = np.stack([ndi.binary_fill_holes(section) for section in body])
    out: Mask = filled
    return out


def quiet(array: npt.NDArray[Any], spacing: FloatArray) -> npt.NDArray[np.float32]:
    """`array` with less noise: the median of three by three pixels in each slice takes single voxels, a
    Gaussian of QUIET_MM (which also joins thin slices) the rest.
    """
    middle = ndi.median_filter(np.asarray(array), size=(1, 3, 3), mode="nearest")
    out: npt.NDArray[np.float32] = ndi.gaussian_filter(
        middle.astype(np.float32), QUIET_MM / spacing, mode="nearest"
    )
    return out
