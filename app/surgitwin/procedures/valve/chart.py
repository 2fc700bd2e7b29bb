"""The chart beside the table: diameter along the root, before and with each deployed valve."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from surgitwin.anatomy.root.types import RootAnatomy
from surgitwin.core.arrays import FloatArray
from surgitwin.core.plan import Plan
from surgitwin.mechanics.devices.problem import Deployment
from surgitwin.mechanics.devices.result import DeploymentResult
from surgitwin.procedures.valve.place import annulus_s, depth, item_of
from surgitwin.procedures.valve.wall import window
from surgitwin.procedures.vessel import NOMINAL, Chart, Curve


def chart(
    root: RootAnatomy,
    plans: Mapping[str, tuple[Plan, Mapping[str, Deployment], Mapping[str, DeploymentResult]]],
) -> Chart | None:
    """Outer diameter of each deployed frame over the height above the annulus; None without one."""
    deployed = [(name, plan, found[NOMINAL]) for name, (plan, _, found) in plans.items() if NOMINAL in found]
    if not deployed:
        return None
    low, high = window(root, item_of(deployed[0][1]).family)
    tube = root.tube.between(low, high)
    before = Curve(
        "Lumen in the image, from its area",
        "before",
        _plain(tube.course.s_mm - annulus_s(root)),
        _plain(tube.diameter_mm),
    )
    return Chart(
        "Diameter along the root",
        "Height over the annulus plane, mm",
        "Diameter, mm",
        (before, *(_curve(name, plan, result) for name, plan, result in deployed)),
    )


def _curve(name: str, plan: Plan, result: DeploymentResult) -> Curve:
    heights = np.array([r.z_mm for r in item_of(plan).frame.rings]) - depth(plan)
    return Curve(name, "plan", _plain(heights), _plain(result.ring_diameter_mm))


def _plain(values: FloatArray) -> tuple[float, ...]:
    return tuple(float(v) for v in values)
