"""A rigid motion that ramps with the load factor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from surgitwin.core.arrays import FloatArray


@dataclass(frozen=True)
class RigidMotion:
    """x = p + R(factor w) (X - p) + factor t.

    translation_mm t (d,). rotation_rad w: rotation vector (3,), in 2D one angle about z (1,); empty for none.
    point_mm p (d,): empty for the origin.
    """

    translation_mm: Sequence[float] = ()
    rotation_rad: Sequence[float] = ()
    point_mm: Sequence[float] = ()

    def rotation(self, factor: float, d: int) -> FloatArray:
        """(d, d) rotation matrix at the factor."""
        if not len(self.rotation_rad):
            return np.eye(d)
        w = np.asarray(self.rotation_rad, float)
        vector = w if len(w) == 3 else np.array([0.0, 0.0, w[0]])
        out: FloatArray = Rotation.from_rotvec(factor * vector).as_matrix()[:d, :d]
        return out

    def carry(self, x: FloatArray, start: float, end: float) -> FloatArray:
        """Points x (n, d) of the body at factor `start`, as they are at factor `end`."""
        d = x.shape[1]
        p, t = self._padded(self.point_mm, d), self._padded(self.translation_mm, d)
        home = (x - p - start * t) @ self.rotation(start, d)
        out: FloatArray = p + home @ self.rotation(end, d).T + end * t
        return out

    def turn(self, start: float, d: int) -> Callable[[float], FloatArray]:
        """Rotation (d, d) from factor `start` to another factor."""
        back = self.rotation(start, d).T
        return lambda now: np.asarray(self.rotation(now, d) @ back)

    @staticmethod
    def _padded(values: Sequence[float], d: int) -> FloatArray:
        return np.asarray(values, float)[:d] if len(values) else np.zeros(d)


STILL = RigidMotion()
