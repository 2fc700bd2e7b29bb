"""How far a number still is from its value on an infinitely fine mesh: observed order, Richardson value, GCI.

Roache's grid convergence index for three meshes, with the iteration of Celik 2008 (J Fluids Eng 130:078001)
for ratios that are not equal; ASME V&V 20. For integral quantities and averages, not for peaks of stress at
bonded edges, which have no limit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.optimize import brentq

from surgitwin.core.errors import InputError

SAFETY_THREE = 1.25
"""Safety factor with three meshes (physics.md 6, feature 3; Roache 1998)."""
SAFETY_TWO = 3.0
"""Safety factor where the order was not observed but taken from theory (same place)."""
LEAST_ORDER = 0.5
MOST_ORDER = 1.5
"""An observed order is believed from `LEAST_ORDER` to `MOST_ORDER` times theory (same place)."""
LEAST_RATIO = 1.3
"""Smallest ratio of mesh sizes that Celik 2008 advises."""
ROUNDING = 1e-13
"""Numerical setting: relative differences below this are rounding."""
ORDER_SPAN = 30.0
"""Numerical setting: orders are looked for between minus and plus this."""


@dataclass(frozen=True)
class GridConvergence:
    """Convergence of one quantity over three meshes, the finest first.

    values, sizes: (3,) quantity in its own unit, mesh size in any unit. order: observed, None when the
    differences allow none; negative when they grow. extrapolated: Richardson value f0, None without a
    positive order. gci_fine, gci_coarse: fractions of |f1| and |f2| with `safety`. asymptotic_ratio:
    gci_coarse / (r21^p gci_fine), near 1 in the asymptotic range. error: half-width about f1 in the unit of
    the quantity; by theory's order and the safety factor of two meshes wherever the observed one cannot be
    used (`flags` then says why).
    """

    values: tuple[float, float, float]
    sizes: tuple[float, float, float]
    theory: float
    safety: float
    order: float | None
    extrapolated: float | None
    gci_fine: float | None
    gci_coarse: float | None
    asymptotic_ratio: float | None
    error: float
    monotone: bool
    flags: tuple[str, ...]

    @property
    def trusted(self) -> bool:
        """Whether the observed order is believed: nothing flagged."""
        return not self.flags

    @property
    def error_fraction(self) -> float | None:
        """`error` as a fraction of |f1|; None when f1 is 0."""
        return self.error / abs(self.values[0]) if self.values[0] else None


def gci(
    f1: float,
    f2: float,
    f3: float,
    h1: float,
    h2: float,
    h3: float,
    theory: float = 2.0,
    safety: float = SAFETY_THREE,
) -> GridConvergence:
    """Convergence of f over mesh sizes h1 < h2 < h3 (fine to coarse).

    theory: formal order of the quantity. Raises InputError "convergence.sizes", "convergence.values".
    """
    _check((f1, f2, f3), (h1, h2, h3))
    r21, r32 = h2 / h1, h3 / h2
    e21, e32 = f2 - f1, f3 - f2
    scale = max(abs(f1), abs(f2), abs(f3))
    still = [abs(e) <= ROUNDING * scale for e in (e21, e32)]
    order = None if any(still) else _order(e21, e32, r21, r32)
    positive = order is not None and order > 0
    extrapolated = fine = coarse = ratio = None
    if order is not None and positive:
        extrapolated = f1 - e21 / (r21**order - 1)
        fine = safety * abs(e21 / f1) / (r21**order - 1) if f1 else None
        coarse = safety * abs(e32 / f2) / (r32**order - 1) if f2 else None
        ratio = coarse / (r21**order * fine) if fine and coarse is not None else None
    elif all(still):
        extrapolated, fine, coarse = f1, 0.0, 0.0
    flags = _flags(order, theory, still, e21 * e32 > 0, min(r21, r32))
    error = _error(e21, e32, r21, r32, order if not flags else None, theory, safety)
    return GridConvergence(
        (f1, f2, f3), (h1, h2, h3), theory, safety, order, extrapolated, fine, coarse, ratio, error,
        all(still) or e21 * e32 > 0, flags,
    )  # fmt: skip


def _check(values: tuple[float, ...], sizes: tuple[float, ...]) -> None:
    if not all(map(math.isfinite, values)):
        raise InputError(
            "convergence.values",
            f"The values {values} of a convergence study are not all numbers.",
            hint="Leave out the mesh that gave no value, and use another size.",
            where="values",
        )
    if not (all(map(math.isfinite, sizes)) and 0 < sizes[0] < sizes[1] < sizes[2]):
        raise InputError(
            "convergence.sizes",
            f"The mesh sizes {sizes} do not grow from fine to coarse.",
            hint="Give the finest mesh first, with three different sizes above 0.",
            where="sizes",
        )


def _order(e21: float, e32: float, r21: float, r32: float) -> float | None:
    """The p with e32/e21 = r21^p (r32^p - 1) / (r21^p - 1), by magnitude where the values oscillate.

    This is Celik's fixed point, solved by bisection so that it also ends where his iteration does not.
    """
    wanted = math.log(abs(e32 / e21))

    def excess(p: float) -> float:
        return p * math.log(r21) + math.log(_growth(r32, p) / _growth(r21, p)) - wanted

    low, high = excess(-ORDER_SPAN), excess(ORDER_SPAN)
    if low * high > 0:
        return None
    return float(brentq(excess, -ORDER_SPAN, ORDER_SPAN, xtol=1e-12))


def _growth(r: float, p: float) -> float:
    """(r^p - 1) / p, which is positive and goes through log(r) at p = 0."""
    x = p * math.log(r)
    return math.log(r) if x == 0 else math.expm1(x) / p


def _flags(
    order: float | None, theory: float, still: list[bool], monotone: bool, ratio: float
) -> tuple[str, ...]:
    out = []
    if any(still) and not all(still):
        out.append("two of the three values are equal: no order can be observed")
    elif not all(still):
        if not monotone:
            out.append("the values do not change in one direction: finer meshes are needed")
        if order is None:
            out.append("no order explains the three values")
        elif order < LEAST_ORDER:
            out.append(f"observed order {order:.2f} is under {LEAST_ORDER:g}: not in the asymptotic range")
        elif order > MOST_ORDER * theory:
            limit = MOST_ORDER * theory
            out.append(f"observed order {order:.2f} is over {limit:g}, one and a half times theory")
    if ratio < LEAST_RATIO:
        out.append(f"a ratio of mesh sizes of {ratio:.2f} is under {LEAST_RATIO:g}")
    return tuple(out)


def _error(
    e21: float, e32: float, r21: float, r32: float, order: float | None, theory: float, safety: float
) -> float:
    """By the observed order when it is given; else by theory's order from the larger of both differences."""
    if order is not None:
        return safety * abs(e21) / (math.pow(r21, order) - 1)
    fine, coarse = math.pow(r21, theory), math.pow(r32, theory)
    return SAFETY_TWO * max(abs(e21) / (fine - 1), abs(e32) / (coarse - 1) / fine)
