"""Cook's membrane at finite strain, nearly incompressible.

A tapered panel, clamped at its left edge, is sheared by a dead force of 100 N on the right edge of 16 mm.
Neo-Hookean in plane strain with kappa/mu = 5000, displacement and pressure (Taylor-Hood): a displacement
form would lock. The reference is extrapolated from fine meshes. The wrong input is the law without its
volumetric factor: the shear modulus 10 % too small.
"""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.model.loads import Traction
from surgitwin.mechanics.model.material import Material
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import grid
from surgitwin.mechanics.model.steps import Stepping
from surgitwin.mechanics.model.supports import Fixed
from surgitwin.verification.case import Case, Measured

MU, KAPPA, FORCE = 80.1938, 400889.8, 100.0
CORNER, MIDDLE = (48.0, 60.0), (48.0, 52.0)
MESHES = (8, 16, 32, 64)


def panel(s: FloatArray) -> FloatArray:
    """Unit square to the panel: 48 mm long, 44 mm high at the left, 16 mm at the right."""
    return np.column_stack([48 * s[:, 0], 44 * s[:, 0] * (1 - s[:, 1]) + (44 + 16 * s[:, 0]) * s[:, 1]])


def deflections(n: int, mu: float) -> FloatArray:
    """Vertical displacement of the corner and of the middle of the loaded edge, mm."""
    law = Material("neo_hookean", {"mu_MPa": mu, "bulk_MPa": KAPPA})
    part = Part("panel", grid((n, n), panel, "triangle"), law, "plane_strain", formulation="mixed")
    model = Model(
        "Cook",
        (part,),
        supports=(Fixed("clamp", "panel", "x0"),),
        loads=(Traction("shear", "panel", "x1", force_N=(0.0, FORCE)),),
        stepping=Stepping(first=0.5),
        large=True,
    )
    return solve_model(model).part().displacement_at(CORNER, MIDDLE)[:, 1]


def run(wrong: bool) -> dict[str, Measured]:
    """Four meshes; the finest one is judged."""
    values = np.array([deflections(n, 0.9 * MU if wrong else MU) for n in MESHES])
    return {
        name: Measured(values[-1, k], tuple((48 / n, v) for n, v in zip(MESHES, values[:, k], strict=True)))
        for k, name in enumerate(("28a", "28b"))
    }


CASE = Case("28", "Cook's membrane, finite strain", run, "the shear modulus 10 % too small")
