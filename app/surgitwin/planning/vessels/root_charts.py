"""Charts of an aortic root: C-arm views along the annulus plane, and where calcium lies."""

from __future__ import annotations

import numpy as np

from surgitwin.anatomy.root.types import HINGES, RootAnatomy
from surgitwin.core.arrays import FloatArray
from surgitwin.report.curves import Dots, Line, curve_chart, dot_chart

HEIGHTS_MM = (-12.0, 25.0)
"""Display setting: from the outflow tract to above the sinotubular junction."""


def view_chart(root: RootAnatomy, dark: bool = False) -> bytes:
    """C-arm angles whose view lies in the annulus plane: cranial (+) and caudal (-) over LAO (+) and RAO
    (-).
    """
    curve = np.asarray(root.view_curve_deg)
    order = np.argsort(curve[:, 0])
    lines = [
        Line("Views along the annulus plane", "before", curve[order, 0].tolist(), curve[order, 1].tolist())
    ]
    named = {"Three cusps": root.three_cusp_deg, "Cusp overlap": root.cusp_overlap_deg}
    points = [Dots(name, [at[0]], [at[1]]) for name, at in named.items()]
    return curve_chart(
        lines,
        "RAO (-) to LAO (+), degrees",
        "Caudal (-) to cranial (+), degrees",
        dark,
        (560, 420),
        dots=points,
        zoom=2.0,
    )


def calcium_chart(root: RootAnatomy, dark: bool = False) -> bytes:
    """Calcified voxels unrolled: height above the annulus over the angle about its axis, hinge points
    marked.
    """
    angle, height = unrolled(root, root.calcium.points_mm)
    shown = (height > HEIGHTS_MM[0]) & (height < HEIGHTS_MM[1])
    groups = [Dots(f"Calcium over {root.calcium.threshold_HU:.0f} HU", angle[shown], height[shown], size=3.0)]
    for name in HINGES:
        point = root.landmarks[name].point_mm
        if point is not None:
            a, h = unrolled(root, point[None])
            groups.append(Dots(name.replace("_", " ").capitalize(), a, h, size=9.0))
    return dot_chart(
        groups,
        "Angle about the annulus axis, degrees",
        "Height above the annulus, mm",
        dark,
        (560, 420),
        (0, 360),
        HEIGHTS_MM,
    )


def unrolled(root: RootAnatomy, points_mm: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Angles (0 to 360 degrees from the left hinge point, right-handed about the normal) and heights mm of
    (k, 3).
    """
    normal, centre = root.annulus.normal, root.annulus.point_mm
    first = root.landmarks[HINGES[0]].point_mm
    start = (centre + np.eye(3)[int(np.argmin(abs(normal)))] if first is None else first) - centre
    e1 = start - normal * (start @ normal)
    e1 = e1 / np.linalg.norm(e1)
    e2 = np.cross(normal, e1)
    arm = np.asarray(points_mm, float).reshape(-1, 3) - centre
    angle: FloatArray = np.degrees(np.arctan2(arm @ e2, arm @ e1)) % 360
    height: FloatArray = arm @ normal
    return angle, height
