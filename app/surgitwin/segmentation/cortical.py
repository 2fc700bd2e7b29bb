"""The `cortical_trabecular` preset: bones split into cortex, trabecular bone and marrow."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.ndimage as ndi

from surgitwin.core.arrays import FloatArray
from surgitwin.core.image import LabelMap, Volume
from surgitwin.core.progress import Progress
from surgitwin.segmentation.bones import by_size, cut_off, nothing_left, present, solid_bones, whole_numbers
from surgitwin.segmentation.click_place import label_at
from surgitwin.segmentation.detect import ct_notes
from surgitwin.segmentation.flood import Labels
from surgitwin.segmentation.morphology import Mask, bounding_box, remove_specks
from surgitwin.segmentation.outlines import edge_window
from surgitwin.segmentation.presets import Preset
from surgitwin.segmentation.reach import within
from surgitwin.segmentation.recipe import Note, Points, Segmented
from surgitwin.segmentation.watch import Watch

CORTICAL, TRABECULAR, MARROW = 1, 2, 3


def run(volume: Volume, preset: Preset, points: Points, progress: Progress) -> Segmented:
    """Labels "cortical_bone", "trabecular_bone" and "marrow" of the clicked bone, or of all bones.

    points: "bone", optional. Raises InputError "segment.wrong_modality", "segment.nothing_left",
    "segment.click_outside".
    """
    preset.check(volume)
    watch = Watch(preset, progress)
    solid, box = solid_bones(volume, preset, watch)
    solid = by_size(solid, preset["smallest_mm3"] / volume.grid.voxel_volume_mm3)
    if "bone" in points:
        number = label_at(solid, box, volume.grid, points["bone"], "bone")
        solid = np.where(solid == number, 1, 0).astype(np.int32)
    if not solid.any():
        raise nothing_left(preset)
    spacing = np.asarray(volume.grid.spacing_mm)[::-1]
    hu = whole_numbers(volume.array)[box]
    watch.step("Tell cortex from inside", 0.6)
    labels, bare = split(hu, solid, spacing, preset)
    out = np.zeros(volume.grid.shape, np.uint8)
    out[box] = labels
    notes = [*ct_notes(volume), *cut_off(np.where(out > 0, 1, 0).astype(np.uint8), volume)]
    if bare:
        notes.append(
            Note("uncertain", f"{bare} bones are nowhere deeper than {preset['cortex_mm']:g} mm: all cortex.")
        )
    return Segmented(
        LabelMap(out, volume.grid, present(out, preset.segments)),
        watch.done(int((out > 0).sum())),
        tuple(notes),
    )


def split(
    hu: npt.NDArray[Any], solid: Labels, spacing: FloatArray, preset: Preset
) -> tuple[npt.NDArray[np.uint8], int]:
    """CORTICAL, TRABECULAR or MARROW (uint8 [k, j, i]) of each voxel of `solid`; how many bones had no
    inside.
    """
    out = np.zeros(solid.shape, np.uint8)
    bare = 0
    for number, box in enumerate(ndi.find_objects(solid), start=1):
        if box is None:
            continue
        wide = bounding_box(_only(solid.shape, box), 1)
        mask = solid[wide] == number
        parts, inside = split_one(hu[wide], mask, spacing, preset)
        bare += not inside
        out[wide][mask] = parts[mask]
    return out, bare


def split_one(
    hu: npt.NDArray[Any], mask: Mask, spacing: FloatArray, preset: Preset
) -> tuple[npt.NDArray[np.uint8], bool]:
    """The three parts of one bone, and whether it has an inside deeper than cortex_mm.

    The cortex's inner edge lies where HU falls under the mean of the local cortical peak (within
    edge_reach_mm) and the median of the bone's inside; the outermost voxels are always cortex, so that the
    shell is closed.
    """
    outside = ~mask
    deep = mask & ~within(outside, spacing, preset["cortex_mm"])
    out = np.where(mask, np.uint8(CORTICAL), np.uint8(0))
    if not deep.any():
        return out, False
    level = float(np.median(hu[deep]))
    size = tuple(int(n) for n in 2 * edge_window(spacing, preset["edge_reach_mm"]) + 1)
    peak = ndi.maximum_filter(np.where(mask, hu, np.asarray(level, hu.dtype)), size=size, mode="nearest")
    skin = within(outside, spacing, float(spacing.min()))
    core = mask & ~skin & (2.0 * hu <= peak + np.float32(level)) | deep
    least = preset["speck_mm3"] / float(np.prod(spacing))
    core = mask & ~remove_specks(mask & ~remove_specks(core, least), least)
    smooth = ndi.gaussian_filter(hu.astype(np.float32), preset["smoothing_mm"] / spacing, mode="nearest")
    marrow = remove_specks(core & (smooth <= preset["mineral_hu"]), least)
    if marrow.any():  # its foot, half way up to the densest bone near it
        fat = np.float32(np.median(hu[marrow]))
        marrow |= core & within(marrow, spacing, preset["edge_reach_mm"]) & (2.0 * hu < peak + fat)
    out[core] = TRABECULAR
    out[marrow] = MARROW
    return out, True


def _only(shape: tuple[int, ...], box: tuple[slice, ...]) -> Mask:
    mask = np.zeros(shape, bool)
    mask[box] = True
    return mask
