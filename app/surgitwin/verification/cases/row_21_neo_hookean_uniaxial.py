"""Uniaxial stress of incompressible neo-Hookean rubber.

A material point is stretched to half and up to twice its length with stress-free sides; the axial Cauchy
stress is lambda^2 - 1/lambda for a shear modulus of 1. The wrong input takes the modulus for C10 = mu/2,
the factor of two between codes.
"""

from __future__ import annotations

from surgitwin.mechanics.fenicsx.laws.drivers import drive
from surgitwin.verification.case import Case, Measured

STRETCHES = (0.5, 1.1, 1.5, 2.0)


def run(wrong: bool) -> dict[str, Measured]:
    """Cauchy stress, MPa, at the four stretches."""
    test = drive("neo_hookean", {"mu_MPa": 2.0 if wrong else 1.0}, "uniaxial", STRETCHES)
    return {f"21{k}": Measured(float(s)) for k, s in zip("abcd", test.cauchy[:, 0, 0], strict=True)}


CASE = Case("21", "neo-Hookean, uniaxial", run, "mu of 2 MPa (the modulus taken for C10)", quick=True)
