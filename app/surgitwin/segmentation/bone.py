"""The `bone` preset: femur, its canal, and other bone, from a CT in Hounsfield units.

Seeds are the dense components; the femur is the one with the longest tube round a canal. A marker
watershed on -HU gives each bone its territory, so that the femur ends at the joint space. In its
territory the contour lies at half the height of the local cortical edge; the closed outline is then
split into mineral bone and void.
"""

from __future__ import annotations

import cc3d
import numpy as np
import numpy.typing as npt
import scipy.ndimage as ndi
from skimage.segmentation import watershed

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.core.image import LabelMap, Volume
from surgitwin.core.progress import SILENT, Progress
from surgitwin.segmentation.candidates import dense_components, find_femur, without_airborne
from surgitwin.segmentation.joined import joined_words
from surgitwin.segmentation.morphology import Mask, bounding_box, closed_outline, distance_to, remove_specks
from surgitwin.segmentation.presets import Preset, load_preset
from surgitwin.segmentation.recipe import Note, Points, Segmented

CROP_MARGIN_MM = 8.0
"""Numerical setting: room round the femur for closing and for the edge's foot."""


def segment_femur(volume: Volume, progress: Progress = SILENT, **parameters: float) -> LabelMap:
    """Labels 1 "femur" (mineral bone), 2 "femur_canal" (void inside its outline), 3 "other_bone".

    volume: CT in HU, array [k, j, i]. parameters: replace values of the preset "bone" (HU, mm, mm2, mm3).

    Raises
    ------
    UsageError: unknown parameter.
    InputError: "segment.wrong_modality" (thresholds in HU need a CT in HU), "segment.nothing_left" (no
    voxel over the seed threshold), "segment.no_femur" (no bone with a long tube round a canal, or no marrow
    in it: ribs and spine of a chest can show such a tube).
    """
    chosen = load_preset("bone", parameters)
    chosen.check(volume)
    spacing = np.asarray(volume.grid.spacing_mm)[::-1]
    hu = volume.array
    progress("Finding bones", 0.0)
    seeds = _seeds(hu, chosen, volume.grid.voxel_volume_mm3)
    femur_seed = _femur_seed(seeds, spacing, chosen)
    out = np.zeros(hu.shape, np.uint8)
    box = bounding_box(seeds == femur_seed, np.ceil(CROP_MARGIN_MM / spacing).astype(int))
    progress("Separating the femur from its neighbours", 0.3)
    local = np.asarray(hu[box], np.float32)
    territory, others = _territories(local, seeds[box], femur_seed, chosen)
    progress("Drawing the contour", 0.6)
    outline = femur_outline(local, territory, spacing, chosen) & ~others
    progress("Separating bone from marrow", 0.9)
    canal = split_canal(local, outline, spacing, chosen)
    if not canal.any():
        raise _no_canal(chosen)
    out[(hu > chosen["bone_hu"]) & _near_other(hu, seeds, femur_seed, chosen)] = 3
    window = out[box]
    window[(window == 3) & ~others] = 0
    window[outline] = np.where(canal[outline], 2, 1)
    progress("Segmented", 1.0)
    return LabelMap(out, volume.grid, chosen.segments)


def run(volume: Volume, preset: Preset, _points: Points, progress: Progress) -> Segmented:
    """The recipe of the preset "bone"; see `segment_femur`.

    A note says where a neighbour may be joined to it.
    """
    labels = segment_femur(volume, progress, **preset.parameters)
    words = joined_words(volume, labels, preset)
    return Segmented(labels, notes=(Note("joined", words),) if words else ())


def _seeds(hu: npt.NDArray[np.generic], preset: Preset, voxel_mm3: float) -> npt.NDArray[np.integer]:
    seeds = dense_components(np.asarray(hu), preset["seed_hu"], preset["seed_min_mm3"] / voxel_mm3)
    seeds = without_airborne(seeds, hu, preset["air_hu"], preset["air_share"])
    if not seeds.any():
        raise InputError(
            "segment.nothing_left",
            f"No connected region of at least {preset['seed_min_mm3']:g} mm3 lies over "
            f"{preset['seed_hu']:g} HU.",
            hint="Lower seed_hu, or check that the image is a CT in Hounsfield units and shows bone.",
            where="seed_hu",
        )
    return seeds


def _femur_seed(seeds: npt.NDArray[np.integer], spacing: FloatArray, preset: Preset) -> int:
    femur, length = find_femur(seeds, spacing, preset["slender_mm2"])
    if length < preset["tube_min_mm"]:
        raise InputError(
            "segment.no_femur",
            f"No bone shows a closed slender tube round a canal over {preset['tube_min_mm']:g} mm "
            f"(longest: {length:.0f} mm).",
            hint="The image must show a stretch of the femoral shaft; raise or lower seed_hu if it does.",
            where="seed_hu",
        )
    return femur


def _no_canal(preset: Preset) -> InputError:
    return InputError(
        "segment.no_femur",
        "The bone with the longest slender tube holds no marrow canal (nothing under "
        f"{preset['mineral_hu']:g} HU inside its outline): it is no femur, or its shaft is open.",
        hint="For other bones use the preset bones. For a femur raise mineral_hu or closing_mm.",
        where="mineral_hu",
    )


def _territories(
    hu: FloatArray, seeds: npt.NDArray[np.integer], femur: int, preset: Preset
) -> tuple[Mask, Mask]:
    """Voxels over bone_hu that belong to the femur, and those of other bones, split at the valleys."""
    candidate = hu > preset["bone_hu"]
    markers = np.where(seeds == femur, 1, np.where(seeds > 0, 2, 0)).astype(np.int32)
    basins = watershed(-hu, markers, mask=candidate)
    return basins == 1, basins == 2


def femur_outline(hu: FloatArray, territory: Mask, spacing: FloatArray, preset: Preset) -> Mask:
    """Closed, smoothed outline of the bone that lies in `territory`.

    hu, territory: [k, j, i]; spacing: (sk, sj, si) mm. The edge lies where HU falls under the mean of
    the local cortical peak (largest HU of the territory within edge_reach_mm) and soft tissue.
    """
    inside = np.where(territory, hu, preset["soft_tissue_hu"]).astype(np.float32)
    peak = _local_peak(inside, spacing, preset)
    shell = territory & (hu > 0.5 * (peak + preset["soft_tissue_hu"]))
    shell = _largest(shell)
    outline = closed_outline(shell, spacing, preset["closing_mm"])
    smooth = ndi.gaussian_filter(outline.astype(np.float32), preset["smoothing_mm"] / spacing, mode="nearest")
    return _largest(smooth > 0.5)


def split_canal(hu: FloatArray, outline: Mask, spacing: FloatArray, preset: Preset) -> Mask:
    """The void inside `outline`: marrow under mineral_hu (noise smoothed), and the foot of its cortical wall.

    The wall's edge lies where HU passes the mean of the local cortical peak and the marrow's median.
    Islands under speck_mm3 of either kind are dropped. hu, outline: [k, j, i]; spacing: (sk, sj, si) mm.
    """
    smooth = ndi.gaussian_filter(hu, preset["smoothing_mm"] / spacing, mode="nearest")
    voxels = preset["speck_mm3"] / float(np.prod(spacing))
    core = remove_specks(outline & (smooth <= preset["mineral_hu"]), voxels)
    if not core.any():
        return core
    box = bounding_box(core, np.ceil(preset["edge_reach_mm"] / spacing).astype(int) + 1)
    inside = np.where(outline[box], hu[box], preset["soft_tissue_hu"])
    half = 0.5 * (_local_peak(inside, spacing, preset) + float(np.median(hu[core])))
    foot = (inside < half) & (distance_to(core[box], spacing) <= preset["edge_reach_mm"])
    void = core.copy()
    void[box] |= foot & outline[box]
    return outline & ~_largest(outline & ~remove_specks(void, voxels))


def _local_peak(hu: FloatArray, spacing: FloatArray, preset: Preset) -> FloatArray:
    size = 2 * np.floor(preset["edge_reach_mm"] / spacing).astype(int) + 1
    out: FloatArray = ndi.maximum_filter(hu, size=tuple(int(n) for n in size))
    return out


def _near_other(
    hu: npt.NDArray[np.generic], seeds: npt.NDArray[np.integer], femur: int, preset: Preset
) -> Mask:
    """Components over bone_hu that hold a seed of another bone."""
    candidate = np.asarray(hu) > preset["bone_hu"]
    labels = cc3d.connected_components(candidate, connectivity=6)
    numbers = np.unique(labels[(seeds > 0) & (seeds != femur)])
    keep = np.zeros(int(labels.max()) + 1, bool)
    keep[numbers] = True
    keep[0] = False
    out: Mask = keep[labels]
    return out


def _largest(mask: Mask) -> Mask:
    out: Mask = cc3d.largest_k(mask, k=1, connectivity=6) > 0
    return out
