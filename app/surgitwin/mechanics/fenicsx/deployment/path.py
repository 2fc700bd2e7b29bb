"""From a device inside the lumen to its equilibrium in the wall: driven open, then left to its law."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import GeometryError, SolverError
from surgitwin.core.progress import Progress
from surgitwin.mechanics.devices.problem import Deployment
from surgitwin.mechanics.devices.stack import ANGLES, Drive
from surgitwin.mechanics.fenicsx.deployment.coupled import Coupled, Evaluation
from surgitwin.mechanics.fenicsx.deployment.newton import FINAL, ROUGH, NotConvergedError, solve

STEPS, CUT, GROW, LEAST = 4, 0.4, 1.5, 0.02
"""Numerical settings: first steps of a drive, what a failed step is cut to, a quick one grows by, and the
least step, of the whole way (devices-in-vessels.md)."""

SIDES = 6
"""Numerical setting: sectors around a ring that must all hold points of the lumen."""

CLEAR = 0.02
"""Numerical setting: mm between the rings and the lumen at the start."""

SNUG = 1.05
"""Numerical setting: a self-expanding ring is driven to this multiple of the lumen's diameter, or to its
rest diameter when that is smaller, before it is left to its law."""


NEAR, FARTHEST, APPROACHES = 0.05, 0.08, 8
"""Numerical settings: driven rings are brought to within this share of the diameter at which their law holds
the wall, as far as tangents tell, by changes of at most the second share, this many times."""


SLOWLY = 0.25
"""Numerical setting: step in which rings are left to their law on the careful way. A 3.25 mm stent beside
calcium moved by 0.38 mm in one step; the sections and angles taken anew after it were too far off."""


@dataclass(frozen=True)
class Solved:
    """Last evaluation, iterations; work that the rings did on the way (trapezoids between the steps) and
    energy stored in the end, N mm.
    """

    last: Evaluation
    iterations: int
    work: float
    stored: float


def deploy(system: Coupled, progress: Progress, warm: bool, careful: bool = False) -> Solved:
    """Drive the rings open unless they start from a neighbour's state, then release them.

    careful: the release goes in small steps from the start; slower.

    Raises SolverError "deployment.diverged", GeometryError "device.outside_lumen".
    """
    run = _Run(system, progress, careful)
    if not warm:
        system.c = inside_lumen(system)
        run.drive_open(target_diameters(system))
        run.approach()
    return run.release()


class _Run:
    def __init__(self, system: Coupled, progress: Progress, careful: bool = False) -> None:
        self.system, self.progress, self.careful = system, progress, careful
        self.drive = Drive(system.stack.diameters(system.c))
        self.iterations = 0
        self.work = 0.0
        self.before: tuple[FloatArray, FloatArray] | None = None
        self.earlier: tuple[FloatArray, FloatArray] | None = None

    def solve(self, tolerance: float) -> Evaluation:
        """One frozen step; counts its work."""
        n, e = solve(self.system, self.drive, tolerance)
        self.iterations += n
        self.system.clock.log.append((f"{self.drive.blend:g}", n))
        now = e.rings.diameter_mm, _ring_work_force(e)
        if self.before is not None:
            D, F = self.before
            self.work += 0.5 * float(((now[1] + F) * (now[0] - D)).sum())
        self.earlier, self.before = self.before, now
        return e

    def drive_open(self, target: FloatArray) -> None:
        """All rings to outer diameters (r,) in steps."""
        system = self.system
        begin = system.stack.diameters(system.c)
        self.before = begin, np.zeros_like(begin)
        done, step = 0.0, 1.0 / STEPS
        while done < 1 - 1e-9:
            now = min(1.0, done + step)
            self.progress(f"{system.task.name}: opening the wall", 0.05 + 0.75 * done)
            kept = system.x, system.c, system.p, self.before, self.work
            self.drive.diameter_mm = begin + (target - begin) * now
            system.freeze()
            try:
                n = self.iterations
                self.solve(ROUGH)
            except NotConvergedError:
                system.x, system.c, system.p, self.before, self.work = kept
                step *= CUT
                if step < LEAST:
                    raise diverged(system.task) from None
                continue
            done = now
            step *= GROW if self.iterations - n < 8 else 1.0

    def approach(self) -> None:
        """Drive the rings near to where their own law will hold the wall, so that the release is a small
        step.
        """
        stack, system = self.system.stack, self.system
        for _ in range(APPROACHES):
            if self.before is None or self.earlier is None:
                return
            D, T = self.before[0], -self.before[1] / np.pi
            moved = D - self.earlier[0]
            hard = np.divide(
                T + self.earlier[1] / np.pi, -moved, out=np.zeros_like(D), where=moved > 1e-3 * D
            )
            law, slope = stack.law_tension(D)
            k = slope + np.maximum(hard, 0.0)
            change = np.divide(T - law, k, out=np.sign(T - law) * D, where=k > 0)
            change = np.clip(change, -FARTHEST * D, FARTHEST * D)
            if np.abs(change / D).max() < NEAR:
                return
            driven = self.drive.diameter_mm
            self.drive.diameter_mm = D + change - (T - hard * change) / self.drive.stiffness_N_mm
            kept = system.x, system.c, system.p, self.before, self.earlier, self.work
            system.freeze()
            self.progress(f"{system.task.name}: near to equilibrium", 0.75)
            try:
                self.solve(ROUGH)
            except NotConvergedError:
                system.x, system.c, system.p, self.before, self.earlier, self.work = kept
                self.drive.diameter_mm = driven
                return

    def release(self) -> Solved:
        """To the law in one step, or in several when that fails; then frozen anew and solved to the end."""
        system = self.system
        done, step = 0.0, SLOWLY if self.careful else 1.0
        while done < 1 - 1e-9:
            now = min(1.0, done + step)
            self.progress(f"{system.task.name}: leaving the rings to themselves", 0.8 + 0.15 * done)
            kept = system.x, system.c, system.p, self.before, self.work
            self.drive.blend = now
            system.freeze()
            try:
                self.solve(ROUGH)
            except NotConvergedError:
                system.x, system.c, system.p, self.before, self.work = kept
                step *= CUT
                if step < LEAST:
                    raise diverged(system.task) from None
                continue
            done = now
        return self._finish()

    def _finish(self) -> Solved:
        system = self.system
        try:
            for _ in range(2):
                self.progress(f"{system.task.name}: last step", 0.95)
                system.freeze()
                e = self.solve(FINAL)
        except NotConvergedError:
            raise diverged(system.task) from None
        stored = e.wall_energy + e.touch_energy + e.rings.shape_energy
        return Solved(e, self.iterations, self.work, stored)


def _ring_work_force(e: Evaluation) -> FloatArray:
    """(r,) N per mm of diameter that the mean mode of each ring gives to everything else."""
    return -np.pi * e.rings.tension_N


def inside_lumen(system: Coupled) -> FloatArray:
    """Ring values (r, t) of circles inside the lumen as it is now."""
    s = system.sections
    share = s.B[:, 4:].sum(1)
    lower, upper = s.columns[:, 0] // ANGLES, s.columns[:, 4] // ANGLES
    out = np.empty(system.stack.count)
    for j in range(system.stack.count):
        near = ((lower == j) & (share <= 0.6)) | ((upper == j) & (share >= 0.4))
        out[j] = s.radius_mm[near].min() - CLEAR if near.any() else np.nan
    start = system.task.start_diameter_mm
    if start is not None:
        out = np.minimum(out, start / 2)
    least = system.stack.thickness / 2
    out[~_surrounded(system, lower, upper)] = 0.0
    if not (out > least).all():
        raise GeometryError(
            "device.outside_lumen",
            f"Ring {int(np.argmin(np.nan_to_num(out - least, nan=-1.0))) + 1} of {system.task.name} does not "
            "fit into the lumen where it starts: its axis is too near to the wall, or beyond it.",
            hint="Move the device, or choose a part of the vessel with a wider bend.",
            where=system.task.name,
        )
    return np.repeat(out[:, None], ANGLES, axis=1)


def _surrounded(system: Coupled, lower: IntArray, upper: IntArray) -> npt.NDArray[np.bool_]:
    """(r,) whether lumen points lie on all sides of a ring's centre."""
    s = system.sections
    offset = system.points() - s.origin_mm
    x, y = np.einsum("ij,ij->i", offset, s.e1), np.einsum("ij,ij->i", offset, s.e2)
    side = ((np.arctan2(y, x) + np.pi) / (2 * np.pi) * SIDES).astype(int) % SIDES
    out = np.ones(system.stack.count, bool)
    for j in range(system.stack.count):
        out[j] = len(np.unique(side[(lower == j) | (upper == j)])) == SIDES
    return out


def target_diameters(system: Coupled) -> FloatArray:
    """(r,) outer diameters that the rings are driven to."""
    stack = system.stack
    free: FloatArray = np.array([law.free_mm for law in stack.laws]) + stack.thickness
    if system.task.device.kind == "balloon_expandable":
        return free
    s = system.sections
    lower, upper = s.columns[:, 0] // ANGLES, s.columns[:, 4] // ANGLES
    wide = np.array([2 * s.radius_mm[(lower == j) | (upper == j)].mean() for j in range(stack.count)])
    out: FloatArray = np.minimum(free, SNUG * wide)
    return out


def diverged(task: Deployment) -> SolverError:
    """What a person can do about a deployment that found no equilibrium."""
    return SolverError(
        "deployment.diverged",
        f"{task.name}: no equilibrium of device and wall was found.",
        hint="Plan a pre-dilatation or a smaller device, move it, or use level L0 for this plan.",
        where=task.name,
    )
