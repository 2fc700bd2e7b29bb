"""Calcium in the wall of a measured artery."""

from __future__ import annotations

import cc3d
import numpy as np
import numpy.typing as npt

from surgitwin.anatomy.artery.coordinates import TubePlace, place_in_tube
from surgitwin.anatomy.artery.sampling import Box, box_round
from surgitwin.core.arrays import FloatArray
from surgitwin.core.image import Volume
from surgitwin.core.vessel import Calcium, LumenTube

FIXED_HU = 850.0
"""Fixed rule for an enhanced lumen of 300 HU or more (dimensions.md C3, V; made for aortic valves)."""
ABOVE_LUMEN_HU = 100.0
"""Rule "lumen + 100 HU" (dimensions.md C3, V)."""
_BEHIND_MM = 1.5
_LEAST_VOXELS = 4


def find_calcium(
    volume: Volume, tube: LumenTube, reference_mm: FloatArray, lumen_HU: float, noise_HU: float
) -> Calcium:
    """Voxels over lumen + 100 HU in the wall of the tube.

    They lie within a healthy diameter of the course, in a piece that comes as near as 1.5 mm to the lumen.
    Specks of fewer than 4 voxels, or no brighter than noise explains, are left out.
    """
    voxel = volume.grid.voxel_volume_mm3
    threshold = lumen_HU + ABOVE_LUMEN_HU
    box, kji, place = _bright(volume, tube, reference_mm, threshold)
    keep = _in_wall(box, kji, place, threshold + 3 * noise_HU)
    kji = kji[keep]
    value = box.array[tuple(kji.T)]
    volumes = {
        "fixed 850 HU": float(np.count_nonzero(value > FIXED_HU)) * voxel,
        "lumen + 100 HU": len(kji) * voxel,
    }
    return Calcium(box.lps(kji) if len(kji) else np.zeros((0, 3)), voxel, threshold, volumes)


def _bright(
    volume: Volume, tube: LumenTube, reference_mm: FloatArray, threshold: float
) -> tuple[Box, npt.NDArray[np.intp], TubePlace]:
    """Voxels (k, 3) of a box over the threshold and near the course, with their tube coordinates."""
    reach = float(reference_mm.max()) + 1.0
    box = box_round(volume, tube.course.points_mm, reach)
    kji = np.argwhere(box.array > threshold)
    if not len(kji):
        return box, kji, place_in_tube(tube, tube.course.points_mm[:0])
    place = place_in_tube(tube, box.lps(kji))
    near = place.between & (place.rho_mm < 0.9 * reference_mm[place.row] + 1.0)
    kept = TubePlace(place.row[near], place.rho_mm[near], place.wall_mm[near], place.between[near])
    return box, kji[near], kept


def _in_wall(box: Box, kji: npt.NDArray[np.intp], place: TubePlace, peak_HU: float) -> npt.NDArray[np.bool_]:
    """Which voxels (k,) belong to a piece that touches the lumen's wall and is more than noise."""
    if not len(kji):
        return np.zeros(0, bool)
    mask = np.zeros(box.array.shape, bool)
    mask[tuple(kji.T)] = True
    parts = cc3d.connected_components(mask, connectivity=26)[tuple(kji.T)]
    count = int(parts.max()) + 1
    size = np.bincount(parts, minlength=count)
    touches = np.bincount(parts, weights=place.rho_mm < place.wall_mm + _BEHIND_MM, minlength=count) > 0
    peak = np.full(count, -np.inf)
    np.maximum.at(peak, parts, box.array[tuple(kji.T)].astype(float))
    out: npt.NDArray[np.bool_] = ((size >= _LEAST_VOXELS) & touches & (peak > peak_HU))[parts]
    return out
