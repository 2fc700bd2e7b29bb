"""The smooth surface that the rings sweep along a curved axis, seen from points of the lumen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.mechanics.devices.problem import Placement
from surgitwin.mechanics.devices.stack import ANGLES


@dataclass(frozen=True, eq=False)
class Sections:
    """For each point (m,): the section of the device that it lies in.

    origin_mm, e1, e2 (m, 3). columns, B (m, 8): values c of the stack (ring-major) that make the radius at
    the point's angle. inside (m,): between the device's ends. radius_mm (m,): distance from the axis.
    """

    origin_mm: FloatArray
    e1: FloatArray
    e2: FloatArray
    columns: IntArray
    B: FloatArray
    inside: npt.NDArray[np.bool_]
    radius_mm: FloatArray


def find_sections(placement: Placement, reach_mm: tuple[float, float], points_mm: FloatArray) -> Sections:
    """Sections of points (m, 3). reach_mm: how far the device goes on before its first and after its last
    ring.
    """
    o, t = placement.origin_mm, placement.axis
    rings = len(o)
    near = cKDTree(o).query(points_mm)[1]
    ahead = np.einsum("ij,ij->i", points_mm - o[near], t[near])
    lower = np.clip(np.where(ahead >= 0, near, near - 1), 0, max(rings - 2, 0))
    upper = np.minimum(lower + 1, rings - 1)
    share = _share(placement, points_mm, lower, upper)
    before = np.einsum("ij,kj->i", points_mm - o[0], t[:1])
    after = np.einsum("ij,kj->i", points_mm - o[-1], t[-1:])
    first = (lower == 0) & (share <= 0)
    last = (upper == rings - 1) & (share >= 1) if rings > 1 else after > 0
    share = np.clip(share, 0.0, 1.0)
    origin, e1, e2 = _frames(placement, lower, upper, share)
    origin = np.where(first[:, None], o[0] + before[:, None] * t[0], origin)
    origin = np.where(last[:, None], o[-1] + after[:, None] * t[-1], origin)
    inside = (~first | (before > -reach_mm[0])) & (~last | (after < reach_mm[1]))
    offset = points_mm - origin
    u, v = np.einsum("ij,ij->i", offset, e1), np.einsum("ij,ij->i", offset, e2)
    columns, B = ring_weights(np.arctan2(v, u), lower, upper, share)
    return Sections(origin, e1, e2, columns, B, inside, np.hypot(u, v))


def ring_weights(
    angle: FloatArray, lower: IntArray, upper: IntArray, share: FloatArray
) -> tuple[IntArray, FloatArray]:
    """Columns and weights (m, 8) of the B-spline in angle times the straight line between two rings."""
    f = (angle % (2 * np.pi)) / (2 * np.pi) * ANGLES
    i = np.floor(f).astype(int)
    t = (f - i)[:, None]
    W = np.hstack([(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3]) / 6
    around = (i[:, None] + np.arange(-1, 3)) % ANGLES
    columns = np.hstack([lower[:, None] * ANGLES + around, upper[:, None] * ANGLES + around])
    return columns, np.hstack([W * (1 - share)[:, None], W * share[:, None]])


def _share(placement: Placement, points: FloatArray, lower: IntArray, upper: IntArray) -> FloatArray:
    """Where between two rings a plane across the axis holds the point: 0 at the lower, 1 at the upper."""
    o, t = placement.origin_mm, placement.axis
    a = np.einsum("ij,ij->i", points - o[lower], t[lower])
    b = np.einsum("ij,ij->i", points - o[upper], t[upper])
    step = a - b
    share: FloatArray = np.divide(a, step, out=np.zeros_like(a), where=np.abs(step) > 1e-12)
    inner = (share > 0) & (share < 1)
    for _ in range(3):
        origin, e1, e2 = _frames(placement, lower, upper, np.clip(share, 0, 1))
        off = np.einsum("ij,ij->i", points - origin, np.cross(e1, e2))
        length = np.linalg.norm(o[upper] - o[lower], axis=1)
        share = np.where(inner, np.clip(share + off / np.maximum(length, 1e-12), 0, 1), share)
    return share


def _frames(
    placement: Placement, lower: IntArray, upper: IntArray, share: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Origin on the cubic through neighbouring rings along their axes, and e1, e2 turned between theirs."""
    o, t = placement.origin_mm, placement.axis
    s = share[:, None]
    chord = np.linalg.norm(o[upper] - o[lower], axis=1)[:, None]
    origin = (
        (2 * s**3 - 3 * s**2 + 1) * o[lower]
        + (s**3 - 2 * s**2 + s) * chord * t[lower]
        + (3 * s**2 - 2 * s**3) * o[upper]
        + (s**3 - s**2) * chord * t[upper]
    )
    axis = (1 - s) * t[lower] + s * t[upper]
    axis /= np.linalg.norm(axis, axis=1, keepdims=True)
    e1 = (1 - s) * placement.e1[lower] + s * placement.e1[upper]
    e1 -= axis * np.einsum("ij,ij->i", e1, axis)[:, None]
    e1 /= np.linalg.norm(e1, axis=1, keepdims=True)
    return origin, e1, np.cross(axis, e1)
