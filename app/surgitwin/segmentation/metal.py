"""The `metal` preset: implants, wires and clips, and the region whose values they spoil."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.ndimage as ndi

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.core.image import LabelMap, Volume
from surgitwin.core.progress import Progress
from surgitwin.segmentation.detect import ct_notes, limits, metal_mask
from surgitwin.segmentation.half_edge import edge_share
from surgitwin.segmentation.morphology import Mask, bounding_box
from surgitwin.segmentation.presets import Preset
from surgitwin.segmentation.reach import within
from surgitwin.segmentation.recipe import Note, Points, Segmented
from surgitwin.segmentation.watch import Watch

METAL, STREAKS = 1, 2
BLUR_MM = 0.5
"""Numerical setting: sigma of a soft kernel (FWHM 1.15 mm, dimensions.md C5, general knowledge). Of metal
up to
15,000 HU that is cut at 3071 HU the edge at half height lies less than this inside the cut."""


def run(volume: Volume, preset: Preset, points: Points, progress: Progress) -> Segmented:
    """Labels "metal" and "metal_streaks" (values that no tissue has, near metal in the same slices).

    The edge of metal lies at half its height. Where the scale of the image ends below the metal (often 3071
    HU) the true height is unknown: then the edge is drawn at metal_hu, next to the cut, which no metal of
    twice that height passes, and a note says by how much the volume is too large at most.
    Raises InputError "segment.wrong_modality", "segment.nothing_left".
    """
    preset.check(volume)
    watch = Watch(preset, progress)
    watch.step("Find metal", 0.0)
    seeds = metal_mask(volume, preset["metal_hu"], preset["least_mm3"])
    if not seeds.any():
        top = float(volume.array.max())
        raise InputError(
            "segment.nothing_left",
            f"No piece of {preset['least_mm3']:g} mm3 lies over {preset['metal_hu']:g} HU (highest: "
            f"{top:.0f}).",
            hint="Lower metal_hu for light metal or thick slices.",
            where="metal_hu",
        )
    spacing = np.asarray(volume.grid.spacing_mm)[::-1]
    watch.step("Draw the edge", 0.3, int(seeds.sum()))
    hu = np.asarray(volume.array)
    top = float(hu.max())
    cut = int((hu >= top).sum()) > limits()["clipped_voxels"]
    metal = seeds if cut else half_height_of(hu, seeds, spacing, preset)
    watch.step("Mark the streaks", 0.6, int(metal.sum()))
    streaks = streak_region(hu, metal, spacing, preset)
    out = np.where(metal, np.uint8(METAL), np.where(streaks, np.uint8(STREAKS), np.uint8(0)))
    notes, extra = [*ct_notes(volume)], {}
    if cut:
        bound = 100 * edge_share(metal, spacing, BLUR_MM)
        extra["volume_bound_percent"] = bound
        words = f"Values end at {top:.0f} HU: the metal's edge and size are not known. It is drawn where "
        words += f"the scale ends; the true edge lies up to {BLUR_MM:g} mm inside, the volume is up to "
        words += f"{bound:.0f} % too large."
        notes.append(Note("outside_validity", words))
    labels = LabelMap(out, volume.grid, preset.segments)
    return Segmented(labels, watch.done(int((out > 0).sum())), tuple(notes), extra)


def half_height_of(hu: npt.NDArray[Any], seeds: Mask, spacing: FloatArray, preset: Preset) -> Mask:
    """Voxels near `seeds` over the mean of the densest metal within edge_mm and its surroundings."""
    reach = np.floor(preset["edge_mm"] / spacing).astype(int)
    box = bounding_box(seeds, reach + 1)
    size = tuple(int(n) for n in 2 * reach + 1)
    inside = np.where(seeds[box], hu[box], np.asarray(preset["surround_hu"], hu.dtype))
    peak = ndi.maximum_filter(inside, size=size, mode="nearest")
    near = within(seeds[box], spacing, preset["edge_mm"])
    out = np.zeros_like(seeds)
    out[box] = near & (2.0 * hu[box] > peak + np.float32(preset["surround_hu"]))
    return out


def streak_region(hu: npt.NDArray[Any], metal: Mask, spacing: FloatArray, preset: Preset) -> Mask:
    """Voxels within streak_reach_mm of metal in the same slice, in the body, darker than fat or as bright
    as bone.

    hu, metal: [k, j, i]. Streaks run in the plane of the gantry; a tilted or resampled image spreads them.
    """
    odd = (hu > preset["air_hu"]) & ((hu < preset["dark_hu"]) | (hu > preset["bright_hu"])) & ~metal
    for k in np.flatnonzero(metal.any(axis=(1, 2))):
        away = ndi.distance_transform_edt(~metal[k], sampling=spacing[1:])
        odd[k] &= away <= preset["streak_reach_mm"]
    odd[~metal.any(axis=(1, 2))] = False
    return odd
