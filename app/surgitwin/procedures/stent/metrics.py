"""Metrics of a deployed stent, with bands over the variants of the wall."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

import numpy as np

from surgitwin.core.metric import MetricValue
from surgitwin.core.plan import Plan
from surgitwin.mechanics.devices.problem import Deployment
from surgitwin.mechanics.devices.result import DeploymentResult
from surgitwin.procedures.stent.apposition import apposition
from surgitwin.procedures.stent.flow_drop import drop_mmHg
from surgitwin.procedures.stent.lumen import sections
from surgitwin.procedures.stent.shape import (
    dogboning_percent,
    foreshortening_percent,
    recoil_percent,
    straightening_deg,
)
from surgitwin.procedures.stent.site import Stented
from surgitwin.procedures.stent.stress import high_stress, mean_contact_MPa
from surgitwin.procedures.stent.table import PREFIX, Level, metric, setting
from surgitwin.procedures.vessel import NOMINAL

Number = float | str
"""A value, or the reason why there is none."""
Measure = Callable[[Stented, Plan, Deployment, DeploymentResult], dict[str, Number]]

NO_FRICTION = "contact has no friction at this level, so nothing holds the stent along the vessel"
NO_BALLOON = "a self-expanding stent is released, not inflated"
NO_STRUTS = "the result holds no struts near the lumen"
FEW_RINGS = "fewer than four rings"
NO_TOUCH = "the stent touches the wall nowhere"
NO_PLAQUE = "the wall holds no element of plaque"


def metrics(
    stented: Stented,
    plan: Plan,
    tasks: Mapping[str, Deployment],
    results: Mapping[str, DeploymentResult],
) -> list[MetricValue]:
    """Metrics of the nominal result, banded by the variants that were solved.

    Raises KeyError without a nominal result.
    """
    measured = {name: measure(stented, plan, tasks[name], results[name]) for name in results}
    nominal = measured.pop(NOMINAL)
    level = cast(Level, results[NOMINAL].level)
    out = []
    for name, value in nominal.items():
        if isinstance(value, str):
            out.append(metric(name, level, None, reason=value))
            continue
        others = [m[name] for m in measured.values()]
        row = metric(name, level, value)
        out.append(row.with_band([float(v) for v in others if not isinstance(v, str)]))
    return _with_flow(stented, plan, out, tasks, results)


def measure(stented: Stented, plan: Plan, task: Deployment, result: DeploymentResult) -> dict[str, Number]:
    """Every number of one deployed variant by the name of its metric (without "stent_")."""
    parts: tuple[Measure, ...] = (_lumen, _struts, _shape, _stress)
    return {k: v for part in parts for k, v in part(stented, plan, task, result).items()}


def throat_mm(stented: Stented, task: Deployment, result: DeploymentResult) -> float:
    """Smallest diameter of the deformed lumen between the outermost ends of stent and narrowing."""
    return float(sections(task.wall, result).between(*stented.treated_mm).diameter_mm.min())


def _lumen(st: Stented, plan: Plan, task: Deployment, result: DeploymentResult) -> dict[str, Number]:
    before = st.site.artery.tube.between(*st.treated_mm)
    after = sections(task.wall, result).between(*st.treated_mm)
    reference = np.array([st.site.reference_at(float(s)) for s in after.s_mm])
    first, last = float(before.area_mm2.min()), float(after.area_mm2.min())
    return {
        "min_area_before": first,
        "min_area": last,
        "area_gain": 100 * (last / first - 1),
        "residual_stenosis": 100 * float((1 - after.diameter_mm / reference).max()),
    }


def _struts(st: Stented, plan: Plan, task: Deployment, result: DeploymentResult) -> dict[str, Number]:
    found = apposition(task.wall, result, setting("malapposed_mm"))
    if found is None:
        return {"malapposition": NO_STRUTS, "struts_malapposed": NO_STRUTS}
    return {"malapposition": found.largest_mm, "struts_malapposed": 100 * found.share}


def _shape(st: Stented, plan: Plan, task: Deployment, result: DeploymentResult) -> dict[str, Number]:
    diameter = result.ring_diameter_mm
    recoil: dict[str, Number] = {"recoil": NO_BALLOON, "recoil_throat": NO_BALLOON}
    if st.balloon:
        z = st.start_mm + np.array([r.z_mm for r in task.device.rings])
        throat = int(np.argmin(np.abs(z - st.site.lesion.throat_mm)))
        each = recoil_percent(result)
        recoil = {"recoil": float(each.mean()), "recoil_throat": float(each[throat])}
    straight = straightening_deg(task.placement, result)
    return {
        **recoil,
        "foreshortening": float(result.facts["foreshortening_percent"])
        if result.level == "L2"
        else foreshortening_percent(st.item, diameter),
        "dogboning": dogboning_percent(diameter),
        "straightening": FEW_RINGS if straight is None else straight,
    }


def _stress(st: Stented, plan: Plan, task: Deployment, result: DeploymentResult) -> dict[str, Number]:
    percentile = setting("stress_percentile")
    wall = high_stress(task.wall, result, percentile, plaque=False)
    plaque = high_stress(task.wall, result, percentile, plaque=True)
    pressure = mean_contact_MPa(task.wall, result)
    if wall is None:
        raise ValueError("the wall has no element outside the plaque")
    return {
        "wall_stress": wall.stress_MPa,
        "wall_stress_place": wall.s_mm - st.site.lesion.throat_mm,
        "plaque_stress": NO_PLAQUE if plaque is None else plaque.stress_MPa,
        "contact_pressure": NO_TOUCH if pressure is None else pressure,
        "longitudinal_force": float(result.facts["axial_force_N"]) if result.level == "L2" else NO_FRICTION,
    }


def _with_flow(
    st: Stented,
    plan: Plan,
    found: list[MetricValue],
    tasks: Mapping[str, Deployment],
    results: Mapping[str, DeploymentResult],
) -> list[MetricValue]:
    """The metrics with the drop after: its band holds the flow's variation and the variants of the wall."""
    drops = {n: drop_mmHg(st.site, plan.options, throat_mm(st, tasks[n], r)) for n, r in results.items()}
    bounds = [b for _, band in drops.values() for b in band]
    level = cast(Level, results[NOMINAL].level)
    after = metric("drop_after", level, drops[NOMINAL][0], band=(min(bounds), max(bounds)))
    return [*found, after]


__all__ = ["PREFIX", "measure", "metrics", "throat_mm"]
