"""The annulus plane of three hinge points, and whether points lie where a root can have them."""

from __future__ import annotations

import numpy as np

from surgitwin.anatomy.root.sections import centre_of, cut
from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.core.frame import Plane
from surgitwin.core.vessel import LumenTube, measure_section

LEAST_TRIANGLE_DEG = 15.0
LARGEST_TILT_DEG = 50.0
LEAST_SIDE_MM = 3.0
"""Planning settings: flatter triangles and steeper planes are mistakes of the hand."""


def hinge_plane(tube: LumenTube, hinges_mm: FloatArray) -> Plane:
    """Plane of three points (3, 3), normal towards the aorta, its point the centre of the section.

    InputError: "root.hinges_in_line", "root.annulus_tilted", "root.outside_tube",
    "root.wrong_side".
    """
    plane = _plane_of(tube, hinges_mm)
    plane = Plane(centre_of(cut(tube, plane)), plane.normal)
    _check_side(tube, plane)
    return plane


def _plane_of(tube: LumenTube, hinges_mm: FloatArray) -> Plane:
    sides = np.roll(hinges_mm, -1, axis=0) - hinges_mm
    length = np.linalg.norm(sides, axis=1)
    normal = np.cross(sides[0], sides[1])
    sines = np.linalg.norm(normal) / np.maximum(length * np.roll(length, -1), 1e-9)
    if sines.min() < np.sin(np.radians(LEAST_TRIANGLE_DEG)) or length.min() < LEAST_SIDE_MM:
        raise InputError(
            "root.hinges_in_line",
            "The three hinge points lie nearly in one line: they give no plane.",
            hint="Put one hinge point into each of the three sinuses, at its lowest point.",
            where="hinge points",
        )
    normal = normal / np.linalg.norm(normal)
    middle = hinges_mm.mean(axis=0)
    near = int(np.argmin(np.linalg.norm(tube.course.points_mm - middle, axis=1)))
    along = float(normal @ tube.course.tangent[near])
    if abs(along) < np.cos(np.radians(LARGEST_TILT_DEG)):
        raise InputError(
            "root.annulus_tilted",
            f"The plane of the hinge points is tilted by {np.degrees(np.arccos(abs(along))):.0f} degrees "
            "against the root's axis: no annulus lies so.",
            hint="Check the hinge points; take a correction back to return to the proposal.",
            where="hinge points",
        )
    return Plane(middle, normal * np.sign(along))


def _check_side(tube: LumenTube, annulus: Plane) -> None:
    s = tube.course.s_mm
    here = int(np.argmin(np.abs(annulus.distance(tube.course.points_mm))))
    above = (s > s[here]) & (s < s[here] + 25.0)
    widest = tube.area_mm2[above].max(initial=0.0)
    own = measure_section(cut(tube, annulus)).area_mm2
    if widest < 1.05 * own:
        raise InputError(
            "root.wrong_side",
            "The annulus lies on the wrong side of the valve: the root does not widen above it.",
            hint="Move the hinge points down, to the lowest attachment of the leaflets below the sinuses.",
            where="hinge points",
        )


def station_near(tube: LumenTube, point_mm: FloatArray) -> int:
    """Station nearest to a point; InputError "root.outside_tube" for points beyond the ends."""
    course = tube.course
    at = int(np.argmin(np.linalg.norm(course.points_mm - point_mm, axis=1)))
    off = float((point_mm - course.points_mm[at]) @ course.tangent[at])
    if (at == 0 and off < -1.0) or (at == len(course.s_mm) - 1 and off > 1.0):
        raise outside("point")
    return at


def outside(where: str) -> InputError:
    """The error for a point that no tracked wall surrounds."""
    return InputError(
        "root.outside_tube",
        f"The {where} lies outside the part of the root whose wall was tracked.",
        hint="Choose a point nearer to the root, or measure again with clicks that lie further apart.",
        where=where,
    )
