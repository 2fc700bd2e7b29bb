"""What the views of an artery show at the cursor: section, outline, widths, and what they say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surgitwin.anatomy.artery.types import ArteryAnatomy
from surgitwin.core.arrays import FloatArray
from surgitwin.core.vessel import LumenTube, SectionMeasure, measure_section
from surgitwin.imaging.oblique import plane_axes
from surgitwin.viewer.outlines import Cutter
from surgitwin.viewer.vessel.marks import PlaneFrame, Stroke

SECTION, CURVED, STRAIGHT = "section", "curved", "straight"
COLOURS = {SECTION: "#e05252", CURVED: "#e0c04a", STRAIGHT: "#4fb06d"}
LUMEN, DEVICE, REFERENCE = "#ff8f7a", "#9fd3ff", "#c8cdd4"
WIDEST, NARROWEST = "#ffd75e", "#7ee0b5"


@dataclass(frozen=True)
class Cursor:
    """Where the views look: arc length of the section, and the angle that the reformats are turned to."""

    s_mm: float
    angle_rad: float = 0.0


def outline_at(tube: LumenTube, s_mm: float) -> FloatArray:
    """(m, 3) inner wall at an arc length, linear between the stations."""
    points, _, e1, e2 = tube.course.frames_at(np.array([s_mm]))
    s = tube.course.s_mm
    n = int(np.clip(np.searchsorted(s, s_mm) - 1, 0, len(s) - 2))
    share = float(np.clip((s_mm - s[n]) / (s[n + 1] - s[n]), 0, 1))
    radius = (1 - share) * tube.radius_mm[n] + share * tube.radius_mm[n + 1]
    c, t = np.cos(tube.angles)[:, None], np.sin(tube.angles)[:, None]
    out: FloatArray = points[0] + radius[:, None] * (c * e1[0] + t * e2[0])
    return out


def edge_at(tube: LumenTube, angle_rad: float) -> tuple[FloatArray, FloatArray]:
    """Lumen radius (n,) at an angle and opposite it, for each station."""
    m = tube.radius_mm.shape[1]
    out = []
    for angle in (angle_rad, angle_rad + np.pi):
        place = np.mod(angle, 2 * np.pi) / (2 * np.pi) * m
        low, share = int(place) % m, place - int(place)
        out.append((1 - share) * tube.radius_mm[:, low] + share * tube.radius_mm[:, (low + 1) % m])
    return out[0], out[1]


def section_frame(
    anatomy: ArteryAnatomy, cursor: Cursor, device: Cutter | None = None
) -> tuple[PlaneFrame, SectionMeasure]:
    """The section at the cursor, seen from the feet like an axial slice, and what it measures."""
    tube = anatomy.tube
    points, tangent, e1, e2 = (x[0] for x in tube.course.frames_at(np.array([cursor.s_mm])))
    right, down = plane_axes(tangent if tangent[2] >= 0 else -tangent)
    outline = outline_at(tube, cursor.s_mm)
    reach = 1.7 * float(np.linalg.norm(outline - points, axis=1).max())
    across = np.cos(cursor.angle_rad) * e1 + np.sin(cursor.angle_rad) * e2
    ends = np.stack([points - reach * across, points + reach * across])
    strokes = [Stroke(ends, COLOURS[STRAIGHT], dashed=True, width=1.0), Stroke(outline, LUMEN, closed=True)]
    strokes += [
        Stroke(line, colour, width=1.4, words=f"{length:.1f} mm")
        for line, length, colour in zip(*widths(outline, e1, e2, right), (WIDEST, NARROWEST), strict=True)
    ]
    if device is not None:
        strokes.append(Stroke(device.cut(points, tangent), DEVICE, pieces=True, width=2.2))
    return PlaneFrame(points, right, down, tuple(strokes)), measure_section(outline)


def widths(
    outline: FloatArray, e1: FloatArray, e2: FloatArray, right: FloatArray
) -> tuple[list[FloatArray], list[float]]:
    """The widest and the narrowest caliper as lines through the outline's extremes, and their lengths."""
    centre = outline.mean(0)
    flat = np.stack([(outline - centre) @ e1, (outline - centre) @ e2], axis=1)
    turn = np.pi * np.arange(90) / 90
    along = flat @ np.stack([np.cos(turn), np.sin(turn)])
    width = np.ptp(along, axis=0)
    lines: list[FloatArray] = []
    lengths: list[float] = []
    for k in (int(width.argmax()), int(width.argmin())):
        direction = np.cos(turn[k]) * e1 + np.sin(turn[k]) * e2
        ends = np.array([along[:, k].min(), along[:, k].max()])
        to_right = float(direction @ right) >= 0
        # The words stand at the second end: those of the widest at the right, of the narrowest at the left.
        ends = ends if to_right != bool(lines) else ends[::-1]
        lines.append(centre + ends[:, None] * direction)
        lengths.append(float(width[k]))
    return lines, lengths


def section_words(anatomy: ArteryAnatomy, cursor: Cursor, measure: SectionMeasure) -> tuple[str, ...]:
    """What stands in the section view: place, area, widths, narrowing against the healthy diameter."""
    s = anatomy.tube.course.s_mm
    healthy = float(np.interp(cursor.s_mm, s, anatomy.reference_mm))
    narrowed = 100 * (1 - measure.area_diameter_mm / healthy)
    return (
        f"{cursor.s_mm - s[0]:.1f} mm from the start",
        f"{measure.area_mm2:.1f} mm², Ø {measure.area_diameter_mm:.1f} mm "
        f"({measure.min_diameter_mm:.1f} to {measure.max_diameter_mm:.1f})",
        f"healthy Ø {healthy:.1f} mm, narrowed by {max(narrowed, 0):.0f} %",
    )
