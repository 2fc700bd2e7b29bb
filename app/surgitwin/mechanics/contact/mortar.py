"""Contact by weighted gaps at the corners of the slave surface, augmented Lagrange, Coulomb friction.

The virtual work is sum_i p_i delta(int N_i g) over the reference area (`weighted`), so force and tangent
are exact derivatives, and p is the force per reference area. Multipliers at quadrature points instead of
corners drift (physics.md 7.4).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.mechanics.contact.facets import DeformableMaster
from surgitwin.mechanics.contact.friction import (
    Slip,
    SlipMemory,
    Traction,
    blocks,
    moved_on,
    remember,
    return_map,
)
from surgitwin.mechanics.contact.interaction import Terms
from surgitwin.mechanics.contact.obstacle import Obstacle
from surgitwin.mechanics.contact.report import contact_facts
from surgitwin.mechanics.contact.rows import columns
from surgitwin.mechanics.contact.surface import Surface
from surgitwin.mechanics.contact.weighted import ContactLaw, State, WeightedGaps

OPEN, STICK, SLIP = 0, 1, 2
AT_LIMIT = 1e-3
"""A corner is said to slip when its traction is this near to mu p (after a commit the slip starts anew)."""
PRESSURE_CHANGE = 1e-3
"""Settled: multipliers change by less than this part of the largest pressure (numerical setting)."""


class MortarContact:
    """Unilateral contact of a slave surface with an obstacle; an `Interaction`.

    quadrature level: slave facets are split 2**level times along each side; the master's kinks are the
    only integration error of a flat interface.
    """

    def __init__(
        self, name: str, slave: Surface, obstacle: Obstacle, law: ContactLaw, level: int = 1
    ) -> None:
        self.name, self.law, self._obstacle = name, law, obstacle
        self.symmetric, self.linear = law.friction == 0, False
        self.grounded = not isinstance(obstacle, DeformableMaster)
        self._gaps = WeightedGaps(name, slave, obstacle, law, level)
        self.points, self.stiffness = self._gaps.points, self._gaps.stiffness
        self._multiplier: FloatArray = np.zeros(len(self.points.vertices))
        self._kept: FloatArray = self._multiplier
        self._tangential: FloatArray = np.zeros((len(self._multiplier), slave.dim - 1))
        self._memory: SlipMemory | None = None
        self._stuck: Any
        self._released: Any
        self._let_go()
        self._since: tuple[FloatArray, float] = (np.zeros(slave.X.size), 0.0)
        if law.friction > 0:
            start = self._since[0]
            self._memory = remember(self.points, obstacle.hold(self.points, start, 0.0), start, 0.0)

    @property
    def vertices(self) -> IntArray:
        """(v,) displacement nodes of the slave's corners."""
        return self.points.vertices

    def look(self, u: FloatArray, factor: float) -> State:
        """Weighted gaps and pressures at u."""
        return self._gaps.look(self._multiplier, u, factor)

    def traction(self, s: State, u: FloatArray, factor: float) -> Traction | None:
        """Friction at the corners, components in the carried frame; None without friction."""
        return None if self._memory is None else self._return_map(s, self._memory.slip(u, factor))

    def _return_map(self, s: State, slip: Slip) -> Traction:
        trial = self._tangential + self.stiffness[:, None] * slip.value
        limit = self.law.friction * s.pressure
        limit = np.where(self._stuck & (limit > 0), np.inf, limit)
        return return_map(trial, limit, s.closed, self.stiffness)

    def evaluate(self, u: FloatArray, factor: float) -> Terms:
        """Force and consistent tangent at u (N*d,); a force that is not finite where u is not."""
        if not np.isfinite(u).all():
            return Terms(np.full(u.size, np.nan), sp.csr_matrix((u.size, u.size)))
        s = self.look(u, factor)
        active = np.flatnonzero(s.closed)
        rows = s.rows[active]
        by_u = (sp.diags(self.stiffness[active] / s.area[active]) @ rows).tocsr()
        force = -(rows.T @ s.pressure[active])
        tangent = rows.T @ by_u - s.meeting.curvature(s.weight * (self.points.interpolate @ s.pressure))
        if self._memory is not None:
            pull, by_slip = self._friction(self._memory, s, active, by_u, self._memory.slip(u, factor))
            force, tangent = force + pull, tangent + by_slip
        return Terms(np.asarray(force).ravel(), sp.csr_matrix(tangent))

    def _friction(
        self, memory: SlipMemory, s: State, active: IntArray, by_u: sp.csr_matrix, slip: Slip
    ) -> tuple[FloatArray, sp.csr_matrix]:
        """Force and tangent of friction; by_u: -d(pressure)/du at the active corners."""
        t = self._return_map(s, slip)
        pull = s.area[:, None] * t.value
        by_pressure = (-self.law.friction * s.area[active])[:, None] * t.by_limit[active]
        spread = columns(by_pressure, active, len(pull))
        core = blocks(s.area[:, None, None] * t.by_slip)
        tangent = slip.rows.T @ (core @ slip.rows + spread @ by_u)
        second = memory.second(pull)
        return slip.rows.T @ pull.ravel(), tangent if second is None else tangent + second

    def augment(self, u: FloatArray, factor: float) -> bool:
        """Multipliers take the present pressures and tractions, unless that would change next to nothing.

        True when settled; the multipliers then stay as they are, so that u stays in balance.
        """
        s = self.look(u, factor)
        t = self.traction(s, u, factor)
        largest = float(s.pressure.max(initial=0.0))
        change = float(np.abs(s.pressure - self._multiplier).max(initial=0.0))
        over: Any = np.zeros(len(s.pressure), bool)
        if t is not None:
            change = max(change, float(np.abs(t.value - self._tangential).max(initial=0.0)))
            over = np.linalg.norm(t.value, axis=1) > (1 + AT_LIMIT) * self.law.friction * s.pressure
        settled = change <= PRESSURE_CHANGE * largest and (-s.gap <= self._gaps.accepted_mm).all()
        if settled and not over.any():
            return True
        self._multiplier = s.pressure
        if t is not None:
            self._hold_stick(s, t, over)
        return False

    def _hold_stick(self, s: State, t: Traction, over: Any) -> None:
        """Tangential multipliers, and who sticks until the next augmentation.

        At the same u a new multiplier doubles the trial traction. Sticking corners would start the next
        solution in slip, and Newton's method would wander: they are held to stick, and their traction is
        checked against mu p after it. One that was found above it is not held again in this increment.
        """
        self._released |= over
        self._stuck = ~t.slipping & (s.pressure > 0) & ~self._released
        limit = self.law.friction * s.pressure[:, None]
        size = np.linalg.norm(t.value, axis=1)[:, None]
        self._tangential = t.value * np.where(size > limit, limit / np.where(size > 0, size, 1.0), 1.0)

    def _let_go(self) -> None:
        self._stuck, self._released = np.zeros((2, len(self._multiplier)), bool)

    def commit(self, u: FloatArray, factor: float) -> None:
        """Keep multipliers; slip is measured from here on."""
        self._kept = self._multiplier
        t = self.traction(self.look(u, factor), u, factor)
        self._let_go()
        if t is None or self._memory is None:
            return
        if self._frozen:
            self._memory = moved_on(self._memory, u, factor, t.value)
        else:
            hold = self._obstacle.hold(self.points, u, factor)
            near = self._memory.frame_at(u, factor)
            self._memory = remember(self.points, hold, u, factor, near, t.value)
        self._since = (u.copy(), factor)
        self._tangential = self._memory.traction

    def rollback(self) -> None:
        """Back to the last commit."""
        self._multiplier = self._kept
        self._let_go()
        if self._memory is not None:
            self._tangential = self._memory.traction

    def state(self) -> dict[str, FloatArray]:
        """Arrays of the last commit, for a restart file."""
        out: dict[str, FloatArray] = {"multiplier": self._kept}
        if self._memory is not None:
            out |= {"u": self._since[0], "factor": np.array(self._since[1])}
            out |= {"frame": self._memory.frame, "start": self._memory.start}
            out |= {"traction": self._memory.traction}
        return out

    def restore(self, state: dict[str, FloatArray]) -> None:
        """Take back what `state` gave."""
        self._multiplier = self._kept = state["multiplier"]
        if self._memory is None:
            return
        u, factor = state["u"], float(state["factor"])
        if not self._frozen:
            hold = self._obstacle.hold(self.points, u, factor)
            self._memory = remember(self.points, hold, u, factor, state["frame"])
        self._memory = replace(self._memory, start=state["start"], traction=state["traction"])
        self._tangential, self._since = state["traction"], (u, factor)

    @property
    def _frozen(self) -> bool:
        """Whether pairs stay those of the reference position."""
        return isinstance(self._obstacle, DeformableMaster) and self._obstacle.sliding == "small"

    def pressure(self, u: FloatArray, factor: float) -> tuple[IntArray, FloatArray]:
        """Corner nodes (v,) of the slave and their pressures (v,) MPa."""
        s = self.look(u, factor)
        value = s.pressure
        if self.law.current_area:
            now = self.points.current_area(self.points.surface.positions(u))
            value = value * s.area / np.where(now > 0, now, 1.0)
        return self.vertices, value

    def status(self, u: FloatArray, factor: float) -> Any:
        """(v,) OPEN, STICK or SLIP; without friction every closed corner counts as slipping."""
        s = self.look(u, factor)
        t = self.traction(s, u, factor)
        slipping: Any = True
        if t is not None:
            size = np.linalg.norm(t.value, axis=1)
            slipping = size >= (1 - AT_LIMIT) * self.law.friction * s.pressure
        return np.where(s.pressure > 0, np.where(slipping, SLIP, STICK), OPEN)

    def facts(self, u: FloatArray, factor: float) -> dict[str, float]:
        """Force and moment on the slave, area, penetration, pressure, counts of corners."""
        s = self.look(u, factor)
        friction = np.zeros((len(s.pressure), self.points.surface.dim))
        if self._memory is not None:
            slip = self._memory.slip(u, factor)
            friction = -np.einsum("vp,vpd->vd", self._return_map(s, slip).value, slip.frame)
        return contact_facts(self.points, s, friction, self.pressure(u, factor)[1], self.status(u, factor), u)
