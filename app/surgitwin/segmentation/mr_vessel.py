"""The `mr_vessel` preset: bright (time-of-flight, contrast) or dark (black-blood) vessels of an MR image."""

from __future__ import annotations

import numpy as np

from surgitwin.core.image import LabelMap, Volume
from surgitwin.core.progress import Progress
from surgitwin.segmentation.click_place import check_points
from surgitwin.segmentation.lumen import (
    balls,
    connected_to,
    edge_share,
    filled,
    level_in,
    level_of_core,
    no_lumen,
)
from surgitwin.segmentation.mr_bone import evened
from surgitwin.segmentation.presets import Preset
from surgitwin.segmentation.reach import within
from surgitwin.segmentation.recipe import Note, Points, Segmented
from surgitwin.segmentation.watch import Watch


def run(volume: Volume, preset: Preset, points: Points, progress: Progress) -> Segmented:
    """Label "vessel": connected to the clicks, from half way between lumen and surroundings on.

    points: "lumen" (n, 3), needed. dark: 1 for black-blood images. The surroundings are the median of the
    shell from ring_mm to twice ring_mm round the clicks, so that both levels are local.
    Raises InputError "segment.wrong_modality", "segment.no_lumen", "segment.click_outside"; UsageError
    "segment.clicks".
    """
    preset.check(volume)
    check_points(preset, points)
    watch = Watch(preset, progress)
    watch.step("Take out the shading", 0.0)
    values = evened(volume, preset, progress)
    if preset["dark"] >= 0.5:
        values = -values
    watch.step("Take the levels", 0.6)
    seeds = balls(volume.grid, points["lumen"], preset["seed_mm"], "lumen")
    near = balls(volume.grid, points["lumen"], preset["ring_mm"], "lumen")
    around = within(near, np.asarray(volume.grid.spacing_mm)[::-1], preset["ring_mm"]) & ~near
    lumen, wall = level_in(values, seeds), level_in(values, around)
    if lumen.median <= wall.median + preset["contrast_sd"] * wall.spread:
        kind = "darker" if preset["dark"] >= 0.5 else "brighter"
        raise no_lumen(
            f"The clicks are not {kind} than their surroundings by {preset['contrast_sd']:g} standard "
            f"deviations."
        )
    watch.step("Catch the lumen", 0.7)
    spacing = np.asarray(volume.grid.spacing_mm)[::-1]
    mask = connected_to(values > 0.5 * (lumen.median + wall.median), seeds)
    lumen = level_of_core(values, mask, near, lumen)
    height = lumen.median - wall.median
    share = edge_share(values, mask, wall.median, height, spacing) if mask.any() else 0.5
    mask = connected_to(values > wall.median + share * height, seeds)
    mask = filled(mask, preset["speck_mm3"] / volume.grid.voxel_volume_mm3)
    filling = float(mask.mean())
    notes = []
    if filling > preset["leak_share"]:
        notes.append(
            Note(
                "uncertain",
                f"The vessel fills {100 * filling:.0f} % of the image: it has leaked. Cut it by hand.",
            )
        )
    labels = LabelMap(mask.astype(np.uint8), volume.grid, preset.segments)
    return Segmented(labels, watch.done(int(mask.sum())), tuple(notes))
