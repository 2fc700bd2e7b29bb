"""Five-term Mooney-Rivlin law, as fitted to arteries and plaque."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.fenicsx.laws.base import BULK, Law, Operand, bulk_parameter, free
from surgitwin.mechanics.fenicsx.laws.invariants import first, isochoric_c, second


def isochoric(F: Operand, p: Mapping[str, Operand], a: Sequence[Operand]) -> Operand:
    """a10 (I1-3) + a01 (I2-3) + a20 (I1-3)^2 + a11 (I1-3)(I2-3) + a30 (I1-3)^3 of C-bar."""
    C = isochoric_c(F)
    x, y = first(C) - 3.0, second(C) - 3.0
    return (
        p["a10_MPa"] * x + p["a01_MPa"] * y + p["a20_MPa"] * x**2 + p["a11_MPa"] * x * y + p["a30_MPa"] * x**3
    )


def constraint(values: Mapping[str, FloatArray]) -> tuple[str, ...]:
    """The initial shear modulus 2 (a10 + a01) must be positive; a negative a10 alone is allowed."""
    mu = 2.0 * (values["a10_MPa"] + values["a01_MPa"])
    if np.all(mu > 0):
        return ()
    return (f"the initial shear modulus 2 (a10 + a01) is {np.min(mu):.4g} MPa and must be positive",)


LAW = Law(
    name="mooney_rivlin",
    title="Mooney-Rivlin, five terms",
    formula="W = a10 (I1-3) + a01 (I2-3) + a20 (I1-3)^2 + a11 (I1-3)(I2-3) + a30 (I1-3)^3",
    source="Lally, Dolan & Prendergast 2005 (form and terms as in physics.md 3.1)",
    verified=True,
    parameters=(
        free("a10", "coefficient of I1 - 3"),
        free("a01", "coefficient of I2 - 3"),
        free("a20", "coefficient of (I1 - 3)^2"),
        free("a11", "coefficient of (I1 - 3)(I2 - 3)"),
        free("a30", "coefficient of (I1 - 3)^3"),
        BULK,
    ),
    energy_isochoric=isochoric,
    bulk=bulk_parameter,
    constraint=constraint,
)
