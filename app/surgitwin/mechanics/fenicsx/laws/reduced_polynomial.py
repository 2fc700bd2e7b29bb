"""Six-term reduced polynomial in I1, as fitted to the layers of coronary arteries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from surgitwin.mechanics.fenicsx.laws.base import BULK, Law, Operand, bulk_parameter, free, stress_like
from surgitwin.mechanics.fenicsx.laws.invariants import first, isochoric_c

TERMS = 6


def isochoric(F: Operand, p: Mapping[str, Operand], a: Sequence[Operand]) -> Operand:
    """sum C_i0 (I1bar - 3)^i, i = 1..6, by Horner's rule."""
    x = first(isochoric_c(F)) - 3.0
    total: Operand = p[f"c{TERMS}0_MPa"]
    for i in range(TERMS - 1, 0, -1):
        total = total * x + p[f"c{i}0_MPa"]
    return total * x


LAW = Law(
    name="reduced_polynomial",
    title="Reduced polynomial, six terms",
    formula="W = sum_i Ci0 (I1-3)^i, i = 1..6 (Yeoh's form is the first three)",
    source="Gastaldi et al. 2010 (form as in physics.md 3.1, general knowledge)",
    verified=False,
    parameters=(
        stress_like("c10", "half the initial shear modulus", lower_open=True),
        *(free(f"c{i}0", f"coefficient of (I1 - 3)^{i}") for i in range(2, TERMS + 1)),
        BULK,
    ),
    energy_isochoric=isochoric,
    bulk=bulk_parameter,
)
