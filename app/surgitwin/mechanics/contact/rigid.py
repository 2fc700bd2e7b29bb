"""Analytic rigid surfaces with exact distance, normal and curvature: plane, cylinder, sphere, torus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.mechanics.contact.motion import STILL, RigidMotion
from surgitwin.mechanics.contact.obstacle import Hold, Meeting, slave_rows
from surgitwin.mechanics.contact.rows import SlavePoints, vector_rows

KINDS = ("plane", "cylinder", "sphere", "torus")


@dataclass(frozen=True)
class RigidSurface:
    """A rigid shape in 2 or 3 dimensions.

    kind: "plane" (through point_mm; direction points to the free side), "cylinder" (axis through point_mm
    along direction), "sphere" (centre point_mm) or "torus" (ring of radius ring_mm around the axis through
    point_mm, tube radius_mm). In 2D a cylinder and a sphere are circles and a plane is a line; in
    axisymmetry a sphere stands on the axis. inside: the body is inside the round shape. growth_mm: added
    to the radius times the factor. motion: moves the shape.
    Raises InputError "contact.bad_rigid".
    """

    kind: str
    point_mm: Sequence[float]
    direction: Sequence[float] = (0.0, 0.0, 1.0)
    radius_mm: float = 0.0
    inside: bool = False
    growth_mm: float = 0.0
    ring_mm: float = 0.0
    motion: RigidMotion = field(default=STILL)

    def __post_init__(self) -> None:
        wrong = ""
        if self.kind not in KINDS:
            wrong = f"its kind {self.kind!r} is none of {', '.join(KINDS)}"
        elif self.kind != "plane" and not min(self.radius_mm, self.radius_mm + self.growth_mm) > 0:
            wrong = f"its radius goes from {self.radius_mm:g} to {self.radius_mm + self.growth_mm:g} mm"
        elif self.kind in ("plane", "torus") and not np.linalg.norm(self.direction) > 0:
            wrong = "its direction has no length"
        elif self.kind == "torus" and not self.ring_mm > self.radius_mm + max(self.growth_mm, 0.0):
            wrong = f"its ring of {self.ring_mm:g} mm is not wider than its tube"
        if wrong:
            raise InputError(
                "contact.bad_rigid",
                f"A rigid surface cannot be used: {wrong}.",
                hint="Correct the shape; lengths are in millimetres.",
            )

    def distance(self, x: FloatArray, factor: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Gap (n,), unit normal towards the body (n, d), second derivative (n, d, d) at x (n, d)."""
        d = x.shape[1]
        point = np.asarray(self.point_mm, float)[:d]
        centre = self.motion.carry(point[None], 0.0, factor)[0]
        axis = self.motion.rotation(factor, d) @ self._axis(d)
        offset = x - centre
        if self.kind == "plane":
            return offset @ axis, np.broadcast_to(axis, x.shape).copy(), np.zeros((len(x), d, d))
        radius = self.radius_mm + factor * self.growth_mm
        if self.kind == "torus":
            gap, normal, bend = _torus(offset, axis, self.ring_mm, radius)
        else:
            along = axis if self.kind == "cylinder" and d == 3 else None
            gap, normal, bend = _round(offset, along, radius)
        return (-gap, -normal, -bend) if self.inside else (gap, normal, bend)

    def _axis(self, d: int) -> FloatArray:
        direction = np.asarray(self.direction, float)[:d]
        length = np.linalg.norm(direction)
        out: FloatArray = direction / length if length > 0 else direction
        return out

    def meet(self, points: SlavePoints, u: FloatArray, factor: float) -> Meeting:
        """Exact gaps at u."""
        x = points.surface.positions(u)
        gap, normal, bend = self.distance(points.at(x), factor)
        rows = vector_rows(points.nodes, points.shape[:, :, None] * normal[:, None, :], len(x))
        paired = np.ones(len(gap), bool)

        def curvature(weight: FloatArray) -> sp.csr_matrix:
            n, d = normal.shape
            wide = slave_rows(points, weight != 0)
            core = sp.bsr_matrix(
                (weight[:, None, None] * bend, np.arange(n), np.arange(n + 1)), shape=(n * d,) * 2
            )
            return (wide.T @ (core @ wide)).tocsr()

        return Meeting(gap, normal, paired, rows, curvature)

    def hold(self, points: SlavePoints, u: FloatArray, factor: float) -> Hold:
        """Bind the points to the places on the shape that they touch now."""
        at = points.at(points.surface.positions(u))
        gap, normal, _ = self.distance(at, factor)
        foot = at - gap[:, None] * normal
        paired = np.ones(len(gap), bool)

        def offset(now: float) -> FloatArray:
            moved = self.motion.carry(foot, factor, now)
            off, direction, _ = self.distance(moved, now)
            return points.X - moved + off[:, None] * direction

        frame = np.zeros((len(gap), normal.shape[1] - 1, normal.shape[1]))
        turn = self.motion.turn(factor, normal.shape[1])
        return Hold(slave_rows(points, paired), offset, normal, frame, paired, None, turn)


def _round(
    offset: FloatArray, axis: FloatArray | None, radius: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Outer distance from a sphere (circle) or, with an axis, a cylinder."""
    d = offset.shape[1]
    across = np.eye(d) if axis is None else np.eye(d) - np.outer(axis, axis)
    radial = offset @ across
    rho = np.maximum(np.linalg.norm(radial, axis=1), 1e-12 * radius)
    normal = radial / rho[:, None]
    bend = (across - np.einsum("ni,nj->nij", normal, normal)) / rho[:, None, None]
    return rho - radius, normal, bend


def _torus(
    offset: FloatArray, axis: FloatArray, ring: float, radius: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Outer distance from a torus."""
    height = offset @ axis
    radial = offset - height[:, None] * axis
    rho = np.maximum(np.linalg.norm(radial, axis=1), 1e-12 * ring)
    outwards = radial / rho[:, None]
    away = (rho - ring)[:, None] * outwards + height[:, None] * axis
    length = np.maximum(np.linalg.norm(away, axis=1), 1e-12 * radius)
    normal = away / length[:, None]
    around = np.cross(axis, outwards)
    in_plane = np.einsum("ni,nj->nij", outwards, outwards) + np.outer(axis, axis)
    bend = (in_plane - np.einsum("ni,nj->nij", normal, normal)) / length[:, None, None]
    ratio = (rho - ring) / (length * rho)
    bend = bend + ratio[:, None, None] * np.einsum("ni,nj->nij", around, around)
    return length - radius, normal, bend
