"""Measures of the wall shear stress over a cycle, from instants of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.mechanics.flow.result import FlowResult


@dataclass(frozen=True, eq=False)
class WallCycle:
    """(w,) each: tawss_Pa = mean |tau|; osi = (1 - |mean tau| / mean |tau|) / 2, in 0..0.5; rrt_per_Pa
    = 1 / ((1 - 2 osi) tawss), infinite where the mean vector vanishes. physics.md 4."""

    tawss_Pa: FloatArray
    osi: FloatArray
    rrt_per_Pa: FloatArray


def wall_cycle(traction_Pa: FloatArray, times_s: FloatArray, period_s: float) -> WallCycle:
    """Measures of traction_Pa (steps, w, d) at times_s (steps,) that cover one period without its end.

    Raises InputError "flow.cycle" when the times do not cover one period evenly enough (trapezoid, periodic).
    """
    t = np.asarray(times_s, float)
    steps = np.diff(np.append(t, t[:1] + period_s))
    if len(t) < 4 or (steps <= 0).any() or steps.max() > period_s / 3:
        raise InputError(
            "flow.cycle",
            f"{len(t)} instants do not cover a cycle of {period_s} s (largest gap {steps.max():.4g} s).",
            hint="Keep at least four instants spread over the last cycle (keep_from_s, keep_every).",
            where="stepping.keep_from_s",
        )
    weight = (steps + np.roll(steps, 1)) / 2 / period_s
    tawss = np.einsum("t,tw->w", weight, np.linalg.norm(traction_Pa, axis=2))
    mean = np.linalg.norm(np.einsum("t,twd->wd", weight, traction_Pa), axis=1)
    ratio = np.divide(mean, tawss, out=np.ones_like(mean), where=tawss > 0)
    rrt = np.divide(1.0, mean, out=np.full_like(mean, np.inf), where=mean > 0)
    return WallCycle(tawss, 0.5 * (1 - np.minimum(ratio, 1.0)), rrt)


def result_cycle(result: FlowResult, wall: str, period_s: float) -> WallCycle:
    """`wall_cycle` of the last period that a run kept."""
    last = result.last.time_s
    kept = [s for s in result.snapshots if s.time_s > last - period_s * (1 - 1e-9)]
    traction = np.array([s.wall[wall].traction_Pa for s in kept])
    return wall_cycle(traction, np.array([s.time_s for s in kept]), period_s)
