"""NAFEMS LE10: a thick elliptic plate under pressure on its top.

The plan of LE1, 0.6 m thick, drawn at one tenth; curved quadratic hexahedra. The outer face is held in the
plane, and along its middle line also across it. The stress along y at the upper end of the inner ellipse,
D.
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
from surgitwin.mechanics.model.supports import At, Fixed
from surgitwin.verification.case import Case, Measured
from surgitwin.verification.study import study

THICKNESS_MM, PRESSURE_MPA = 60.0, 1.0
INNER_MM, OUTER_MM = np.array([200.0, 100.0]), np.array([325.0, 275.0])


def thick_plate(s: FloatArray) -> FloatArray:
    """The unit cube: s0 from the inner to the outer ellipse, s1 from the x to the y axis, s2 upwards."""
    angle = s[:, 1] * np.pi / 2
    plan = (INNER_MM + s[:, :1] * (OUTER_MM - INNER_MM)) * np.column_stack([np.cos(angle), np.sin(angle)])
    return np.column_stack([plan, s[:, 2] * THICKNESS_MM])


def measure(cells: int, pressure_MPa: float) -> tuple[float, dict[str, float]]:
    """Stress at D."""
    plate = Part("plate", grid((cells, cells, cells // 2), thick_plate), elastic(210e3, 0.3))
    middle = At(z=THICKNESS_MM / 2, surface="x1")
    model = Model(
        "LE10",
        (plate,),
        supports=(
            Fixed("symmetry in y", "plate", "y0", "y"),
            Fixed("symmetry in x", "plate", "y1", "x"),
            Fixed("outer face", "plate", "x1", "xy"),
            Fixed("middle line", "plate", middle, "z"),
        ),
        loads=(Pressure("pressure", "plate", "z1", pressure_MPa, follower=False),),
    )
    part = solve_model(model).part()
    return (OUTER_MM[0] - INNER_MM[0]) / cells, {
        "33": part.stress_at((INNER_MM[0], 0.0, THICKNESS_MM))[0, 1, 1]
    }


def run(wrong: bool) -> dict[str, Measured]:
    """Three meshes."""
    return study((4, 8, 16), partial(measure, pressure_MPa=-PRESSURE_MPA if wrong else PRESSURE_MPA))


CASE = Case("33", "NAFEMS LE10", run, "the pressure upwards")
