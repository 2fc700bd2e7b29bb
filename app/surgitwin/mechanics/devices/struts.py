"""The struts of deployed rings as lines: the zig-zags that fit the radii, joined to one frame."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.device import DeviceFrame
from surgitwin.mechanics.devices.problem import Placement
from surgitwin.mechanics.devices.ring_law import ring_angle

PIECES = 6
"""Numerical setting: straight pieces of a strut's line, and of a link's."""


def strut_lines(
    device: DeviceFrame, placement: Placement, radius_mm: FloatArray
) -> tuple[FloatArray, IntArray]:
    """Middle lines of all struts, then of all links, (k, 3) LPS and their offsets (p + 1,).

    radius_mm (r, t): outer radii. Crowns stand evenly around; struts keep their length as far as the ring is
    round. Rings are computed apart from each other along the vessel; only for the drawing they are joined
    as `DeviceFrame.connectors` says and the strut frame does it: without links every second ring is turned
    by half a crown, and crowns are drawn out to meet the next ring's troughs half way (which changes the
    length of their struts); with links the rings stand in phase, and lines run from crown to crown.
    """
    joined = device.connectors == 0 and len({r.crowns for r in device.rings}) == 1
    rings = [_Ring(device, placement, radius_mm, j, joined and j % 2 == 1) for j in range(len(device.rings))]
    if joined:
        for a, b in pairwise(rings):
            _meet(a, b)
    lines = [r.struts() for r in rings]
    if device.connectors:
        lines += [_links(device.connectors, j, *rings[j : j + 2]) for j in range(len(rings) - 1)]
    points = np.concatenate([line.reshape(-1, 3) for line in lines])
    return points, np.arange(0, len(points) + 1, PIECES + 1)


class _Ring:
    """Crowns and troughs of one ring. ends (2 crowns, 3): troughs at even places, crowns at odd ones.

    turned: by half a crown, so that its troughs stand where the ring before it has its crowns.
    """

    def __init__(
        self, device: DeviceFrame, placement: Placement, radius_mm: FloatArray, j: int, turned: bool
    ) -> None:
        ring = device.rings[j]
        self.origin, self.axis = placement.origin_mm[j], placement.axis[j]
        self.e1, self.e2 = placement.e1[j], placement.e2[j]
        self.mid = np.append(radius_mm[j], radius_mm[j, 0]) - ring.strut_thickness_mm / 2
        phi = ring_angle(ring, np.array(2 * self.mid[:-1].mean()))
        self.half = float(ring.strut_length_mm * np.cos(phi) / 2)
        self.count, self.turned = 2 * ring.crowns, turned
        self.up = np.where(np.arange(self.count) % 2 == 0, -1.0, 1.0)
        self.angle = 2 * np.pi * (np.arange(self.count) + turned) / self.count
        self.own = self.place(self.angle, self.half * self.up)
        self.ends = self.own.copy()

    @property
    def crowns(self) -> FloatArray:
        """(crowns, 3)"""
        return self.own[1::2]

    def place(self, angle: FloatArray, height: FloatArray) -> FloatArray:
        """(..., 3) on the ring's surface."""
        turn = np.linspace(0, 2 * np.pi, len(self.mid))
        r = np.interp(angle % (2 * np.pi), turn, self.mid)[..., None]
        around = np.cos(angle)[..., None] * self.e1 + np.sin(angle)[..., None] * self.e2
        out: FloatArray = self.origin + r * around + height[..., None] * self.axis
        return out

    def struts(self) -> FloatArray:
        """(struts, points, 3) from each end to the next one around, moved along with its ends."""
        t = np.arange(PIECES + 1) / PIECES
        angle = self.angle[:, None] + 2 * np.pi * t / self.count
        line = self.place(angle, self.half * self.up[:, None] * (1 - 2 * t))
        moved = self.ends - self.own
        following = np.roll(moved, -1, axis=0)
        out: FloatArray = line + (1 - t)[:, None] * moved[:, None] + t[:, None] * following[:, None]
        return out


def _meet(before: _Ring, after: _Ring) -> None:
    """Crowns of a ring and troughs of the next one, half way between the two."""
    # A turned ring's trough i stands at the same angle as crown i of the ring before it; the troughs of the
    # ring after that begin at angle 0, where its last crown stands.
    crown = np.arange(1, before.count, 2)
    trough = crown - 1 if after.turned else (crown + 1) % before.count
    half_way = (before.own[crown] + after.own[trough]) / 2
    before.ends[crown], after.ends[trough] = half_way, half_way


def _links(connectors: int, j: int, before: _Ring, after: _Ring) -> FloatArray:
    """(links, points, 3) from crowns to the next ring's crowns, spread as in the strut frame."""
    count = min(connectors, before.count // 2, after.count // 2)
    share = (np.arange(count) + 0.5 * (j % 2)) / count
    t = np.arange(PIECES + 1)[:, None] / PIECES
    a, b = (
        r.crowns[np.round(share * len(r.crowns)).astype(int) % len(r.crowns)][:, None]
        for r in (before, after)
    )
    out: FloatArray = a + t * (b - a)
    return out
