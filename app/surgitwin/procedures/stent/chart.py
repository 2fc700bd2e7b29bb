"""Lumen area along the centreline: before, healthy, and after each plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from surgitwin.anatomy.artery.types import ArteryAnatomy
from surgitwin.core.arrays import FloatArray
from surgitwin.core.plan import Plan
from surgitwin.mechanics.devices.problem import Deployment
from surgitwin.mechanics.devices.result import DeploymentResult
from surgitwin.procedures.stent.lumen import sections
from surgitwin.procedures.vessel import NOMINAL, Chart, Curve


def chart(
    artery: ArteryAnatomy,
    plans: Mapping[str, tuple[Plan, Mapping[str, Deployment], Mapping[str, DeploymentResult]]],
) -> Chart:
    """Area in mm2 over the arc length of the course in mm; plans without a nominal result have no curve."""
    s = artery.tube.course.s_mm
    healthy = np.pi / 4 * artery.reference_mm**2
    curves = [
        _curve("Before", "before", s, artery.tube.area_mm2),
        _curve("Healthy", "reference", s, healthy),
    ]
    for name, (_, tasks, results) in plans.items():
        if NOMINAL in results:
            found = sections(tasks[NOMINAL].wall, results[NOMINAL])
            curves.append(_curve(name, "plan", found.s_mm, found.area_mm2))
    return Chart("Lumen area", "Along the centreline, mm", "Lumen area, mm2", tuple(curves))


def _curve(title: str, kind: Literal["before", "plan", "reference"], x: FloatArray, y: FloatArray) -> Curve:
    return Curve(title, kind, tuple(map(float, x)), tuple(map(float, y)))
