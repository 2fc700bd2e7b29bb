"""Inflation of a thick incompressible neo-Hookean sphere beyond its limit pressure.

The inner radius (10 of 15 mm) is driven outwards to twice its size, so that the path goes through the
largest pressure; the pressure follows from the reaction at the inner surface. Axisymmetric, displacement and
pressure, fully incompressible. The wrong input is an outer radius of 16 mm.
"""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.fenicsx.solids.result import ModelResult
from surgitwin.mechanics.model.material import Material
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import ring
from surgitwin.mechanics.model.steps import Stepping
from surgitwin.mechanics.model.supports import Fixed, Motion
from surgitwin.verification.case import Case, Measured

INNER, OUTER, MU = 10.0, 15.0, 1.0
STEP = 0.025


def pressure_curve(outer: float) -> FloatArray:
    """(n, 2) inner stretch and pressure / mu."""
    sphere = Part(
        "sphere",
        ring(INNER, outer, (6, 12)),
        Material("neo_hookean", {"mu_MPa": MU, "bulk_MPa": np.inf}),
        kinematics="axisymmetric",
        formulation="mixed",
        pressure="discontinuous",
    )
    rows = []

    def read(result: ModelResult) -> None:
        stretch = 1 + result.increments[-1].fraction
        wall = result.reaction("inflation")
        outward = wall.nodes_mm / np.linalg.norm(wall.nodes_mm, axis=1)[:, None]
        area = 2 * np.pi * (stretch * INNER) ** 2  # half a sphere
        rows.append((stretch, float((wall.nodal_N * outward).sum()) / area / MU))

    model = Model(
        "sphere",
        (sphere,),
        supports=(
            Motion("inflation", "sphere", "x0", gradient=np.eye(2).tolist()),
            Fixed("equator", "sphere", "y0", "y"),
            Fixed("axis", "sphere", "y1", "x"),
        ),
        stepping=Stepping(first=STEP, largest=STEP),
        large=True,
    )
    solve_model(model, accepted=read)
    return np.array(rows)


def run(wrong: bool) -> dict[str, Measured]:
    """Pressures at four stretches; the top of the curve by a parabola through its highest points."""
    curve = pressure_curve(OUTER + 1.0 if wrong else OUTER)
    top = int(curve[:, 1].argmax())
    a, b, c = np.polyfit(curve[top - 1 : top + 2, 0], curve[top - 1 : top + 2, 1], 2)
    at = {"23a": 1.1, "23b": 1.25, "23c": 1.5, "23f": 2.0}
    found = {name: curve[np.abs(curve[:, 0] - stretch).argmin(), 1] for name, stretch in at.items()}
    found |= {"23d": c - b**2 / (4 * a), "23e": -b / (2 * a)}
    return {name: Measured(float(v)) for name, v in found.items()}


CASE = Case("23", "Inflated neo-Hookean sphere", run, "outer radius 16 instead of 15 mm", quick=True)
