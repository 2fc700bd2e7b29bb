"""Holzapfel-Gasser-Ogden 2000: two fibre families in a neo-Hookean matrix."""

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

FIBRE_PARAMETERS = (
    stress_like("c", "shear modulus of the matrix", lower_open=True),
    stress_like("k1", "stiffness of the fibres"),
    Parameter("k2", "", "exponent of the fibres", 0.0, 1e4, lower_open=True),
)


def isochoric(F: Operand, p: Mapping[str, Operand], a: Sequence[Operand]) -> Operand:
    """c/2 (I1-3) + k1/(2 k2) sum_i (exp(k2 <I4i - 1>^2) - 1) of C-bar; < >: fibres carry tension only."""
    C = isochoric_c(F)
    fibres = sum(guarded_exp(p["k2"] * tension_only(along(C, d) - 1.0) ** 2) - 1.0 for d in a)
    return p["c_MPa"] / 2.0 * (first(C) - 3.0) + p["k1_MPa"] / (2.0 * p["k2"]) * fibres


LAW = Law(
    name="hgo2000",
    title="Holzapfel-Gasser-Ogden 2000",
    formula="W = c/2 (I1-3) + k1/(2 k2) sum_{i=4,6} (exp(k2 <Ii-1>^2) - 1), <x> = max(x, 0)",
    source="Holzapfel, Gasser & Ogden 2000, J Elasticity 61:1 (form of physics.md 3.1, general knowledge); "
    "with a finite bulk modulus keep it some 1000 times the shear modulus: I4 is that of C-bar",
    verified=False,
    parameters=(*FIBRE_PARAMETERS, BULK),
    fibres=2,
    energy_isochoric=isochoric,
    bulk=bulk_parameter,
)
