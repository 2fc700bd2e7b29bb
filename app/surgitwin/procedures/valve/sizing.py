"""L0: what geometry alone says of a size and a depth."""

from __future__ import annotations

import math

from surgitwin.anatomy.root.assemble import section_measure
from surgitwin.anatomy.root.types import RootAnatomy
from surgitwin.core.metric import MetricValue
from surgitwin.core.plan import Plan
from surgitwin.core.vessel import SectionMeasure
from surgitwin.implants import ValveItem
from surgitwin.procedures.valve.balloon import nominal_diameter_mm
from surgitwin.procedures.valve.coronary import SIDES, virtual_clearance
from surgitwin.procedures.valve.options import section
from surgitwin.procedures.valve.place import depth, item_of
from surgitwin.procedures.valve.table import row

PLANE_ACCURACY_MM = 0.6
"""Offset of a proposed annulus plane on phantoms (issue 5): no smaller uncertainty is claimed."""
NO_OSTIUM = "the ostium was not found: set it by hand"
NO_SEPTUM = "the membranous septum was not found: set its lower end by hand"


def oversizing_area(item: ValveItem, area_mm2: float) -> float:
    """(nominal area / annulus area - 1) in %."""
    return (item.nominal_area_mm2 / area_mm2 - 1) * 100


def oversizing_perimeter(item: ValveItem, perimeter_mm: float) -> float:
    """(pi D / annulus perimeter - 1) in %."""
    return (math.pi * item.size_mm / perimeter_mm - 1) * 100


def sized_value(item: ValveItem, annulus: SectionMeasure) -> float:
    """Area (mm2) or perimeter (mm), whichever sizes the family."""
    return annulus.area_mm2 if item.sized_by == "area" else annulus.perimeter_mm


def range_excess(item: ValveItem, annulus: SectionMeasure) -> float:
    """% of the nearer limit by which the annulus lies outside the size's range: below < 0 < above."""
    value, (low, high) = sized_value(item, annulus), item.accepted
    if value < low:
        return (value / low - 1) * 100
    return max(0.0, (value / high - 1) * 100)


def sizing(root: RootAnatomy, plan: Plan) -> list[MetricValue]:
    """Metrics of a plan at L0."""
    item = item_of(plan)
    return [*_oversizing(root, item), *_expected(root, item), *_coronary(root, plan), *_septum(root, plan)]


def _oversizing(root: RootAnatomy, item: ValveItem) -> list[MetricValue]:
    annulus, slope = root.sections["annulus"], root.area_slope_mm2_per_mm
    value = oversizing_area(item, annulus.area_mm2)
    shift = max(abs(root.plane_uncertainty[1]), PLANE_ACCURACY_MM)
    # Measured, not from the slope: the sinus widens at once above the annulus, the outflow tract hardly
    # below.
    near = [oversizing_area(item, section_measure(root, at).area_mm2) for at in (-shift, shift)]
    known = "nominal_area_mm2" not in item.unverified
    return [
        row(
            "valve_oversizing_area", "annulus", "L0", value,
            band=(min(value, *near), max(value, *near)), verified=known,
        ),
        row(
            "valve_oversizing_perimeter", "annulus", "L0",
            oversizing_perimeter(item, annulus.perimeter_mm),
        ),
        row(
            "valve_oversizing_slope", "annulus", "L0",
            -(value + 100) * slope / annulus.area_mm2, verified=known,
        ),
        row(
            "valve_range_excess", "annulus", "L0", abs(range_excess(item, annulus)),
            threshold=0.0, comparator="<=", verified=item.verified,
        ),
        *[
            row("valve_calcium", rule, "L0", volume)
            for rule, volume in sorted(root.calcium.volumes_mm3.items())
        ],
    ]  # fmt: skip


def _expected(root: RootAnatomy, item: ValveItem) -> list[MetricValue]:
    out = []
    for part, name in (("inflow", "outflow"), ("annulus", "annulus")):
        if item.frame.kind == "self_expanding":
            value = min(item.size_mm, root.sections[name].perimeter_diameter_mm)
            out.append(row("valve_expected_diameter", part, "L0", value))
            continue
        known, nominal = section("expansion")[part], nominal_diameter_mm(item)
        low, value, high = (
            nominal * math.sqrt((known["percent"] + d * known["spread"]) / 100) for d in (-1, 0, 1)
        )
        seen = bool(known["verified"]) and "nominal_area_mm2" not in item.unverified
        out.append(row("valve_expected_diameter", part, "L0", value, band=(low, high), verified=seen))
    return out


def _coronary(root: RootAnatomy, plan: Plan) -> list[MetricValue]:
    out = []
    skirt = item_of(plan).frame.skirt_mm
    for side in SIDES:
        height = root.coronary_height_mm.get(side)
        out.append(row("valve_coronary_height", side, "L0", height, reason=NO_OSTIUM))
        if skirt is not None:
            below = None if height is None else height - (skirt[1] - depth(plan))
            out.append(row("valve_skirt_below_ostium", side, "L0", below, reason=NO_OSTIUM))
        out.append(
            row("valve_virtual_clearance", side, "L0", virtual_clearance(root, plan, side), reason=NO_OSTIUM)
        )
    return out


def _septum(root: RootAnatomy, plan: Plan) -> list[MetricValue]:
    length = root.septum_length_mm
    beyond = None if length is None else depth(plan) - length
    return [
        row("valve_septum_length", "septum", "L0", length, reason=NO_SEPTUM),
        row("valve_septum_margin", "septum", "L0", beyond, reason=NO_SEPTUM),
    ]
