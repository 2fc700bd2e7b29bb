"""Checks of a valve plan: annulus, pose, landing zone, published size range."""

from __future__ import annotations

import numpy as np

from surgitwin.anatomy.root.types import HINGES, RootAnatomy
from surgitwin.core.plan import Plan
from surgitwin.procedures.base import Finding
from surgitwin.procedures.valve.check_root import image_findings, septum_finding, sinus_findings
from surgitwin.procedures.valve.finding import finding
from surgitwin.procedures.valve.options import family, limit
from surgitwin.procedures.valve.place import annulus_s, depth, item_of, pose
from surgitwin.procedures.valve.sizing import range_excess, sized_value

POSE_TOLERANCE_MM = 0.05
"""Numerical setting: a pose read from a plan file is rounded."""


def check(root: RootAnatomy, plan: Plan) -> list[Finding]:
    """Findings of a plan, faults of the anatomy among them. Errors keep the plan from being solved."""
    return [
        *_hinges(root),
        *_side(root),
        *_pose(root, plan),
        *_landing(root, plan),
        *_size(root, plan),
        *sinus_findings(root, item_of(plan)),
        *image_findings(root),
        septum_finding(root, plan),
    ]


def _hinges(root: RootAnatomy) -> list[Finding]:
    points = [m.point_mm for name in HINGES if (m := root.landmarks.get(name)) is not None]
    known = [p for p in points if p is not None]
    if len(known) < len(HINGES):
        text = "A hinge point is missing: set all three by hand, each at the lowest point of its leaflet."
        return [finding("valve.hinges_missing", "error", text)]
    a, b, c = known
    longest = max(float(np.linalg.norm(d)) for d in (b - a, c - b, a - c))
    spread = float(np.linalg.norm(np.cross(b - a, c - a))) / max(longest, 1e-9)
    if spread >= limit("hinge_spread"):
        return []
    text = (
        f"The three hinge points lie almost in a line ({spread:.1f} mm off it): they give no annulus plane. "
        "Move each to the lowest point of its own leaflet."
    )
    return [finding("valve.hinges_in_line", "error", text, spread, "mm", point_mm=a)]


def _side(root: RootAnatomy) -> list[Finding]:
    mark = root.landmarks.get("sinotubular_junction")
    if mark is None or mark.point_mm is None:
        return []
    height = float(root.annulus.distance(mark.point_mm))
    if height > 0:
        return []
    text = (
        f"The annulus lies {-height:.1f} mm above the sinotubular junction: it is on the wrong side of the "
        "valve. Move the hinge points to the lower ends of the leaflets."
    )
    return [finding("valve.wrong_side", "error", text, height, "mm", point_mm=root.annulus.point_mm)]


def _pose(root: RootAnatomy, plan: Plan) -> list[Finding]:
    placed = plan.implants[0]
    off = float(np.linalg.norm(placed.pose[:3, 3] - pose(root, depth(plan))[:3, 3]))
    if off <= POSE_TOLERANCE_MM:
        return []
    text = (
        f"The valve stands {off:.1f} mm from where its depth of {depth(plan):g} mm puts it: the annulus was "
        "moved since, or the plan file was changed. Set the depth again, or propose anew."
    )
    return [finding("valve.pose", "error", text, off, "mm", implant=placed.catalogue_id)]


def _landing(root: RootAnatomy, plan: Plan) -> list[Finding]:
    """The zone that must be imaged: inflow end to the outflow end, or to the sinotubular junction where a
    long frame reaches further; what stands beyond touches nothing in the model.
    """
    item, s = item_of(plan), root.tube.course.s_mm
    start, margin, out = annulus_s(root) - depth(plan), limit("tube_margin"), []
    first, last = float(s[0]) + margin, float(s[-1]) - margin
    end = start + item.frame.length_mm
    zone = min(end, annulus_s(root) + _junction_mm(root))
    fact = "The landing zone of the {} end lies outside the measured vessel: {:.1f} mm are missing there. {}"
    if start < first:
        text = fact.format("inflow", first - start, "Use a series that shows more, or a smaller depth.")
        out.append(finding("valve.outside_image", "error", text, first - start, "mm", implant=item.id))
    if zone > last:
        text = fact.format("outflow", zone - last, "Use a series that shows more, or a shorter valve.")
        out.append(finding("valve.outside_image", "error", text, zone - last, "mm", implant=item.id))
    elif end > last:
        text = (
            f"The outflow end reaches {end - last:.1f} mm past the measured vessel: there it touches nothing "
            "in the model. Click higher in the ascending aorta to measure more of it."
        )
        out.append(finding("valve.outflow_free", "warning", text, end - last, "mm", implant=item.id))
    return out


def _junction_mm(root: RootAnatomy) -> float:
    """Height of the sinotubular junction over the annulus, infinite when it was not found."""
    mark = root.landmarks.get("sinotubular_junction")
    if mark is None or mark.point_mm is None:
        return float("inf")
    return float(root.annulus.distance(mark.point_mm))


def _size(root: RootAnatomy, plan: Plan) -> list[Finding]:
    item, annulus = item_of(plan), root.sections["annulus"]
    off = range_excess(item, annulus)
    if not off:
        return []
    value, (low, high) = sized_value(item, annulus), item.accepted
    unit = "mm2" if item.sized_by == "area" else "mm"
    fact = (
        f"The annulus {item.sized_by} of {value:.1f} {unit} is outside the published {low:g} to {high:g} "
        f"{unit} of {item.title}"
    )
    fitting = [i.title for i in family(item.family) if not range_excess(i, annulus)]
    code, rest = "valve.out_of_range", f". In range: {', '.join(fitting)}."
    if not fitting:
        code = "valve.no_size"
        rest = " and of every size of its family. Check the hinge points, or try the other family."
    return [finding(code, "warning", fact + rest, off, "%", implant=item.id)]
