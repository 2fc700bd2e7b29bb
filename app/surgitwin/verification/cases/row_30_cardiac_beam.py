"""Cardiac mechanics benchmark 1: a beam of heart muscle bent by pressure from below.

10 x 1 x 1 mm with fibres along it, clamped at one end, a pressure of 4 Pa that follows the lower face.
Fully incompressible, hexahedra with quadratic displacement and discontinuous linear pressure. The wrong
input is a pressure of 3 Pa.
"""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.model.loads import Pressure
from surgitwin.mechanics.model.material import Fibre, Material
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import box
from surgitwin.mechanics.model.steps import Stepping
from surgitwin.mechanics.model.supports import Fixed
from surgitwin.verification.case import Case, Measured

C_MPA, PRESSURE_MPA = 2e-3, 4e-6
TIP = (10.0, 0.5, 1.0)
MESHES = ((8, 1, 1), (12, 2, 2), (20, 2, 2))


def tip(counts: tuple[int, int, int], pressure: float) -> FloatArray:
    """Deformed position of the tip, mm."""
    parameters = {"C_MPa": C_MPA, "bf": 8.0, "bt": 2.0, "bfs": 4.0, "bulk_MPa": np.inf}
    muscle = Material("guccione", parameters, (Fibre(np.array([1.0, 0.0, 0.0])),))
    beam = Part(
        "beam", box((0, 0, 0), (10, 1, 1), counts), muscle, formulation="mixed", pressure="discontinuous"
    )
    model = Model(
        "beam",
        (beam,),
        supports=(Fixed("clamp", "beam", "x0"),),
        loads=(Pressure("below", "beam", "z0", pressure),),
        stepping=Stepping(first=0.2),
        large=True,
    )
    moved: FloatArray = solve_model(model).part().displacement_at(TIP)[0]
    return moved + TIP


def run(wrong: bool) -> dict[str, Measured]:
    """Three meshes; the finest one is judged."""
    ends = np.array([tip(counts, (0.75 if wrong else 1.0) * PRESSURE_MPA) for counts in MESHES])
    sizes = [10 / counts[0] for counts in MESHES]
    return {
        name: Measured(ends[-1, axis], tuple(zip(sizes, ends[:, axis], strict=True)))
        for name, axis in (("30a", 2), ("30b", 0))
    }


CASE = Case("30", "Cardiac beam under follower pressure", run, "a pressure of 3 instead of 4 Pa")
