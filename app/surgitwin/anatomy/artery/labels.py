"""The measured artery as a label map on the grid of its image."""

from __future__ import annotations

import numpy as np

from surgitwin.anatomy.artery.coordinates import place_in_tube
from surgitwin.anatomy.artery.sampling import box_round
from surgitwin.anatomy.artery.types import ArteryAnatomy
from surgitwin.core.image import LabelMap, Segment, Volume

SEGMENTS = (
    Segment(1, "artery_lumen", "91747007", (0.80, 0.15, 0.15)),
    Segment(2, "artery_calcium", "54115004", (0.95, 0.92, 0.80)),
)
"""SNOMED CT codes as in DICOM PS3.16: lumen of blood vessel; calcium."""


def artery_labels(volume: Volume, anatomy: ArteryAnatomy) -> LabelMap:
    """uint8 labels: lumen of the tube, calcium of its wall (calcium wins)."""
    tube = anatomy.tube
    out = np.zeros(volume.grid.shape, np.uint8)
    box = box_round(volume, tube.wall_mm.reshape(-1, 3), 0.5)
    near = np.argwhere(box.array > -10_000)
    place = place_in_tube(tube, box.lps(near))
    inside = near[place.between & (place.rho_mm < place.wall_mm)] + box.low
    out[tuple(inside.T)] = 1
    if len(anatomy.calcium.points_mm):
        index = np.rint(volume.grid.lps_to_index(anatomy.calcium.points_mm)).astype(int)
        out[tuple(index[:, ::-1].T)] = 2
    return LabelMap(out, volume.grid, SEGMENTS)
