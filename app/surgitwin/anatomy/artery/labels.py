"""The measured artery as a label map on the grid of its image."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from surgitwin.anatomy.artery.coordinates import place_in_tube
from surgitwin.anatomy.artery.sampling import box_round
from surgitwin.anatomy.artery.types import ArteryAnatomy
from surgitwin.core.image import LabelMap, Segment, Volume
from surgitwin.core.vessel import LumenTube

SEGMENTS = (
    Segment(1, "artery_lumen", "91747007", (0.80, 0.15, 0.15)),
    Segment(2, "artery_calcium", "54115004", (0.95, 0.92, 0.80)),
    Segment(3, "artery_branch", "91747007", (0.90, 0.45, 0.35)),
)
"""SNOMED CT codes as in DICOM PS3.16: lumen of blood vessel; calcium."""

_MOUTH_MM = 3.0  # a branch's own tube begins behind its mouth


def artery_labels(volume: Volume, anatomy: ArteryAnatomy) -> LabelMap:
    """uint8 labels: lumen of the tube, its calcium, side branches. Calcium wins over lumen over branch."""
    out = np.zeros(volume.grid.shape, np.uint8)
    for branch in anatomy.branches:
        if branch.tube is not None:
            _fill(out, volume, branch.tube, 3, _MOUTH_MM)
    _fill(out, volume, anatomy.tube, 1, 0.0)
    if len(anatomy.calcium.points_mm):
        index = np.rint(volume.grid.lps_to_index(anatomy.calcium.points_mm)).astype(int)
        out[tuple(index[:, ::-1].T)] = 2
    return LabelMap(out, volume.grid, SEGMENTS)


def _fill(out: npt.NDArray[np.uint8], volume: Volume, tube: LumenTube, label: int, before_mm: float) -> None:
    """Label the voxels whose centres lie in the lumen of a tube."""
    reach = float(tube.radius_mm.max()) + before_mm
    box = box_round(volume, tube.course.points_mm, reach)
    centres = box.lps(np.indices(box.array.shape).reshape(3, -1).T)
    near = cKDTree(tube.course.points_mm[::4]).query(centres, distance_upper_bound=reach + 1)[0] < np.inf
    kji = np.argwhere(near.reshape(box.array.shape))
    place = place_in_tube(tube, centres[near], before_mm)
    inside = kji[place.between & (place.rho_mm < place.wall_mm)] + box.low
    out[tuple(inside.T)] = label
