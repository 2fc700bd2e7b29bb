"""The struts of deployed rings as lines: the zig-zag that fits the radii, for pictures."""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.device import DeviceFrame
from surgitwin.mechanics.devices.problem import Placement
from surgitwin.mechanics.devices.ring_law import ring_angle

PIECES = 6
"""Numerical setting: straight pieces of a strut's line."""


def strut_lines(
    device: DeviceFrame, placement: Placement, radius_mm: FloatArray
) -> tuple[FloatArray, IntArray]:
    """Middle lines of all struts (k, 3) LPS and their offsets (p + 1,). radius_mm (r, t): outer radii.

    Crowns stand evenly around; struts keep their length as far as the ring is round.
    """
    t = radius_mm.shape[1]
    turn = np.append(2 * np.pi * np.arange(t) / t, 2 * np.pi)
    lines = []
    for j, ring in enumerate(device.rings):
        mid = radius_mm[j] - ring.strut_thickness_mm / 2
        phi = ring_angle(ring, np.array(2 * mid.mean()))
        half = ring.strut_length_mm * np.cos(phi) / 2
        count = 2 * ring.crowns
        along = np.arange(PIECES + 1) / PIECES
        angle = 2 * np.pi * (np.arange(count)[:, None] + along) / count
        up = np.where(np.arange(count)[:, None] % 2 == 0, 1.0, -1.0)
        z = half * up * (2 * along - 1)
        r = np.interp(angle % (2 * np.pi), turn, np.append(mid, mid[0]))[..., None]
        around = np.cos(angle)[..., None] * placement.e1[j] + np.sin(angle)[..., None] * placement.e2[j]
        lines.append((placement.origin_mm[j] + r * around + z[..., None] * placement.axis[j]).reshape(-1, 3))
    points = np.concatenate(lines)
    return points, np.arange(0, len(points) + 1, PIECES + 1)
