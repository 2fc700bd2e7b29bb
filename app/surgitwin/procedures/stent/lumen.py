"""The lumen as rings of nodes of the wall's mesh, before and after deployment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surgitwin.core.arrays import FloatArray, readonly
from surgitwin.core.wall import WallMesh
from surgitwin.mechanics.devices.result import DeploymentResult

SAME_MM = 1e-4
"""Numerical setting: lumen nodes closer than this along the course belong to one section."""


@dataclass(frozen=True, eq=False)
class Sections:
    """Sections of a lumen. s_mm (k,): arc length on the undeformed course. points_mm (k, m, 3): the nodes of
    each section in the order of their angle.
    """

    s_mm: FloatArray
    points_mm: FloatArray

    def __post_init__(self) -> None:
        for name in ("s_mm", "points_mm"):
            object.__setattr__(self, name, readonly(getattr(self, name), np.float64))

    @property
    def area_mm2(self) -> FloatArray:
        """(k,) areas of the smooth curves through the nodes: the polygon's, times its share of a circle."""
        p = self.points_mm - self.points_mm.mean(axis=1, keepdims=True)
        vector = 0.5 * np.cross(p, np.roll(p, -1, axis=1)).sum(axis=1)
        turn = 2 * np.pi / p.shape[1]
        out: FloatArray = np.linalg.norm(vector, axis=1) * turn / np.sin(turn)
        return out

    @property
    def diameter_mm(self) -> FloatArray:
        """(k,) diameters of the circles of the same area."""
        return 2 * np.sqrt(self.area_mm2 / np.pi)

    def between(self, start_mm: float, end_mm: float) -> Sections:
        """The sections with start_mm <= s <= end_mm."""
        kept = (self.s_mm >= start_mm - SAME_MM) & (self.s_mm <= end_mm + SAME_MM)
        return Sections(self.s_mm[kept], self.points_mm[kept])


def sections(wall: WallMesh, result: DeploymentResult | None = None) -> Sections:
    """The lumen's sections, deformed when a result is given.

    Raises ValueError when the lumen's nodes do not stand in sections of equal number.
    """
    nodes = np.flatnonzero(np.isfinite(wall.lumen_s_mm))
    s = wall.lumen_s_mm[nodes]
    order = np.lexsort((wall.lumen_angle[nodes], np.round(s / SAME_MM)))
    nodes, s = nodes[order], s[order]
    first = np.flatnonzero(np.diff(s, prepend=-np.inf) > SAME_MM)
    count = np.diff(np.append(first, len(s)))
    if len(count) < 2 or (count != count[0]).any():
        raise ValueError("the lumen's nodes must stand in sections of equal number")
    points = wall.points_mm[nodes]
    if result is not None:
        points = points + result.displacement_mm[nodes]
    return Sections(s[first], points.reshape(len(first), count[0], 3))
