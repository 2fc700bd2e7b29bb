"""Where a valve stands: depth below the annulus plane, axis along its normal.

The turn of the commissures about the axis is not modelled.
"""

from __future__ import annotations

import numpy as np

from surgitwin.anatomy.root.types import RootAnatomy
from surgitwin.core.arrays import FloatArray
from surgitwin.core.frame import Frame
from surgitwin.core.plan import PlacedImplant, Plan
from surgitwin.core.vessel import Course, LumenTube
from surgitwin.implants import ValveItem, valve
from surgitwin.mechanics.devices.place import place_rings
from surgitwin.mechanics.devices.problem import Placement

NAME = "valve"
STEP_MM = 1.0
"""Numerical setting: sections of a tube that is continued beyond its end."""


def annulus_frame(root: RootAnatomy) -> Frame:
    """Origin at the centre of the annulus, z towards the aorta, x as the course's e1 there."""
    axis = root.annulus.normal
    e1 = root.tube.course.frames_at(np.array([annulus_s(root)]))[2][0]
    e1 = e1 - axis * float(e1 @ axis)
    e1 /= np.linalg.norm(e1)
    return Frame(root.annulus.point_mm, np.stack([e1, np.cross(axis, e1), axis], axis=1))


def annulus_s(root: RootAnatomy) -> float:
    """Arc length at which the course passes the annulus plane, nearest to the annulus's centre."""
    course = root.tube.course
    level = root.annulus.distance(course.points_mm)
    crossing = np.flatnonzero(np.sign(level[:-1]) != np.sign(level[1:]))
    if not len(crossing):
        return float(course.s_mm[int(np.argmin(np.abs(level)))])
    away = np.linalg.norm(course.points_mm[crossing] - root.annulus.point_mm, axis=1)
    i = int(crossing[int(np.argmin(away))])
    share = level[i] / (level[i] - level[i + 1])
    return float(course.s_mm[i] + share * (course.s_mm[i + 1] - course.s_mm[i]))


def pose(root: RootAnatomy, depth_mm: float) -> FloatArray:
    """4x4 from the valve's frame (origin at the inflow end, z to the outflow) to LPS."""
    frame = annulus_frame(root)
    matrix = frame.matrix
    matrix[:3, 3] -= depth_mm * frame.axes[:, 2]
    return matrix


def valve_plan(root: RootAnatomy, item: ValveItem, depth_mm: float, name: str) -> Plan:
    """A plan with one valve at a depth."""
    placed = PlacedImplant(item.id, pose(root, depth_mm), {"depth_mm": float(depth_mm)})
    return Plan(NAME, name, "none", None, (placed,), {"family": item.family, "depth_mm": float(depth_mm)})


def plan_name(item: ValveItem, depth_mm: float) -> str:
    """ "be-26-d3" for a valve of 26 mm at a depth of 3 mm; a decimal point becomes "p"."""
    return f"{item.family}-{item.size_mm:g}-d{depth_mm:g}".replace(".", "p")


def depth(plan: Plan) -> float:
    """Depth of the inflow end below the annulus plane, mm."""
    return float(plan.options["depth_mm"])


def item_of(plan: Plan) -> ValveItem:
    """The valve of a plan; InputError "implant.unknown", "implant.wrong_kind"."""
    return valve(plan.implants[0].catalogue_id)


def rings(root: RootAnatomy, plan: Plan) -> Placement:
    """Frames of the rings: straight along the plan's axis for a balloon, along the vessel otherwise.

    Where the measured vessel ends before the outflow end, the axis goes on straight. Raises GeometryError
    "device.beyond_vessel" where it begins after the inflow end.
    """
    frame = item_of(plan).frame
    if frame.kind == "self_expanding":
        start = annulus_s(root) - depth(plan)
        tube = continued(root.tube, start + frame.length_mm)
        return place_rings(tube.course, frame, start, tube)
    stand = plan.implants[0].pose
    z = np.array([r.z_mm for r in frame.rings])
    origin = stand[:3, 3] + z[:, None] * stand[:3, 2]
    e1, e2, axis = (np.tile(stand[:3, k], (len(z), 1)) for k in range(3))
    return Placement(origin, e1, e2, axis)


def continued(tube: LumenTube, end_mm: float) -> LumenTube:
    """The tube, with its last section repeated straight on until arc length `end_mm`."""
    course, last = tube.course, float(tube.course.s_mm[-1])
    more = np.arange(last + STEP_MM, end_mm + STEP_MM, STEP_MM)
    if not len(more) or end_mm <= last:
        return tube
    points = course.points_mm[-1] + (more - last)[:, None] * course.tangent[-1]
    frames = [np.vstack([a, np.tile(a[-1], (len(more), 1))]) for a in (course.tangent, course.e1, course.e2)]
    longer = Course(np.append(course.s_mm, more), np.vstack([course.points_mm, points]), *frames)
    return LumenTube(longer, np.vstack([tube.radius_mm, np.tile(tube.radius_mm[-1], (len(more), 1))]))
