"""Checks of the root itself: sinuses and coronaries, what the image says, membranous septum."""

from __future__ import annotations

import re

import numpy as np

from surgitwin.anatomy.root.types import RootAnatomy
from surgitwin.core.plan import Plan
from surgitwin.implants import ValveItem
from surgitwin.procedures.base import Finding
from surgitwin.procedures.valve.coronary import SIDES
from surgitwin.procedures.valve.finding import finding
from surgitwin.procedures.valve.options import limit
from surgitwin.procedures.valve.place import depth


def sinus_findings(root: RootAnatomy, item: ValveItem) -> list[Finding]:
    """Sinuses too small for the valve, low coronaries, ostia that were not found."""
    out = []
    narrow, mean = min(root.sinus_diameters_mm), float(np.mean(root.sinus_diameters_mm))
    if item.sinus_diameter_mm is not None and narrow < item.sinus_diameter_mm:
        text = (
            f"The narrowest sinus diameter is {narrow:.1f} mm; {item.title} asks for "
            f"{item.sinus_diameter_mm:g} mm. Consider the balloon-expandable family."
        )
        out.append(finding("valve.sinus_small", "warning", text, narrow, "mm", implant=item.id))
    for side in SIDES:
        height = root.coronary_height_mm.get(side)
        if height is None:
            text = f"The {side} coronary ostium was not found: no height, no clearance. Set it by hand."
            out.append(finding("valve.no_ostium", "warning", text))
        elif height < limit("low_ostium") and mean < limit("small_sinus"):
            text = (
                f"The {side} ostium stands {height:.1f} mm high and the sinuses measure {mean:.1f} mm: "
                f"both below the published {limit('low_ostium'):g} and {limit('small_sinus'):g} mm for "
                "obstruction. Consider protecting the coronary."
            )
            out.append(finding("valve.coronary_low", "warning", text, height, "mm"))
    return out


def image_findings(root: RootAnatomy) -> list[Finding]:
    """Notices of the image (metal, false lumen ...), indicative sizes, cardiac phase."""
    out = [
        finding(n.code, "warning", n.message, point_mm=None if n.point_mm is None else np.array(n.point_mm))
        for n in root.notices
    ]
    if root.indicative:
        out.append(finding("valve.indicative", "warning", f"Sizes are only indicative: {root.indicative}"))
    number = re.search(r"\d+(?:\.\d+)?", root.phase)
    if number is None:
        text = (
            "The cardiac phase is not in the header: in diastole the annulus is smaller. Check the phase of "
            "the series."
        )
        return [*out, finding("valve.phase", "warning", text)]
    percent, first, last = float(number.group()), limit("phase_first"), limit("phase_last")
    if not first <= percent <= last:
        text = f"The image is of {root.phase}; sizes are published for systole ({first:g} to {last:g} %)."
        out.append(finding("valve.phase", "warning", f"{text} Use a systolic series.", percent, "%"))
    return out


def septum_finding(root: RootAnatomy, plan: Plan) -> Finding:
    """The inflow end beside the membranous septum's lower end."""
    if root.septum_length_mm is None:
        text = (
            "The membranous septum was not found: conduction metrics are missing. Set its lower end by hand."
        )
        return finding("valve.no_septum", "warning", text)
    beyond = depth(plan) - root.septum_length_mm
    way = "beyond" if beyond > 0 else "short of"
    text = f"The inflow end stands {abs(beyond):.1f} mm {way} the membranous septum's lower end."
    return finding("valve.septum", "info", text, beyond, "mm")
