"""The `mr_bone` preset: cortex and marrow of a bone in a T1-weighted MR image.

Marrow is bright like fat, cortex is dark like air, muscle lies between. So the bone is a bright core in a
dark ring. Values have no scale: all levels are taken from the image after its shading was taken out.
"""

from __future__ import annotations

from dataclasses import dataclass

import cc3d
import numpy as np
import numpy.typing as npt
import scipy.ndimage as ndi
from skimage.filters import threshold_multiotsu

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.core.image import LabelMap, Volume
from surgitwin.core.progress import Progress
from surgitwin.segmentation.bones import cut_off
from surgitwin.segmentation.click_place import check_points, voxel_at
from surgitwin.segmentation.lumen import connected_to, filled
from surgitwin.segmentation.morphology import Mask, bounding_box, closed_outline, distance_to
from surgitwin.segmentation.mr_bias import flattened
from surgitwin.segmentation.presets import Preset
from surgitwin.segmentation.recipe import Note, Points, Segmented
from surgitwin.segmentation.watch import Watch

CORTICAL, MARROW = 1, 2
CLICK_MM = 5.0
"""Numerical setting: a click this near to marrow in its slice means it."""
FAR_MM = 1e6
"""Distance between slices where only distances inside slices count."""
Values = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Levels:
    """Signal of dark (air, cortex), middle (muscle) and bright (fat, marrow) tissue, and the limits
    between.
    """

    dark: float
    muscle: float
    fat: float
    low: float
    high: float


def run(volume: Volume, preset: Preset, points: Points, progress: Progress) -> Segmented:
    """Labels "cortical_bone" and "marrow" of the clicked bone, or of the largest marrow with a dark ring.

    points: "marrow" (3,), optional. Raises InputError "segment.wrong_modality", "segment.no_marrow",
    "segment.click_outside".
    """
    preset.check(volume)
    check_points(preset, points)
    watch = Watch(preset, progress)
    spacing = np.asarray(volume.grid.spacing_mm)[::-1]
    watch.step("Take out the shading", 0.0)
    flat = evened(volume, preset, progress)
    watch.step("Take the levels of tissues", 0.5)
    levels = tissue_levels(flat, preset)
    watch.step("Find the marrow", 0.55)
    core = marrow_core(volume, flat, levels, points, preset)
    watch.step("Draw marrow and cortex", 0.7, int(core.sum()))
    marrow, cortex = bone_of(flat, core, levels, spacing, preset)
    out = np.zeros(volume.grid.shape, np.uint8)
    out[cortex], out[marrow] = CORTICAL, MARROW
    notes = [
        *cut_off(out, volume),
        Note(
            "outside_validity", "An MR image tells no density: bone from it gets one stiffness per segment."
        ),
    ]
    return Segmented(
        LabelMap(out, volume.grid, preset.segments),
        watch.done(int((out > 0).sum())),
        tuple(notes),
        {"dark": levels.dark, "muscle": levels.muscle, "fat": levels.fat},
    )


def evened(volume: Volume, preset: Preset, progress: Progress) -> Values:
    """The image without shading; as it is when n4_rounds is 0."""
    array = np.asarray(volume.array, np.float32)
    if preset["n4_rounds"] < 1:
        return array
    spacing = np.asarray(volume.grid.spacing_mm)[::-1]
    mask = array > float(threshold_multiotsu(array[::2, ::2, ::2], 3)[0])
    return flattened(
        array,
        spacing,
        mask,
        coarse_mm=preset["n4_voxel_mm"],
        iterations=int(preset["n4_rounds"]),
        progress=progress,
    )


def tissue_levels(flat: Values, preset: Preset) -> Levels:
    """Levels of three classes that split the image's values best (Otsu), and the two limits between them.

    Raises InputError "segment.no_marrow" when the bright class is no fat (another weighting, fat suppressed).
    """
    sample = flat[::2, ::2, ::2]
    top = float(np.percentile(sample, 99.5))
    sample = np.clip(sample, 0, top)
    low, high = (float(v) for v in threshold_multiotsu(sample, 3))
    classes = (sample[sample <= low], sample[(sample > low) & (sample <= high)], sample[sample > high])
    dark, muscle, fat = (float(np.median(c)) for c in classes)
    if fat < preset["fat_over_muscle"] * muscle:
        raise InputError(
            "segment.no_marrow",
            f"Fat is only {fat / max(muscle, 1.0):.1f} times as bright as muscle: this is no T1-weighted "
            f"image.",
            hint="Choose a T1-weighted series without fat suppression, or paint the bone.",
            where="fat_over_muscle",
        )
    return Levels(dark, muscle, fat, low, high)


def marrow_core(volume: Volume, flat: Values, levels: Levels, points: Points, preset: Preset) -> Mask:
    """Bright patches with a dark ring, linked from slice to slice: those of the click, or the largest chain.

    Raises InputError "segment.no_marrow".
    """
    spacing = np.asarray(volume.grid.spacing_mm)[::-1]
    width = np.array([0.0, *(preset["smoothing_mm"] / spacing[1:])])
    bright = ndi.gaussian_filter(flat, width, mode="nearest") > levels.high
    dark = dark_tissue(flat, levels)
    ringed = np.stack([_ringed(b, d, spacing[1:], preset) for b, d in zip(bright, dark, strict=True)])
    chains, count = cc3d.connected_components(ringed, connectivity=26, return_N=True)
    size = np.bincount(chains.ravel(), minlength=count + 1) * volume.grid.voxel_volume_mm3
    size[0] = 0.0
    clicked = "marrow" in points
    number = _chain_at(volume, chains, points["marrow"]) if clicked else int(size.argmax())
    if size[number] < preset["least_mm3"]:
        raise InputError(
            "segment.no_marrow",
            "No bright marrow with a dark ring of cortex round it was found.",
            hint="Click into the marrow (--point marrow=x,y,z); the image must be T1-weighted without fat "
            "suppression.",
            where="marrow",
        )
    return np.asarray(chains == number)


def _ringed(bright: Mask, dark: Mask, spacing: FloatArray, preset: Preset) -> Mask:
    """Patches of one slice, at least 2 core_mm wide, whose rim meets dark tissue within cortex_mm."""
    thick = ndi.distance_transform_edt(bright, sampling=spacing) > preset["core_mm"]
    patches, count = ndi.label(thick, np.ones((3, 3), bool))
    if not count or not dark.any():
        return np.zeros_like(bright)
    back = ndi.distance_transform_edt(~thick, sampling=spacing, return_distances=True, return_indices=True)
    away, nearest = back
    rim = (away > preset["core_mm"]) & (away <= preset["core_mm"] + 1.5 * float(spacing.max()))
    owner = patches[tuple(nearest)][rim]
    to_dark = ndi.distance_transform_edt(~dark, sampling=spacing)[rim] <= preset["cortex_mm"]
    seen = np.bincount(owner, minlength=count + 1)
    share = np.bincount(owner, weights=to_dark, minlength=count + 1) / np.maximum(seen, 1)
    good = (share >= preset["ring_share"]) & (seen > 0)
    good[0] = False
    return np.asarray(good[patches])


def dark_tissue(flat: Values, levels: Levels) -> Mask:
    """Dark voxels inside the body: cortex, fascia and vessels, but not the air round it."""
    lit = flat > levels.low
    body = cc3d.largest_k(lit, k=1, connectivity=6) > 0
    filled_body = np.stack([ndi.binary_fill_holes(section) for section in body])
    out: Mask = filled_body & (flat < 0.5 * (levels.dark + levels.muscle))
    return out


def bone_of(
    flat: Values, core: Mask, levels: Levels, spacing: FloatArray, preset: Preset
) -> tuple[Mask, Mask]:
    """Marrow and cortex [k, j, i] round a core of marrow; spacing: (sk, sj, si) mm.

    Marrow ends half way between its own level and the dark level; the cortex half way between dark and
    muscle, no further than cortex_mm from the marrow. Threads thinner than twice septum_mm (fascia) are cut
    off.
    """
    reach = preset["cortex_mm"] + 3 * preset["septum_mm"] + 2
    box = bounding_box(core, np.ceil(reach / spacing).astype(int) + 1)
    values, seed = flat[box], core[box]
    own = float(np.median(values[seed]))
    bright = values > 0.5 * (own + levels.dark)
    in_plane = np.array([FAR_MM, spacing[1], spacing[2]])
    marrow = connected_to(bright & (distance_to(seed, in_plane) <= 2.0 * preset["core_mm"]), seed)
    marrow = filled(marrow, preset["speck_mm3"] / float(np.prod(spacing)))
    dark = values < 0.5 * (levels.dark + levels.muscle)
    ring = dark & (distance_to(marrow, in_plane) <= preset["cortex_mm"]) & ~marrow
    solid = np.stack([_slice_outline(m, r, spacing[1:], preset) for m, r in zip(marrow, ring, strict=True)])
    out_marrow, out_cortex = np.zeros_like(core), np.zeros_like(core)
    out_marrow[box] = marrow & solid
    out_cortex[box] = solid & ~marrow
    return out_marrow, out_cortex


def _slice_outline(marrow: Mask, ring: Mask, spacing: FloatArray, preset: Preset) -> Mask:
    """Marrow with its ring in one slice: threads cut off, small gaps closed, smoothed."""
    if not marrow.any():
        return marrow
    solid = closed_outline(marrow | ring, spacing, preset["closing_mm"])
    away = ndi.distance_transform_edt(solid, sampling=spacing)
    body = away > preset["septum_mm"]
    body |= marrow
    opened = (ndi.distance_transform_edt(~body, sampling=spacing) <= preset["septum_mm"]) & solid
    pieces = cc3d.connected_components(opened, connectivity=4)
    keep = np.unique(pieces[marrow & opened])
    opened = np.isin(pieces, keep[keep > 0]) | marrow
    soft = ndi.gaussian_filter(opened.astype(np.float32), preset["smoothing_mm"] / spacing, mode="nearest")
    return np.asarray(soft > 0.5) | marrow


def _chain_at(volume: Volume, chains: npt.NDArray[np.integer], point: FloatArray) -> int:
    """The chain nearest to a click in its slice, within CLICK_MM; 0 when there is none."""
    at = voxel_at(volume.grid, point, "marrow")
    spacing = np.asarray(volume.grid.spacing_mm)[::-1]
    index = np.argwhere(chains[at[0]] > 0)
    if not len(index):
        return 0
    away = np.linalg.norm((index - at[1:]) * spacing[1:], axis=1)
    return int(chains[at[0]][tuple(index[away.argmin()])]) if away.min() <= CLICK_MM else 0
