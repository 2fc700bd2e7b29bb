"""Where elements must be small: a size field from zones that grow with distance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from surgitwin.core.arrays import FloatArray
from surgitwin.core.frame import Plane

DistanceFunction = Callable[[FloatArray], FloatArray]

SizeField = Callable[[FloatArray], FloatArray]
"""Points (n, 3) LPS to wanted edge lengths (n,) in mm; a `Refinement` is one."""


@dataclass(frozen=True, eq=False)
class Refinement:
    """Elements of `size_mm` within `radius_mm`, growing by `growth` mm per mm of distance beyond it.

    at: points (n, 3) LPS (sample an axis every few mm), or a function of points (n, 3) that gives their
    distance in mm (n,), for example `ImplantSolids.distance`.
    """

    at: FloatArray | DistanceFunction
    size_mm: float
    radius_mm: float = 0.0
    growth: float = 0.3

    def __call__(self, points_mm: FloatArray) -> FloatArray:
        """(n,) wanted element size in mm at (n, 3) points."""
        away = self.at(points_mm) if callable(self.at) else cKDTree(self.at).query(points_mm)[0]
        out: FloatArray = self.size_mm + self.growth * np.maximum(away - self.radius_mm, 0)
        return out


def slab(plane: Plane, width_mm: float) -> DistanceFunction:
    """Distance from the slab of `width_mm` centred on a plane."""
    return lambda points: np.maximum(np.abs(plane.distance(points)) - width_mm / 2, 0)


def wanted_size(points_mm: FloatArray, size_mm: float, refine: Sequence[SizeField]) -> FloatArray:
    """(n,) smallest of the general size and every zone's."""
    size = np.full(len(points_mm), float(size_mm))
    for zone in refine:
        size = np.minimum(size, zone(points_mm))
    return size
