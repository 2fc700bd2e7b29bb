"""Where a device stands in a vessel: a frame for each ring, along a curved course."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline

from surgitwin.core.arrays import FloatArray
from surgitwin.core.device import DeviceFrame
from surgitwin.core.errors import GeometryError
from surgitwin.core.vessel import Course, LumenTube
from surgitwin.mechanics.devices.problem import Placement

STIFFNESS = 0.25
"""Planning setting: the device's axis follows the line of section centres smoothed over this share of its
nominal diameter, as a frame that is stiffer than the vessel would."""


def place_rings(
    course: Course, device: DeviceFrame, start_s_mm: float, tube: LumenTube | None = None
) -> Placement:
    """Frames of the rings when the inflow end stands at arc length `start_s_mm` of the course.

    tube: lumen on the same course; ring origins then stand at the centres of its sections, not on the
    course. The axis of each ring points along the line of the origins, downstream; e1 is the course's.

    Raises GeometryError "device.beyond_vessel" when a ring would stand beyond either end of the course.
    """
    z = start_s_mm + np.array([r.z_mm for r in device.rings])
    low, high = float(course.s_mm[0]), float(course.s_mm[-1])
    if z[0] < low - 1e-9 or z[-1] > high + 1e-9:
        raise GeometryError(
            "device.beyond_vessel",
            f"The device would reach from {z[0]:.1f} to {z[-1]:.1f} mm along the vessel, which was measured "
            f"from {low:.1f} to {high:.1f} mm.",
            hint="Move or shorten the device, or include more of the vessel.",
            where="device",
        )
    dense = np.linspace(low, high, max(20, round((high - low) / 0.5)) + 1)
    line = course.frames_at(dense)[0] if tube is None else _centres(tube, dense)
    line = _smoothed(line, STIFFNESS * device.nominal_diameter_mm / (dense[1] - dense[0]))
    spline = CubicSpline(dense, line)
    axis = spline(z, 1)
    axis /= np.linalg.norm(axis, axis=1, keepdims=True)
    e1 = course.frames_at(z)[2]
    e1 = e1 - axis * np.einsum("ij,ij->i", e1, axis)[:, None]
    e1 /= np.linalg.norm(e1, axis=1, keepdims=True)
    return Placement(spline(z), e1, np.cross(axis, e1), axis)


def _centres(tube: LumenTube, s_mm: FloatArray) -> FloatArray:
    """(k, 3) centroids of the lumen's sections at arc lengths (k,)."""
    r, turn = tube.radius_mm, tube.angles
    area = np.sum(r**2, axis=1)
    x = 2 / 3 * np.sum(r**3 * np.cos(turn), axis=1) / area
    y = 2 / 3 * np.sum(r**3 * np.sin(turn), axis=1) / area
    points, _, e1, e2 = tube.course.frames_at(s_mm)
    out: FloatArray = (
        points
        + np.interp(s_mm, tube.course.s_mm, x)[:, None] * e1
        + np.interp(s_mm, tube.course.s_mm, y)[:, None] * e2
    )
    return out


def _smoothed(line: FloatArray, width: float) -> FloatArray:
    """Gaussian filter along a curve; its ends are continued by point reflection, so straight stays
    straight.
    """
    reach = min(len(line) - 1, int(np.ceil(3 * width)))
    before = 2 * line[0] - line[reach:0:-1]
    after = 2 * line[-1] - line[-2 : -2 - reach : -1]
    weight = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    weight /= weight.sum()
    full = np.concatenate([before, line, after])
    out: FloatArray = np.stack([np.convolve(full[:, c], weight, mode="valid") for c in range(3)], axis=1)
    return out
