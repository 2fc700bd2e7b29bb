"""The strut network of a device as beams, at rest: zig-zag rings and what joins them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray, readonly
from surgitwin.core.device import DeviceFrame, ZigzagRing
from surgitwin.core.errors import GeometryError
from surgitwin.mechanics.devices.frame_body import BeamMesh
from surgitwin.mechanics.devices.frame_ring import ring_height, strut_line
from surgitwin.mechanics.devices.frame_section import rectangle

STRAIGHT, TURNS, LINK = 6, 1, 4
"""Elements of a strut's straight part, of each round end, and of a link (settings)."""
ROUND_WIDTHS = 1.0
"""Radius of the crowns' centreline over the strut's width (setting); joined crowns are sharp."""


@dataclass(frozen=True, eq=False)
class StrutFrame:
    """A device at rest along the z axis from its inflow end.

    beams: the elements. ring (n,): of each node, -1 inside a link. strut_nodes, strut_offsets: the struts
    and then the links as chains of nodes; n_struts: how many are struts. tributary_mm (n,): length of beams
    that a node stands for, links left out. half_thickness_mm, width_mm (n,): of the struts at a node.
    """

    device: DeviceFrame
    beams: BeamMesh
    ring: IntArray
    strut_nodes: IntArray
    strut_offsets: IntArray
    n_struts: int
    tributary_mm: FloatArray
    half_thickness_mm: FloatArray
    width_mm: FloatArray

    def __post_init__(self) -> None:
        for name in ("ring", "strut_nodes", "strut_offsets"):
            object.__setattr__(self, name, readonly(getattr(self, name), np.int64))
        for name in ("tributary_mm", "half_thickness_mm", "width_mm"):
            object.__setattr__(self, name, readonly(getattr(self, name), np.float64))


def strut_frame(
    device: DeviceFrame, *, straight: int = STRAIGHT, turns: int = TURNS, round_widths: float = ROUND_WIDTHS
) -> StrutFrame:
    """The network at rest. connectors 0: crowns are joined to the next ring's troughs. Otherwise rings stand
    in phase and that many links run from crowns to the next ring's crowns, as long as the pitch of the rings.

    Raises GeometryError "frame.crowns" when joined rings have different numbers of crowns.
    """
    build = _Network(device, straight, turns, round_widths)
    for j in range(len(device.rings)):
        build.add_ring(j)
    if device.connectors:
        for j in range(len(device.rings) - 1):
            build.add_links(j)
    return build.finished()


class _Network:
    """Nodes and chains as they are added."""

    def __init__(self, device: DeviceFrame, straight: int, turns: int, round_widths: float) -> None:
        self.device, self.straight, self.turns, self.round_widths = device, straight, turns, round_widths
        self.closed = device.connectors == 0 and len(device.rings) > 1
        self.points: list[FloatArray] = []
        self.ring: list[int] = []
        self.chains: list[list[int]] = []
        self.chain_ring: list[int] = []
        self.tops: list[list[int]] = []
        self.floor = _floors(device)

    def node(self, ring: int, radius: float, angle: float, z: float) -> int:
        self.points.append(np.array([radius * math.cos(angle), radius * math.sin(angle), z]))
        self.ring.append(ring)
        return len(self.points) - 1

    def add_ring(self, j: int) -> None:
        """The struts of ring j; its troughs are the crowns of the ring below when joined."""
        ring = self.device.rings[j]
        n, height = ring.crowns, ring_height(ring, ring.rest_diameter_mm)
        low, high = _radii(self.device, j, self.closed)
        pitch = math.pi / n
        turn = pitch * (j % 2) if self.closed else 0.0
        round_mm = 0.0 if self.closed else self.round_widths * ring.strut_width_mm
        line = strut_line(height, pitch * ring.rest_diameter_mm / 2, round_mm, self.straight, self.turns)
        share = line[:, 1] / height
        angle, radius = line[:, 0] * 2 / ring.rest_diameter_mm, low + (high - low) * share
        z = self.floor[j] + line[:, 1]
        if self.closed and j:
            troughs = self._joined(j)
        else:
            troughs = [self.node(j, low, turn + 2 * pitch * k, self.floor[j]) for k in range(n)]
        tops = [self.node(j, high, turn + 2 * pitch * k + pitch, self.floor[j] + height) for k in range(n)]
        self.tops.append(tops)
        for k in range(n):
            for side, start in ((1.0, troughs[k]), (-1.0, troughs[(k + 1) % n])):
                at = turn + 2 * pitch * (k if side > 0 else k + 1)
                inner = [self.node(j, radius[i], at + side * angle[i], z[i]) for i in range(1, len(line) - 1)]
                self.chains.append([start, *inner, tops[k]])
                self.chain_ring.append(j)

    def _joined(self, j: int) -> list[int]:
        """Crowns of the ring below in the order of this ring's troughs."""
        below, ring = self.device.rings[j - 1], self.device.rings[j]
        if below.crowns != ring.crowns:
            raise GeometryError(
                "frame.crowns",
                f"Ring {j} has {below.crowns} crowns, ring {j + 1} has {ring.crowns}: they cannot be joined.",
                hint="Give links (connectors), or rings with as many crowns.",
                where="device frame",
            )
        tops = self.tops[
            j - 1
        ]  # crown k of an even ring stands at pitch (2 k + 1), of an odd one at 2 (k + 1)
        return tops if j % 2 else [tops[-1], *tops[:-1]]

    def add_links(self, j: int) -> None:
        """Links from ring j to the next, spread over the crowns, turned by half a step each time."""
        lower, upper = self.tops[j], self.tops[j + 1]
        count = min(self.device.connectors, len(lower), len(upper))
        for k in range(count):
            share = (k + 0.5 * (j % 2)) / count
            a = lower[round(share * len(lower)) % len(lower)]
            b = upper[round(share * len(upper)) % len(upper)]
            start, end = self.points[a], self.points[b]
            inner = []
            for t in np.arange(1, LINK) / LINK:
                p = start + (end - start) * t
                self.points.append(p)
                self.ring.append(-1)
                inner.append(len(self.points) - 1)
            self.chains.append([a, *inner, b])
            self.chain_ring.append(j)

    def finished(self) -> StrutFrame:
        points = np.array(self.points)
        n_struts = sum(2 * r.crowns for r in self.device.rings)
        ends = np.concatenate([np.stack([c[:-1], c[1:]], axis=1) for c in self.chains])
        count = [len(c) - 1 for c in self.chains]
        ring_of = np.repeat(self.chain_ring, count)
        in_link = np.repeat(np.arange(len(self.chains)) >= n_struts, count)
        middle = points[ends].mean(1)
        side = middle * (1.0, 1.0, 0.0)
        sections = tuple(rectangle(r.strut_width_mm, r.strut_thickness_mm) for r in self.device.rings)
        beams = BeamMesh(points, ends, side, ring_of, sections)
        length = np.where(in_link, 0.0, beams.length_mm)
        tributary = np.bincount(ends.ravel(), np.repeat(length / 2, 2), len(points))
        owner = np.zeros(len(points), int)
        owner[ends.ravel()] = np.repeat(ring_of, 2)
        rings = self.device.rings
        return StrutFrame(
            self.device, beams, np.array(self.ring), np.concatenate(self.chains),
            np.concatenate([[0], np.cumsum([len(c) for c in self.chains])]), n_struts, tributary,
            np.array([rings[o].strut_thickness_mm / 2 for o in owner]),
            np.array([rings[o].strut_width_mm for o in owner]),
        )  # fmt: skip


def _radii(device: DeviceFrame, j: int, closed: bool) -> tuple[float, float]:
    """Mid-surface radii of ring j at its troughs and crowns: joined ends meet half way."""
    rings = device.rings
    own = rings[j].rest_diameter_mm / 2
    if not closed:
        return own, own
    low = (own + rings[j - 1].rest_diameter_mm / 2) / 2 if j else own
    high = (own + rings[j + 1].rest_diameter_mm / 2) / 2 if j + 1 < len(rings) else own
    return low, high


def _floors(device: DeviceFrame) -> list[float]:
    """z of the troughs of every ring at rest: joined rings stand on each other, others keep their pitch."""
    rings = device.rings
    tall = [ring_height(r, r.rest_diameter_mm) for r in rings]
    if device.connectors == 0 and len(rings) > 1:
        return [0.0, *(float(z) for z in np.cumsum(tall)[:-1])]
    return [r.z_mm - rings[0].z_mm + (tall[0] - h) / 2 for r, h in zip(rings, tall, strict=True)]


def single_ring(
    ring: ZigzagRing, *, straight: int = STRAIGHT, turns: int = TURNS, round_widths: float = ROUND_WIDTHS
) -> StrutFrame:
    """A ring by itself; the metal is given with the body."""
    outer = ring.rest_diameter_mm + ring.strut_thickness_mm
    device = DeviceFrame("balloon_expandable", "", (ring,), outer, outer, 0, ring.strut_length_mm)
    return strut_frame(device, straight=straight, turns=turns, round_widths=round_widths)
