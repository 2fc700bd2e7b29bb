"""Nitinol rings in a thick neo-Hookean tube, left to their own law.

For each stretch the shear modulus is the one with which the closed form of the tube and the hoop balance of
round rings give that stretch; the program must find it from rings inside the undeformed tube. Contact
stiffness is ten times the usual one. The wrong input is a tube of 4.8 instead of 4.5 mm.
"""

from __future__ import annotations

from surgitwin.mechanics.devices.ring_law import ring_law
from surgitwin.mechanics.fenicsx.deployment import solve_deployment
from surgitwin.verification.case import Case, Measured
from surgitwin.verification.vessel_cases import (
    CRUSHED,
    INNER,
    LENGTH,
    OUTER,
    RINGS,
    lumen_radius,
    pressure_over_mu,
    thick_tube,
)

STRETCHES = {"47a": 1.1, "47b": 1.25, "47c": 1.5, "47d": 2.0}


def modulus(stretch: float) -> float:
    """MPa with which the rings hold this stretch."""
    law = ring_law(CRUSHED, "Nitinol", "self_expanding", None, 4.0)
    a = stretch * INNER
    tension = -float(law.tension(2 * a - CRUSHED.strut_thickness_mm)[0])  # type: ignore[arg-type]
    return RINGS * tension / (a * LENGTH * pressure_over_mu(stretch))


def run(wrong: bool) -> dict[str, Measured]:
    """Stretch of the lumen for each modulus."""
    out = {}
    for key, stretch in STRETCHES.items():
        task = thick_tube(modulus(stretch), outer=4.8 if wrong else OUTER)
        result, _ = solve_deployment(task)
        out[key] = Measured(lumen_radius(task, result.displacement_mm) / INNER)
    return out


CASE = Case("47", "Nitinol rings in a thick tube", run, "a tube of 4.8 instead of 4.5 mm outer radius")
