"""NAFEMS LE1: a quarter of an elliptic membrane under outward pressure on its outer edge.

Plane stress, curved quadratic quadrilaterals between two ellipses. The stress along y at the end of the
inner ellipse, point D, where the stress is concentrated. Drawn at one tenth: stresses do not depend on the
size.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.model.loads import Pressure
from surgitwin.mechanics.model.material import elastic
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import grid
from surgitwin.mechanics.model.supports import Fixed
from surgitwin.verification.case import Case, Measured
from surgitwin.verification.study import study

OUTWARD_MPA = 10.0
INNER_MM, OUTER_MM = (200.0, 100.0), (325.0, 275.0)


def between_ellipses(s: FloatArray) -> FloatArray:
    """The unit square: s0 from the inner to the outer ellipse, s1 from the x to the y axis."""
    angle = s[:, 1] * np.pi / 2
    half_axes = np.array(INNER_MM) + s[:, :1] * (np.array(OUTER_MM) - INNER_MM)
    x: FloatArray = half_axes * np.column_stack([np.cos(angle), np.sin(angle)])
    return x


def measure(cells: int, outward_MPa: float) -> tuple[float, dict[str, float]]:
    """Stress at D. A pressure pushes against the outward normal: outwards is negative."""
    mesh = grid((cells, cells), between_ellipses)
    sheet = Part("sheet", mesh, elastic(210e3, 0.3), "plane_stress", thickness_mm=10.0)
    model = Model(
        "LE1",
        (sheet,),
        supports=(Fixed("symmetry in y", "sheet", "y0", "y"), Fixed("symmetry in x", "sheet", "y1", "x")),
        loads=(Pressure("outward", "sheet", "x1", -outward_MPa, follower=False),),
    )
    return (OUTER_MM[0] - INNER_MM[0]) / cells, {
        "32": solve_model(model).part().stress_at((INNER_MM[0], 0.0))[0, 1, 1]
    }


def run(wrong: bool) -> dict[str, Measured]:
    """Four meshes."""
    return study((4, 8, 16, 32), partial(measure, outward_MPa=-OUTWARD_MPA if wrong else OUTWARD_MPA))


CASE = Case("32", "NAFEMS LE1", run, "the pressure inwards", quick=True)
