"""The `bones` preset: every bone of a CT as a solid of its own, parted at the joints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from surgitwin.core.errors import InputError
from surgitwin.core.image import LabelMap, Segment, Volume
from surgitwin.core.progress import Progress
from surgitwin.segmentation.compiled import compiled
from surgitwin.segmentation.detect import ct_notes
from surgitwin.segmentation.flood import Labels
from surgitwin.segmentation.morphology import Box, bounding_box
from surgitwin.segmentation.outlines import outlines
from surgitwin.segmentation.presets import Preset
from surgitwin.segmentation.recipe import Note, Points, Segmented
from surgitwin.segmentation.separate import separate
from surgitwin.segmentation.thin import close_words
from surgitwin.segmentation.watch import Watch

MOST = 250
"""A label map holds 255 labels; the smallest bones beyond this number are left out and counted in a note."""
CROP_MARGIN_MM = 8.0
"""Numerical setting: room round the bones for closing and for the edge's foot."""


def run(volume: Volume, preset: Preset, points: Points, progress: Progress) -> Segmented:
    """The recipe of the preset "bones": labels 1 .. n by falling volume.

    Raises InputError "segment.wrong_modality", "segment.nothing_left".
    """
    preset.check(volume)
    watch = Watch(preset, progress)
    solid, box = solid_bones(volume, preset, watch)
    watch.step("Name the bones", 0.9)
    small = solid.max()
    solid = by_size(solid, preset["smallest_mm3"] / volume.grid.voxel_volume_mm3)
    notes = list(ct_notes(volume))
    if solid.max() > MOST:
        notes.append(Note("uncertain", f"{int(solid.max()) - MOST} small bones beyond {MOST} were left out."))
        solid[solid > MOST] = 0
    if not small or not solid.any():
        raise nothing_left(preset)
    out = np.zeros(volume.grid.shape, np.uint8)
    out[box] = solid
    notes += cut_off(out, volume) + close_notes(solid, volume)
    labels = LabelMap(out, volume.grid, bone_segments(preset.segments, int(solid.max())))
    return Segmented(labels, watch.done(int((out > 0).sum())), tuple(notes))


def solid_bones(volume: Volume, preset: Preset, watch: Watch) -> tuple[Labels, Box]:
    """Solid bones as labels of a crop, and that crop."""
    spacing = np.asarray(volume.grid.spacing_mm)[::-1]
    hu = whole_numbers(volume.array)
    voxel = volume.grid.voxel_volume_mm3
    watch.step("Separate at the joints", 0.0)
    parts, dense = separate(
        hu, preset["bone_hu"], preset["seed_hu"], preset["joint_hu"], preset["part_mm3"] / voxel
    )
    watch.step("Leave out what lies in air", 0.25)
    keep = dense * voxel >= preset["seed_min_mm3"]
    keep &= air_share(hu, parts, len(dense), preset["air_hu"]) <= preset["air_share"]
    keep[0] = False
    if not keep.any():
        raise nothing_left(preset)
    renumber(parts, np.where(keep, np.arange(len(keep)), 0).astype(np.int32))
    box = bounding_box(parts > 0, np.ceil(CROP_MARGIN_MM / spacing).astype(int))
    watch.step("Draw the outlines", 0.35)
    solid = outlines(hu[box], np.ascontiguousarray(parts[box]), spacing, preset)
    # What has come apart from its part at half height (cartilage of ribs) must be dense by itself.
    dense = np.bincount(solid[hu[box] > preset["seed_hu"]], minlength=int(solid.max(initial=0)) + 1)
    renumber(
        solid, np.where(dense * voxel >= preset["seed_min_mm3"], np.arange(len(dense)), 0).astype(np.int32)
    )
    return solid, box


def whole_numbers(array: npt.NDArray[Any]) -> npt.NDArray[np.int16]:
    """The voxels as int16: floods count levels of 1 HU."""
    if array.dtype == np.int16:
        return array
    return np.clip(np.rint(array), -32768, 32767).astype(np.int16)


def nothing_left(preset: Preset) -> InputError:
    """No bone was found."""
    return InputError(
        "segment.nothing_left",
        f"No connected region of at least {preset['seed_min_mm3']:g} mm3 lies over {preset['seed_hu']:g} HU.",
        hint="Lower seed_hu, or check that the image is a CT in Hounsfield units and shows bone.",
        where="seed_hu",
    )


def by_size(labels: Labels, least_voxels: float) -> Labels:
    """Labels again from 1 by falling size, those under `least_voxels` voxels dropped."""
    size = np.bincount(labels.ravel())
    size[0] = 0
    order = np.argsort(-size, kind="stable")
    order = order[size[order] >= max(least_voxels, 1)]
    number = np.zeros(len(size), np.int32)
    number[order] = np.arange(1, len(order) + 1)
    out: Labels = number[labels]
    return out


def bone_segments(template: Sequence[Segment], count: int) -> tuple[Segment, ...]:
    """Segments "bone_1" .. by the template's code, colours in turn."""
    first = template[0]
    return tuple(
        Segment(n, f"{first.name}_{n}", first.code, template[(n - 1) % len(template)].rgb)
        for n in range(1, count + 1)
    )


def present(out: npt.NDArray[np.uint8], segments: Sequence[Segment]) -> tuple[Segment, ...]:
    """The segments that have voxels in `out`."""
    found = np.bincount(out.ravel(), minlength=256) > 0
    return tuple(s for s in segments if found[s.label])


def cut_off(out: npt.NDArray[np.uint8], volume: Volume) -> list[Note]:
    """A note when bones end at the border of the image."""
    at_border: set[int] = set()
    for axis in range(3):
        for end in (0, -1):
            at_border |= set(np.unique(np.take(out, end, axis)).tolist()) - {0}
    if not at_border:
        return []
    return [Note("cut_off", f"{len(at_border)} of {int(out.max())} segments end at the border of the image.")]


def close_notes(solid: Labels, volume: Volume) -> list[Note]:
    """A note where bones lie closer than the image can tell."""
    words = close_words(solid, np.asarray(volume.grid.spacing_mm)[::-1])
    return [Note("close", words)] if words else []


@compiled
def air_share(hu: npt.NDArray[np.int16], parts: Labels, count: int, air_hu: float) -> npt.NDArray[np.float64]:
    """Share of air (under `air_hu`) two voxels outside each part (count,)."""
    air = np.zeros(count, np.float64)
    all_round = np.ones(count, np.float64)
    nk, nj, ni = parts.shape
    steps = ((-2, 0, 0), (2, 0, 0), (0, -2, 0), (0, 2, 0), (0, 0, -2), (0, 0, 2))
    for k in range(nk):
        for j in range(nj):
            for i in range(ni):
                part = parts[k, j, i]
                if part == 0:
                    continue
                for dk, dj, di in steps:
                    a, b, c = k + dk, j + dj, i + di
                    if a < 0 or b < 0 or c < 0 or a >= nk or b >= nj or c >= ni or parts[a, b, c] != 0:
                        continue
                    all_round[part] += 1
                    if hu[a, b, c] < air_hu:
                        air[part] += 1
    return air / all_round


@compiled
def renumber(parts: Labels, number: Labels) -> None:
    """Replace every label by number[label], in place."""
    flat = parts.ravel()
    for n in range(flat.size):
        if flat[n] != 0:
            flat[n] = number[flat[n]]
