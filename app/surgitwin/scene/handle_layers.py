"""How handles look: shapes for the 3D view, lines for slices; the same size on the screen everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyvista as pv

from surgitwin.core.arrays import FloatArray
from surgitwin.scene.handles import FREE_PX, Gizmo, Handle, local_strokes, shown, strokes
from surgitwin.scene.model import Layer
from surgitwin.scene.screens import Screen

Colour = tuple[float, float, float]

AXIS_COLOURS: tuple[Colour, ...] = ((0.84, 0.37, 0.0), (0.0, 0.62, 0.45), (0.34, 0.71, 0.91))
"""x vermilion, y bluish green, z sky blue: after Okabe and Ito, told apart by colour-blind readers and on
dark and light grounds."""
FREE_COLOUR: Colour = (0.94, 0.89, 0.26)
ACTIVE_COLOUR: Colour = (1.0, 1.0, 1.0)
LINE_PX = 1.6
"""Radius of a handle's bars in 3D, pixels (display setting)."""
TIP_PX = (14.0, 5.5)
"""Length and radius of an arrow's tip, pixels (display setting)."""


@dataclass(frozen=True, eq=False)
class Mark:
    """One line to draw in a slice: px (n, 2), rgb 0..1, width in pixels; filled: it bounds a shape."""

    px: FloatArray
    colour: Colour
    width: float = 2.0
    filled: bool = False


def colour_of(handle: Handle, active: str = "") -> Colour:
    """Colour of a handle; the active one (held or under the mouse) is white."""
    if handle.name == active:
        return ACTIVE_COLOUR
    return FREE_COLOUR if handle.kind == "free" else AXIS_COLOURS[handle.axis]


@dataclass(frozen=True, eq=False)
class Placed:
    """A shape in 3D: `data` (shared, not to be changed) round the origin, put into LPS by `matrix` (4x4)."""

    name: str
    data: pv.PolyData
    matrix: FloatArray
    colour: Colour
    opacity: float = 1.0


@cache
def unit_data(handle: Handle) -> pv.PolyData:
    """Shape of a handle in pixels along the gizmo's axes, round the origin; shared."""
    if handle.kind == "free":
        return ball_data(FREE_PX)
    lines = local_strokes(handle)
    if handle.kind == "plane":
        corners = lines[0]
        square: pv.PolyData = pv.PolyData(corners[:4], np.array([4, 0, 1, 2, 3])).triangulate()
        return square
    parts = [pv.lines_from_points(np.asarray(x, np.float64)).tube(radius=LINE_PX, n_sides=10) for x in lines]
    if handle.kind != "ring":
        parts += [_tip(line) for line in lines]
    merged: pv.PolyData = pv.merge([_bare(p.triangulate()) for p in parts])
    return merged


@cache
def ball_data(radius: float) -> pv.PolyData:
    """A ball round the origin; shared."""
    return pv.Sphere(radius=radius, theta_resolution=20, phi_resolution=20)


def _tip(line: FloatArray) -> pv.PolyData:
    way = line[-1] - line[0]
    way = way / np.linalg.norm(way)
    height, radius = TIP_PX
    return pv.Cone(
        center=(line[-1] - way * height / 2).tolist(),
        direction=way.tolist(),
        height=height,
        radius=radius,
        resolution=20,
    )


def _bare(data: pv.PolyData) -> pv.PolyData:
    data.clear_data()
    return data


def gizmo_matrix(gizmo: Gizmo, mm_per_px: float) -> FloatArray:
    """4x4 that places `unit_data` in LPS at its size on the screen (the only scale; never of the patient)."""
    m = np.eye(4)
    m[:3, :3] = gizmo.axes * mm_per_px
    m[:3, 3] = gizmo.origin_mm
    return m


def gizmo_placed(gizmo: Gizmo, screen: Screen, active: str = "") -> list[Placed]:
    """Shapes of all handles that can be used in a 3D view."""
    matrix = gizmo_matrix(gizmo, screen.mm_per_px(gizmo.origin_mm))
    return [
        Placed(f"handle {h.name}", unit_data(h), matrix, colour_of(h, active))
        for h in gizmo.handles
        if shown(gizmo, h, screen)
    ]


def layers_of(placed: Sequence[Placed]) -> list[Layer]:
    """The shapes as layers of a scene, for pictures."""
    layers = []
    for shape in placed:
        data = shape.data.copy()
        data.points = np.asarray(data.points, float) @ shape.matrix[:3, :3].T + shape.matrix[:3, 3]
        layers.append(Layer(shape.name, data, shape.colour, shape.opacity))
    return layers


def gizmo_marks(gizmo: Gizmo, screen: Screen, active: str = "") -> list[Mark]:
    """Lines of all handles that can be used in a slice; arrows get their tips as filled triangles."""
    marks = []
    for handle in gizmo.handles:
        if not shown(gizmo, handle, screen):
            continue
        colour = colour_of(handle, active)
        for line in strokes(gizmo, handle, screen):
            px = screen.project(line)
            if handle.kind in ("arrow", "slide"):
                tip = _tip_px(px)
                marks.append(Mark(np.stack([px[0], (tip[0] + tip[2]) / 2]), colour, 3.0))
                marks.append(Mark(tip, colour, 1.0, filled=True))
            else:
                marks.append(Mark(px, colour, 2.0, filled=handle.kind == "free"))
    return marks


def _tip_px(px: FloatArray) -> FloatArray:
    """Triangle (3, 2): left, tip, right."""
    way = px[-1] - px[0]
    way = way / max(float(np.linalg.norm(way)), 1e-9)
    across = np.array([-way[1], way[0]])
    base = px[-1] - TIP_PX[0] * way
    return np.stack([base + TIP_PX[1] * across, px[-1], base - TIP_PX[1] * across])
