"""L1 and L2: metrics of a deployed valve, each with the band of the wall variants."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from surgitwin.anatomy.root.types import RootAnatomy
from surgitwin.core.metric import MetricValue
from surgitwin.core.plan import Plan
from surgitwin.core.wall import WallMesh
from surgitwin.mechanics.devices.problem import Deployment
from surgitwin.mechanics.devices.result import DeploymentResult
from surgitwin.procedures.valve.balloon import nominal_diameter_mm
from surgitwin.procedures.valve.conduction import conduction_region, region_contact
from surgitwin.procedures.valve.coronary import SIDES, clearance, ostium
from surgitwin.procedures.valve.deployed import (
    PARTS,
    along,
    eccentricity,
    final_rings,
    places_mm,
    recoil_percent,
    wall_stress,
)
from surgitwin.procedures.valve.leak import leak_range, skirt_gap
from surgitwin.procedures.valve.place import annulus_frame, depth, item_of
from surgitwin.procedures.valve.sizing import NO_OSTIUM, NO_SEPTUM
from surgitwin.procedures.valve.table import row
from surgitwin.procedures.valve.unrolled import Unrolled
from surgitwin.procedures.vessel import NOMINAL

Numbers = dict[tuple[str, str], float | str]
"""(metric, part) -> the value, or why there is none."""
NOT_DEPLOYED = "the plan was not deployed"
NO_SKIRT = "no section of the skirt faces the wall all round"
NO_RECOIL = "a self-expanding valve is not inflated"
NO_REGION = "the wall model does not reach the conduction region"


def metrics(
    root: RootAnatomy,
    plan: Plan,
    tasks: Mapping[str, Deployment],
    results: Mapping[str, DeploymentResult],
) -> list[MetricValue]:
    """Metrics of a deployed plan; all null with their reason when the nominal result is missing."""
    nominal = results.get(NOMINAL)
    if nominal is None:
        return [row(name, part, "L1", None, reason=NOT_DEPLOYED) for name, part in _rows()]
    main = numbers(root, plan, tasks[NOMINAL], nominal)
    others = [numbers(root, plan, tasks[name], found) for name, found in results.items() if name != NOMINAL]
    return [_value(key, main[key], [o[key] for o in others], nominal.level) for key in _rows()]


def numbers(root: RootAnatomy, plan: Plan, task: Deployment, result: DeploymentResult) -> Numbers:
    """Every number of one result."""
    wall = task.wall
    lumen = Unrolled.of(annulus_frame(root), wall, result, task.contact.smoothing_mm)
    return {
        **_shape(plan, result),
        **_conduction(root, plan, lumen),
        **_skirt(plan, lumen),
        **_coronary(root, plan, wall, result),
        ("valve_wall_stress", "root wall"): wall_stress(wall, result),
        ("valve_contact_force", "valve"): float(result.facts["force_N"]),
    }


def _rows() -> tuple[tuple[str, str], ...]:
    by_part = [(name, part) for name in ("valve_diameter", "valve_eccentricity") for part in PARTS]
    return (
        *by_part,
        ("valve_expansion", "inflow"),
        ("valve_expansion", "annulus"),
        ("valve_recoil", "annulus"),
        ("valve_contact_index", "conduction region"),
        ("valve_contact_pressure", "conduction region"),
        ("valve_gap_area", "skirt"),
        ("valve_gap_arc", "skirt"),
        ("valve_leak_low", "skirt"),
        ("valve_leak_high", "skirt"),
        *[("valve_coronary_clearance", side) for side in SIDES],
        ("valve_wall_stress", "root wall"),
        ("valve_contact_force", "valve"),
    )


def _value(key: tuple[str, str], main: float | str, others: list[float | str], level: str) -> MetricValue:
    name, part = key
    if isinstance(main, str):
        return row(name, part, level, None, reason=main)
    return row(name, part, level, main).with_band([o for o in others if not isinstance(o, str)])


def _shape(plan: Plan, result: DeploymentResult) -> Numbers:
    item, out = item_of(plan), Numbers()
    places = places_mm(item.frame, depth(plan))
    for part, at in places.items():
        diameter = float(along(item.frame, at, result.ring_diameter_mm))
        out["valve_diameter", part] = diameter
        out["valve_eccentricity", part] = eccentricity(along(item.frame, at, result.ring_radius_mm))
        if part != "outflow":
            out["valve_expansion", part] = 100 * (diameter / nominal_diameter_mm(item)) ** 2
    recoil = recoil_percent(item.frame, places["annulus"], result)
    out["valve_recoil", "annulus"] = NO_RECOIL if recoil is None else recoil
    return out


def _conduction(root: RootAnatomy, plan: Plan, lumen: Unrolled) -> Numbers:
    names = [(f"valve_contact_{what}", "conduction region") for what in ("index", "pressure")]
    region = conduction_region(root, annulus_frame(root))
    if region is None:
        return dict.fromkeys(names, NO_SEPTUM)
    found = region_contact(lumen, region, depth(plan))
    if found.seen == 0:
        return dict.fromkeys(names, NO_REGION)
    return dict(zip(names, (found.index_percent, found.pressure_MPa), strict=True))


def _skirt(plan: Plan, lumen: Unrolled) -> Numbers:
    names = [(f"valve_{what}", "skirt") for what in ("gap_area", "gap_arc", "leak_low", "leak_high")]
    skirt = item_of(plan).frame.skirt_mm
    found = None if skirt is None else skirt_gap(lumen, depth(plan), skirt)
    if found is None:
        return dict.fromkeys(names, NO_SKIRT)
    return dict(zip(names, (found.area_mm2, found.arc_percent, *leak_range(found.area_mm2)), strict=True))


def _coronary(root: RootAnatomy, plan: Plan, wall: WallMesh, result: DeploymentResult) -> Numbers:
    out, lumen = Numbers(), np.flatnonzero(np.isfinite(wall.lumen_s_mm))
    for side in SIDES:
        point, value = ostium(root, side), None
        if point is not None:
            beside = lumen[int(((wall.points_mm[lumen] - point) ** 2).sum(axis=1).argmin())]
            moved = result.displacement_mm[beside]
            value = clearance(root, plan, side, final_rings(result), result.ring_radius_mm, moved)
        out["valve_coronary_clearance", side] = NO_OSTIUM if value is None else value
    return out
