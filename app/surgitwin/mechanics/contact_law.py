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
REDUCED_RTOL = 1e-12
LENGTHS = (1.0, 0.5, 0.25, 0.125, 0.0625, 0.03125)
LEAST_DROP = 1e-4
"""Steps tried, and the part by which one must lower the residual (numerical settings)."""


@dataclass(eq=False)
class ContactLaw:
    """area_mm2, gap_mm, penalty (v,) N/mm3 of the vertices; friction: Coulomb's coefficient.

    multiplier (v,) MPa: pressure already found by augmentation, raised by `augment`. sticking: nothing slips
    that is pressed on, a first guess for friction.
    """

    area_mm2: FloatArray
    gap_mm: FloatArray
    penalty: FloatArray
    friction: float
    sticking: bool = False
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
        pressure = self.pressure(closing)
        if self.sticking:
            return np.where(pressure > 0, np.inf, 0.0)
        return self.friction * pressure

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
    slip. start (k,): first guess. Newton's method; steps are halved until the residual falls.
    """
    a = start.copy()
    least = REDUCED_RTOL * max(float(np.linalg.norm(right)), np.finfo(float).tiny)

    def residual(x: FloatArray) -> FloatArray:
        closing, slip = normal @ x, slide @ x
        pull = law.area_mm2 * law.traction(slip, law.bound(closing))
        out: FloatArray = x - right + normal.T @ (law.area_mm2 * law.pressure(closing))
        out += np.einsum("cvk,cv->k", slide, pull)
        return out

    r = residual(a)
    for _ in range(REDUCED_STEPS):
        size = float(np.linalg.norm(r))
        if size <= least:
            break
        step = -np.linalg.solve(_hessian(law, normal, slide, a), r)
        best, found, found_r = np.inf, a, r
        for length in LENGTHS:
            x = a + length * step
            there = residual(x)
            now = float(np.linalg.norm(there))
            if now < best:
                best, found, found_r = now, x, there
            if now <= (1 - LEAST_DROP * length) * size:
                break
        a, r = found, found_r
    return a


def _hessian(law: ContactLaw, normal: FloatArray, slide: FloatArray, a: FloatArray) -> FloatArray:
    """(k, k) derivative of the reduced residual."""
    closing, slip = normal @ a, slide @ a
    bound = law.bound(closing)
    stiff = law.normal_tangent(closing)
    on = stiff > 0
    n, s = normal[on], slide[:, on]
    out: FloatArray = np.eye(len(a)) + n.T @ (stiff[on, None] * n)
    if law.friction:
        along, turn = law.slide_tangent(slip, bound)[:, on], law.slide_coupling(slip, closing)[:, on]
        for (i, j), w in zip(((0, 0), (0, 1), (1, 0), (1, 1)), along[[0, 1, 1, 2]], strict=True):
            out += s[i].T @ (w[:, None] * s[j])
        for i in range(2):
            out += s[i].T @ (turn[i, :, None] * n)
    return out
