"""The `vessel_contrast` preset: contrast-filled vessels of a CT, away from bone."""

from __future__ import annotations

import numpy as np
import scipy.ndimage as ndi

from surgitwin.core.image import LabelMap, Volume
from surgitwin.core.progress import Progress
from surgitwin.segmentation.click_place import check_points
from surgitwin.segmentation.detect import blood_pool, ct_notes
from surgitwin.segmentation.lumen import (
    LumenLevel,
    balls,
    connected_to,
    filled,
    level_in,
    no_lumen,
    parted,
)
from surgitwin.segmentation.morphology import Mask, remove_specks
from surgitwin.segmentation.presets import Preset
from surgitwin.segmentation.reach import within
from surgitwin.segmentation.recipe import Note, Points, Segmented
from surgitwin.segmentation.watch import Watch


def run(volume: Volume, preset: Preset, points: Points, progress: Progress) -> Segmented:
    """Label "vessel": the lumen that is connected to the clicks, or to the largest blood pool without clicks.

    points: "lumen" (n, 3), optional; "outside" (n, 3), optional: clicks in what must not belong to it.
    Raises InputError "segment.wrong_modality", "segment.no_lumen", "segment.click_outside"; UsageError
    "segment.clicks".
    """
    preset.check(volume)
    check_points(preset, points)
    watch = Watch(preset, progress)
    watch.step("Take the level of the lumen", 0.0)
    seeds, level = seeds_of(volume, points, preset)
    watch.step("Catch what is as bright", 0.2, int(seeds.sum()))
    low, high = window(level, preset)
    hu = np.asarray(volume.array)
    between = (hu > low) & (hu <= high)
    between = filled(between, preset["speck_mm3"] / volume.grid.voxel_volume_mm3)
    watch.step("Part it from bone", 0.5, int(between.sum()))
    lumen = _away_from_bone(volume, between, seeds, high, points, preset)
    watch.step("Clean the lumen", 0.9, int(lumen.sum()))
    lumen = filled(lumen, preset["speck_mm3"] / volume.grid.voxel_volume_mm3)
    if not lumen.any():
        raise no_lumen(f"No vessel at about {level.median:.0f} HU is connected to the clicks.")
    labels = LabelMap(lumen.astype(np.uint8), volume.grid, preset.segments)
    return Segmented(
        labels,
        watch.done(int(lumen.sum())),
        (*ct_notes(volume), *_limits(level, low, high)),
        {"lumen_hu": level.median, "noise_hu": level.spread, "low_hu": low, "high_hu": high},
    )


def seeds_of(volume: Volume, points: Points, preset: Preset) -> tuple[Mask, LumenLevel]:
    """Voxels that surely are lumen, and their level.

    With clicks, the median is taken over balls round them. Raises InputError "segment.no_lumen".
    """
    if "lumen" in points:
        seeds = balls(volume.grid, points["lumen"], preset["seed_mm"], "lumen")
    else:
        coarse, _level = blood_pool(volume)
        if coarse is None:
            raise no_lumen("No large vessel filled with contrast agent was found in this image.")
        seeds = _on_grid(coarse, volume)
    level = level_in(volume.array, seeds)
    if level.median < preset["least_hu"]:
        raise no_lumen(
            f"The median round the clicks is {level.median:.0f} HU; a lumen with contrast agent has "
            f"{preset['least_hu']:.0f} or more."
        )
    close = np.abs(np.asarray(volume.array, np.float32) - level.median) <= max(3 * level.spread, 30.0)
    return seeds & close, level


def window(level: LumenLevel, preset: Preset) -> tuple[float, float]:
    """HU from and to which a voxel may be lumen: half way to the wall, and the onset of calcium."""
    return 0.5 * (level.median + preset["wall_hu"]), level.median + max(
        preset["calcium_over_hu"], 3 * level.spread
    )


def _away_from_bone(
    volume: Volume, between: Mask, seeds: Mask, high: float, points: Points, preset: Preset
) -> Mask:
    spacing = np.asarray(volume.grid.spacing_mm)[::-1]
    hu = np.asarray(volume.array)
    bone = remove_specks(hu > high, preset["bone_mm3"] / volume.grid.voxel_volume_mm3)
    candidate = connected_to(between, seeds)
    core = candidate & ~within(~candidate, spacing, preset["core_mm"])
    vessel, other = connected_to(core | seeds, seeds), bone & ~seeds
    if "outside" in points:
        vessel = seeds
        other |= balls(volume.grid, points["outside"], preset["seed_mm"], "outside") & ~seeds
    near_bone = within(bone, spacing, preset["core_mm"]) & ~core
    return (
        parted(hu, candidate | bone, vessel & ~near_bone | seeds, other, spacing, preset["smoothing_mm"])
        & ~bone
    )


def _on_grid(coarse: Mask, volume: Volume) -> Mask:
    """A mask on blocks of voxels, on the voxels; the rest beyond the last whole block is empty."""
    spacing = np.asarray(volume.grid.spacing_mm)[::-1]
    step = np.maximum(np.round(2.0 / spacing).astype(int), 1)
    out = np.zeros(volume.grid.shape, bool)
    full = np.kron(coarse, np.ones(tuple(int(s) for s in step), bool))
    out[tuple(slice(0, n) for n in full.shape)] = full
    return np.asarray(ndi.binary_erosion(out))


def _limits(level: LumenLevel, low: float, high: float) -> list[Note]:
    return [
        Note(
            "outside_validity",
            f"Lumen from {low:.0f} to {high:.0f} HU (median {level.median:.0f}). Chambers of the heart and "
            f"veins "
            "at the same level belong to it: click into them as outside. Calcium is left out.",
        )
    ]
