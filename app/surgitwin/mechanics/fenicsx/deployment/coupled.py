"""Wall and rings in contact as one system of equations."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.devices import contact_kernel
from surgitwin.mechanics.devices.pattern import Pattern, PatternMaker
from surgitwin.mechanics.devices.problem import Deployment, Placement
from surgitwin.mechanics.devices.stack import ANGLES, Drive, RingStack, StackForce
from surgitwin.mechanics.devices.sweep import Sections, find_sections
from surgitwin.mechanics.devices.wall_system import WallSystem, face_weights
from surgitwin.mechanics.fenicsx.deployment.reuse import ReusedFactors

RIM = 1e-8
"""Numerical setting: N/mm on every ring value, for waves that nothing else resists."""


@dataclass
class Clock:
    """Seconds spent and things counted."""

    assembly_s: float = 0.0
    solve_s: float = 0.0
    patterns: int = 0
    log: list[tuple[str, int]] = field(default_factory=list)


class Coupled:
    """x (n, 3) places of the wall's nodes, p (cells, 4) pressures, c (rings, ANGLES) ring values."""

    def __init__(self, task: Deployment, stack: RingStack) -> None:
        self.task, self.stack = task, stack
        mesh = task.wall
        self.wall = WallSystem(task)
        self.faces = np.ascontiguousarray(mesh.lumen)
        shape, self.area = face_weights(mesh.points_mm, self.faces)
        q = len(shape)
        self.N = np.ascontiguousarray(np.tile(shape, (len(self.faces), 1)))
        self.face = np.repeat(np.arange(len(self.faces)), q)
        self.size_mm = float(np.sqrt(2 * np.median(self.area.sum(1))))
        self.penalty = task.contact.penalty_per_size * 3 * self._face_mu() / self.size_mm
        self.weight = (self.area * self.penalty[:, None]).ravel()
        self.maker = PatternMaker(self.wall.cells, self.faces, len(mesh.points_mm), stack.count * ANGLES)
        self.clock = Clock()
        self.x: FloatArray = mesh.points_mm.copy()
        self.p: FloatArray = self.wall.pressure(self.x)
        self.c: FloatArray = np.ones((stack.count, ANGLES))
        first, last = task.device.rings[0].z_mm, task.device.length_mm - task.device.rings[-1].z_mm
        self.reach = (first, last)
        self.placement: Placement = task.placement
        self.sections: Sections = find_sections(self.placement, self.reach, self.points())
        self._touched: sp.csr_matrix | None = None
        self._pattern: Pattern | None = None
        self.linear = ReusedFactors()
        self._fixed: FloatArray = np.empty(0)

    def _face_mu(self) -> FloatArray:
        """(f,) shear modulus of the cell behind each face of the lumen."""
        corners = np.sort(self.faces[:, :3], axis=1)
        n = len(self.task.wall.points_mm)
        keys = (corners[:, 0] * n + corners[:, 1]) * n + corners[:, 2]
        out = np.full(len(keys), float(np.median(self.wall.mu)))
        order = np.argsort(keys)
        for skip in range(4):
            three = np.sort(np.delete(self.wall.cells[:, :4], skip, axis=1), axis=1)
            key = (three[:, 0] * n + three[:, 1]) * n + three[:, 2]
            at = np.minimum(np.searchsorted(keys[order], key), len(keys) - 1)
            hit = keys[order[at]] == key
            out[order[at[hit]]] = self.wall.mu[hit]
        return out

    def points(self) -> FloatArray:
        """(m, 3) places of the lumen's contact points."""
        out: FloatArray = np.einsum("qa,qai->qi", self.N, self.x[self.faces[self.face]])
        return out

    def freeze(self) -> None:
        """Take sections, angles and bending stiffness as they are now."""
        self.sections = find_sections(self.placement, self.reach, self.points())
        self.stack.freeze(self.stack.diameters(self.c))
        s = self.sections
        rows = self.maker.lumen[self.faces[self.face[s.inside]]]
        i = np.repeat(rows, 8, axis=1).ravel()
        j = np.tile(s.columns[s.inside], (1, 6)).ravel()
        shape = (len(self.maker.lumen_nodes), self.maker.rings)
        new = sp.csr_matrix((np.ones(len(i)), (i, j)), shape=shape)
        new.data[:] = 1.0
        if self._touched is not None:
            both = new.multiply(self._touched)
            if both.nnz == new.nnz:
                return
            new = (new + self._touched).tocsr()
            new.data[:] = 1.0
        self._touched = new
        self._pattern = self.maker.make(new)
        self._fixed = self.wall.spring_values(self._pattern)
        self.clock.patterns += 1

    def evaluate(self, drive: Drive) -> Evaluation:
        """Gradient and energies at the present state."""
        started = time.perf_counter()
        s, m = self.sections, len(self.face)
        wall, energy, least = self.wall.forces(self.x)
        gap, polar = np.empty(m), np.empty((m, 3))
        normal, slope = np.empty(m), np.empty(m)
        values = self.c.ravel()
        contact_kernel.gaps(
            self.x, self.faces, self.N, self.face, s.origin_mm, s.e1, s.e2, s.columns, s.B, values, s.inside,
            polar, gap,
        )  # fmt: skip
        rings = self.stack.force(self.c, drive)
        touch_wall, touch_rings = np.zeros_like(wall), np.zeros(len(values))
        touch_energy = contact_kernel.contact_forces(
            gap, self.weight, polar, self.faces, self.N, self.face, s.e1, s.e2, s.columns, s.B,
            self.task.contact.smoothing_mm, normal, slope, touch_wall, touch_rings,
        )  # fmt: skip
        self.clock.assembly_s += time.perf_counter() - started
        return Evaluation(
            wall, touch_wall, rings, touch_rings, gap, polar, normal, slope, least, energy, touch_energy
        )

    def step(self, e: Evaluation) -> tuple[FloatArray, FloatArray]:
        """Newton's step of nodes (n, 3) and ring values (rings, ANGLES)."""
        pattern = self._pattern
        assert pattern is not None
        started = time.perf_counter()
        data = self._fixed.copy()
        self.wall.tangent(self.x, self.p, pattern, data)
        s = self.sections
        contact_kernel.contact_tangent(
            e.polar, e.normal, e.slope, self.faces, self.N, self.face, s.e1, s.e2, s.columns, s.B,
            pattern.faces, self.maker.lumen, pattern.cross, pattern.ring, data,
        )  # fmt: skip
        self._add_rings(e.rings, pattern, data)
        self.clock.assembly_s += time.perf_counter() - started
        started = time.perf_counter()
        dx = -self.linear.solve(pattern.indptr, pattern.indices, data, e.gradient)
        self.clock.solve_s += time.perf_counter() - started
        n = self.x.size
        return dx[:n].reshape(-1, 3), dx[n:].reshape(self.c.shape)

    def _add_rings(self, rings: StackForce, pattern: Pattern, data: FloatArray) -> None:
        for j in range(self.stack.count):
            a = slice(j * ANGLES, (j + 1) * ANGLES)
            place = pattern.ring[a, a]
            keep = place >= 0
            data[place[keep]] += (rings.own[j] + RIM * np.eye(ANGLES))[keep]
            if j + 1 < self.stack.count:
                b = slice((j + 1) * ANGLES, (j + 2) * ANGLES)
                data[pattern.ring[a, b].ravel()] += rings.link[j].ravel()

    def close(self) -> None:
        """Free the factors."""
        self.linear.close()


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Forces and energies of one state. wall, touch_wall (n, 3): gradients of the wall's and of the contact's
    energy; touch_rings: of the contact's, by ring values. normal (m,): contact forces, N; gap (m,) mm.
    """

    wall: FloatArray
    touch_wall: FloatArray
    rings: StackForce
    touch_rings: FloatArray
    gap: FloatArray
    polar: FloatArray
    normal: FloatArray
    slope: FloatArray
    least_J: float
    wall_energy: float
    touch_energy: float

    @property
    def gradient(self) -> FloatArray:
        """All unknowns."""
        return np.concatenate(
            [(self.wall + self.touch_wall).ravel(), self.rings.gradient.ravel() + self.touch_rings]
        )

    @property
    def scale(self) -> float:
        """Norm of the contact forces, N, that a residual is measured against."""
        return max(float(np.linalg.norm(self.normal)), 1e-3)
