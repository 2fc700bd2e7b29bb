"""Neo-Hookean rubber: the matrix of most tissue laws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from surgitwin.mechanics.fenicsx.laws.base import BULK, Law, Operand, bulk_parameter, stress_like
from surgitwin.mechanics.fenicsx.laws.invariants import first, isochoric_c


def isochoric(F: Operand, p: Mapping[str, Operand], a: Sequence[Operand]) -> Operand:
    """mu/2 (I1bar - 3)."""
    return p["mu_MPa"] / 2.0 * (first(isochoric_c(F)) - 3.0)


LAW = Law(
    name="neo_hookean",
    title="Neo-Hookean",
    formula="W = mu/2 (I1 - 3)",
    source="Rivlin 1948; exact states in physics.md section 5, rows 21, 22, 23, 25, 28",
    verified=True,
    parameters=(stress_like("mu", "initial shear modulus", lower_open=True), BULK),
    energy_isochoric=isochoric,
    bulk=bulk_parameter,
)
