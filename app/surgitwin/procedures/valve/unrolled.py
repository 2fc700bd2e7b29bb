"""The deployed lumen unrolled around the annulus's axis: fields by height and angle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.interpolate import LinearNDInterpolator
from scipy.spatial import Delaunay

from surgitwin.core.arrays import FloatArray
from surgitwin.core.frame import Frame
from surgitwin.core.wall import WallMesh
from surgitwin.mechanics.devices.result import DeploymentResult

BEYOND_ARC = np.pi / 2
"""Numerical setting: the lumen is continued by this angle on both sides of its seam."""


@dataclass(frozen=True, eq=False)
class Unrolled:
    """Lumen nodes in the annulus frame, at their place in the image (regions are of the anatomy).

    height_mm, angle (k,): over the annulus plane, about its axis from the frame's x. reference_mm (k,):
    distance from the axis in the image. radius_mm (k,): the same after deployment. pressure_MPa, gap_mm
    (k,): pressure as in `DeploymentResult`, gap less the distance at which contact begins, so that 0 is
    touching; before the inflow end it is the gap to the first ring's outline carried on, so that sections
    next to the end can be interpolated; nan beyond the outflow end. touched (k,): as in `DeploymentResult`,
    None when it has none.
    """

    height_mm: FloatArray
    angle: FloatArray
    reference_mm: FloatArray
    radius_mm: FloatArray
    pressure_MPa: FloatArray
    gap_mm: FloatArray
    touched: FloatArray | None = None

    @classmethod
    def of(cls, frame: Frame, wall: WallMesh, result: DeploymentResult, touch_mm: float = 0.0) -> Unrolled:
        """The lumen of `wall` under `result`, seen from the annulus frame.

        touch_mm: gap at which the penalty law begins to push (`ContactLaw.smoothing_mm`).
        """
        nodes = np.flatnonzero(np.isfinite(wall.lumen_s_mm))
        before = frame.from_lps(wall.points_mm[nodes])
        moved = wall.points_mm[nodes] + result.displacement_mm[nodes]
        after = frame.from_lps(moved)
        gap = result.gap_mm[nodes]
        ahead, carried = _before_first_ring(result, moved)
        gap = np.where(np.isfinite(gap) | ~ahead, gap, carried)
        return cls(
            before[:, 2],
            np.arctan2(before[:, 1], before[:, 0]),
            np.hypot(before[:, 0], before[:, 1]),
            np.hypot(after[:, 0], after[:, 1]),
            result.pressure_MPa[nodes],
            gap - touch_mm,
            result.touched[nodes] if len(result.touched) else None,
        )

    def sampled(
        self,
        height_mm: FloatArray,
        angle: FloatArray,
        *fields: FloatArray,
        only: npt.NDArray[np.bool_] | None = None,
    ) -> FloatArray:
        """(fields, heights, angles) linear between nodes, nan outside of them. only (k,): nodes to use."""
        keep = np.ones(len(self.angle), bool) if only is None else only
        scale = float(self.reference_mm[keep].mean()) if keep.any() else 1.0
        around, which = _continued(self.angle[keep])
        points = np.column_stack([self.height_mm[keep][which], scale * around])
        values = np.stack([f[keep][which] for f in fields], axis=1)
        grid = np.stack(np.meshgrid(height_mm, scale * _wrapped(angle), indexing="ij"), axis=-1)
        if len(points) < 3:
            return np.full((len(fields), len(height_mm), len(angle)), np.nan)
        out: FloatArray = LinearNDInterpolator(Delaunay(points), values)(grid)
        return np.moveaxis(out, -1, 0)


def _before_first_ring(
    result: DeploymentResult, points: FloatArray
) -> tuple[npt.NDArray[np.bool_], FloatArray]:
    """Which points (k, 3) lie before the first ring, and their distance from its outline carried on."""
    local = points - result.ring_origin_mm[0]
    x, y, z = (local @ a[0] for a in (result.ring_e1, result.ring_e2, result.ring_axis))
    outline = result.ring_radius_mm[0]
    turn = 2 * np.pi * np.arange(len(outline)) / len(outline)
    radius = np.interp(np.arctan2(y, x), turn, outline, period=2 * np.pi)
    return z < 0, np.hypot(x, y) - radius


def _wrapped(angle: FloatArray) -> FloatArray:
    out: FloatArray = (angle + np.pi) % (2 * np.pi) - np.pi
    return out


def _continued(angle: FloatArray) -> tuple[FloatArray, npt.NDArray[np.intp]]:
    """Angles with copies on both sides of the seam, and which node each is."""
    own = np.arange(len(angle))
    low, high = angle < -np.pi + BEYOND_ARC, angle > np.pi - BEYOND_ARC
    around = np.concatenate([angle, angle[low] + 2 * np.pi, angle[high] - 2 * np.pi])
    return around, np.concatenate([own, own[low], own[high]])
