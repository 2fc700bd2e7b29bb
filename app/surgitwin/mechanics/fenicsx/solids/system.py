"""Residual and tangent of a whole model at given unknowns and load factors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.contact.interaction import Interaction, Terms
from surgitwin.mechanics.fenicsx.solids.body import Assembly
from surgitwin.mechanics.fenicsx.solids.bulk import EnergyBulk
from surgitwin.mechanics.fenicsx.solids.constraints import Constraints
from surgitwin.mechanics.fenicsx.solids.loads import DeadLoad, FollowerLoad
from surgitwin.mechanics.fenicsx.solids.orientation import Orientation

Factors = Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Forces:
    """At one state: internal, external and coupling forces (size,), and the terms of every coupling."""

    internal: FloatArray
    external: FloatArray
    coupling: FloatArray
    terms: tuple[Terms, ...]

    @property
    def residual(self) -> FloatArray:
        """(size,) out-of-balance forces (reactions at prescribed unknowns) and volume conditions."""
        return self.internal + self.coupling - self.external


@dataclass(frozen=True, eq=False)
class System:
    """A model ready to be solved: its parts, loads, couplings and constraints."""

    assembly: Assembly
    loads: Sequence[DeadLoad | FollowerLoad]
    interactions: Sequence[Interaction]
    constraints: Constraints
    thermal: Mapping[str, str]

    @property
    def symmetric(self) -> bool:
        """Whether the tangent is symmetric."""
        followers = any(isinstance(load, FollowerLoad) for load in self.loads)
        unsymmetric = any(getattr(i, "symmetric", False) is False for i in self.interactions)
        return not followers and not unsymmetric and all(b.symmetric for b in self.assembly.bulks)

    @property
    def linear(self) -> bool:
        """Whether one solve is exact: linear parts, dead loads, and couplings that say they are linear."""
        return (
            all(b.linear for b in self.assembly.bulks)
            and not any(isinstance(load, FollowerLoad) for load in self.loads)
            and all(getattr(i, "linear", False) for i in self.interactions)
        )

    @cached_property
    def volume_weight(self) -> float:
        """mm3: the largest weight of a volume condition, so that their residual reads as a volume strain."""
        weights = [b.volume_weight() for b in self.assembly.bulks if b.p is not None]
        return max(weights, default=1.0)

    @cached_property
    def _orientations(self) -> list[Orientation]:
        return [Orientation(b) for b in self.assembly.bulks if not b.linear]

    def least_volume_ratio(self) -> float:
        """Least det F of all parts at finite strain, at the unknowns last set; 1 when there is none."""
        return min((o.least() for o in self._orientations), default=1.0)

    def forces(self, x: FloatArray, factors: Factors) -> Forces:
        """All forces at the unknowns x; the parts keep x until the next call."""
        assembly = self.assembly
        assembly.set(x)
        for bulk in assembly.bulks:
            if isinstance(bulk, EnergyBulk) and bulk.thermal is not None:
                bulk.thermal.factor.value = factors.get(self.thermal[bulk.space.part.name], 0.0)
        external = np.zeros(assembly.size)
        for load in self.loads:
            factor = factors.get(load.name, 0.0)
            if factor:
                external += factor * (load.force if isinstance(load, DeadLoad) else load.force())
        coupling = np.zeros(assembly.size)
        u = x[: assembly.displacements]
        terms = tuple(i.evaluate(u, factors.get(i.name, 0.0)) for i in self.interactions)
        for t in terms:
            coupling[: assembly.displacements] += t.force
        return Forces(assembly.residual(), external, coupling, terms)

    def tangent(self, forces: Forces, factors: Factors) -> sp.csr_matrix:
        """(size, size) derivative of the residual at the state of the last `forces`."""
        K = self.assembly.tangent()
        for load in self.loads:
            factor = factors.get(load.name, 0.0)
            if isinstance(load, FollowerLoad) and factor:
                K = K - factor * load.tangent()
        extra = self.assembly.size - self.assembly.displacements
        for t in forces.terms:
            wide = sp.block_diag([t.tangent, sp.csr_matrix((extra, extra))]) if extra else t.tangent
            K = K + wide
        return K.tocsr()
