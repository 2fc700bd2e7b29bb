"""A part whose stress comes from laws with a memory: plasticity, bone, Nitinol.

Stress and tangent live at the points of quadrature; the law computes them in NumPy arrays, the forms only
integrate them. Small strain: stress over the small strain. Large: second Piola-Kirchhoff stress over the
Green-Lagrange strain, which is exact for any rotation but reads the law's strain as E = e + e^2 / 2: use it
up to strains of a few percent (at 5 % elongation E is 2.5 % larger than the elongation).
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
import ufl
from dolfinx import fem

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.fenicsx.runtime import compile_expression, compile_form
from surgitwin.mechanics.fenicsx.solids import parameters
from surgitwin.mechanics.fenicsx.solids.bulk import _csr
from surgitwin.mechanics.fenicsx.solids.kinematics import Kinematics
from surgitwin.mechanics.fenicsx.solids.point_materials import law_at_points, no_history, require_supported
from surgitwin.mechanics.fenicsx.solids.quadrature_field import QuadraturePoints, fill, read
from surgitwin.mechanics.fenicsx.solids.space import PartSpace
from surgitwin.mechanics.point_laws.base import ROOT2

MODERATE_STRAIN = 0.1
"""Numerical setting: norm of the Green-Lagrange strain; its square term is 5 % of it there."""


class PointBulk:
    """See `bulk.Bulk`. The history is that of the last accepted increment until `commit`."""

    linear = False
    p = None

    def __init__(self, space: PartSpace, large: bool, thermal: Any | None = None) -> None:
        require_supported(space, thermal)
        self.space, self.large = space, large
        self.kinematics = Kinematics(space)
        self.u = fem.Function(space.V)
        self.points = QuadraturePoints(space)
        degree = space.part.quadrature_degree
        self.dx = ufl.Measure("dx", domain=space.domain, metadata={"quadrature_degree": degree})
        self._stress = self.points.coefficient((6,))
        self._stiffness = self.points.coefficient((6, 6))
        regions, _ = parameters.regions(space)
        members = [member for region in regions for member in region.members]
        self._laws = [
            law_at_points(space, material, cells, self.points.per_cell) for material, cells in members
        ]
        self._rows = [self.points.rows(cells) for _, cells in members]
        self._kept = [law.start(len(rows)) for law, rows in zip(self._laws, self._rows, strict=True)]
        self._new = [s.copy() for s in self._kept]
        self._done: FloatArray | None = None
        self.symmetric = all(law.symmetric for law in self._laws)

    def residual(self) -> FloatArray:
        """See `Bulk`."""
        self._evaluate()
        out: FloatArray = fem.assemble_vector(self._residual_form).array.copy()
        return out

    def tangent(self) -> sp.csr_matrix:
        """See `Bulk`."""
        self._evaluate()
        return _csr(self._tangent_form)

    def energy_mJ(self) -> float:
        """What unloading gives back; see the `energy` of each law."""
        self._evaluate()
        density = np.zeros(self.points.count)
        stress = read(self._stress, 6)
        for law, rows, state in zip(self._laws, self._rows, self._new, strict=True):
            density[rows] = law.energy(stress[rows], state)
        f = self.points.coefficient(())
        fill(f, density)
        return float(fem.assemble_scalar(compile_form(f * self.kinematics.weight * self.dx)).real)

    def volume_weight(self) -> float:
        """Only mixed parts have volume conditions."""
        return 1.0

    def cauchy(self) -> Any:
        """UFL 3x3 Cauchy stress from the stress at the points, fitted in every cell by a polynomial one
        degree below the displacement's.
        """
        self._evaluate()
        S = _tensor(self.points.fitted(read(self._stress, 6), max(self.space.part.degree - 1, 0)))
        if not self.large:
            return S
        F = self.kinematics.deformation(self.u, axis=True)
        return F * S * F.T / ufl.det(F)

    def commit(self) -> None:
        """Keep the history of the state last evaluated."""
        self._evaluate()
        self._kept = [s.copy() for s in self._new]
        self._done = None

    def rollback(self) -> None:
        """Forget everything since the last commit."""
        self._new = [s.copy() for s in self._kept]
        self._done = None

    def state(self) -> dict[str, FloatArray]:
        """Committed history of every material, points in the order of the part's own cells."""
        return {f"state{k}": s for k, s in enumerate(self._kept)}

    def restore(self, state: dict[str, FloatArray]) -> None:
        """Take the history back."""
        self._kept = [np.array(state[f"state{k}"]) for k in range(len(self._laws))]
        self.rollback()

    def history(self, name: str) -> FloatArray:
        """(m, q) committed values of one state variable ("peeq", "martensite", ...) at the points of every
        cell, in the part's own cell order; nan in cells whose law has no such variable.

        Raises InputError "model.no_history" naming the variables there are.
        """
        known = {n for law in self._laws for n in law.state_names}
        if name not in known:
            raise no_history(self.space.part.name, name, known)
        flat = np.full(self.points.count, np.nan)
        for law, rows, state in zip(self._laws, self._rows, self._kept, strict=True):
            if name in law.state_names:
                flat[rows] = state[:, law.state_names.index(name)]
        return self.points.by_own_cell(flat)

    def notes(self) -> list[str]:
        """Where the committed state lies beyond what the laws, or the strain measure, describe."""
        name = self.space.part.name
        found = [
            f"Part {name}, {note}"
            for law, state in zip(self._laws, self._kept, strict=True)
            for note in law.notes(state)
        ]
        largest = float(np.linalg.norm(self.strain(), axis=1).max()) if self.large else 0.0
        if largest > MODERATE_STRAIN:
            found.append(
                f"Part {name}: a Green-Lagrange strain of {largest:.2g} was read by a law for small strain "
                f"(moderate means up to {MODERATE_STRAIN:g}): hardening and plateaus are off by that much."
            )
        return found

    @cached_property
    def point_volumes(self) -> FloatArray:
        """(points,) reference volume that each point stands for, mm3, in DOLFINx's cell order."""
        density = abs(ufl.JacobianDeterminant(self.space.domain)) * self.kinematics.weight
        cells = np.arange(len(self.space.cell_order), dtype=np.int32)
        size = compile_expression(density, self.points.points).eval(self.space.domain, cells)
        out: FloatArray = (np.asarray(size).reshape(len(cells), -1) * self.points.weights).ravel()
        return out

    def strain(self) -> FloatArray:
        """(points, 6) Mandel strain at the displacement last set, in DOLFINx's cell order."""
        cells = np.arange(len(self.space.cell_order), dtype=np.int32)
        return np.asarray(self._strain.eval(self.space.domain, cells)).reshape(-1, 6)

    def _evaluate(self) -> None:
        """Bring stress and tangent to the displacement of `u`, from the committed history."""
        if self._done is not None and np.array_equal(self._done, self.u.x.array):
            return
        strain = self.strain()
        stress, tangent = np.empty((self.points.count, 6)), np.empty((self.points.count, 6, 6))
        for k, (law, rows) in enumerate(zip(self._laws, self._rows, strict=True)):
            stress[rows], tangent[rows], self._new[k] = law.update(strain[rows], self._kept[k])
        fill(self._stress, stress)
        fill(self._stiffness, tangent)
        self._done = self.u.x.array.copy()

    def _measure(self, u: Any) -> Any:
        if not self.large:
            return self.kinematics.strain(u)
        F = self.kinematics.deformation(u)
        return (F.T * F - ufl.Identity(3)) / 2

    @cached_property
    def _strain(self) -> Any:
        return compile_expression(_mandel(self._measure(self.u)), self.points.points)

    @cached_property
    def _variation(self) -> Any:
        return ufl.derivative(self._measure(self.u), self.u, ufl.TestFunction(self.space.V))

    @cached_property
    def _residual_form(self) -> Any:
        virtual = ufl.inner(self._stress, _mandel(self._variation))
        return compile_form(virtual * self.kinematics.weight * self.dx)

    @cached_property
    def _tangent_form(self) -> Any:
        trial = ufl.TrialFunction(self.space.V)
        change = ufl.derivative(self._measure(self.u), self.u, trial)
        density = ufl.inner(self._stiffness * _mandel(change), _mandel(self._variation))
        if self.large:
            second = ufl.derivative(self._variation, self.u, trial)
            density += ufl.inner(self._stress, _mandel(second))
        return compile_form(density * self.kinematics.weight * self.dx)


def _mandel(t: Any) -> Any:
    """UFL vector of the Mandel components of a symmetric 3x3 tensor."""
    return ufl.as_vector([t[0, 0], t[1, 1], t[2, 2], ROOT2 * t[1, 2], ROOT2 * t[0, 2], ROOT2 * t[0, 1]])


def _tensor(v: Any) -> Any:
    """UFL 3x3 tensor of Mandel components."""
    yz, xz, xy = (v[k] / ROOT2 for k in (3, 4, 5))
    return ufl.as_tensor([[v[0], xy, xz], [xy, v[1], yz], [xz, yz, v[2]]])
