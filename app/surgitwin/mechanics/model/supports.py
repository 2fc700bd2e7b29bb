"""What is held or moved: prescribed displacements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray


@dataclass(frozen=True)
class At:
    """All displacement nodes of a part with the given coordinates (mm), None for any: a face, line or point.

    In 2D, and in axisymmetry, x and y are the two coordinates. tolerance_mm as stated. surface: only nodes
    of this surface of the part's mesh, for a curved line on it.
    """

    x: float | None = None
    y: float | None = None
    z: float | None = None
    tolerance_mm: float = 1e-6
    surface: str = ""

    def chosen(self, points: FloatArray) -> Any:
        """(n,) bool for points (n, d)."""
        out = np.ones(len(points), bool)
        for k, value in enumerate((self.x, self.y, self.z)[: points.shape[1]]):
            if value is not None:
                out &= np.abs(points[:, k] - value) <= self.tolerance_mm
        return out


@dataclass(frozen=True)
class Fixed:
    """Components held at zero. on: name of a surface of the part's mesh, or `At`. components: of "xyz"."""

    name: str
    part: str
    on: str | At
    components: str = "xyz"


@dataclass(frozen=True)
class Motion:
    """Prescribed motion u = factor (t + G (X - p)) + (R(factor w) - 1)(X - p) of the given components.

    translation_mm t (d,), gradient G (d, d), rotation_rad the rotation vector w (3,), in 2D (1,) about
    z; `point_mm` p. factor: of the current step, 0 at the start of the first.
    """

    name: str
    part: str
    on: str | At
    components: str = "xyz"
    translation_mm: Sequence[float] | None = None
    gradient: Sequence[Sequence[float]] | None = None
    rotation_rad: Sequence[float] | None = None
    point_mm: Sequence[float] = field(default=(0.0, 0.0, 0.0))

    def displacement(self, points: FloatArray, factor: float) -> FloatArray:
        """(n, d) mm at the reference points (n, d)."""
        d = points.shape[1]
        x = points - np.asarray(self.point_mm, float)[:d]
        out: FloatArray = np.zeros_like(x)
        if self.translation_mm is not None:
            out += factor * np.asarray(self.translation_mm, float)
        if self.gradient is not None:
            out += factor * x @ np.asarray(self.gradient, float).T
        if self.rotation_rad is not None:
            out += x @ (_rotation(np.atleast_1d(self.rotation_rad) * factor, d) - np.eye(d)).T
        return out


def _rotation(vector: FloatArray, d: int) -> FloatArray:
    from scipy.spatial.transform import Rotation

    full = vector if len(vector) == 3 else np.array([0.0, 0.0, vector[0]])
    out: FloatArray = Rotation.from_rotvec(full).as_matrix()[:d, :d]
    return out
