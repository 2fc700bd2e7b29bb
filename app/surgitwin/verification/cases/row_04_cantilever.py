"""A clamped cantilever under a tip load: Timoshenko's beam.

Quadratic hexahedra; one end fully clamped, so that the solid is a little stiffer than the beam (its section
cannot widen there). The bending stress is read at 30 and 70 % of the length and continued to the root,
since a clamped corner has no finite stress of its own.
"""

from __future__ import annotations

from functools import partial

from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.model.loads import Traction
from surgitwin.mechanics.model.material import elastic
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import box
from surgitwin.mechanics.model.supports import Fixed
from surgitwin.verification.case import Case, Measured
from surgitwin.verification.study import study

LENGTH_MM, SIDE_MM, FORCE_N = 100.0, 10.0, 100.0


def measure(cells: int, force_N: float) -> tuple[float, dict[str, float]]:
    """Mean deflection of the loaded end; stress of the upper fibre."""
    mesh = box((0.0, 0.0, 0.0), (LENGTH_MM, SIDE_MM, SIDE_MM), (5 * cells, cells, cells))
    beam = Part("beam", mesh, elastic(200e3, 0.3))
    model = Model(
        "cantilever",
        (beam,),
        supports=(Fixed("clamp", "beam", "x0"),),
        loads=(Traction("tip", "beam", "x1", force_N=(0.0, 0.0, -force_N)),),
    )
    part = solve_model(model).part()
    middle = SIDE_MM / 2
    near, far = part.stress_at((30.0, middle, SIDE_MM), (70.0, middle, SIDE_MM))[:, 0, 0]
    return SIDE_MM / cells, {
        "4a": -part.mean_displacement("x1")[2],
        "4b": near + (near - far) / (70.0 - 30.0) * 30.0,
    }


def run(wrong: bool) -> dict[str, Measured]:
    """Four meshes."""
    return study((1, 2, 4, 6), partial(measure, force_N=-FORCE_N if wrong else FORCE_N))


CASE = Case("4", "Clamped cantilever", run, "the load upwards", quick=True)
