"""The `skull` preset: skull, mandible where it can be told apart, and other bone of a head CT."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surgitwin.core.image import ImageGrid, LabelMap, Volume
from surgitwin.core.progress import Progress
from surgitwin.segmentation.bones import by_size, close_notes, cut_off, nothing_left, present, solid_bones
from surgitwin.segmentation.detect import ct_notes
from surgitwin.segmentation.flood import Labels
from surgitwin.segmentation.presets import Preset
from surgitwin.segmentation.recipe import Note, Points, Segmented
from surgitwin.segmentation.thin import mean_wall_mm, wall_words
from surgitwin.segmentation.watch import Watch

SKULL, MANDIBLE, OTHER = 1, 2, 3


def run(volume: Volume, preset: Preset, points: Points, progress: Progress) -> Segmented:
    """Labels "skull", "mandible" and "other_bone".

    The skull is the largest bone. The mandible is the largest bone in front of and below the skull's centre
    that is wide enough; a note says when there is none (then it is part of the skull or outside the image).
    Raises InputError "segment.wrong_modality", "segment.nothing_left".
    """
    preset.check(volume)
    watch = Watch(preset, progress)
    solid, box = solid_bones(volume, preset, watch)
    solid = by_size(solid, preset["smallest_mm3"] / volume.grid.voxel_volume_mm3)
    if not solid.any():
        raise nothing_left(preset)
    watch.step("Find the mandible", 0.9)
    jaw = mandible(solid, volume.grid, preset)
    kind = np.full(int(solid.max()) + 1, OTHER, np.uint8)
    kind[0], kind[1] = 0, SKULL
    kind[1 + vault_pieces(solid, volume.grid)] = SKULL
    if jaw:
        kind[jaw] = MANDIBLE
    out = np.zeros(volume.grid.shape, np.uint8)
    out[box] = kind[solid]
    notes = [*ct_notes(volume), *cut_off(out, volume), *close_notes(solid, volume)]
    step = volume.grid.spacing_mm
    thin = wall_words("skull", mean_wall_mm(out[box] == SKULL, np.asarray(step)[::-1]), step)
    notes += [Note("thin", thin)] if thin else []
    if not jaw:
        notes.append(
            Note(
                "uncertain",
                "The mandible was not told apart: teeth or a closed joint join it to the skull, or it lies "
                "outside the image. Cut it by hand, or raise joint_hu.",
            )
        )
    return Segmented(
        LabelMap(out, volume.grid, present(out, preset.segments)),
        watch.done(int((out > 0).sum())),
        tuple(notes),
    )


def vault_pieces(solid: Labels, grid: ImageGrid) -> npt.NDArray[np.int64]:
    """Bones after the first (0-based numbers) that lie over the centre of the skull: pieces of its vault."""
    count = int(solid.max())
    index = np.argwhere(solid > 0)[:, ::-1]
    height = index @ (np.asarray(grid.direction)[2] * grid.spacing_mm)
    owner = solid[solid > 0]
    mean = np.bincount(owner, weights=height, minlength=count + 1)[1:]
    mean /= np.maximum(np.bincount(owner, minlength=count + 1)[1:], 1)
    return np.flatnonzero(mean > mean[0])


def mandible(solid: Labels, grid: ImageGrid, preset: Preset) -> int:
    """Number of the bone that is the mandible; 0 when there is none. solid: 1 is the skull."""
    skull = _centre(solid == 1, grid)
    for number in range(2, int(solid.max()) + 1):
        mask = solid == number
        if mask.sum() * grid.voxel_volume_mm3 < preset["mandible_mm3"]:
            return 0
        centre, low, high = _centre(mask, grid), *_extent(mask, grid)
        wide = high[0] - low[0] >= preset["mandible_width_mm"]
        if wide and centre[1] < skull[1] and centre[2] < skull[2]:
            return number
    return 0


def _centre(mask: npt.NDArray[np.bool_], grid: ImageGrid) -> npt.NDArray[np.float64]:
    index = np.argwhere(mask)[:, ::-1].mean(axis=0)
    return np.asarray(grid.direction @ (index * grid.spacing_mm))


def _extent(
    mask: npt.NDArray[np.bool_], grid: ImageGrid
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    points = np.argwhere(mask)[:, ::-1] * np.asarray(grid.spacing_mm) @ np.asarray(grid.direction).T
    return points.min(axis=0), points.max(axis=0)
