"""Coulomb friction at the corners of the slave: return map with multiplier, slip history.

Slip is the weighted relative displacement since the last accepted increment of points bound to what they
touched then. Directions are those of that moment too, so within an increment the map is exact and its
tangent consistent; between increments the traction is turned with the surface. (Simo & Laursen 1992,
10.1016/0045-7949(92)90540-G, with this explicit update of the frame: first order in the turn of the surface
within one increment; a spin about the normal is not followed.)
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
    """value (v, d) MPa: against the slip. slipping (v,) bool. by_slip (v, d, d) MPa/mm and by_limit (v, d):
    derivatives with respect to the slip and to the limit mu p.
    """

    value: FloatArray
    slipping: Any
    by_slip: FloatArray
    by_limit: FloatArray


def return_map(
    trial: FloatArray, limit: FloatArray, closed: Any, stiffness: FloatArray, normal: FloatArray
) -> Traction:
    """Traction of trial tractions (v, d) tangential to normals (v, d); limit (v,) MPa, penalty (v,).

    closed (v,) bool: corners in contact. One that only touches has no traction but holds in the tangent.
    """
    size = np.linalg.norm(trial, axis=1)
    slipping = (size > limit) & (limit > 0)
    direction = unit(trial)
    tangential = np.eye(trial.shape[1]) - np.einsum("vi,vj->vij", normal, normal)
    held = np.where(closed, stiffness, 0.0)[:, None, None] * tangential
    ratio = np.where(slipping, limit / np.where(size > 0, size, 1.0), 1.0)
    across = tangential - np.einsum("vi,vj->vij", direction, direction)
    by_slip = np.where(slipping[:, None, None], (ratio * stiffness)[:, None, None] * across, held)
    value = np.where((limit > 0)[:, None], ratio[:, None] * trial, 0.0)
    by_limit = np.where(slipping[:, None], direction, 0.0)
    return Traction(value, slipping, by_slip, by_limit)


@dataclass(frozen=True, eq=False)
class SlipMemory:
    """What friction remembers from one accepted increment.

    jump (v*d, N*d): weighted relative displacement at the corners. average (v, n): weights of the
    points, rows summing to 1. normal (v, d). u (N*d,): displacement then. traction (v, d) MPa.
    """

    hold: Hold
    jump: sp.csr_matrix
    average: sp.csr_matrix
    normal: FloatArray
    u: FloatArray
    traction: FloatArray

    def slip(self, u: FloatArray, factor: float) -> FloatArray:
        """(v, d) mm tangential slip since then."""
        d = self.normal.shape[1]
        moved = (self.jump @ (u - self.u)).reshape(-1, d) - self.average @ self.hold.drift(factor)
        out: FloatArray = moved - np.einsum("vi,vj,vj->vi", self.normal, self.normal, moved)
        return out


def remember(points: SlavePoints, hold: Hold, u: FloatArray, traction: FloatArray | None) -> SlipMemory:
    """Memory of this moment; `traction` (v, d) is tangential to the normals of the moment, None for zero."""
    weight = points.weight * hold.paired
    total = points.interpolate.T @ weight
    scale = np.where(total > 0, 1 / np.where(total > 0, total, 1.0), 0.0)
    average = (sp.diags(scale) @ points.interpolate.T @ sp.diags(weight)).tocsr()
    d = points.surface.dim
    jump = (expanded(average, d) @ hold.jump).tocsr()
    normal = unit(average @ hold.normal)
    value = np.zeros_like(normal) if traction is None else traction
    return SlipMemory(hold, jump, average, normal, u.copy(), value)


def turned(traction: FloatArray, old: FloatArray, new: FloatArray) -> FloatArray:
    """Tractions (v, d) tangential to unit normals `old`, turned by the least rotation to `new`."""
    along = np.einsum("vd,vd->v", traction, new)
    both = 1 + np.einsum("vd,vd->v", old, new)
    ratio = along / np.where(both > 1e-6, both, 1.0)
    out: FloatArray = traction - ratio[:, None] * (old + new)
    return out


def moved_on(memory: SlipMemory, u: FloatArray, traction: FloatArray) -> SlipMemory:
    """The same pairs with a new start: small sliding."""
    return replace(memory, u=u.copy(), traction=traction)
