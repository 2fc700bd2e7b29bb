"""Contact by weighted gaps at the corners of the slave surface, augmented Lagrange, Coulomb friction.

g_i = int N_i g / int N_i with the linear functions N_i of the slave's corners, over the paired part of the
slave; pressure p_i = max(0, lambda_i - eps_i g_i), eps_i = factor E / h_i. The virtual work is
sum_i p_i delta(int N_i g) over the reference area, so force and tangent are exact derivatives, and p is
the force per reference area. (Multipliers at quadrature points instead of corners drift: physics.md 7.4.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import InputError
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
from surgitwin.mechanics.contact.obstacle import Meeting, Obstacle
from surgitwin.mechanics.contact.report import contact_facts
from surgitwin.mechanics.contact.rows import SlavePoints
from surgitwin.mechanics.contact.surface import Surface

OPEN, STICK, SLIP = 0, 1, 2
LEAST_SHARE = 1e-6
"""A corner takes part when at least this share of its area is paired (numerical setting)."""
ROUND_OFF = 1e-14
"""Gaps below this part of the largest coordinate are zero: without it flush surfaces start with noise."""
TOUCHING = 1e-9
"""A gap below this part of the facet size is closed (numerical setting: round-off of coordinates)."""
AT_LIMIT = 1e-3
"""A corner is said to slip when its traction is this near to mu p (after a commit the slip starts anew)."""
PRESSURE_CHANGE = 1e-3
"""Settled: multipliers change by less than this part of the largest pressure (numerical setting)."""
PENETRATION_SHARE = 1e-4
"""Default of the accepted weighted penetration, part of the slave's facet size (numerical setting)."""


@dataclass(frozen=True)
class ContactLaw:
    """modulus_MPa: of the softer side. penalty_factor: eps = factor * modulus / facet size. friction:
    Coulomb coefficient. interference_mm: closes the gap by this times the load factor. penetration_mm:
    accepted weighted penetration, default 1e-4 of the facet size. current_area: report pressures per
    deformed area (large deformation) instead of per reference area.
    """

    modulus_MPa: float
    penalty_factor: float = 10.0
    friction: float = 0.0
    interference_mm: float = 0.0
    penetration_mm: float | None = None
    current_area: bool = False


@dataclass(frozen=True, eq=False)
class State:
    """One evaluation: what the corners see. gap (v,) mm with the interference taken off, pressure (v,) MPa,
    area (v,) paired mm2, rows (v, N*d) = d(area * gap)/du, weight (n,) paired mm2. closed (v,) bool: with
    pressure, or just touching, which counts in the tangent so that a body held by contact alone is held.
    """

    meeting: Meeting
    weight: FloatArray
    area: FloatArray
    gap: FloatArray
    pressure: FloatArray
    rows: sp.csr_matrix
    closed: Any


class MortarContact:
    """Unilateral contact of a slave surface with an obstacle; an `Interaction`.

    quadrature level: slave facets are split 2**level times along each side; the master's kinks are the
    only integration error of a flat interface.
    """

    def __init__(
        self, name: str, slave: Surface, obstacle: Obstacle, law: ContactLaw, level: int = 1
    ) -> None:
        for label, value, least in (
            ("modulus_MPa", law.modulus_MPa, 0.0),
            ("penalty_factor", law.penalty_factor, 0.0),
            ("friction", law.friction, -1e-300),
        ):
            if not (np.isfinite(value) and value > least):
                raise InputError(
                    "contact.bad_value",
                    f"{label} of the contact {name!r} is {value:g}.",
                    hint="Give a positive number (friction may be zero).",
                    where=name,
                )
        self.name, self.law, self._obstacle = name, law, obstacle
        self.symmetric, self.linear = law.friction == 0, False
        self.grounded = not isinstance(obstacle, DeformableMaster)
        self.points = SlavePoints(slave, level)
        self.stiffness: FloatArray = law.penalty_factor * law.modulus_MPa / self.points.size_mm
        self._round_off_mm = ROUND_OFF * float(np.abs(slave.X).max())
        limit = PENETRATION_SHARE * self.points.size_mm
        self._deepest_mm = limit if law.penetration_mm is None else np.full_like(limit, law.penetration_mm)
        self._multiplier: FloatArray = np.zeros(len(self.points.vertices))
        self._kept: FloatArray = self._multiplier
        self._tangential: FloatArray = np.zeros((len(self._multiplier), slave.dim - 1))
        self._memory: SlipMemory | None = None
        self._found: tuple[FloatArray, float, Meeting] | None = None
        self._product: tuple[sp.csr_matrix, sp.csr_matrix] | None = None
        if law.friction > 0:
            start = np.zeros(slave.X.size)
            self._memory = remember(
                self.points, obstacle.hold(self.points, start, 0.0), start, 0.0, None, None
            )

    @property
    def vertices(self) -> IntArray:
        """(v,) displacement nodes of the slave's corners."""
        return self.points.vertices

    def state(self, u: FloatArray, factor: float) -> State:
        """Weighted gaps and pressures at u."""
        meeting = self._meet(u, factor)
        weight = self.points.weight * meeting.paired
        area = self.points.interpolate.T @ weight
        live = area > LEAST_SHARE * self.points.area
        total = self.points.interpolate.T @ (weight * meeting.gap_mm)
        gap = np.where(live, total / np.where(live, area, 1.0), np.inf) - factor * self.law.interference_mm
        gap = np.where(np.abs(gap) <= self._round_off_mm, 0.0, gap)
        pressure = np.maximum(self._multiplier - self.stiffness * gap, 0.0)
        touching = live & (np.abs(gap) <= TOUCHING * self.points.size_mm) & (self._multiplier == 0)
        closed = (pressure > 0) | touching
        return State(meeting, weight, area, gap, pressure, self._rows(meeting, weight), closed)

    def _meet(self, u: FloatArray, factor: float) -> Meeting:
        """The search is the costly part: the last one serves evaluate, augment, commit and facts alike."""
        last = self._found
        if last is None or last[1] != factor or not np.array_equal(last[0], u):
            self._found = last = (u.copy(), factor, self._obstacle.meet(self.points, u, factor))
        return last[2]

    def _rows(self, meeting: Meeting, weight: FloatArray) -> sp.csr_matrix:
        if self._product is not None and self._product[0] is meeting.gradient:
            return self._product[1]
        rows = (self.points.interpolate.T @ sp.diags(weight) @ meeting.gradient).tocsr()
        self._product = (meeting.gradient, rows)
        return rows

    def traction(self, s: State, u: FloatArray, factor: float) -> Traction | None:
        """Friction at the corners, components in the carried frame; None without friction."""
        return None if self._memory is None else self._return_map(s, self._memory.slip(u, factor))

    def _return_map(self, s: State, slip: Slip) -> Traction:
        trial = self._tangential + self.stiffness[:, None] * slip.value
        return return_map(trial, self.law.friction * s.pressure, s.closed, self.stiffness)

    def evaluate(self, u: FloatArray, factor: float) -> Terms:
        """Force and consistent tangent at u (N*d,)."""
        s = self.state(u, factor)
        active = np.flatnonzero(s.closed)
        rows = s.rows[active]
        by_u = sp.diags(self.stiffness[active] / s.area[active]) @ rows
        tangent = rows.T @ by_u - s.meeting.curvature(s.weight * (self.points.interpolate @ s.pressure))
        force = -(rows.T @ s.pressure[active])
        if self._memory is not None:
            slip = self._memory.slip(u, factor)
            t = self._return_map(s, slip)
            pull = s.area[:, None] * t.value
            force = force + slip.rows.T @ pull.ravel()
            spread = _columns(
                (-self.law.friction * s.area[active])[:, None] * t.by_limit[active], active, len(pull)
            )
            core = blocks(s.area[:, None, None] * t.by_slip)
            tangent = tangent + slip.rows.T @ (core @ slip.rows + spread @ by_u)
            second = self._memory.second(pull)
            tangent = tangent if second is None else tangent + second
        return Terms(np.asarray(force).ravel(), sp.csr_matrix(tangent))

    def augment(self, u: FloatArray, factor: float) -> bool:
        """Multipliers take the present pressures and tractions, unless that would change next to nothing.

        True when settled; the multipliers then stay as they are, so that u stays in balance.
        """
        s = self.state(u, factor)
        t = self.traction(s, u, factor)
        largest = float(s.pressure.max(initial=0.0))
        change = float(np.abs(s.pressure - self._multiplier).max(initial=0.0))
        if t is not None:
            change = max(change, float(np.abs(t.value - self._tangential).max(initial=0.0)))
        if change <= PRESSURE_CHANGE * largest and (-s.gap <= self._deepest_mm).all():
            return True
        self._multiplier = s.pressure
        if t is not None:
            self._tangential = t.value
        return False

    def commit(self, u: FloatArray, factor: float) -> None:
        """Keep multipliers; slip is measured from here on."""
        self._kept = self._multiplier
        t = self.traction(self.state(u, factor), u, factor)
        if t is None or self._memory is None:
            return
        if isinstance(self._obstacle, DeformableMaster) and self._obstacle.sliding == "small":
            self._memory = moved_on(self._memory, u, factor, t.value)
        else:
            hold = self._obstacle.hold(self.points, u, factor)
            self._memory = remember(self.points, hold, u, factor, self._memory, t.value)
        self._tangential = self._memory.traction

    def rollback(self) -> None:
        """Back to the last commit."""
        self._multiplier = self._kept
        if self._memory is not None:
            self._tangential = self._memory.traction

    def pressure(self, u: FloatArray, factor: float) -> tuple[IntArray, FloatArray]:
        """Corner nodes (v,) of the slave and their pressures (v,) MPa."""
        s = self.state(u, factor)
        value = s.pressure
        if self.law.current_area:
            now = self.points.current_area(self.points.surface.positions(u))
            value = value * s.area / np.where(now > 0, now, 1.0)
        return self.vertices, value

    def status(self, u: FloatArray, factor: float) -> Any:
        """(v,) OPEN, STICK or SLIP; without friction every closed corner counts as slipping."""
        s = self.state(u, factor)
        t = self.traction(s, u, factor)
        slipping: Any = True
        if t is not None:
            size = np.linalg.norm(t.value, axis=1)
            slipping = size >= (1 - AT_LIMIT) * self.law.friction * s.pressure
        return np.where(s.pressure > 0, np.where(slipping, SLIP, STICK), OPEN)

    def facts(self, u: FloatArray, factor: float) -> dict[str, float]:
        """Force and moment on the slave, area, penetration, pressure, counts of corners."""
        s = self.state(u, factor)
        friction = np.zeros((len(s.pressure), self.points.surface.dim))
        if self._memory is not None:
            slip = self._memory.slip(u, factor)
            friction = -np.einsum("vp,vpd->vd", self._return_map(s, slip).value, slip.frame)
        return contact_facts(self.points, s, friction, self.pressure(u, factor)[1], self.status(u, factor), u)


def _columns(values: FloatArray, rows: IntArray, count: int) -> sp.csr_matrix:
    """(count*d, m) matrix whose column k holds values (m, d)[k] at the d rows of corner rows[k]."""
    m, d = values.shape
    at = rows[:, None] * d + np.arange(d)
    column = np.repeat(np.arange(m), d)
    return sp.csr_matrix((values.ravel(), (at.ravel(), column)), shape=(count * d, m))
