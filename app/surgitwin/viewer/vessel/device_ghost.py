"""A planned device as it would stand at its planned diameter: bars for 3D, a shell for outlines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surgitwin.anatomy.artery.types import ArteryAnatomy
from surgitwin.anatomy.root.types import RootAnatomy
from surgitwin.core.arrays import FloatArray
from surgitwin.core.device import DeviceFrame, ZigzagRing
from surgitwin.core.plan import Plan
from surgitwin.core.vessel import Course, LumenTube
from surgitwin.mechanics.devices.place import place_rings
from surgitwin.scene.model import METAL, Layer
from surgitwin.scene.vessel_layers import strut_layer, tube_layers

SPOKES = 48
SEEN = 0.012
"""Radius of a drawn strut, least share of the diameter: thinner ones would not be seen (display only)."""
GHOST = (0.62, 0.83, 1.0)
"""A planned device is drawn lighter than a deployed one."""


@dataclass(frozen=True, eq=False)
class Ghost:
    """frame: its struts. shell: the cylinder that it fills. start_mm, end_mm: stretch of an artery's course,
    None in a root. diameter_mm: outer, as planned."""

    frame: Layer | None
    shell: Layer
    start_mm: float | None
    end_mm: float | None
    diameter_mm: float


def device_ghost(anatomy: RootAnatomy | ArteryAnatomy, plan: Plan, device: DeviceFrame) -> Ghost:
    """The device of a plan with one implant, undeployed: straight in a root, along the course in an artery.

    Raises GeometryError ("device.beyond_vessel") when it would leave the measured vessel.
    """
    diameter = float(plan.options.get("balloon_mm", device.nominal_diameter_mm))
    z = np.array([r.z_mm for r in device.rings])
    start: float | None = None
    if isinstance(anatomy, ArteryAnatomy):
        start = float(plan.options["position_mm"]) - device.length_mm / 2
        stand = place_rings(anatomy.tube.course, device, start, anatomy.tube)
        origin, e1, axis = stand.origin_mm, stand.e1, stand.axis
    else:
        pose = plan.implants[0].pose
        origin = pose[:3, 3] + z[:, None] * pose[:3, 2]
        e1, axis = (np.tile(pose[:3, k], (len(z), 1)) for k in (0, 2))
    struts = [
        _zigzag(ring, o, a, np.cross(n, a), n, diameter / 2)
        for ring, o, a, n in zip(device.rings, origin, e1, axis, strict=True)
    ]
    bar = max(min(r.strut_width_mm for r in device.rings) / 2, SEEN * diameter)
    shell = _shell(device, z, origin, e1, axis, diameter / 2)
    end = None if start is None else start + device.length_mm
    return Ghost(strut_layer(struts, bar, colour=GHOST), shell, start, end, diameter)


def _zigzag(
    ring: ZigzagRing, origin: FloatArray, e1: FloatArray, e2: FloatArray, axis: FloatArray, radius: float
) -> FloatArray:
    """(2 crowns + 1, 3) peaks and troughs of a ring at an outer radius; struts keep their length."""
    count = 2 * ring.crowns
    chord = 2 * radius * np.sin(np.pi / count)
    height = float(np.sqrt(max(ring.strut_length_mm**2 - chord**2, 0.0)))
    angle = 2 * np.pi * np.arange(count + 1) / count
    up = np.where(np.arange(count + 1) % 2 == 0, 0.5, -0.5)[:, None] * height
    middle = radius - ring.strut_thickness_mm / 2
    out: FloatArray = (
        origin + middle * (np.cos(angle)[:, None] * e1 + np.sin(angle)[:, None] * e2) + up * axis
    )
    return out


def _shell(
    device: DeviceFrame, z: FloatArray, origin: FloatArray, e1: FloatArray, axis: FloatArray, radius: float
) -> Layer:
    """The outer cylinder from end to end, along the rings."""
    first, last = origin[0] - z[0] * axis[0], origin[-1] + (device.length_mm - z[-1]) * axis[-1]
    points = np.vstack([first, origin, last])
    along = np.vstack([axis[:1], axis, axis[-1:]])
    turn = np.vstack([e1[:1], e1, e1[-1:]])
    s = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))]
    keep = np.r_[True, np.diff(s) > 1e-6]
    course = Course(s[keep], points[keep], along[keep], turn[keep], np.cross(along, turn)[keep])
    tube = LumenTube(course, np.full((int(keep.sum()), SPOKES), radius))
    made = tube_layers(tube)[0]
    return Layer("device", made.data, METAL, 0.3)
