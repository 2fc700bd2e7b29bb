"""Coulomb friction at the corners of the slave: slip in a carried frame, return map with multiplier.

Since the last accepted increment the slave's points are bound to what they touched then. G is the weighted
distance of a corner's points from those places, e_a are tangents of the master there, averaged and carried
with it; both are linear in u. The slip s_a = e_a . G - (its value then) does not see common rigid motions,
and its exact derivatives give a consistent tangent and balanced moments (the idea of convected slip:
Laursen & Simo 1993, 10.1002/nme.1620362005). Places and frames are renewed at every commit, so pairing is
first order in the slip within one increment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.contact.obstacle import Hold
from surgitwin.mechanics.contact.rows import SlavePoints, expanded
from surgitwin.mechanics.contact.surface import unit


@dataclass(frozen=True, eq=False)
class Traction:
    """value (v, p) MPa: components against the slip. slipping (v,) bool. by_slip (v, p, p) MPa/mm and
    by_limit (v, p): derivatives with respect to the slip and to the limit mu p.
    """

    value: FloatArray
    slipping: Any
    by_slip: FloatArray
    by_limit: FloatArray


def return_map(trial: FloatArray, limit: FloatArray, closed: Any, stiffness: FloatArray) -> Traction:
    """Traction of trial components (v, p); limit (v,) MPa, penalty (v,) MPa/mm.

    closed (v,) bool: corners in contact. One that only touches has no traction but holds in the tangent.
    """
    size = np.linalg.norm(trial, axis=1)
    slipping = (size > limit) & (limit > 0)
    direction = unit(trial)
    eye = np.eye(trial.shape[1])
    held = np.where(closed, stiffness, 0.0)[:, None, None] * eye
    ratio = np.where(slipping, limit / np.where(size > 0, size, 1.0), 1.0)
    across = eye - np.einsum("vi,vj->vij", direction, direction)
    by_slip = np.where(slipping[:, None, None], (ratio * stiffness)[:, None, None] * across, held)
    value = np.where((limit > 0)[:, None], ratio[:, None] * trial, 0.0)
    by_limit = np.where(slipping[:, None], direction, 0.0)
    return Traction(value, slipping, by_slip, by_limit)


@dataclass(frozen=True, eq=False)
class Slip:
    """At one u: value (v, p) mm, rows (v*p, N*d) its derivative, frame (v, p, d) the tangents e_a."""

    value: FloatArray
    rows: sp.csr_matrix
    frame: FloatArray


@dataclass(frozen=True, eq=False)
class SlipMemory:
    """What friction remembers from one accepted increment.

    jump (v*d, N*d): derivative of G. average (v, n): weights of the points, rows summing to 1. normal
    (v, d), frame (v, p, d): of that moment, orthonormal. carried (v*p*d, N*d): derivative of the frame
    with the master's nodes, None where it does not depend on u. start (v, p): e . G then. traction (v, p).
    """

    hold: Hold
    jump: sp.csr_matrix
    average: sp.csr_matrix
    normal: FloatArray
    frame: FloatArray
    carried: sp.csr_matrix | None
    frame_offset: FloatArray
    start: FloatArray
    traction: FloatArray

    def slip(self, u: FloatArray, factor: float) -> Slip:
        """Slip since that moment."""
        v, p, d = self.frame.shape
        apart = (self.jump @ u).reshape(v, d) + self.average @ self.hold.offset(factor)
        frame = self.frame_at(u, factor)
        rows = blocks(frame) @ self.jump
        if self.carried is not None:
            rows = rows + blocks(np.repeat(apart, p, axis=0)[:, None, :]) @ self.carried
        return Slip(np.einsum("vpd,vd->vp", frame, apart) - self.start, rows.tocsr(), frame)

    def frame_at(self, u: FloatArray, factor: float) -> FloatArray:
        """(v, p, d) tangents at u."""
        if self.carried is not None:
            out: FloatArray = (self.carried @ u).reshape(self.frame.shape) + self.frame_offset
            return out
        out = self.frame @ self.hold.turn(factor).T
        return out

    def second(self, force: FloatArray) -> sp.csr_matrix | None:
        """sum of force (v, p) times the second derivative of the slip; None where that is zero."""
        if self.carried is None:
            return None
        v, p, d = self.frame.shape
        core = np.einsum("vp,cd->vcpd", force, np.eye(d)).reshape(v, d, p * d)
        half = self.jump.T @ (blocks(core) @ self.carried)
        return (half + half.T).tocsr()


def remember(
    points: SlavePoints,
    hold: Hold,
    u: FloatArray,
    factor: float,
    near: FloatArray | None = None,
    traction: FloatArray | None = None,
) -> SlipMemory:
    """Memory of this moment. near (v, p, d): the frame goes on from it, and with it `traction` (v, p)."""
    weight = points.weight * hold.paired
    total = points.interpolate.T @ weight
    scale = np.where(total > 0, 1 / np.where(total > 0, total, 1.0), 0.0)
    average = (sp.diags(scale) @ points.interpolate.T @ sp.diags(weight)).tocsr()
    jump = (expanded(average, points.surface.dim) @ hold.jump).tocsr()
    normal = unit(average @ hold.normal)
    frame = _frame(normal, near)
    carried = None if hold.tangent is None else _carried(average, hold, frame, points.surface.dim)
    offset = frame if carried is None else frame - (carried @ u).reshape(frame.shape)
    value = np.zeros(frame.shape[:2]) if traction is None else traction
    fresh = SlipMemory(hold, jump, average, normal, frame, carried, offset, np.zeros_like(value), value)
    return moved_on(fresh, u, factor, value)


def moved_on(memory: SlipMemory, u: FloatArray, factor: float, traction: FloatArray) -> SlipMemory:
    """The same places with a new start of the slip."""
    start = memory.start + memory.slip(u, factor).value
    return replace(memory, start=start, traction=traction)


def _frame(normal: FloatArray, near: FloatArray | None) -> FloatArray:
    """(v, p, d) orthonormal tangents of unit normals (v, d), the first close to that of `near`."""
    if normal.shape[1] == 2:
        frame = np.stack([-normal[:, 1], normal[:, 0]], 1)[:, None, :]
        if near is not None:
            frame = frame * np.where(np.einsum("vpd,vpd->v", frame, near) < 0, -1.0, 1.0)[:, None, None]
        return frame
    helper = np.eye(3)[np.abs(normal).argmin(axis=1)]
    if near is not None:
        known = np.linalg.norm(near[:, 0], axis=1) > 0
        helper = np.where(known[:, None], near[:, 0], helper)
    first = unit(helper - np.einsum("vd,vd->v", helper, normal)[:, None] * normal)
    return np.stack([first, np.cross(normal, first)], 1)


def _carried(average: sp.csr_matrix, hold: Hold, frame: FloatArray, d: int) -> sp.csr_matrix:
    """(v*p*d, N*d): the frame as a mean of the master's tangents at the points, which move with its nodes."""
    v, p, _ = frame.shape
    metric = np.einsum("npd,nqd->npq", hold.frame, hold.frame)
    dual = np.linalg.solve(metric, hold.frame)
    pairs = average.tocoo()
    share = np.einsum("kad,kbd->kab", frame[pairs.row], dual[pairs.col]) * pairs.data[:, None, None]
    a, b = np.meshgrid(np.arange(p), np.arange(p), indexing="ij")
    row = (pairs.row[:, None, None] * p + a).ravel()
    column = (pairs.col[:, None, None] * p + b).ravel()
    mean = sp.csr_matrix((share.ravel(), (row, column)), shape=(v * p, average.shape[1] * p))
    return (expanded(mean, d) @ hold.tangent).tocsr()


def blocks(values: FloatArray) -> sp.bsr_matrix:
    """Block-diagonal matrix of values (n, r, c)."""
    n, r, c = values.shape
    return sp.bsr_matrix((np.ascontiguousarray(values), np.arange(n), np.arange(n + 1)), shape=(n * r, n * c))
