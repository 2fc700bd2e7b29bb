"""A periodic table of time and value: what a pulsatile inlet or pressure follows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline

from surgitwin.core.arrays import FloatArray, readonly


@dataclass(frozen=True, eq=False)
class Waveform:
    """values (n,) at times_s (n,), rising from 0, of a cycle of period_s; joined by a periodic cubic spline.

    linear: straight lines instead of the spline, which swings beyond the values where the table is coarse
    (`overshoot`).
    """

    times_s: FloatArray
    values: FloatArray
    period_s: float
    linear: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "times_s", readonly(np.atleast_1d(self.times_s), np.float64))
        object.__setattr__(self, "values", readonly(np.atleast_1d(self.values), np.float64))

    def faults(self, where: str) -> list[str]:
        """What is wrong with it, each with its place."""
        t, v, found = self.times_s, self.values, []
        if not np.isfinite(self.period_s) or self.period_s <= 0:
            found.append(f"{where}.period_s: {self.period_s} is not a positive time")
        if t.shape != v.shape or t.ndim != 1 or len(t) < 3:
            found.append(f"{where}: needs at least 3 times with one value each, not {t.shape} and {v.shape}")
        elif not (np.isfinite(t).all() and np.isfinite(v).all()):
            found.append(f"{where}: not all numbers are finite")
        elif t[0] != 0 or (np.diff(t) <= 0).any() or t[-1] >= self.period_s:
            found.append(f"{where}.times_s: must rise from 0 and end before the period {self.period_s} s")
        return found

    def __call__(self, time_s: float) -> float:
        """The value at any time."""
        t = np.append(self.times_s, self.period_s)
        v = np.append(self.values, self.values[0])
        at = time_s % self.period_s
        if self.linear:
            return float(np.interp(at, t, v))
        return float(CubicSpline(t, v, bc_type="periodic")(at))

    @property
    def overshoot(self) -> float:
        """How far the curve leaves the range of the table, as a part of that range; 0 with straight lines."""
        low, high = float(self.values.min()), float(self.values.max())
        if self.linear or high == low:
            return 0.0
        t = np.append(self.times_s, self.period_s)
        spline = CubicSpline(t, np.append(self.values, self.values[0]), bc_type="periodic")
        turns = spline.derivative().roots(extrapolate=False)
        reached = spline(turns[np.isfinite(turns)])
        beyond = max(float(reached.max(initial=high)) - high, low - float(reached.min(initial=low)))
        return max(0.0, beyond / (high - low))

    @property
    def mean(self) -> float:
        """Average over a cycle."""
        t = np.append(self.times_s, self.period_s)
        v = np.append(self.values, self.values[0])
        if self.linear:
            return float(np.trapezoid(v, t) / self.period_s)
        return float(CubicSpline(t, v, bc_type="periodic").integrate(0, self.period_s) / self.period_s)

    @property
    def peak(self) -> float:
        """Largest magnitude in the table."""
        return float(np.abs(self.values).max())


Amount = float | Waveform
"""A constant or a waveform."""


def amount_at(amount: Amount, time_s: float) -> float:
    """Value at a time."""
    return amount(time_s) if isinstance(amount, Waveform) else float(amount)


def amount_faults(amount: Amount, where: str) -> list[str]:
    """What is wrong with a constant or a waveform, each with its place."""
    if isinstance(amount, Waveform):
        return amount.faults(where)
    return [] if np.isfinite(amount) else [f"{where}: {amount} is not a number"]


def sinusoid(mean: float, amplitude: float, period_s: float, count: int = 32) -> Waveform:
    """mean + amplitude cos(2 pi t / period)."""
    t = np.arange(count) * period_s / count
    return Waveform(t, mean + amplitude * np.cos(2 * np.pi * t / period_s), period_s)
