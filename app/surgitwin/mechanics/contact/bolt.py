"""Bolt preload: an axial initial stress in the shank, found so that the section force is the preload.

Chosen over a cut with a multiplier on the mean jump (both stand in physics.md 2): the shank's mesh stays
whole, the force may be set on a shank that is modelled with its head and thread, and the system keeps its
pattern and stays positive definite. The initial stress s (a x a) of uniform size s acts in the shank only;
the force across it, averaged over its length, is F = q.u + s A, with q.u from the elastic strain. While the
load factor changes the bolt is being tightened: s is found so that F = factor * preload. While the factor
stays, s stays ("locked"), and F follows from the loads as in a real joint.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.mechanics.contact.interaction import Terms

FORCE_TOLERANCE = 1e-6
"""Accepted difference of section force and preload, as a part of the preload (numerical setting)."""
LEAST_SHARE = 1e-3
"""Least slope dF/ds, as a part of the shank's area: bounds the secant step (numerical setting)."""


@dataclass(frozen=True, eq=False)
class Shank:
    """unit_load (N*d,) mm2: int grad(v) : (a x a) dV over the shank for each displacement unknown.
    section_force (N*d,) N/mm: elastic part of the mean section force, (1/L) int a.C eps(u).a dV, linear
    in u. area_mm2: volume / length. tell: takes the present s, MPa, to whoever reports the shank's stress.
    """

    unit_load: FloatArray
    section_force: FloatArray
    area_mm2: float
    tell: Callable[[float], None] = lambda stress_MPa: None


class PreloadedBolt:
    """Tightens a shank to `preload_N` times the load factor; an `Interaction`.

    Raises InputError "contact.bad_value" for a preload below zero or a shank without area.
    """

    def __init__(self, name: str, shank: Shank, preload_N: float) -> None:
        if not (preload_N >= 0 and np.isfinite(preload_N) and shank.area_mm2 > 0):
            raise InputError(
                "contact.bad_value",
                f"The bolt {name!r} has a preload of {preload_N:g} N and an area of {shank.area_mm2:g} mm2.",
                hint="Give a preload of zero or more, and a shank with cells.",
                where=name,
            )
        self.name, self.preload_N = name, preload_N
        self._shank = shank
        self.symmetric = True
        self._empty = sp.csr_matrix((len(shank.unit_load),) * 2)
        self._stress = self._kept = 0.0
        self._factor = 0.0
        self._last: tuple[float, float] | None = None

    def section_force(self, u: FloatArray) -> float:
        """Force across the shank, N, tension positive."""
        return float(self._shank.section_force @ u) + self._stress * self._shank.area_mm2

    def evaluate(self, u: FloatArray, factor: float) -> Terms:
        """Force of the present initial stress; it does not depend on u."""
        self._shank.tell(self._stress)
        return Terms(self._stress * self._shank.unit_load, self._empty)

    def augment(self, u: FloatArray, factor: float) -> bool:
        """A secant step for the initial stress while the bolt is tightened; True when the force fits."""
        if abs(factor - self._factor) <= 1e-12:
            return True
        force, target = self.section_force(u), factor * self.preload_N
        if abs(force - target) <= FORCE_TOLERANCE * self.preload_N:
            return True
        area = self._shank.area_mm2
        slope = area
        if self._last is not None and self._last[0] != self._stress:
            slope = (force - self._last[1]) / (self._stress - self._last[0])
            slope = min(max(slope, LEAST_SHARE * area), area)
        self._last = (self._stress, force)
        self._stress += (target - force) / slope
        return False

    def commit(self, u: FloatArray, factor: float) -> None:
        """Keep the initial stress."""
        self._kept, self._factor, self._last = self._stress, factor, None

    def rollback(self) -> None:
        """Back to the initial stress of the last commit."""
        self._stress, self._last = self._kept, None

    def state(self) -> dict[str, FloatArray]:
        """Initial stress and factor of the last commit, for a restart file."""
        return {"stress": np.array(self._kept), "factor": np.array(self._factor)}

    def restore(self, state: dict[str, FloatArray]) -> None:
        """Take back what `state` gave."""
        self._stress = self._kept = float(state["stress"])
        self._factor, self._last = float(state["factor"]), None

    def facts(self, u: FloatArray, factor: float) -> dict[str, float]:
        """Section force, the preload asked for, and the initial stress."""
        return {
            "section_force_N": self.section_force(u),
            "preload_N": self.preload_N * factor,
            "initial_stress_MPa": self._stress,
        }


def tightening_torque_Nmm(nut_factor: float, force_N: float, diameter_mm: float) -> float:
    """T = K F d (physics.md 2): K about 0.2 dry; d nominal diameter."""
    return nut_factor * force_N * diameter_mm
