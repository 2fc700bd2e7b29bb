"""What a contact must not hide: points that passed through the surface, and slip beyond frozen pairs."""

from __future__ import annotations

from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.contact.facets import DeformableMaster, RigidFacets, find
from surgitwin.mechanics.contact.obstacle import Hold, Obstacle
from surgitwin.mechanics.contact.rows import SlavePoints
from surgitwin.mechanics.contact.weighted import State

FROZEN_REACH = 0.5
"""Slip up to this part of a slave facet leaves frozen pairs usable (numerical setting)."""
LEAST_WAY = 0.5
"""A point that touched needs a way of the search distance to get lost in depth; half of it is looked into."""


class Watch:
    """Compares a contact's state with that of the last commit."""

    def __init__(self, name: str, points: SlavePoints, obstacle: Obstacle) -> None:
        self._name, self._points, self._obstacle = name, points, obstacle
        self._u: FloatArray = np.zeros(points.surface.X.size)
        self._factor = 0.0
        self._slip, self._limit = 0.0, np.inf
        self._share: float | None = None
        self._hold: Hold | None = None

    def fault(self, u: FloatArray, factor: float) -> str:
        """Why the increment to u (N*d,) must be rejected, with the remedy; empty when it need not."""
        obstacle = self._obstacle
        if not isinstance(obstacle, DeformableMaster | RigidFacets) or self._small:
            return ""
        lost = int(self._passed(obstacle, u, factor).sum())
        if not lost:
            return ""
        return (
            f"in the contact {self._name!r} {lost} points of the slave went more than "
            f"search_mm = {obstacle.search_mm:g} mm below the master within one increment, where they would "
            "lose their pair: take a smaller first increment or a larger search_mm"
        )

    def commit(self, u: FloatArray, factor: float, s: State) -> None:
        """Remember u, and the largest slip of frozen pairs."""
        self._u, self._factor = u.copy(), factor
        self._share = float(s.weight.sum() / self._points.weight.sum())
        if self._small:
            self._measure_slip(u, factor, s)

    def state(self) -> dict[str, FloatArray]:
        """What the last commit left, for a restart file."""
        return {"watched": self._u, "watch": np.array([self._factor, self._slip, self._limit])}

    def restore(self, state: dict[str, FloatArray]) -> None:
        """Take back what `state` gave."""
        self._u = state["watched"]
        self._factor, self._slip, self._limit = (float(v) for v in state["watch"])

    def notes(self) -> list[str]:
        """Warnings for the result."""
        if self._slip <= self._limit:
            return []
        return [
            f"Contact {self._name!r} slid by {self._slip:.3g} mm with frozen pairs, which hold up to "
            f"{self._limit:.3g} mm (half a slave facet): its forces act in the wrong place; set "
            'sliding = "finite".'
        ]

    @property
    def remedy(self) -> str:
        """What may help when increments fail."""
        if not isinstance(self._obstacle, DeformableMaster) or self._small:
            return ""
        share = "" if self._share is None else f" (at the last good increment {self._share:.0%} of it)"
        return (
            f"In the contact {self._name!r} the slave must stay paired{share}: where it slides over the "
            "master's edge, let the master reach further, refine the slave there, or end the way earlier."
        )

    @property
    def _small(self) -> bool:
        return isinstance(self._obstacle, DeformableMaster) and self._obstacle.sliding == "small"

    def _passed(self, obstacle: DeformableMaster | RigidFacets, u: FloatArray, factor: float) -> Any:
        """(n,) bool: points deeper than the search distance, and not so at the last commit."""
        points, surface = self._points, obstacle.surface
        before, now = points.surface.positions(self._u), points.surface.positions(u)
        low_before = obstacle.positions(self._u, self._factor)
        low_now = obstacle.positions(u, factor)
        used = np.unique(surface.nodes)
        way = _furthest(points.at(now) - points.at(before)) + _furthest((low_now - low_before)[used])
        none = np.zeros(len(points.facet), bool)
        if way <= LEAST_WAY * obstacle.search_mm:
            return none

        def deep(x: FloatArray, low: FloatArray) -> Any:
            reach = obstacle.search_mm + way
            pairs = find(points, points.at(x), points.normals(x), surface, low, reach)
            return pairs.paired & (pairs.gap_mm < -obstacle.search_mm)

        found = deep(now, low_now)
        return found & ~deep(before, low_before) if found.any() else none

    def _measure_slip(self, u: FloatArray, factor: float, s: State) -> None:
        points = self._points
        if self._hold is None:
            self._hold = self._obstacle.hold(points, u, factor)
        jump = (self._hold.jump @ u).reshape(-1, points.surface.dim)
        normal = self._hold.normal
        along = np.linalg.norm(jump - (jump * normal).sum(axis=1)[:, None] * normal, axis=1)
        loaded = self._hold.paired & (points.interpolate @ s.pressure > 0)
        limit = FROZEN_REACH * points.surface.size_mm[points.facet]
        ratio = np.where(loaded, along / limit, 0.0)
        worst = int(ratio.argmax())
        if ratio[worst] > self._slip / self._limit:
            self._slip, self._limit = float(along[worst]), float(limit[worst])


def _furthest(way: FloatArray) -> float:
    return float(np.linalg.norm(way, axis=1).max())
