"""A thick tube under inner pressure: Lamé's closed form, compressible and nearly incompressible.

A quarter of the cross-section as curved quadratic quadrilaterals, with symmetry on the two cuts. Plane
strain with nu 0.3 as a plain displacement model; with nu 0.4999 in mixed form (displacement and pressure),
where a plain one locks: its wall stress is then off by more than 100 %. Plane stress in the last value.
"""

from __future__ import annotations

from functools import partial

from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.fenicsx.solids.result import PartResult
from surgitwin.mechanics.model.loads import Pressure
from surgitwin.mechanics.model.material import elastic
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import ring
from surgitwin.mechanics.model.supports import Fixed
from surgitwin.verification.case import Case, Measured
from surgitwin.verification.study import study

INNER_MM, OUTER_MM, PRESSURE_MPA, E_MPA = 10.0, 20.0, 10.0, 1000.0


def solve(cells: int, pressure_MPa: float, nu: float, kinematics: str, formulation: str) -> PartResult:
    """The tube with so many cells through its wall, and as many around the quarter."""
    mesh = ring(INNER_MM, OUTER_MM, (cells, cells))
    wall = Part("wall", mesh, elastic(E_MPA, nu), kinematics, formulation=formulation)
    model = Model(
        "Lame cylinder",
        (wall,),
        supports=(Fixed("symmetry in y", "wall", "y0", "y"), Fixed("symmetry in x", "wall", "y1", "x")),
        loads=(Pressure("blood", "wall", "x0", pressure_MPa, follower=False),),
    )
    return solve_model(model).part()


def measure(cells: int, pressure_MPa: float) -> tuple[float, dict[str, float]]:
    """Hoop stress on the x axis (there it is sigma_yy) and radial displacement (there u_x)."""
    plain = solve(cells, pressure_MPa, 0.3, "plane_strain", "displacement")
    mixed = solve(cells, pressure_MPa, 0.4999, "plane_strain", "mixed")
    thin = solve(cells, pressure_MPa, 0.3, "plane_stress", "displacement")
    inner, outer = (INNER_MM, 0.0), (OUTER_MM, 0.0)
    return (OUTER_MM - INNER_MM) / cells, {
        "7a": plain.stress_at(inner)[0, 1, 1],
        "7b": plain.stress_at(outer)[0, 1, 1],
        "7c": plain.displacement_at(inner)[0, 0],
        "7d": mixed.displacement_at(inner)[0, 0],
        "7e": thin.displacement_at(inner)[0, 0],
        "7f": mixed.stress_at(inner)[0, 1, 1],
    }


def run(wrong: bool) -> dict[str, Measured]:
    """Four meshes."""
    return study((3, 6, 12, 24), partial(measure, pressure_MPa=-PRESSURE_MPA if wrong else PRESSURE_MPA))


CASE = Case("7", "Lamé cylinder", run, "pressure with the opposite sign", quick=True)
