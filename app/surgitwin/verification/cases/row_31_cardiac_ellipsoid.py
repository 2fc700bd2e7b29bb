"""Cardiac mechanics benchmark 2: a truncated ellipsoid inflated by 10 kPa.

Isotropic exponential muscle, fully incompressible, its base held; the inner pressure follows the wall.
Axisymmetric quadrilaterals with quadratic displacement and discontinuous linear pressure (a continuous
pressure stalls at a third of the load). The wrong input is a pressure of 9 kPa.
"""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.model.loads import Pressure
from surgitwin.mechanics.model.material import Fibre, Material
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import grid
from surgitwin.mechanics.model.steps import Stepping
from surgitwin.mechanics.model.supports import Fixed
from surgitwin.verification.case import Case, Measured

BASE_Z, SHORT, LONG, WALL = 5.0, 7.0, 17.0, 3.0
C_MPA, PRESSURE_MPA = 1e-2, 1e-2
MESHES = ((2, 16), (3, 24), (4, 40))


def wall(s: FloatArray) -> FloatArray:
    """Unit square to the section (radius, z): first through the wall, then from the apex to the base."""
    short, long = SHORT + WALL * s[:, 0], LONG + WALL * s[:, 0]
    angle = s[:, 1] * (np.pi - np.arccos(BASE_Z / long))
    return np.column_stack([short * np.sin(angle), -long * np.cos(angle)])


def apex(counts: tuple[int, int], pressure: float) -> FloatArray:
    """Deformed z of the inner and the outer apex, mm."""
    parameters = {"C_MPa": C_MPA, "bf": 1.0, "bt": 1.0, "bfs": 1.0, "bulk_MPa": np.inf}
    muscle = Material("guccione", parameters, (Fibre(np.array([1.0, 0.0, 0.0])),))
    heart = Part(
        "heart", grid(counts, wall), muscle, "axisymmetric", formulation="mixed", pressure="discontinuous",
        quadrature_degree=6,
    )  # fmt: skip
    model = Model(
        "ellipsoid",
        (heart,),
        supports=(Fixed("base", "heart", "y1"), Fixed("axis", "heart", "y0", "x")),
        loads=(Pressure("blood", "heart", "x0", pressure),),
        stepping=Stepping(first=0.02, largest=0.1),
        large=True,
    )
    inner, outer = (0.0, -LONG), (0.0, -LONG - WALL)
    moved = solve_model(model).part().displacement_at(inner, outer)
    return np.array([inner[1], outer[1]]) + moved[:, 1]


def run(wrong: bool) -> dict[str, Measured]:
    """Three meshes; the finest one is judged."""
    ends = np.array([apex(counts, (0.9 if wrong else 1.0) * PRESSURE_MPA) for counts in MESHES])
    sizes = [1 / counts[1] for counts in MESHES]
    return {
        name: Measured(ends[-1, k], tuple(zip(sizes, ends[:, k], strict=True)))
        for k, name in enumerate(("31a", "31b"))
    }


CASE = Case("31", "Cardiac ellipsoid under pressure", run, "a pressure of 9 instead of 10 kPa")
