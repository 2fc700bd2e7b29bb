"""A thick hollow sphere under inner pressure: Lamé's closed form.

An octant of curved quadratic hexahedra, thin along the radius, with its three planes of symmetry. It tests
the solid element, the mapping of curved cells and the pressure load in three dimensions.
"""

from __future__ import annotations

from functools import partial

from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.model.loads import Pressure
from surgitwin.mechanics.model.material import elastic
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import sphere_octant
from surgitwin.mechanics.model.supports import Fixed
from surgitwin.verification.case import Case, Measured
from surgitwin.verification.study import study

INNER_MM, OUTER_MM, PRESSURE_MPA = 10.0, 20.0, 10.0


def measure(cells: int, pressure_MPa: float) -> tuple[float, dict[str, float]]:
    """Hoop stress and radial displacement on the x axis: there sigma_yy and u_x."""
    wall = Part("wall", sphere_octant(INNER_MM, OUTER_MM, (12 * cells, cells)), elastic(1000.0, 0.3))
    model = Model(
        "Lame sphere",
        (wall,),
        supports=tuple(Fixed(f"symmetry in {c}", "wall", f"{c}0", c) for c in "xyz"),
        loads=(Pressure("pressure", "wall", "inner", pressure_MPa, follower=False),),
    )
    sphere = solve_model(model).part()
    inner, outer = (INNER_MM, 0.0, 0.0), (OUTER_MM, 0.0, 0.0)
    return (OUTER_MM - INNER_MM) / (12 * cells), {
        "8a": sphere.stress_at(inner)[0, 1, 1],
        "8b": sphere.stress_at(outer)[0, 1, 1],
        "8c": sphere.displacement_at(inner)[0, 0],
        "8d": sphere.displacement_at(outer)[0, 0],
    }


def run(wrong: bool) -> dict[str, Measured]:
    """Three meshes."""
    return study((1, 2, 4), partial(measure, pressure_MPa=-PRESSURE_MPA if wrong else PRESSURE_MPA))


CASE = Case("8", "Lamé sphere", run, "pressure with the opposite sign")
