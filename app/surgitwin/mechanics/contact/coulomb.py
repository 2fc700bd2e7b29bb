"""Coulomb friction of a mortar contact: multipliers, who is held to stick, and the slip memory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.mechanics.contact.facets import DeformableMaster
from surgitwin.mechanics.contact.friction import Slip, Traction, blocks, moved_on, remember, return_map
from surgitwin.mechanics.contact.rows import columns
from surgitwin.mechanics.contact.weighted import State, WeightedGaps

AT_LIMIT = 1e-3
"""A corner is said to slip when its traction is this near to mu p (after a commit the slip starts anew)."""


class Coulomb:
    """Friction between a slave surface and its obstacle, with the coefficient of the contact's law."""

    def __init__(self, gaps: WeightedGaps) -> None:
        self._gaps, self._factor = gaps, gaps.law.friction
        surface = gaps.points.surface
        self._since: tuple[FloatArray, float] = (np.zeros(surface.X.size), 0.0)
        start = self._since[0]
        self._memory = remember(gaps.points, gaps.obstacle.hold(gaps.points, start, 0.0), start, 0.0)
        self._multiplier = self._memory.traction
        self._stuck: Any
        self._released: Any
        self._let_go()

    def _let_go(self) -> None:
        self._stuck, self._released = np.zeros((2, len(self._multiplier)), bool)

    def traction(self, s: State, slip: Slip) -> Traction:
        """Components in the carried frame. Corners held to stick are not limited."""
        trial = self._multiplier + self._gaps.stiffness[:, None] * slip.value
        limit = self._factor * s.pressure
        limit = np.where(self._stuck & (limit > 0), np.inf, limit)
        return return_map(trial, limit, s.closed, self._gaps.stiffness)

    def now(self, s: State, u: FloatArray, factor: float) -> Traction:
        """Traction at u."""
        return self.traction(s, self._memory.slip(u, factor))

    def on_slave(self, s: State, u: FloatArray, factor: float) -> FloatArray:
        """(v, d) MPa: friction on the slave as vectors."""
        slip = self._memory.slip(u, factor)
        out: FloatArray = -np.einsum("vp,vpd->vd", self.traction(s, slip).value, slip.frame)
        return out

    def at_limit(self, s: State, u: FloatArray, factor: float) -> Any:
        """(v,) bool: the traction is mu p."""
        size = np.linalg.norm(self.now(s, u, factor).value, axis=1)
        return size >= (1 - AT_LIMIT) * self._factor * s.pressure

    def terms(
        self, s: State, u: FloatArray, factor: float, active: IntArray, by_u: sp.csr_matrix
    ) -> tuple[FloatArray, sp.csr_matrix]:
        """Force and tangent; by_u (a, N*d): -d(pressure)/du at the active corners."""
        slip = self._memory.slip(u, factor)
        t = self.traction(s, slip)
        pull = s.area[:, None] * t.value
        by_pressure = (-self._factor * s.area[active])[:, None] * t.by_limit[active]
        spread = columns(by_pressure, active, len(pull))
        core = blocks(s.area[:, None, None] * t.by_slip)
        tangent = slip.rows.T @ (core @ slip.rows + spread @ by_u)
        second = self._memory.second(pull)
        return slip.rows.T @ pull.ravel(), tangent if second is None else tangent + second

    def change(self, s: State, u: FloatArray, factor: float) -> tuple[float, Any]:
        """Largest change of a multiplier by an augmentation now, MPa; corners (v,) held above mu p."""
        value = self.now(s, u, factor).value
        over = np.linalg.norm(value, axis=1) > (1 + AT_LIMIT) * self._factor * s.pressure
        return float(np.abs(value - self._multiplier).max(initial=0.0)), over

    def augment(self, s: State, u: FloatArray, factor: float, over: Any) -> None:
        """New multipliers, and who sticks until the next augmentation.

        At the same u a new multiplier doubles the trial traction. Sticking corners would start the next
        solution in slip, and Newton's method would wander: they are held to stick, and their traction is
        checked against mu p after it. One that was found above it is not held again in this increment.
        """
        t = self.now(s, u, factor)
        self._released |= over
        self._stuck = ~t.slipping & (s.pressure > 0) & ~self._released
        limit = self._factor * s.pressure[:, None]
        size = np.linalg.norm(t.value, axis=1)[:, None]
        self._multiplier = t.value * np.where(size > limit, limit / np.where(size > 0, size, 1.0), 1.0)

    def commit(self, s: State, u: FloatArray, factor: float) -> None:
        """Slip is measured from here on."""
        value = self.now(s, u, factor).value
        self._let_go()
        if self._frozen:
            self._memory = moved_on(self._memory, u, factor, value)
        else:
            hold = self._gaps.obstacle.hold(self._gaps.points, u, factor)
            near = self._memory.frame_at(u, factor)
            self._memory = remember(self._gaps.points, hold, u, factor, near, value)
        self._since = (u.copy(), factor)
        self._multiplier = self._memory.traction

    def rollback(self) -> None:
        """Back to the last commit."""
        self._let_go()
        self._multiplier = self._memory.traction

    def state(self) -> dict[str, FloatArray]:
        """Arrays of the last commit."""
        memory = self._memory
        out = {"u": self._since[0], "factor": np.array(self._since[1]), "frame": memory.frame}
        return {**out, "start": memory.start, "traction": memory.traction}

    def restore(self, state: dict[str, FloatArray]) -> None:
        """Take back what `state` gave."""
        u, factor = state["u"], float(state["factor"])
        if not self._frozen:
            hold = self._gaps.obstacle.hold(self._gaps.points, u, factor)
            self._memory = remember(self._gaps.points, hold, u, factor, state["frame"])
        self._memory = replace(self._memory, start=state["start"], traction=state["traction"])
        self._multiplier, self._since = state["traction"], (u, factor)

    @property
    def _frozen(self) -> bool:
        """Whether pairs stay those of the reference position."""
        obstacle = self._gaps.obstacle
        return isinstance(obstacle, DeformableMaster) and obstacle.sliding == "small"
