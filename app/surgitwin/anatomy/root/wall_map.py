"""The wall of the root unrolled: radius over angle and height in a straight frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.frame import Frame
from surgitwin.core.vessel import LumenTube

ANGLES = 72
HEIGHT_STEP_MM = 0.5
Value = FloatArray | float


@dataclass(frozen=True, eq=False)
class WallMap:
    """radius_mm (72, k): distance from the frame's z axis at angle 2 pi j / 72 and height_mm[k].

    frame: z towards the aorta, origin on the axis. nan where the tracked wall does not reach.
    """

    frame: Frame
    height_mm: FloatArray
    radius_mm: FloatArray

    @property
    def angles(self) -> FloatArray:
        """(72,) radians about z."""
        return 2 * np.pi * np.arange(ANGLES) / ANGLES

    def radius(self, angle: Value, height: Value) -> FloatArray:
        """Radius (...,) at angles and heights (...,), bilinear, the nearest height's beyond the map."""
        a = np.mod(np.asarray(angle, float), 2 * np.pi) / (2 * np.pi) * ANGLES
        h = (np.asarray(height, float) - self.height_mm[0]) / HEIGHT_STEP_MM
        h = np.clip(h, 0, len(self.height_mm) - 1.001)
        i, k = np.floor(a).astype(int), np.floor(h).astype(int)
        u, v = a - i, h - k
        i0, i1 = i % ANGLES, (i + 1) % ANGLES
        r = self.radius_mm
        out: FloatArray = (r[i0, k] * (1 - v) + r[i0, k + 1] * v) * (1 - u) + (
            r[i1, k] * (1 - v) + r[i1, k + 1] * v
        ) * u
        return out

    def local(self, angle: Value, height: Value, inset_mm: Value = 0.0) -> FloatArray:
        """(..., 3) points of the frame at the wall, `inset_mm` inside it."""
        a, h = np.broadcast_arrays(np.asarray(angle, float), np.asarray(height, float))
        r = self.radius(a, h) - inset_mm
        return np.stack([r * np.cos(a), r * np.sin(a), h], axis=-1)

    def points(self, angle: Value, height: Value, inset_mm: Value = 0.0) -> FloatArray:
        """(..., 3) LPS points at the wall, `inset_mm` inside it (negative: outside)."""
        return self.frame.to_lps(self.local(angle, height, inset_mm))


def straight_frame(origin_mm: FloatArray, axis: FloatArray) -> Frame:
    """Frame with z along `axis`; x as near to the patient's left as it can be."""
    z = axis / np.linalg.norm(axis)
    x = np.array([1.0, 0.0, 0.0]) if abs(z[0]) < 0.9 else np.array([0.0, 1.0, 0.0])
    x = x - z * (x @ z)
    x /= np.linalg.norm(x)
    return Frame(origin_mm, np.column_stack([x, np.cross(z, x), z]))


def unroll(tube: LumenTube, frame: Frame, low_mm: float, high_mm: float) -> WallMap:
    """Wall of the tube between two heights of a frame, from where its wall lines cross each level."""
    heights = np.arange(low_mm, high_mm + 1e-9, HEIGHT_STEP_MM)
    local = frame.from_lps(tube.wall_mm)
    m = local.shape[1]
    at = np.full((m, len(heights), 3), np.nan)
    for j in range(m):
        rising = np.maximum.accumulate(local[:, j, 2])
        keep = np.r_[True, np.diff(rising) > 1e-9]
        for c in range(3):
            at[j, :, c] = np.interp(heights, rising[keep], local[keep, j, c], left=np.nan, right=np.nan)
    angle, radius = np.arctan2(at[..., 1], at[..., 0]), np.hypot(at[..., 0], at[..., 1])
    out = np.full((ANGLES, len(heights)), np.nan)
    even = 2 * np.pi * np.arange(ANGLES) / ANGLES
    for k in range(len(heights)):
        if np.isfinite(radius[:, k]).all():
            out[:, k] = np.interp(even, angle[:, k] % (2 * np.pi), radius[:, k], period=2 * np.pi)
    good = np.isfinite(out).all(axis=0)
    return WallMap(frame, heights[good], out[:, good])
