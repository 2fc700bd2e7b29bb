"""What a solved model can be asked: fields, reactions, energy, balance, and how it was reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import ufl
from dolfinx import fem

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import InputError
from surgitwin.mechanics.contact.interaction import Interaction
from surgitwin.mechanics.contact.mortar import MortarContact
from surgitwin.mechanics.fenicsx.runtime import compile_form
from surgitwin.mechanics.fenicsx.solids.loads import surface_measure
from surgitwin.mechanics.fenicsx.solids.recover import Recovery
from surgitwin.mechanics.fenicsx.solids.stepping import Increment, State
from surgitwin.mechanics.fenicsx.solids.system import Forces, System
from surgitwin.mechanics.model.model import Model

NO_FORCE_N = 1e-9
"""Nodal forces that sum to less are round-off: a nanonewton is no load of this program."""


@dataclass(frozen=True, eq=False)
class Resultant:
    """Nodal forces that something exerts on the model: nodes_mm (n, d) reference, force_N (n, d)."""

    nodes_mm: FloatArray
    displacement_mm: FloatArray
    nodal_N: FloatArray

    @property
    def force_N(self) -> FloatArray:
        """(d,) sum."""
        out: FloatArray = self.nodal_N.sum(axis=0)
        return out

    def moment_Nmm(self, about_mm: Sequence[float]) -> FloatArray:
        """(3,) about a fixed point, with the deformed lever arms (small-strain models: differences of
        higher order); in 2D only the last component differs from zero.
        """
        d = self.nodal_N.shape[1]
        x = self.nodes_mm + self.displacement_mm - np.asarray(about_mm, float)[:d]
        wide = ((0, 0), (0, 3 - d))
        out: FloatArray = np.cross(np.pad(x, wide), np.pad(self.nodal_N, wide)).sum(axis=0)
        return out


@dataclass(frozen=True, eq=False)
class PartResult:
    """One part: its displacement nodes and what can be recovered from them.

    points_mm, displacement_mm (n, d). cells (m, k): displacement nodes in VTK order.
    """

    name: str
    points_mm: FloatArray
    displacement_mm: FloatArray
    cells: IntArray
    recovery: Recovery
    _bulk: Any

    def displacement_at(self, *points_mm: Sequence[float]) -> FloatArray:
        """(n, d) mm at reference points."""
        return self.recovery.displacement_at(np.array(points_mm, float))

    def stress_at(self, *points_mm: Sequence[float]) -> FloatArray:
        """(n, 3, 3) Cauchy stress, MPa, at reference points (axisymmetric: r, z, circumferential)."""
        return self.recovery.stress_at(np.array(points_mm, float))

    def mean_displacement(self, surface: str) -> FloatArray:
        """(d,) mm: mean over the reference area of a surface."""
        ds, w = surface_measure(self._bulk, surface), self._bulk.kinematics.weight
        one = fem.Constant(self._bulk.space.domain, 1.0)
        area = fem.assemble_scalar(compile_form(one * w * ds)).real
        d = self._bulk.space.dimension
        total = [fem.assemble_scalar(compile_form(one * self._bulk.u[k] * w * ds)).real for k in range(d)]
        out: FloatArray = np.array(total) / area
        return out

    def mean_stress(self, surface: str) -> FloatArray:
        """(3, 3) MPa: mean over the reference area of a surface, from the cells at it."""
        ds, w = surface_measure(self._bulk, surface), self._bulk.kinematics.weight
        one = fem.Constant(self._bulk.space.domain, 1.0)
        area = fem.assemble_scalar(compile_form(one * w * ds)).real
        stress = self.recovery.stress
        total = [
            [fem.assemble_scalar(compile_form(one * stress[i, j] * w * ds)).real for j in range(3)]
            for i in range(3)
        ]
        out: FloatArray = np.array(total) / area
        return out

    def volume_mm3(self) -> float:
        """Deformed volume (in 2D: area times thickness; axisymmetric: the whole ring)."""
        kin, space = self._bulk.kinematics, self._bulk.space
        dx = ufl.Measure("dx", domain=space.domain, metadata={"quadrature_degree": 6})
        one = fem.Constant(space.domain, 1.0)
        return float(
            fem.assemble_scalar(
                compile_form(one * ufl.det(kin.deformation(self._bulk.u)) * kin.weight * dx)
            ).real
        )


@dataclass(frozen=True, eq=False)
class ModelResult:
    """A solved model. x: all unknowns. increments: how it was reached. warnings: what to look at."""

    model: Model
    system: System
    state: State
    curves: Mapping[str, FloatArray] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def increments(self) -> Sequence[Increment]:
        """Every accepted increment."""
        return self.state.increments

    @property
    def warnings(self) -> Sequence[str]:
        """Limit points and the like."""
        return self.state.warnings

    def part(self, name: str = "") -> PartResult:
        """A part by name; without name the only or first one."""
        assembly = self.system.assembly
        bulk = assembly.bulk(name, "result") if name else assembly.bulks[0]
        k, d = assembly.index[bulk.space.part.name], assembly.dimension
        u = self.state.x[: assembly.displacements].reshape(-1, d)
        mine = u[assembly.first_node[k] : assembly.first_node[k + 1]]
        return PartResult(
            bulk.space.part.name, bulk.space.points_mm, mine, bulk.space.cells, Recovery(bulk), bulk
        )

    def reaction(self, support: str) -> Resultant:
        """Forces that a support exerts on the model (shared components belong to the support named first)."""
        mine = self.system.constraints.own_unknowns(support)
        return self._resultant(mine, self._residual[mine])

    def load(self, name: str) -> Resultant:
        """Forces of a load at the end."""
        from surgitwin.mechanics.fenicsx.solids.loads import DeadLoad

        for load in self.system.loads:
            if load.name == name:
                force = load.force if isinstance(load, DeadLoad) else load.force()
                return self._resultant(
                    np.arange(self.system.assembly.displacements),
                    self.state.factors.get(name, 0.0) * force[: self.system.assembly.displacements],
                )
        for rigid in self.system.constraints.rigid:
            if rigid.name == name:
                d, factor = self.system.assembly.dimension, self.state.factors.get(name, 0.0)
                point = np.asarray(rigid.point_mm, float)[None, :d]
                force = factor * np.asarray(rigid.force_N, float)[None, :d]
                return Resultant(point, np.zeros_like(point), force)
        raise _no(name, "load that acts by forces", [load.name for load in self.model.loads])

    def coupling(self, name: str) -> Interaction:
        """A tie, contact, foundation or bolt by name; ask its `facts` through `coupling_facts`."""
        known = {i.name: i for i in self.system.interactions}
        if name not in known:
            raise _no(name, "tie, contact, foundation or bolt", list(known))
        return known[name]

    def coupling_facts(self, name: str) -> dict[str, float]:
        """Resultants, penetration and so on of a coupling at the end."""
        u = self.state.x[: self.system.assembly.displacements]
        return self.coupling(name).facts(u, self.state.factors.get(name, 0.0))

    def contact_pressure(self, name: str) -> tuple[FloatArray, FloatArray]:
        """Corners (v, d) mm (reference) of a contact's slave surface and the pressure (v,) MPa there."""
        contact = self.coupling(name)
        if not isinstance(contact, MortarContact):
            raise _no(name, "contact", [c.name for c in self.model.contacts])
        u = self.state.x[: self.system.assembly.displacements]
        nodes, pressure = contact.pressure(u, self.state.factors.get(name, 0.0))
        return self.system.assembly.points_mm[nodes], pressure

    @property
    def energy_mJ(self) -> float:
        """Stored energy of all parts, N mm; a preloaded shank's is that of its whole stress."""
        return self.system.assembly.energy_mJ()

    @cached_property
    def balance(self) -> dict[str, float]:
        """Out-of-balance of everything that acts from outside, against the sum of its nodal magnitudes.

        force_imbalance: |sum F| / sum |F|. moment_imbalance: about the centre of the parts, divided by
        the same sum times the size (deformed lever arms when large). rel_residual: of the last iteration.
        """
        assembly = self.system.assembly
        d, n = assembly.dimension, assembly.displacements
        outside = self._forces.external[:n].copy()
        held = self.system.constraints.prescribed
        outside[held] += self._residual[held]
        outside += self._rigid_forces()
        for interaction, terms in zip(self.system.interactions, self._forces.terms, strict=True):
            if getattr(interaction, "grounded", False):
                outside -= terms.force
        f = outside.reshape(-1, d)
        points = assembly.points_mm
        slides = any(c.sliding == "finite" for c in self.model.contacts)
        u = self.state.x[:n].reshape(-1, d) if self.model.large or slides else 0.0
        wide = ((0, 0), (0, 3 - d))
        arm = np.pad(points + u - points.mean(axis=0), wide)
        total = float(np.linalg.norm(f, axis=1).sum())
        size = float(np.ptp(points, axis=0).max())
        if total < NO_FORCE_N:  # nothing acts: what is left is round-off, and no share of anything
            return {"force_imbalance": 0.0, "moment_imbalance": 0.0, "rel_residual": self._rel_residual}
        scale = total
        moment = np.cross(arm, np.pad(f, wide)).sum(axis=0)
        axisymmetric = any(b.kinematics.kind == "axisymmetric" for b in assembly.bulks)
        force = f.sum(axis=0)
        if axisymmetric:  # radial forces balance around the circle by themselves
            force, moment = force[1:], np.zeros(3)
        return {
            "force_imbalance": float(np.linalg.norm(force)) / scale,
            "moment_imbalance": float(np.linalg.norm(moment)) / (scale * size),
            "rel_residual": self._rel_residual,
        }

    @property
    def applied_N(self) -> FloatArray:
        """(d,) sum of all loads at the end, rigid remote ones included."""
        d, n = self.system.assembly.dimension, self.system.assembly.displacements
        out: FloatArray = self._forces.external[:n].reshape(-1, d).sum(axis=0)
        for rigid in self.system.constraints.rigid:
            out = out + self.load(rigid.name).force_N
        return out

    @property
    def _rel_residual(self) -> float:
        return self.increments[-1].residual if self.increments else 0.0

    def _rigid_forces(self) -> FloatArray:
        """Nodal forces of rigid remote loads, as far as they act on the surface's nodes: their imbalance."""
        residual = self._residual[: self.system.assembly.displacements].copy()
        out = np.zeros_like(residual)
        d = self.system.assembly.dimension
        for nodes in self.system.constraints.rigid_nodes:
            rows = (nodes[:, None] * d + np.arange(d)).ravel()
            out[rows] = residual[rows]
        return out

    @property
    def _residual(self) -> FloatArray:
        return self._forces.residual

    @cached_property
    def _forces(self) -> Forces:
        return self.state.forces or self.system.forces(self.state.x, self.state.factors)

    def _resultant(self, unknowns: IntArray, values: FloatArray) -> Resultant:
        assembly = self.system.assembly
        d = assembly.dimension
        nodes = np.unique(unknowns // d)
        nodal = np.zeros((assembly.nodes, d))
        nodal.reshape(-1)[unknowns] = values
        u = self.state.x[: assembly.displacements].reshape(-1, d)
        return Resultant(assembly.points_mm[nodes], u[nodes], nodal[nodes])


def _no(name: str, what: str, known: Sequence[str]) -> InputError:
    return InputError(
        "model.no_result",
        f"The model has no {what} called {name!r}.",
        hint=f"Known: {', '.join(known) or 'none'}.",
        where=name,
    )
