"""Cook's membrane: a tapered panel in shear and bending.

Plane stress, quadratic quadrilaterals of a skewed shape; the left edge fixed, a shear load of 1 on the
right one. The deflection at the middle of the loaded edge.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.model.loads import Traction
from surgitwin.mechanics.model.material import elastic
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import grid
from surgitwin.mechanics.model.supports import Fixed
from surgitwin.verification.case import Case, Measured
from surgitwin.verification.study import study


def panel(s: FloatArray) -> FloatArray:
    """The unit square to the panel: 48 mm wide, 44 mm high on the left, from 44 to 60 mm on the right."""
    low, high = 44.0 * s[:, 0], 44.0 + 16.0 * s[:, 0]
    return np.column_stack([48.0 * s[:, 0], low + s[:, 1] * (high - low)])


def measure(cells: int, force_N: float) -> tuple[float, dict[str, float]]:
    """Deflection at (48, 52)."""
    sheet = Part("sheet", grid((cells, cells), panel), elastic(1.0, 1 / 3), "plane_stress")
    model = Model(
        "Cook's membrane",
        (sheet,),
        supports=(Fixed("clamp", "sheet", "x0"),),
        loads=(Traction("shear", "sheet", "x1", force_N=(0.0, force_N)),),
    )
    return 48.0 / cells, {"27": solve_model(model).part().displacement_at((48.0, 52.0))[0, 1]}


def run(wrong: bool) -> dict[str, Measured]:
    """Four meshes."""
    return study((4, 8, 16, 32), partial(measure, force_N=-1.0 if wrong else 1.0))


CASE = Case("27", "Cook's membrane, linear", run, "the load downwards", quick=True)
