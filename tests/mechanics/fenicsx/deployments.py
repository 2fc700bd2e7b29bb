"""Small deployments that the tests share."""

import numpy as np

from surgitwin.core.device import DeviceFrame, ZigzagRing
from surgitwin.core.vessel import Course, LumenTube
from surgitwin.mechanics.devices.place import place_rings
from surgitwin.mechanics.devices.problem import Deployment, WallMaterial
from surgitwin.meshing.vessels.tube import tube_wall


def course(length=16.0, bend=None):
    s = np.linspace(0, length, 65)
    zero, one = 0 * s, 0 * s + 1
    a = s / (bend or 1.0)
    if bend is None:
        points, tangent, e1 = (zero, zero, s), (zero, zero, one), (one, zero, zero)
    else:
        points = (bend * (1 - np.cos(a)), zero, bend * np.sin(a))
        tangent, e1 = (np.sin(a), zero, np.cos(a)), (np.cos(a), zero, -np.sin(a))
    t, e = np.column_stack(tangent), np.column_stack(e1)
    return Course(s, np.column_stack(points), t, e, np.cross(t, e))


def artery(bend=None, narrow=0.5, radius=3.0):
    """A lumen tube narrowed by this share of its area in the middle."""
    c = course(bend=bend)
    r = radius * np.sqrt(1 - narrow * np.exp(-(((c.s_mm - 8) / 3) ** 2)))
    return LumenTube(c, np.repeat(r[:, None], 32, axis=1))


def stent(rings=5):
    made = tuple(ZigzagRing(1.0 + 2 * i, 6, 1.7, 0.1, 0.1, 2.0) for i in range(rings))
    return DeviceFrame("balloon_expandable", "CoCr-L605", made, 6.0, 1.6, 3, 2.0 * rings)


def task(bend=None, narrow=0.5, start=3.0, unknowns=4500, thickness=1.0, **changes):
    tube = artery(bend, narrow)
    soft = WallMaterial("wall", 0.04, 0.1)
    plaque = WallMaterial("plaque", 0.1, 0.2)
    wall = tube_wall(tube, thickness, plaque_to_mm=3.0, angles=8, stations=8)
    given = {
        "name": "stent", "wall": wall, "materials": {"wall": soft, "plaque": plaque}, "calcium": plaque,
        "device": stent(), "placement": place_rings(tube.course, stent(), start, tube),
        "balloon_diameter_mm": 6.2,
    }  # fmt: skip
    return Deployment(**(given | changes))
