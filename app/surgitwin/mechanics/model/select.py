"""Which part of a mesh a name stands for: facets or cells by their position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray


@dataclass(frozen=True)
class Round:
    """Points at `radius_mm` from a point, or from the line through it along `axis`."""

    point_mm: tuple[float, ...]
    radius_mm: float
    axis: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class Selector:
    """All given conditions hold: coordinates x, y, z within `tolerance_mm`; a box; a sphere or cylinder;
    `everything` (the whole boundary, or all cells).
    """

    x: float | None = None
    y: float | None = None
    z: float | None = None
    low_mm: tuple[float, ...] | None = None
    high_mm: tuple[float, ...] | None = None
    round: Round | None = None
    everything: bool = False
    tolerance_mm: float = 1e-6

    @property
    def empty(self) -> bool:
        """Whether no condition is given."""
        given = (self.x, self.y, self.z, self.low_mm, self.high_mm, self.round)
        return not self.everything and all(v is None for v in given)

    def chosen(self, points: FloatArray) -> Any:
        """(n,) bool for points (n, d) in mm."""
        n, d = points.shape
        out = np.ones(n, bool)
        tol = self.tolerance_mm
        for k, value in enumerate((self.x, self.y, self.z)[:d]):
            if value is not None:
                out &= np.abs(points[:, k] - value) <= tol
        if self.low_mm is not None:
            out &= (points >= np.asarray(self.low_mm)[:d] - tol).all(axis=1)
        if self.high_mm is not None:
            out &= (points <= np.asarray(self.high_mm)[:d] + tol).all(axis=1)
        if self.round is not None:
            out &= np.abs(_distance(points, self.round) - self.round.radius_mm) <= tol
        return out


def _distance(points: FloatArray, shape: Round) -> FloatArray:
    x = points - np.asarray(shape.point_mm, float)[: points.shape[1]]
    if shape.axis is not None:
        axis = np.asarray(shape.axis, float) / np.linalg.norm(shape.axis)
        x = x - np.outer(x @ axis, axis)
    out: FloatArray = np.linalg.norm(x, axis=1)
    return out
