"""The synthetic femur for tests of any package: coarse, noise-free, built once per session.

from phantoms import coarse_phantom, chain_labels
"""

from __future__ import annotations

from functools import cache

import numpy as np

from femur_fracture.parameters import PhantomParameters, coarse
from femur_fracture.phantom import Phantom, build_phantom
from surgitwin.core.frame import Side
from surgitwin.core.image import LabelMap, Segment

# Truth label -> label of the segmentation: hip bone, tibia and patella are "other_bone".
_TO_CHAIN = np.array([0, 1, 2, 3, 0, 0, 3], np.uint8)
_CHAIN_SEGMENTS = (
    Segment(1, "femur", "71341001", (0.93, 0.87, 0.74)),
    Segment(2, "femur_canal", "91718004", (0.86, 0.55, 0.36)),
    Segment(3, "other_bone", "272673000", (0.60, 0.66, 0.74)),
)


@cache
def phantom(parameters: PhantomParameters) -> Phantom:
    """The phantom with these parameters; read-only and shared by all tests of the session."""
    return build_phantom(parameters)


def coarse_phantom(side: Side = "left", voxel_mm: float = 3.0) -> Phantom:
    """Noise-free phantom on cubic voxels, for mechanics (elements of 5 to 6 mm)."""
    return phantom(coarse(PhantomParameters(side=side), voxel_mm))


def chain_labels(made: Phantom) -> LabelMap:
    """The true label map under the names that `segmentation.segment` gives."""
    return LabelMap(_TO_CHAIN[made.labels.array], made.grid, _CHAIN_SEGMENTS)
