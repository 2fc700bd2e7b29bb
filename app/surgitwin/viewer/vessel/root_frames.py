"""The three planes of the annulus view: a section at some level, and two long axes through its centre."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from surgitwin.anatomy.root.types import LANDMARKS, RootAnatomy
from surgitwin.core.arrays import FloatArray
from surgitwin.imaging.oblique import plane_axes
from surgitwin.viewer.outlines import Cutter
from surgitwin.viewer.vessel.marks import Mark, PlaneFrame, Stroke

SECTION, LONG, ACROSS = "section", "long", "across"
COLOURS = {SECTION: "#e05252", LONG: "#e0c04a", ACROSS: "#4fb06d"}
LUMEN, PLANE_INK, DEVICE = "#ff8f7a", "#ffb454", "#9fd3ff"
PROPOSED, BY_HAND = "#56b4e9", "#2fd19b"
TITLES = {
    "hinge_left": "Left hinge",
    "hinge_right": "Right hinge",
    "hinge_non": "Non-coronary hinge",
    "ostium_left": "Left ostium",
    "ostium_right": "Right ostium",
    "sinotubular_junction": "Sinotubular junction",
    "membranous_septum": "Membranous septum",
}
REACH_MM = 60.0
"""Half length of the traces of planes (display only)."""


@dataclass(frozen=True)
class Aim:
    """Where the views look: level_mm above the annulus, turn_rad of the long axis about the normal."""

    level_mm: float = 0.0
    turn_rad: float = 0.0


def landmark_title(name: str) -> str:
    """Words for a landmark of the root."""
    return TITLES.get(name, name.replace("_", " ").capitalize())


def directions(anatomy: RootAnatomy, turn_rad: float) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Right and down of each view, LPS. The section is seen as an axial slice: from the ventricle."""
    x, y = plane_axes(anatomy.annulus.normal)
    n = anatomy.annulus.normal
    along = np.cos(turn_rad) * x + np.sin(turn_rad) * y
    return {SECTION: (x, y), LONG: (along, -n), ACROSS: (np.cross(n, along), -n)}


def marks(anatomy: RootAnatomy, *, movable: bool) -> tuple[Mark, ...]:
    """Every landmark that has a place."""
    out = []
    for name in LANDMARKS:
        found = anatomy.landmarks.get(name)
        if found is None or found.point_mm is None:
            continue
        by_hand = found.corrected_mm is not None
        out.append(
            Mark(
                name, landmark_title(name), found.point_mm, BY_HAND if by_hand else PROPOSED,
                found.proposed_mm if by_hand else None, movable, "by hand" if by_hand else "",
            )
        )  # fmt: skip
    return tuple(out)


def frames(
    anatomy: RootAnatomy,
    lumen: Cutter,
    aim: Aim,
    device: Cutter | None = None,
    *,
    movable: bool = True,
) -> dict[str, PlaneFrame]:
    """What the three views show. lumen, device: surfaces whose outlines are drawn."""
    plane = anatomy.annulus
    seen = directions(anatomy, aim.turn_rad)
    points = dict.fromkeys((LONG, ACROSS), plane.point_mm)
    points[SECTION] = plane.point_mm + aim.level_mm * plane.normal
    shown = marks(anatomy, movable=movable)
    out = {}
    for name, (right, down) in seen.items():
        normal = np.cross(right, down)
        strokes = [Stroke(lumen.cut(points[name], normal), LUMEN, pieces=True)]
        if device is not None:
            strokes.append(Stroke(device.cut(points[name], normal), DEVICE, pieces=True, width=2.2))
        strokes += _traces(name, points, seen, plane.normal, plane.point_mm)
        out[name] = PlaneFrame(points[name], right, down, tuple(strokes), shown)
    return out


def _traces(
    name: str,
    points: Mapping[str, FloatArray],
    seen: Mapping[str, tuple[FloatArray, FloatArray]],
    normal: FloatArray,
    centre: FloatArray,
) -> list[Stroke]:
    """Lines in which the other planes cut this one."""
    if name == SECTION:
        return [
            _line(points[SECTION], seen[other][0], COLOURS[other], dashed=True, width=1.0)
            for other in (LONG, ACROSS)
        ]
    right = seen[name][0]
    out = [_line(centre, right, PLANE_INK, dashed=False, words="annulus", reach=22.0)]
    if abs(float((points[SECTION] - centre) @ normal)) > 0.05:
        out.append(_line(points[SECTION], right, COLOURS[SECTION], dashed=True))
    return out


def _line(
    at: FloatArray,
    along: FloatArray,
    colour: str,
    *,
    dashed: bool,
    width: float = 1.4,
    words: str = "",
    reach: float = REACH_MM,
) -> Stroke:
    ends = np.stack([at - reach * along, at + reach * along])
    return Stroke(ends, colour, dashed=dashed, width=width, words=words)


def section_size(pieces: FloatArray, normal: FloatArray) -> tuple[float, float] | None:
    """Area mm2 and perimeter mm of a closed outline in segments (n, 2, 3); None when it is too short.

    The outline must be seen whole from its centre, as sections of a root are.
    """
    if len(pieces) < 8:
        return None
    centre = pieces.reshape(-1, 3).mean(0)
    a, b = pieces[:, 0] - centre, pieces[:, 1] - centre
    area = 0.5 * float(np.abs(np.cross(a, b) @ normal).sum())
    return area, float(np.linalg.norm(pieces[:, 1] - pieces[:, 0], axis=1).sum())
