"""Contact by weighted gaps at the corners of the slave surface, augmented Lagrange, Coulomb friction.

The virtual work is sum_i p_i delta(int N_i g) over the reference area (`weighted`), so force and tangent
are exact derivatives, and p is the force per reference area. Multipliers at quadrature points instead of
corners drift (physics.md 7.4).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.mechanics.contact.coulomb import Coulomb
from surgitwin.mechanics.contact.facets import DeformableMaster
from surgitwin.mechanics.contact.interaction import Terms
from surgitwin.mechanics.contact.obstacle import Obstacle
from surgitwin.mechanics.contact.report import contact_facts
from surgitwin.mechanics.contact.surface import Surface
from surgitwin.mechanics.contact.watch import Watch
from surgitwin.mechanics.contact.weighted import ContactLaw, State, WeightedGaps

OPEN, STICK, SLIP = 0, 1, 2
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
        self.name, self.law = name, law
        self.symmetric, self.linear = law.friction == 0, False
        self.grounded = not isinstance(obstacle, DeformableMaster)
        self._gaps = WeightedGaps(name, slave, obstacle, law, level)
        self.points = self._gaps.points
        self._multiplier: FloatArray = np.zeros(len(self.points.vertices))
        self._kept: FloatArray = self._multiplier
        self._coulomb = Coulomb(self._gaps) if law.friction > 0 else None
        self._watch = Watch(name, self.points, obstacle)
        self.fault, self.notes = self._watch.fault, self._watch.notes

    @property
    def vertices(self) -> IntArray:
        """(v,) displacement nodes of the slave's corners."""
        return self.points.vertices

    def look(self, u: FloatArray, factor: float) -> State:
        """Weighted gaps and pressures at u."""
        return self._gaps.look(self._multiplier, u, factor)

    def evaluate(self, u: FloatArray, factor: float) -> Terms:
        """Force and consistent tangent at u (N*d,); a force that is not finite where u is not."""
        if not np.isfinite(u).all():
            return Terms(np.full(u.size, np.nan), sp.csr_matrix((u.size, u.size)))
        s = self.look(u, factor)
        active = np.flatnonzero(s.closed)
        rows = s.rows[active]
        by_u = (sp.diags(self._gaps.stiffness[active] / s.area[active]) @ rows).tocsr()
        force = -(rows.T @ s.pressure[active])
        tangent = rows.T @ by_u - s.meeting.curvature(s.weight * (self.points.interpolate @ s.pressure))
        if self._coulomb is not None:
            pull, by_slip = self._coulomb.terms(s, u, factor, active, by_u)
            force, tangent = force + pull, tangent + by_slip
        return Terms(np.asarray(force).ravel(), sp.csr_matrix(tangent))

    def augment(self, u: FloatArray, factor: float) -> bool:
        """Multipliers take the present pressures and tractions, unless that would change next to nothing.

        True when settled; the multipliers then stay as they are, so that u stays in balance.
        """
        s = self.look(u, factor)
        largest = float(s.pressure.max(initial=0.0))
        change = float(np.abs(s.pressure - self._multiplier).max(initial=0.0))
        over: Any = np.zeros(len(s.pressure), bool)
        if self._coulomb is not None:
            tangential, over = self._coulomb.change(s, u, factor)
            change = max(change, tangential)
        close = (-s.gap <= self._gaps.accepted_mm).all()
        if change <= PRESSURE_CHANGE * largest and close and not over.any():
            return True
        self._multiplier = s.pressure
        if self._coulomb is not None:
            self._coulomb.augment(s, u, factor, over)
        return False

    @property
    def remedy(self) -> str:
        """What may help when increments fail."""
        return self._watch.remedy

    def commit(self, u: FloatArray, factor: float) -> None:
        """Keep multipliers; slip is measured from here on."""
        self._watch.commit(u, factor, self.look(u, factor))
        self._kept = self._multiplier
        if self._coulomb is not None:
            self._coulomb.commit(self.look(u, factor), u, factor)

    def rollback(self) -> None:
        """Back to the last commit."""
        self._multiplier = self._kept
        if self._coulomb is not None:
            self._coulomb.rollback()

    def state(self) -> dict[str, FloatArray]:
        """Arrays of the last commit, for a restart file."""
        out = {"multiplier": self._kept} | self._watch.state()
        return out if self._coulomb is None else out | self._coulomb.state()

    def restore(self, state: dict[str, FloatArray]) -> None:
        """Take back what `state` gave."""
        self._multiplier = self._kept = state["multiplier"]
        self._watch.restore(state)
        if self._coulomb is not None:
            self._coulomb.restore(state)

    def pressure(self, u: FloatArray, factor: float) -> tuple[IntArray, FloatArray]:
        """Corner nodes (v,) of the slave and their pressures (v,) MPa, per deformed area at finite strain."""
        s = self.look(u, factor)
        area = self._area(s, u)
        return self.vertices, s.pressure * s.area / np.where(area > 0, area, 1.0)

    def _area(self, s: State, u: FloatArray) -> FloatArray:
        """(v,) mm2 paired area of the corners: deformed at finite strain, else reference."""
        if not self.law.current_area:
            return s.area
        return self.points.current_area(self.points.surface.positions(u), s.meeting.paired)

    def status(self, u: FloatArray, factor: float) -> Any:
        """(v,) OPEN, STICK or SLIP; without friction every closed corner counts as slipping."""
        s = self.look(u, factor)
        slipping = True if self._coulomb is None else self._coulomb.at_limit(s, u, factor)
        return np.where(s.pressure > 0, np.where(slipping, SLIP, STICK), OPEN)

    def facts(self, u: FloatArray, factor: float) -> dict[str, float]:
        """Force and moment on the slave, area, penetration, pressure, counts of corners.

        Areas, and what is given per area, are deformed at finite strain and reference ones otherwise.
        """
        s = self.look(u, factor)
        friction: FloatArray = np.zeros((len(s.pressure), self.points.surface.dim))
        if self._coulomb is not None:
            friction = self._coulomb.on_slave(s, u, factor)
        return contact_facts(self.points, s, friction, self._area(s, u), self.status(u, factor), u)
