"""Metrics of a stent plan at L0: geometry on the lumen as it was measured."""

from __future__ import annotations

from surgitwin.core.metric import MetricValue
from surgitwin.core.plan import Plan
from surgitwin.procedures.stent.flow_drop import drop_mmHg
from surgitwin.procedures.stent.site import Stented
from surgitwin.procedures.stent.table import metric, setting

WALL_DECIDES = "a self-expanding stent opens as far as the wall lets it: deploy it at L1"


def sizing(stented: Stented, plan: Plan) -> list[MetricValue]:
    """Size, margins, branches, expected narrowing and drop."""
    lesion = stented.site.lesion
    return [
        _ratio(stented),
        *_expected(stented, plan),
        metric("margin_proximal", "L0", lesion.start_mm - stented.start_mm),
        metric("margin_distal", "L0", stented.end_mm - lesion.end_mm),
        metric("branches_covered", "L0", float(len(stented.covered))),
        _before(stented, plan),
    ]


def expected_diameters(stented: Stented) -> tuple[float, float, float] | None:
    """Lumen after recoil of the middle, largest and smallest published size; None when self-expanding."""
    if not stented.balloon:
        return None
    low, high = setting("recoil_low_percent"), setting("recoil_high_percent")
    middle, most, least = (
        stented.diameter_mm * (1 - percent / 100) for percent in ((low + high) / 2, high, low)
    )
    return middle, most, least


def _ratio(stented: Stented) -> MetricValue:
    site = stented.site
    ends = [stented.diameter_mm / site.reference_at(s) for s in (stented.start_mm, stented.end_mm)]
    value = stented.diameter_mm / site.lesion.reference_mm
    return metric("device_ratio", "L0", value, band=(min(ends), max(ends)))


def _expected(stented: Stented, plan: Plan) -> list[MetricValue]:
    found = expected_diameters(stented)
    if found is None:
        return [
            metric(name, "L0", None, reason=WALL_DECIDES) for name in ("expected_residual", "expected_drop")
        ]
    site = stented.site
    residual = [100 * (1 - d / site.lesion.reference_mm) for d in found]
    drops = [drop_mmHg(site, plan.options, d) for d in found]
    bounds = [b for _, band in drops for b in band]
    return [
        metric("expected_residual", "L0", residual[0], band=(min(residual), max(residual))),
        metric("expected_drop", "L0", drops[0][0], band=(min(bounds), max(bounds))),
    ]


def _before(stented: Stented, plan: Plan) -> MetricValue:
    lesion = stented.site.lesion
    value, band = drop_mmHg(stented.site, plan.options, lesion.min_diameter_mm)
    if lesion.doubt:
        return metric("drop_before", "L0", None, reason=f"the throat is in doubt: {lesion.doubt}")
    return metric("drop_before", "L0", value, band=band)
