"""Rigid motion: a body turned by 90 degrees feels nothing, and a free body has six ways to move.

One face of a neo-Hookean block is turned about an axis by a right angle in large deformation; the rest
follows free of stress. The stiffness of the same block without supports has six eigenvalues of zero and no
more.
"""

from __future__ import annotations

import numpy as np

from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.fenicsx.solids.engine import build
from surgitwin.mechanics.model.material import Material, elastic
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import box
from surgitwin.mechanics.model.steps import Stepping
from surgitwin.mechanics.model.supports import Fixed, Motion
from surgitwin.verification.case import Case, Measured

MU_MPA, BULK_MPA = 400.0, 800.0
E_MPA = 9 * BULK_MPA * MU_MPA / (3 * BULK_MPA + MU_MPA)
AXIS = np.array([1.0, 2.0, 2.0]) / 3
ZERO = 1e-9
"""Eigenvalues below this share of the largest count as zero."""


def turned_stress(held: bool) -> float:
    """Largest stress over E after the turn; `held`: the far face is not let go."""
    mesh = box((0.0, 0.0, 0.0), (3.0, 1.0, 1.0), (3, 1, 1))
    block = Part("block", mesh, Material("neo_hookean", {"mu_MPa": MU_MPA, "bulk_MPa": BULK_MPA}))
    turn = Motion("turn", "block", "x0", rotation_rad=tuple(np.pi / 2 * AXIS))
    supports = (turn, Fixed("far face", "block", "x1")) if held else (turn,)
    stepping = Stepping(first=0.1, largest=0.1)
    part = solve_model(Model("turn", (block,), supports, stepping=stepping, large=True)).part()
    return float(np.abs(part.stress_at(*part.points_mm)).max() / E_MPA)


def zero_eigenvalues(held: bool) -> float:
    """Number of eigenvalues that are zero; `held`: one edge stands on the ground."""
    block = Part("block", box((0.0, 0.0, 0.0), (3.0, 1.0, 1.0), (3, 1, 1)), elastic(E_MPA, 0.3))
    supports = (Fixed("ground", "block", "x0"),) if held else ()
    system = build(Model("free", (block,), supports))
    at_rest = system.forces(np.zeros(system.assembly.size), {})
    keep = system.constraints.transform
    stiffness = (keep.T @ system.tangent(at_rest, {}) @ keep).toarray()
    values = np.abs(np.linalg.eigvalsh(stiffness))
    return float((values < ZERO * values.max()).sum())


def run(wrong: bool) -> dict[str, Measured]:
    """Both checks."""
    return {"3a": Measured(turned_stress(wrong)), "3b": Measured(zero_eigenvalues(wrong))}


CASE = Case("3", "Rigid motion", run, "the far face is held, and one face stands on the ground", quick=True)
