"""Stress concentration at a hole: Kirsch's infinite plate and Howland's finite width.

A quarter of a plate in tension along y, quadratic quadrilaterals from the hole to the edge, plane stress.
The stress at the hole's side on the x axis, over that of the full section (gross) or of what is left (net).
"""

from __future__ import annotations

from functools import partial

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.model.loads import Traction
from surgitwin.mechanics.model.material import elastic
from surgitwin.mechanics.model.mesh import PartMesh
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import grid
from surgitwin.mechanics.model.supports import Fixed
from surgitwin.verification.case import Case, Measured
from surgitwin.verification.study import study

RADIUS_MM, STRESS_MPA = 1.0, 10.0
VERY_WIDE, A_FIFTH = 50.0, 5.0
"""Half width of the plate over the hole's radius."""


def plate(half_width_mm: float, cells: int) -> PartMesh:
    """A quarter of a plate, half as long as three half widths; surfaces "y0", "y1" (cuts) and "end"."""
    half_length = 3 * half_width_mm

    def place(s: FloatArray) -> FloatArray:
        angle = s[:, 1] * np.pi / 2
        hole = RADIUS_MM * np.column_stack([np.cos(angle), np.sin(angle)])
        # Up the side to the corner, then back along the end; the corner falls on a line of the mesh.
        rim = np.column_stack([np.minimum(2 - 2 * s[:, 1], 1.0), np.minimum(2 * s[:, 1], 1.0)])
        edge = rim * (half_width_mm, half_length)
        grading = np.log(half_width_mm / RADIUS_MM)
        out = np.expm1(grading * s[:, :1]) / np.expm1(grading)
        x: FloatArray = hole + out * (edge - hole)
        return x

    mesh = grid((2 * cells, 2 * cells), place)
    return mesh.with_surface("end", lambda x: x[:, 1] > half_length - 1e-6)


def concentration(half_width_mm: float, cells: int, stress_MPa: float) -> float:
    """Stress at the side of the hole over the stress at the far end."""
    sheet = Part("sheet", plate(half_width_mm, cells), elastic(110e3, 0.3), "plane_stress")
    model = Model(
        "plate with a hole",
        (sheet,),
        supports=(Fixed("symmetry in y", "sheet", "y0", "y"), Fixed("symmetry in x", "sheet", "y1", "x")),
        loads=(Traction("pull", "sheet", "end", traction_MPa=(0.0, stress_MPa)),),
    )
    return float(solve_model(model).part().stress_at((RADIUS_MM, 0.0))[0, 1, 1] / STRESS_MPA)


def measure(cells: int, stress_MPa: float) -> tuple[float, dict[str, float]]:
    """Infinite plate; net and gross section of the finite one."""
    gross = concentration(A_FIFTH, cells, stress_MPa)
    net = gross * (1 - RADIUS_MM / A_FIFTH)
    return 1 / cells, {"9a": concentration(VERY_WIDE, cells, stress_MPa), "9b": net, "9c": gross}


def run(wrong: bool) -> dict[str, Measured]:
    """Three meshes."""
    return study((4, 8, 16), partial(measure, stress_MPa=-STRESS_MPA if wrong else STRESS_MPA))


CASE = Case("9", "Plate with a hole", run, "compression for tension", quick=True)
