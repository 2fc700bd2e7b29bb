"""Equibiaxial stress of incompressible neo-Hookean rubber.

A sheet is stretched alike in both directions of its plane, its faces free; the Cauchy stress is
lambda^2 - lambda^-4 for a shear modulus of 1. The wrong input stretches it in one direction only.
"""

from __future__ import annotations

from surgitwin.mechanics.fenicsx.laws.drivers import drive
from surgitwin.verification.case import Case, Measured

STRETCHES = (1.1, 1.5, 2.0)


def run(wrong: bool) -> dict[str, Measured]:
    """Cauchy stress, MPa, at the three stretches."""
    test = drive("neo_hookean", {"mu_MPa": 1.0}, "uniaxial" if wrong else "equibiaxial", STRETCHES)
    return {f"22{k}": Measured(float(s)) for k, s in zip("abc", test.cauchy[:, 0, 0], strict=True)}


CASE = Case("22", "neo-Hookean, equibiaxial", run, "stretched in one direction only", quick=True)
