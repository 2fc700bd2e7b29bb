"""Cross-sections of the shaft: canal centre, inscribed canal radius and outer radius."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.ndimage as ndi

from surgitwin.anatomy.straight import StraightBone
from surgitwin.anatomy.types import CanalStation
from surgitwin.core.arrays import FloatArray
from surgitwin.core.image import LabelMap, Volume

STEP_MM = 2.0
"""Numerical setting: distance between stations."""
PIXEL_MM = 0.5
"""Numerical setting: pixel of a section; sets the resolution of the inscribed circle."""
HALF_MM = 45.0
"""Numerical setting: half width of a section."""


def canal_stations(
    bone: StraightBone, labels: LabelMap, volume: Volume | None, low: float, high: float
) -> tuple[CanalStation, ...]:
    """Stations every STEP_MM from height `low` to `high` (mm) in the bone frame.

    The canal is what lies inside the endosteal outline: with a volume, where HU is under the mean of the
    section's cortical level (95th percentile) and its marrow (5th percentile), so that cancellous bone
    counts as canal; without one, the segment "femur_canal".
    """
    axis = np.arange(-HALF_MM, HALF_MM + PIXEL_MM / 2, PIXEL_MM)
    y, x = np.meshgrid(axis, axis, indexing="ij")
    image = labels.mask("femur_canal").astype(np.float32) if volume is None else volume.array
    out = []
    for z in np.arange(low, high + 1e-9, STEP_MM):
        points = np.stack([x, y, np.full_like(x, z)], axis=-1)
        inside = bone.distance_at(points) < 0
        if not inside.any():
            continue
        index = labels.grid.lps_to_index(bone.frame.to_lps(points[inside]))
        value = ndi.map_coordinates(image, index[:, ::-1].T, order=1, mode="nearest", output=np.float32)
        if volume is None:
            hollow = value > 0.5
        else:
            marrow, cortex = np.percentile(value, [5, 95])
            hollow = value < 0.5 * (marrow + cortex)
        canal = np.zeros_like(inside)
        canal[inside] = hollow
        out.append(_station(float(z), inside, ndi.binary_opening(canal), axis))
    return tuple(out)


def _station(
    z: float, inside: npt.NDArray[np.bool_], canal: npt.NDArray[np.bool_], axis: FloatArray
) -> CanalStation:
    outer = float(np.sqrt(inside.sum() * PIXEL_MM**2 / np.pi))
    radius = 0.0
    centre = axis[0] + PIXEL_MM * np.argwhere(inside).mean(axis=0)[::-1]
    if canal.any():
        depth = ndi.distance_transform_edt(canal) * PIXEL_MM
        radius = float(depth.max()) - PIXEL_MM / 2
        centre = axis[0] + PIXEL_MM * np.argwhere(depth > depth.max() - PIXEL_MM / 4).mean(axis=0)[::-1]
    return CanalStation(z, centre, radius, outer)
