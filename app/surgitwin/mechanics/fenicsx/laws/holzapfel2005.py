"""Holzapfel 2005: the layers of human coronary arteries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from surgitwin.mechanics.fenicsx.laws.base import BULK, Law, Operand, Parameter, bulk_parameter, stress_like
from surgitwin.mechanics.fenicsx.laws.invariants import (
    along,
    first,
    guarded_exp,
    isochoric_c,
    tension_only,
)


def isochoric(F: Operand, p: Mapping[str, Operand], a: Sequence[Operand]) -> Operand:
    """mu (I1-3) + k1/(2 k2) sum_i (exp(k2 [(1-rho)(I1-3)^2 + rho <I4i-1>^2]) - 1) of C-bar.

    The paper's k1/k2 {...} is for I4 = I6, where both terms of this sum are equal. Below I4 = 1 only the
    fibre's own part is switched off: dropping the whole exponential there would make the energy jump.
    """
    C = isochoric_c(F)
    x, rho = first(C) - 3.0, p["rho"]
    fibres = sum(
        guarded_exp(p["k2"] * ((1.0 - rho) * x**2 + rho * tension_only(along(C, d) - 1.0) ** 2)) - 1.0
        for d in a
    )
    return p["mu_MPa"] * x + p["k1_MPa"] / (2.0 * p["k2"]) * fibres


LAW = Law(
    name="holzapfel2005",
    title="Holzapfel 2005, coronary layers",
    formula="W = mu (I1-3) + k1/(2 k2) sum_{i=4,6} (exp(k2 [(1-rho)(I1-3)^2 + rho <Ii-1>^2]) - 1); "
    "the initial shear modulus is 2 mu",
    source="Holzapfel, Sommer, Gasser & Regitnig 2005, Am J Physiol 289:H2048 (k1/k2 {...} there, for "
    "I4 = I6; physics.md 3.1); fibre part switched on I4 > 1",
    verified=True,
    parameters=(
        stress_like("mu", "half the shear modulus of the matrix", lower_open=True),
        stress_like("k1", "stiffness of the fibres"),
        Parameter("k2", "", "exponent of the fibres", 0.0, 1e4, lower_open=True),
        Parameter("rho", "", "share of the fibres in the exponent: 0 isotropic, 1 aligned", 0.0, 1.0),
        BULK,
    ),
    fibres=2,
    energy_isochoric=isochoric,
    bulk=bulk_parameter,
)
