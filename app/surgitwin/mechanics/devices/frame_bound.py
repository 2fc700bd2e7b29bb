"""What holds a frame from outside: a sheath around it, a balloon within it, and weak springs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray

STIFFNESS = 50.0
"""N/mm of each mm of strut that a bound pushes with per mm (numerical setting)."""
ROUNDING_MM = 0.02
"""Half width of the parabola at first touch (numerical setting)."""


def ramp(overlap: FloatArray, half_width: float) -> tuple[FloatArray, FloatArray]:
    """max(overlap, 0) with a parabola over +-half_width in place of the corner, and its slope."""
    inside = np.abs(overlap) < half_width
    curve = (overlap + half_width) ** 2 / (4 * half_width)
    value = np.where(inside, curve, np.maximum(overlap, 0.0))
    slope = np.where(inside, (overlap + half_width) / (2 * half_width), (overlap > 0).astype(float))
    return value, slope


@dataclass(frozen=True, eq=False)
class RadialBound:
    """A tube around a curve that mid-surfaces may not cross.

    centre_mm, axis (n, 3): point and direction of the curve next to each node, kept while this bound acts.
    radius_mm (n,): of the tube at each node. side: "sheath" keeps nodes inside, "balloon" outside.
    stiffness (n,): N/mm, 0 for nodes that it does not touch. touching (n,): nodes that the first iteration
    takes along with the tube, whichever way it moves; without that a tube that draws back leaves the frame
    without any hold. sheath and balloon slide without friction.
    """

    centre_mm: FloatArray
    axis: FloatArray
    radius_mm: FloatArray
    side: Literal["sheath", "balloon"]
    stiffness: FloatArray
    touching: npt.NDArray[np.bool_] | None = None

    def act(self, points_mm: FloatArray, first: bool = False) -> tuple[FloatArray, FloatArray]:
        """Forces (n, 3) of the bound's energy and their slopes (n, 3, 3)."""
        sign = 1.0 if self.side == "sheath" else -1.0
        across = points_mm - self.centre_mm
        across = across - self.axis * np.einsum("ij,ij->i", across, self.axis)[:, None]
        r = np.maximum(np.linalg.norm(across, axis=1), 1e-9)
        out = across / r[:, None]
        over = sign * (r - self.radius_mm)
        value, slope = ramp(over, ROUNDING_MM)
        if first and self.touching is not None:
            value, slope = np.where(self.touching, over, value), np.where(self.touching, 1.0, slope)
        push, stiff = sign * self.stiffness * value, self.stiffness * slope
        radial = np.einsum("ni,nj->nij", out, out)
        round_ = np.eye(3) - np.einsum("ni,nj->nij", self.axis, self.axis) - radial
        blocks = stiff[:, None, None] * radial + (push / r)[:, None, None] * round_
        return push[:, None] * out, blocks

    def crossed_mm(self, points_mm: FloatArray) -> FloatArray:
        """(n,) how far each node is beyond the tube, negative when apart or not held."""
        sign = 1.0 if self.side == "sheath" else -1.0
        across = points_mm - self.centre_mm
        across = across - self.axis * np.einsum("ij,ij->i", across, self.axis)[:, None]
        over = sign * (np.linalg.norm(across, axis=1) - self.radius_mm)
        return np.where(self.stiffness > 0, over, -np.inf)


@dataclass(frozen=True, eq=False)
class Hold:
    """Weak springs (N/mm a node) to where the nodes were: they only keep a free frame from drifting."""

    points_mm: FloatArray
    stiffness: float

    def act(self, points_mm: FloatArray, first: bool = False) -> tuple[FloatArray, FloatArray]:
        """Forces (n, 3) and slopes (n, 3, 3)."""
        blocks = np.broadcast_to(self.stiffness * np.eye(3), (len(points_mm), 3, 3))
        return self.stiffness * (points_mm - self.points_mm), blocks
