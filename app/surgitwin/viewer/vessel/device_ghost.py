"""A planned device as it would stand at its planned diameter: bars for 3D, a shell for outlines."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from surgitwin.anatomy.artery.types import ArteryAnatomy
from surgitwin.anatomy.root.types import RootAnatomy
from surgitwin.core.arrays import FloatArray
from surgitwin.core.device import DeviceFrame
from surgitwin.core.plan import Plan
from surgitwin.core.vessel import Course, LumenTube
from surgitwin.mechanics.devices.place import place_rings
from surgitwin.mechanics.devices.problem import Placement
from surgitwin.mechanics.devices.struts import strut_lines
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
    stand = Placement(origin, e1, np.cross(axis, e1), axis)
    points, ends = strut_lines(device, stand, np.full((len(z), SPOKES), diameter / 2))
    struts = [points[a:b] for a, b in pairwise(ends)]
    bar = max(min(r.strut_width_mm for r in device.rings) / 2, SEEN * diameter)
    shell = _shell(device, z, origin, e1, axis, diameter / 2)
    end = None if start is None else start + device.length_mm
    return Ghost(strut_layer(struts, bar, colour=GHOST), shell, start, end, diameter)


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
