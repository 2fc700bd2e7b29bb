"""One-sided contact with Coulomb friction at averaged gaps, and its solution in a small space (plain numpy).

Pressure p = max(0, multiplier + penalty * (closing - gap)). Sliding: traction penalty * slip up to
friction * p, from rest in one step (the load's path is not followed). Its tangent couples friction to the
pressure and is not symmetric.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from surgitwin.core.arrays import FloatArray

REDUCED_STEPS = 60
BOUNDS, CLOSE = 12, 1e-3
"""How often the friction bound follows before both are coupled, or until this residual (settings)."""
REDUCED_RTOL = 1e-12
LENGTHS = (1.0, 0.5, 0.25, 0.125, 0.0625, 0.03125)
LEAST_DROP = 1e-4
"""Steps tried, and the part by which one must lower the residual (numerical settings)."""


@dataclass(eq=False)
class ContactLaw:
    """area_mm2, gap_mm, penalty (v,) N/mm3 of the vertices; friction: Coulomb's coefficient.

    multiplier (v,) MPa: pressure already found by augmentation, raised by `augment`.
    """

    area_mm2: FloatArray
    gap_mm: FloatArray
    penalty: FloatArray
    friction: float
    multiplier: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        self.multiplier = np.zeros(len(self.gap_mm))

    def pressure(self, closing: FloatArray) -> FloatArray:
        """(v,) MPa."""
        return np.maximum(self.multiplier + self.penalty * (closing - self.gap_mm), 0.0)

    def traction(self, slip: FloatArray, bound: FloatArray) -> FloatArray:
        """(2, v) MPa on the bone's side of the slip (2, v) mm, at most `bound` (v,) MPa."""
        trial = self.penalty * slip
        size = np.hypot(*trial)
        scale = np.divide(bound, size, out=np.ones_like(size), where=size > bound)
        out: FloatArray = trial * scale
        return out

    def bound(self, closing: FloatArray) -> FloatArray:
        """(v,) MPa: largest traction under the present pressure."""
        return self.friction * self.pressure(closing)

    def energy(self, closing: FloatArray, slip: FloatArray, bound: FloatArray) -> float:
        """mJ: potential of pressure and of friction at a fixed bound."""
        normal = self.pressure(closing) ** 2 / (2 * self.penalty)
        size = np.hypot(*slip)
        elastic = np.minimum(size, bound / self.penalty)
        along = self.penalty * elastic**2 / 2 + bound * (size - elastic)
        return float((self.area_mm2 * (normal + along)).sum())

    def normal_tangent(self, closing: FloatArray) -> FloatArray:
        """(v,) N/mm: area times d pressure / d closing."""
        return np.where(self.pressure(closing) > 0, self.area_mm2 * self.penalty, 0.0)

    def slide_tangent(self, slip: FloatArray, bound: FloatArray) -> FloatArray:
        """(3, v) N/mm: entries 11, 12, 22 of area times d traction / d slip at a fixed bound."""
        size = np.hypot(*slip)
        sticks = self.penalty * size <= bound
        safe = np.where(sticks, 1.0, size)
        part = np.where(sticks, 0.0, np.divide(bound, safe, out=np.zeros_like(size), where=~sticks))
        one, two = slip / safe
        stiff = np.where(sticks & (bound > 0), self.penalty, part)
        rank = np.where(sticks, 0.0, part)
        entries = [stiff - rank * one * one, -rank * one * two, stiff - rank * two * two]
        out: FloatArray = self.area_mm2 * np.stack(entries)
        return out

    def slide_coupling(self, slip: FloatArray, closing: FloatArray) -> FloatArray:
        """(2, v) N/mm: area times d traction / d closing; only where the surface slips under pressure."""
        size = np.hypot(*slip)
        slips = (self.penalty * size > self.bound(closing)) & (self.pressure(closing) > 0)
        along = np.divide(slip, size, out=np.zeros_like(slip), where=slips)
        out: FloatArray = self.friction * self.area_mm2 * self.penalty * along
        return out

    def overlap_mm(self, closing: FloatArray) -> float:
        """Largest averaged overlap that is left."""
        return max(float((closing - self.gap_mm).max(initial=0.0)), 0.0)

    def augment(self, closing: FloatArray) -> None:
        """Take the present pressure as the multiplier."""
        self.multiplier = self.pressure(closing)


def minimise(
    law: ContactLaw, right: FloatArray, normal: FloatArray, slide: FloatArray, start: FloatArray
) -> FloatArray:
    """(k,) coefficients of equilibrium in a space whose basis is orthonormal in the elastic energy.

    right (k,): work of the load in the basis vectors; normal (v, k) and slide (2, v, k): their closing and
    slip. start (k,): first guess. At a fixed friction bound the problem has a convex energy, whose minimum is
    found from anywhere; the bound follows some times, then Newton's method couples both.
    """
    space = _Space(law, right, normal, slide)
    a = start.copy()
    for _ in range(BOUNDS if law.friction else 1):
        bound = law.bound(normal @ a)
        a = space.least_energy(a, bound)
        if np.linalg.norm(space.residual(a)) <= CLOSE * space.size:
            break
    return space.polished(a) if law.friction else a


@dataclass(frozen=True, eq=False)
class _Space:
    """The reduced problem; see `minimise`."""

    law: ContactLaw
    right: FloatArray
    normal: FloatArray
    slide: FloatArray

    @property
    def size(self) -> float:
        """Of the load, that residuals are compared with."""
        return max(float(np.linalg.norm(self.right)), np.finfo(float).tiny)

    def residual(self, a: FloatArray, bound: FloatArray | None = None) -> FloatArray:
        """(k,) out of balance; bound None: that of the present pressure."""
        closing, slip = self.normal @ a, self.slide @ a
        limit = self.law.bound(closing) if bound is None else bound
        pull = self.law.area_mm2 * self.law.traction(slip, limit)
        out: FloatArray = a - self.right + self.normal.T @ (self.law.area_mm2 * self.law.pressure(closing))
        out += np.einsum("cvk,cv->k", self.slide, pull)
        return out

    def energy(self, a: FloatArray, bound: FloatArray) -> float:
        """mJ at a fixed friction bound."""
        return float(a @ a / 2 - self.right @ a) + self.law.energy(self.normal @ a, self.slide @ a, bound)

    def least_energy(self, a: FloatArray, bound: FloatArray) -> FloatArray:
        """The minimum at a fixed bound: Newton's steps, halved until the energy falls (Armijo)."""
        for _ in range(REDUCED_STEPS):
            r = self.residual(a, bound)
            if np.linalg.norm(r) <= REDUCED_RTOL * self.size:
                break
            step = -np.linalg.solve(_hessian(self.law, self.normal, self.slide, a, bound), r)
            here, slope = self.energy(a, bound), float(r @ step)
            rounding = 1e-13 * (abs(here) + float(a @ a))
            length = next(
                (
                    x
                    for x in LENGTHS
                    if self.energy(a + x * step, bound) <= here + LEAST_DROP * x * slope + rounding
                ),
                LENGTHS[-1],
            )
            a = a + length * step
        return a

    def polished(self, a: FloatArray) -> FloatArray:
        """Newton's method on pressure and friction together, as long as the residual falls."""
        r = self.residual(a)
        for _ in range(REDUCED_STEPS):
            size = float(np.linalg.norm(r))
            if size <= REDUCED_RTOL * self.size:
                break
            step = -np.linalg.solve(_hessian(self.law, self.normal, self.slide, a), r)
            tried = ((x, self.residual(a + x * step)) for x in LENGTHS)
            found = next((p for p in tried if np.linalg.norm(p[1]) <= (1 - LEAST_DROP * p[0]) * size), None)
            if found is None:
                break
            a, r = a + found[0] * step, found[1]
        return a


def _hessian(
    law: ContactLaw, normal: FloatArray, slide: FloatArray, a: FloatArray, fixed: FloatArray | None = None
) -> FloatArray:
    """(k, k) derivative of the reduced residual; fixed: a friction bound apart from the pressure."""
    closing, slip = normal @ a, slide @ a
    bound = law.bound(closing) if fixed is None else fixed
    stiff = law.normal_tangent(closing)
    on = (stiff > 0) | (bound > 0)
    n, s = normal[on], slide[:, on]
    out: FloatArray = np.eye(len(a)) + n.T @ (stiff[on, None] * n)
    if law.friction:
        along, turn = law.slide_tangent(slip, bound)[:, on], law.slide_coupling(slip, closing)[:, on]
        for (i, j), w in zip(((0, 0), (0, 1), (1, 0), (1, 1)), along[[0, 1, 1, 2]], strict=True):
            out += s[i].T @ (w[:, None] * s[j])
        for i in range(2 if fixed is None else 0):
            out += s[i].T @ (turn[i, :, None] * n)
    return out
