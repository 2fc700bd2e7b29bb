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
from surgitwin.segmentation.morphology import Mask, bounding_box
from surgitwin.segmentation.presets import Preset
from surgitwin.segmentation.reach import within
from surgitwin.segmentation.recipe import Note, Points, Segmented
from surgitwin.segmentation.watch import Watch

METAL, STREAKS = 1, 2


def run(volume: Volume, preset: Preset, points: Points, progress: Progress) -> Segmented:
    """Labels "metal" and "metal_streaks" (values that no tissue has, near metal in the same slices).

    The edge of metal lies at half its height; where the scale of the image ends below the metal (often 3071
    HU) the true height is unknown, and a note says that metal looks larger than it is.
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
    metal = half_height_of(hu, seeds, spacing, preset)
    watch.step("Mark the streaks", 0.6, int(metal.sum()))
    streaks = streak_region(hu, metal, spacing, preset)
    out = np.where(metal, np.uint8(METAL), np.where(streaks, np.uint8(STREAKS), np.uint8(0)))
    notes = [*ct_notes(volume)]
    top = float(hu.max())
    if int((hu >= top).sum()) > limits()["clipped_voxels"]:
        notes.append(
            Note("outside_validity", f"Values end at {top:.0f} HU: the metal's edge and size are not known.")
        )
    return Segmented(
        LabelMap(out, volume.grid, preset.segments), watch.done(int((out > 0).sum())), tuple(notes)
    )


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
