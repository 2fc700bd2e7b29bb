"""Checks of a stent plan from geometry alone.

Codes: stent.longer_than_vessel, stent.outside, stent.lesion, stent.margin, stent.branch_covered,
stent.too_small, stent.too_large, stent.balloon_small, stent.max_diameter, stent.wrong_vessel,
stent.metal, stent.doubt, stent.tight, stent.predilated, stent.ratio,
stent.no_postdilation.
"""

from __future__ import annotations

import numpy as np

from surgitwin.core.plan import Plan
from surgitwin.procedures.base import Finding, Severity
from surgitwin.procedures.stent.site import Stented
from surgitwin.procedures.stent.table import limit

METAL = ("metal", "stent")
"""Parts of the codes under which an anatomy tells of metal that is there already."""


def check_stent(stented: Stented, plan: Plan) -> list[Finding]:
    """Findings of a plan; "error" where it cannot be deployed or computed."""
    parts = (_extent(stented), _sizes(stented), _narrowing(stented, plan), _image(stented), _release(stented))
    return [finding for part in parts for finding in part]


def _finding(
    stented: Stented, code: str, severity: Severity, value: float, unit: str, message: str, at: float | None
) -> Finding:
    point = None
    if at is not None:
        low, high = stented.site.range_mm
        x, y, z = stented.site.artery.tube.course.frames_at(np.array([min(max(at, low), high)]))[0][0]
        point = (float(x), float(y), float(z))
    return Finding(f"stent.{code}", severity, message, stented.item.id, float(value), unit, point)


def _extent(st: Stented) -> list[Finding]:
    low, high = st.site.range_mm
    length, vessel = st.item.length_mm, high - low
    if length > vessel:
        text = (
            f"The stent of {length:g} mm is longer than the measured vessel of {vessel:.1f} mm. "
            "Choose a shorter one, or include more of the vessel."
        )
        return [_finding(st, "longer_than_vessel", "error", length - vessel, "mm", text, None)]
    out = []
    beyond = max(low - st.start_mm, st.end_mm - high)
    if beyond > 1e-6:
        text = (
            f"The stent reaches {beyond:.1f} mm beyond the measured vessel: its landing zone is outside the "
            "image. Move it, choose a shorter one, or include more of the vessel."
        )
        at = low if low - st.start_mm > st.end_mm - high else high
        out.append(_finding(st, "outside", "error", beyond, "mm", text, at))
    return out + _margins(st) + _branches(st)


def _margins(st: Stented) -> list[Finding]:
    lesion, out = st.site.lesion, []
    least = limit("margin_least")
    for name, margin, at in (
        ("proximal", lesion.start_mm - st.start_mm, lesion.start_mm),
        ("distal", st.end_mm - lesion.end_mm, lesion.end_mm),
    ):
        if margin < 0:
            text = f"The stent leaves {-margin:.1f} mm of the narrowing's {name} part uncovered."
            out.append(_finding(st, "lesion", "warning", margin, "mm", text, at))
        elif margin < least:
            text = (
                f"The stent covers {margin:.1f} mm of healthy vessel on the {name} side, less than {least:g}."
            )
            out.append(_finding(st, "margin", "warning", margin, "mm", text, at))
        else:
            text = f"The stent covers {margin:.1f} mm of healthy vessel on the {name} side."
            out.append(_finding(st, "margin", "info", margin, "mm", text, at))
    return out


def _branches(st: Stented) -> list[Finding]:
    out = []
    for branch in st.covered:
        wide = "" if branch.diameter_mm is None else f" of {branch.diameter_mm:.1f} mm"
        text = f"The stent covers a side branch{wide} at {branch.s_mm:.1f} mm along the vessel."
        out.append(
            _finding(st, "branch_covered", "warning", branch.diameter_mm or 0.0, "mm", text, branch.s_mm)
        )
    return out


def _sizes(st: Stented) -> list[Finding]:
    out, item, vessel = [], st.item, st.site.vessel
    reference = st.site.lesion.reference_mm
    if item.vessel != vessel:
        text = f"The line is made for {item.vessel} arteries; this plan says {vessel}."
        out.append(_finding(st, "wrong_vessel", "warning", item.diameter_mm, "mm", text, None))
    if st.diameter_mm > item.max_diameter_mm + 1e-9:
        text = (
            f"{st.diameter_mm:g} mm is more than the {item.max_diameter_mm:g} mm to which this pattern may "
            "be expanded. Choose a wider stent or a smaller balloon."
        )
        out.append(_finding(st, "max_diameter", "error", st.diameter_mm, "mm", text, None))
    if st.balloon and st.diameter_mm < 0.9 * item.diameter_mm:
        text = f"A balloon of {st.diameter_mm:g} mm leaves a stent of {item.diameter_mm:g} mm half open."
        out.append(_finding(st, "balloon_small", "warning", st.diameter_mm, "mm", text, None))
    return out + _against_reference(st, reference)


def _against_reference(st: Stented, reference: float) -> list[Finding]:
    over, ratio = st.diameter_mm - reference, st.diameter_mm / reference
    low = limit("ratio_low") if st.balloon else 1 + limit("oversize_low_mm") / reference
    high = limit("ratio_high_balloon") if st.balloon else 1 + limit("oversize_high_mm") / reference
    said = f"{st.diameter_mm:g} mm in a vessel of {reference:.1f} mm (ratio {ratio:.2f})"
    at = st.site.lesion.throat_mm
    if ratio < low:
        text = f"The stent is small: {said}; wanted {low:.2f} or more. It may float."
        return [_finding(st, "too_small", "warning", over, "mm", text, at)]
    if ratio > high:
        text = f"The stent is large: {said}; wanted {high:.2f} or less. It stretches healthy wall."
        return [_finding(st, "too_large", "warning", over, "mm", text, at)]
    return [_finding(st, "ratio", "info", ratio, "1", f"Size: {said}.", at)]


def _narrowing(st: Stented, plan: Plan) -> list[Finding]:
    lesion = st.site.lesion
    most, opened = limit("stenosis_high_percent"), float(plan.options.get("predilation_mm", 0.0))
    left = 100 * (1 - max(lesion.min_diameter_mm, opened) / lesion.reference_mm)
    if left <= most:
        if opened > lesion.min_diameter_mm:
            text = (
                f"The lumen is taken as pre-dilated to {opened:g} mm, free of stress in that shape; what the "
                "balloon tore is not computed."
            )
            return [_finding(st, "predilated", "warning", opened, "mm", text, lesion.throat_mm)]
        return []
    text = (
        f"The narrowing of {left:.0f} % in diameter is beyond the {most:g} % up to which deployment can be "
        "computed. Pre-dilate (option predilation_mm), or read the plan at level L0."
    )
    return [_finding(st, "tight", "error", left, "%", text, lesion.throat_mm)]


def _image(st: Stented) -> list[Finding]:
    out = []
    lesion, artery = st.site.lesion, st.site.artery
    for reason in filter(None, (lesion.doubt, artery.indicative)):
        text = f"Sizes are indicative: {reason}."
        out.append(_finding(st, "doubt", "warning", lesion.min_diameter_mm, "mm", text, lesion.throat_mm))
    for notice in artery.notices:
        if any(word in notice.code for word in METAL):
            text = f"{notice.message} A stent in a stent is not modelled: the wall would be wrong there."
            out.append(Finding("stent.metal", "warning", text, st.item.id, 0.0, "1", notice.point_mm))
    return out


def _release(st: Stented) -> list[Finding]:
    if st.balloon:
        return []
    text = "A balloon after release (post-dilation) is not modelled: the stent opens by its own force only."
    return [_finding(st, "no_postdilation", "info", 0.0, "1", text, None)]
