"""Weighted gaps and pressures at the corners of a slave surface.

g_i = int N_i g / int N_i with the linear functions N_i of the corners, over the paired part of the slave;
pressure p_i = max(0, lambda_i - eps_i g_i) with the multiplier lambda_i and eps_i = factor E / h_i.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import GeometryError, InputError
from surgitwin.mechanics.contact.facets import DeformableMaster
from surgitwin.mechanics.contact.obstacle import Meeting, Obstacle
from surgitwin.mechanics.contact.rows import SlavePoints
from surgitwin.mechanics.contact.surface import Surface

LEAST_SHARE = 1e-6
"""A corner takes part when at least this share of its area is paired (numerical setting)."""
ROUND_OFF = 1e-14
"""Gaps below this part of the largest coordinate are zero: without it flush surfaces start with noise."""
TOUCHING = 1e-9
"""A gap below this part of the facet size is closed (numerical setting: round-off of coordinates)."""
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


class WeightedGaps:
    """A slave surface before an obstacle. stiffness (v,) MPa/mm: eps. accepted_mm (v,): penetration.

    Raises InputError "contact.bad_value", GeometryError "contact.nothing_paired".
    """

    def __init__(self, name: str, slave: Surface, obstacle: Obstacle, law: ContactLaw, level: int) -> None:
        _check(name, law)
        self.law, self.obstacle = law, obstacle
        self.points = SlavePoints(slave, level)
        self.stiffness: FloatArray = law.penalty_factor * law.modulus_MPa / self.points.size_mm
        limit = PENETRATION_SHARE * self.points.size_mm
        self.accepted_mm = limit if law.penetration_mm is None else np.full_like(limit, law.penetration_mm)
        self._round_off_mm = ROUND_OFF * float(np.abs(slave.X).max())
        self._found: tuple[FloatArray, float, Meeting] | None = None
        self._product: tuple[sp.csr_matrix, sp.csr_matrix] | None = None
        if isinstance(obstacle, DeformableMaster) and obstacle.sliding == "small":
            self._require_pairs(name, obstacle)

    def _require_pairs(self, name: str, master: DeformableMaster) -> None:
        """Pairs that are frozen in the reference position must exist there."""
        if not master.meet(self.points, np.zeros(master.surface.X.size), 0.0).paired.any():
            raise GeometryError(
                "contact.nothing_paired",
                f"The surfaces of the contact {name!r} face each other nowhere within "
                f"{master.search_mm:g} mm.",
                hint='Check the names of the surfaces, allow a larger search_mm, or use sliding = "finite".',
                where=name,
            )

    def look(self, multiplier: FloatArray, u: FloatArray, factor: float) -> State:
        """Weighted gaps and pressures at u for multipliers (v,)."""
        meeting = self._meet(u, factor)
        weight = self.points.weight * meeting.paired
        area = self.points.interpolate.T @ weight
        live = area > LEAST_SHARE * self.points.area
        total = self.points.interpolate.T @ (weight * meeting.gap_mm)
        gap = np.where(live, total / np.where(live, area, 1.0), np.inf) - factor * self.law.interference_mm
        gap = np.where(np.abs(gap) <= self._round_off_mm, 0.0, gap)
        pressure = np.maximum(multiplier - self.stiffness * gap, 0.0)
        touching = live & (np.abs(gap) <= TOUCHING * self.points.size_mm) & (multiplier == 0)
        closed = (pressure > 0) | touching
        return State(meeting, weight, area, gap, pressure, self._rows(meeting, weight), closed)

    def _meet(self, u: FloatArray, factor: float) -> Meeting:
        """The search is the costly part: the last one serves evaluate, augment, commit and facts alike."""
        last = self._found
        if last is None or last[1] != factor or not np.array_equal(last[0], u):
            self._found = last = (u.copy(), factor, self.obstacle.meet(self.points, u, factor))
        return last[2]

    def _rows(self, meeting: Meeting, weight: FloatArray) -> sp.csr_matrix:
        if self._product is not None and self._product[0] is meeting.gradient:
            return self._product[1]
        rows = (self.points.interpolate.T @ sp.diags(weight) @ meeting.gradient).tocsr()
        self._product = (meeting.gradient, rows)
        return rows


def _check(name: str, law: ContactLaw) -> None:
    deepest = 1.0 if law.penetration_mm is None else law.penetration_mm
    for label, value in (
        ("modulus_MPa", law.modulus_MPa),
        ("penalty_factor", law.penalty_factor),
        ("penetration_mm", deepest),
        ("friction", law.friction),
    ):
        least = 0.0 if label == "friction" else np.finfo(float).tiny
        if not least <= value < np.inf:
            raise InputError(
                "contact.bad_value",
                f"{label} of the contact {name!r} is {value:g}.",
                hint="Give a positive number (friction may be zero).",
                where=name,
            )
