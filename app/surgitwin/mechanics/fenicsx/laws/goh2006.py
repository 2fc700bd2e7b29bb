"""Gasser-Ogden-Holzapfel 2006: two families of dispersed fibres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from surgitwin.mechanics.fenicsx.laws.base import BULK, Law, Operand, Parameter, bulk_parameter
from surgitwin.mechanics.fenicsx.laws.hgo2000 import FIBRE_PARAMETERS
from surgitwin.mechanics.fenicsx.laws.invariants import (
    along,
    first,
    guarded_exp,
    isochoric_c,
    tension_only,
)


def isochoric(F: Operand, p: Mapping[str, Operand], a: Sequence[Operand]) -> Operand:
    """c/2 (I1-3) + k1/(2 k2) sum_i (exp(k2 <E_i>^2) - 1), E_i = kappa I1 + (1 - 3 kappa) I4i - 1, of C-bar.

    Switched on E_i, not on I4i: with I4i the energy would jump where I4i = 1, since E_i > 0 there.
    """
    C = isochoric_c(F)
    kappa = p["kappa"]
    strains = [kappa * first(C) + (1.0 - 3.0 * kappa) * along(C, d) - 1.0 for d in a]
    fibres = sum(guarded_exp(p["k2"] * tension_only(E) ** 2) - 1.0 for E in strains)
    return p["c_MPa"] / 2.0 * (first(C) - 3.0) + p["k1_MPa"] / (2.0 * p["k2"]) * fibres


LAW = Law(
    name="goh2006",
    title="Gasser-Ogden-Holzapfel 2006",
    formula="W = c/2 (I1-3) + k1/(2 k2) sum_{i=4,6} (exp(k2 <Ei>^2) - 1), Ei = kappa I1 + (1-3 kappa) Ii - 1",
    source="Gasser, Ogden & Holzapfel 2006, 10.1098/rsif.2005.0073 (matrix c/2 (I1-3): codes that write "
    "C10 (I1-3) need half of c, physics.md 8); switched on Ei > 0 so that the energy is continuous",
    verified=True,
    parameters=(
        *FIBRE_PARAMETERS,
        Parameter("kappa", "", "dispersion: 0 aligned, 1/3 isotropic", 0.0, 1.0 / 3.0),
        BULK,
    ),
    fibres=2,
    energy_isochoric=isochoric,
    bulk=bulk_parameter,
)
