"""How the grips of a fracture's cut look: lines for slices, balls for the 3D view."""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.scene.cut_handles import GAP_PX, TILTS, Cut, grips
from surgitwin.scene.handle_layers import ACTIVE_COLOUR, Colour, Mark, Placed, ball_data
from surgitwin.scene.model import GAP
from surgitwin.scene.screens import Screen, SliceScreen

BALL_PX = 6.0
"""Radius of a grip on the screen (display setting)."""


def cut_marks(cut: Cut, screen: Screen, active: str = "") -> list[Mark]:
    """Lines of the cut in a view: both faces of the gap (slices), balls at the ends, the gap's grip."""
    found = grips(cut, screen)
    if not found:
        return []
    n = cut.plane.normal

    def ink(name: str) -> Colour:
        return ACTIVE_COLOUR if name == active else GAP

    marks = []
    if isinstance(screen, SliceScreen):
        # The face of an oblique cut is met by the slice further along the slice than along the normal.
        within = n - (n @ screen.normal) * screen.normal
        half = within / float(within @ within) * cut.gap_mm / 2
        ends = np.stack([found["tilt -u"], found["tilt +u"]])
        marks += [Mark(screen.project(ends + s * half), ink("move"), 2.0) for s in (-1.0, 1.0)]
    for name in TILTS:
        if name in found:
            marks.append(Mark(_circle(screen.project(found[name])), ink(name), 1.5, filled=True))
    if "gap" not in found:
        return marks
    foot = found["gap"] - (GAP_PX * screen.mm_per_px(cut.plane.point_mm)) * n
    stem = screen.project(np.stack([foot, found["gap"]]))
    marks.append(Mark(stem, ink("gap"), 2.5))
    marks.append(Mark(_circle(stem[1], 4.0), ink("gap"), 1.5, filled=True))
    return marks


def cut_placed(cut: Cut, screen: Screen, active: str = "") -> list[Placed]:
    """Balls of the cut's grips in a 3D view; the gap itself is the fracture's own layer."""
    out = []
    for name, point in grips(cut, screen).items():
        if name == "move":
            continue
        matrix = np.eye(4) * screen.mm_per_px(point)
        matrix[:3, 3], matrix[3, 3] = point, 1.0
        colour = ACTIVE_COLOUR if name == active else GAP
        out.append(Placed(f"cut {name}", ball_data(BALL_PX), matrix, colour))
    return out


def _circle(px: FloatArray, radius: float = BALL_PX) -> FloatArray:
    angle = np.linspace(0, 2 * np.pi, 17)[:, None]
    return px + radius * np.hstack([np.cos(angle), np.sin(angle)])
