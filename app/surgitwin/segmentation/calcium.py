"""The `calcium` preset: calcified plaque, by a threshold that knows whether there is contrast agent."""

from __future__ import annotations

import cc3d
import numpy as np

from surgitwin.core.errors import InputError
from surgitwin.core.image import LabelMap, Volume
from surgitwin.core.progress import Progress
from surgitwin.segmentation.click_place import check_points
from surgitwin.segmentation.detect import contrast_note, ct_notes
from surgitwin.segmentation.half_edge import half_edge, volume_doubt
from surgitwin.segmentation.lumen import balls, level_in
from surgitwin.segmentation.morphology import Mask, distance_to
from surgitwin.segmentation.presets import Preset
from surgitwin.segmentation.recipe import Note, Points, Segmented
from surgitwin.segmentation.watch import Watch

MEDIAN = "lumen median"
MOST_DOUBT = 0.03
"""What is asked of a volume (issue 6: within 3 %)."""
RULES = ("lumen + offset", "fixed, with contrast agent", "fixed, without contrast agent")


def run(volume: Volume, preset: Preset, points: Points, progress: Progress) -> Segmented:
    """Label "calcium": pieces over the threshold, larger than noise and smaller than bone, near the vessel.

    points: "lumen" (n, 3), needed where contrast agent was found or `rule` is 1: its median sets the
    threshold. rule: 0 chooses (1 with contrast agent, 3 without), else one of RULES, counted from 1.
    Raises InputError "segment.wrong_modality", "segment.nothing_left"; UsageError "segment.clicks".
    """
    preset.check(volume)
    check_points(preset, points)
    watch = Watch(preset, progress)
    watch.step("Choose the threshold", 0.0)
    threshold, why = threshold_of(volume, preset, points)
    watch.step("Catch dense pieces", 0.3)
    voxel = volume.grid.voxel_volume_mm3
    over = np.asarray(volume.array) > threshold
    pieces, count = cc3d.connected_components(over, connectivity=26, return_N=True)
    size = np.bincount(pieces.ravel(), minlength=count + 1) * voxel
    keep = (size >= preset["least_mm3"]) & (size <= preset["most_mm3"])
    keep[0] = False
    left = int((size[1:] > preset["most_mm3"]).sum())
    watch.step("Keep what lies near the vessel", 0.6, int(over.sum()))
    found: Mask = keep[pieces]
    if "lumen" in points and preset["near_mm"] > 0:
        found &= _near(volume, points, preset)
    if not found.any():
        raise _none(threshold, why, preset)
    over_mm3 = float(found.sum()) * voxel
    notes = [*ct_notes(volume), Note("outside_validity", f"Calcium over {threshold:.0f} HU: {why}.")]
    watch.step("Draw the edge", 0.8, int(found.sum()))
    if "lumen" in points and why.startswith(MEDIAN) and preset["edge_mm"] > 0:
        found = half_edge(volume.array, found, volume.grid.spacing_mm[::-1], preset["edge_mm"])
        words = f"Edge half way between calcium and what lies beside it: {found.sum() * voxel:.0f} mm3. "
        words += f"{over_mm3:.0f} mm3 lie over the threshold: compare that with published limits."
        notes.append(Note("edge", words))
    doubt = volume_doubt(found, np.asarray(volume.grid.spacing_mm)[::-1])
    notes += _small(doubt, float(found.sum()) * voxel)
    if left:
        notes.append(
            Note(
                "uncertain", f"{left} pieces over {preset['most_mm3']:g} mm3 count as bone and are left out."
            )
        )
    labels = LabelMap(found.astype(np.uint8), volume.grid, preset.segments)
    return Segmented(
        labels,
        watch.done(int(found.sum())),
        tuple(notes),
        {
            "threshold_hu": threshold,
            "over_threshold_mm3": over_mm3,
            "volume_bound_percent": 100 * doubt,
        },
    )


def threshold_of(volume: Volume, preset: Preset, points: Points) -> tuple[float, str]:
    """HU over which a voxel counts as calcium, and the rule in words."""
    rule = int(preset["rule"])
    if rule == 0:
        rule = 1 if contrast_note(volume) is not None or "lumen" in points else 3
    if rule == 3:
        return preset["plain_hu"], "without contrast agent"
    if rule == 2:
        return preset["contrast_hu"], "fixed for images with contrast agent"
    if "lumen" not in points:
        raise InputError(
            "segment.no_lumen",
            "The image has contrast agent, so the threshold for calcium follows from the lumen beside it.",
            hint="Click into the lumen (--point lumen=x,y,z), segment the vessel first, or set rule=2 for a "
            "fixed threshold.",
            where="lumen",
        )
    level = level_in(volume.array, balls(volume.grid, points["lumen"], preset["seed_mm"], "lumen"))
    words = f"{MEDIAN} {level.median:.0f} HU + {preset['over_lumen_hu']:.0f}"
    return level.median + preset["over_lumen_hu"], words


def _small(doubt: float, mm3: float) -> list[Note]:
    """A note where a small error of the edge changes the volume by a share over MOST_DOUBT."""
    if doubt <= MOST_DOUBT:
        return []
    words = f"Too small for a volume within {100 * MOST_DOUBT:.0f} %: {mm3:.3g} mm3 +- {doubt * mm3:.2g} mm3 "
    return [Note("small", f"{words}({100 * doubt:.0f} %, an edge wrong by a fifth of a voxel).")]


def _near(volume: Volume, points: Points, preset: Preset) -> Mask:
    at = balls(volume.grid, points["lumen"], 0.0, "lumen")
    out: Mask = distance_to(at, np.asarray(volume.grid.spacing_mm)[::-1]) <= preset["near_mm"]
    return out


def _none(threshold: float, why: str, preset: Preset) -> InputError:
    return InputError(
        "segment.nothing_left",
        f"No piece from {preset['least_mm3']:g} to {preset['most_mm3']:g} mm3 lies over {threshold:.0f} HU "
        f"({why}).",
        hint="There may be none. Move the click, raise near_mm, or choose another rule.",
        where="calcium",
    )
