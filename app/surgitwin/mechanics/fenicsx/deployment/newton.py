"""Newton's method for a wall and its rings."""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.devices.stack import Drive
from surgitwin.mechanics.fenicsx.deployment.coupled import Coupled, Evaluation

FINAL = 1e-6
"""Numerical setting: residual over the norm of the contact forces at the end; ROUGH on the way."""

ROUGH = 1e-2

MOST = 20
"""Numerical setting: iterations before a step counts as failed."""

LOST_AFTER, LOST = 6, 20.0
"""Numerical settings: from this iteration on, a residual above this many contact forces counts as failed.
Such steps were seen to wander for 25 iterations and fail."""

CAP = 0.5
"""Numerical setting: largest move in one iteration, in element sizes of the lumen."""

HALVINGS = 7


class NotConvergedError(Exception):
    """A step that Newton's method did not solve; the caller takes a shorter one."""


def solve(system: Coupled, drive: Drive, tolerance: float, most: int = MOST) -> tuple[int, Evaluation]:
    """Solve for the present drive, from the present state; returns iterations and the last evaluation."""
    e = system.evaluate(drive)
    for n in range(most):
        if n > 0 and np.linalg.norm(e.gradient) < tolerance * e.scale:
            return n, e
        if n >= LOST_AFTER and np.linalg.norm(e.gradient) > LOST * e.scale:
            raise NotConvergedError
        du, dc = system.step(e)
        if not (np.isfinite(du).all() and np.isfinite(dc).all()):
            raise NotConvergedError
        largest = max(float(np.abs(du).max()), float(np.abs(dc).max()))
        share = min(1.0, CAP * system.size_mm / max(largest, 1e-30))
        e = _move(system, drive, du * share, dc * share)
    raise NotConvergedError


def _move(system: Coupled, drive: Drive, du: FloatArray, dc: FloatArray) -> Evaluation:
    """Go along the step, halved as long as a cell would fold."""
    x, c, p = system.x, system.c, system.p
    for _ in range(HALVINGS):
        system.p = system.wall.pressure(x, du)
        system.x, system.c = x + du, c + dc
        e = system.evaluate(drive)
        if e.least_J > 0 and np.isfinite(e.gradient).all():
            return e
        du, dc = du / 2, dc / 2
    system.x, system.c, system.p = x, c, p
    raise NotConvergedError
