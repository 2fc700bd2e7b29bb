"""What the section view shows of a branch: outline, widest and narrowest width, and what it says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surgitwin.anatomy.tree import TreeBranch
from surgitwin.core.arrays import FloatArray
from surgitwin.core.vessel import Course, LumenTube, measure_section
from surgitwin.imaging.oblique import plane_axes
from surgitwin.viewer.vessel.artery_frames import (
    COLOURS,
    LUMEN,
    NARROWEST,
    STRAIGHT,
    WIDEST,
    outline_at,
    widths,
)
from surgitwin.viewer.vessel.marks import PlaneFrame, Stroke

CROSS_MM = 1.0
"""Half the cross at the centreline of a branch without sections (display only)."""


@dataclass(frozen=True, eq=False)
class BranchLumen:
    """The branch that the views show. course: arc lengths from the start of the branch; tube: on that course,
    None where no sections were measured; reference_mm: healthy diameter at its stations. unjudged: stretches
    (start, end) whose narrowing is not judged, with the reason.
    """

    number: int
    title: str
    course: Course
    tube: LumenTube | None
    reference_mm: FloatArray | None
    unjudged: tuple[tuple[float, float, str], ...] = ()


def lumen_of(branch: TreeBranch, title: str, course: Course, fault: str = "") -> BranchLumen:
    """The lumen of a branch on the course that `TreeWalk` gives. fault: why no narrowing is judged, ""."""
    unjudged = tuple((q.start_mm, q.end_mm, q.doubt) for q in branch.lesions if q.doubt)
    if fault:
        unjudged = ((-np.inf, np.inf, fault),)
    tube = None if branch.tube is None else LumenTube(course, branch.tube.radius_mm, branch.tube.calcified)
    return BranchLumen(branch.id, title, course, tube, branch.reference_mm, unjudged)


def branch_frame(lumen: BranchLumen, s_mm: float, angle_rad: float) -> tuple[PlaneFrame, tuple[str, ...]]:
    """The section at an arc length, seen from the feet like an axial slice, and its words."""
    point, tangent, e1, e2 = (x[0] for x in lumen.course.frames_at(np.array([s_mm])))
    right, down = plane_axes(tangent if tangent[2] >= 0 else -tangent)
    head = f"{lumen.title}, {s_mm:.1f} mm from its start"
    if lumen.tube is None:
        strokes = tuple(
            Stroke(np.stack([point - CROSS_MM * d, point + CROSS_MM * d]), LUMEN) for d in (right, down)
        )
        return PlaneFrame(point, right, down, strokes), (head, "no sections: short, or without an edge")
    outline = outline_at(lumen.tube, s_mm)
    reach = 1.7 * float(np.linalg.norm(outline - point, axis=1).max())
    across = np.cos(angle_rad) * e1 + np.sin(angle_rad) * e2
    ends = np.stack([point - reach * across, point + reach * across])
    drawn = [Stroke(ends, COLOURS[STRAIGHT], dashed=True, width=1.0), Stroke(outline, LUMEN, closed=True)]
    drawn += [
        Stroke(line, colour, width=1.4, words=f"{length:.1f} mm")
        for line, length, colour in zip(*widths(outline, e1, e2, right), (WIDEST, NARROWEST), strict=True)
    ]
    return PlaneFrame(point, right, down, tuple(drawn)), (head, *_measured(lumen, outline, s_mm))


def _measured(lumen: BranchLumen, outline: FloatArray, s_mm: float) -> tuple[str, ...]:
    m = measure_section(outline)
    words = (
        f"{m.area_mm2:.{0 if m.area_mm2 >= 100 else 1}f} mm², Ø {m.area_diameter_mm:.1f} mm "
        f"({m.min_diameter_mm:.1f}–{m.max_diameter_mm:.1f})"
    )
    if lumen.reference_mm is None:
        return (words,)
    healthy = float(np.interp(s_mm, lumen.course.s_mm, lumen.reference_mm))
    reason = next((why for low, high, why in lumen.unjudged if low <= s_mm <= high), "")
    if reason:
        return words, "narrowing not judged"
    narrowed = max(100 * (1 - m.area_diameter_mm / healthy), 0.0)
    if round(narrowed) == 0:
        return words, f"as wide as healthy ({healthy:.1f} mm)"
    return words, f"narrowed {narrowed:.0f} % of healthy {healthy:.1f} mm"
