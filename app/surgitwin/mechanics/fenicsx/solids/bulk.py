"""Stored energy of a part, and what follows from it: residual, tangent, stress."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Protocol

import dolfinx.fem.petsc
import numpy as np
import scipy.sparse as sp
import ufl
from dolfinx import fem

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.mechanics.fenicsx.laws.base import Law
from surgitwin.mechanics.fenicsx.laws.registry import LAWS
from surgitwin.mechanics.fenicsx.runtime import compile_form
from surgitwin.mechanics.fenicsx.solids import parameters
from surgitwin.mechanics.fenicsx.solids.initial_stress import InitialStress
from surgitwin.mechanics.fenicsx.solids.kinematics import Kinematics
from surgitwin.mechanics.fenicsx.solids.space import PartSpace


class Bulk(Protocol):
    """What the engine needs of the inside of a part. Vectors hold displacements, then pressures."""

    space: PartSpace
    kinematics: Kinematics
    u: Any
    p: Any
    symmetric: bool
    linear: bool

    def residual(self) -> FloatArray:
        """(n d + q,) internal forces in N, then the volume condition in mm3."""

    def tangent(self) -> sp.csr_matrix:
        """Derivative of the residual."""

    def energy_mJ(self) -> float:
        """Stored energy."""

    def volume_weight(self) -> float:
        """Largest integral of a pressure test function, mm3 (mixed parts)."""

    def cauchy(self) -> Any:
        """UFL 3x3 Cauchy stress, MPa."""

    def commit(self) -> None:
        """The increment was accepted."""

    def rollback(self) -> None:
        """The increment was rejected."""

    def state(self) -> dict[str, FloatArray]:
        """Arrays of the committed history, for a restart file."""

    def restore(self, state: dict[str, FloatArray]) -> None:
        """Take a history back from `state`."""


class Thermal:
    """Linear expansion alpha T with T = constant + gradient . X, ramped by `factor`."""

    def __init__(self, kinematics: Kinematics, expansion: float, constant: float, gradient: Any) -> None:
        domain, x = kinematics.domain, kinematics.x
        self.factor = fem.Constant(domain, 0.0)
        self._expansion = fem.Constant(domain, float(expansion))
        self._constant = fem.Constant(domain, float(constant))
        self._gradient = [fem.Constant(domain, float(gradient[k])) for k in range(len(x))]

    def strain(self, x: Any) -> Any:
        """UFL thermal strain at the reference position x."""
        T = self._constant + sum(g * x[k] for k, g in enumerate(self._gradient))
        return self.factor * self._expansion * T


class EnergyBulk:
    """A part whose stress follows from stored energies (elastic and hyperelastic laws).

    initial: stresses of preloaded bolts; they count in `cauchy` and `energy_mJ`, and act through the bolts'
    own forces.
    """

    symmetric = True

    def __init__(self, space: PartSpace, large: bool, thermal: Any | None = None) -> None:
        self.space, self.large = space, large
        self.kinematics = Kinematics(space)
        self.thermal = None if thermal is None else Thermal(self.kinematics, *thermal)
        self.linear = not large
        self.u = fem.Function(space.V)
        self.initial: list[InitialStress] = []
        self.p = None if space.Q is None else fem.Function(space.Q)
        self.regions, tags = parameters.regions(space)
        self.dx = ufl.Measure(
            "dx",
            domain=space.domain,
            subdomain_data=tags,
            metadata={"quadrature_degree": space.part.quadrature_degree},
        )
        self._coefficients = [self._law_inputs(r) for r in self.regions]

    def residual(self) -> FloatArray:
        """See `Bulk`."""
        return np.concatenate([fem.assemble_vector(f).array for f in self._residual_forms])

    def tangent(self) -> sp.csr_matrix:
        """See `Bulk`."""
        blocks = [[_csr(f) for f in row] for row in self._tangent_forms]
        return blocks[0][0] if len(blocks) == 1 else sp.bmat(blocks, format="csr")

    def energy_mJ(self) -> float:
        """See `Bulk`."""
        stored = float(fem.assemble_scalar(self._energy_form).real)
        return stored + sum(i.energy_mJ() for i in self.initial)

    def volume_weight(self) -> float:
        """See `Bulk`."""
        test = ufl.TestFunction(self.space.Q)
        return float(
            np.abs(fem.assemble_vector(compile_form(test * self.kinematics.weight * self.dx)).array).max()
        )

    def cauchy(self) -> Any:
        """See `Bulk`; several laws are joined by the indicator of their cells."""
        parts = [self._cauchy_of(k) for k in range(len(self.regions))]
        start = sum((i.tensor for i in self.initial), 0 * parts[0])
        if len(parts) == 1:
            return parts[0] + start if self.initial else parts[0]
        return sum((self._indicator(r.tag) * s for r, s in zip(self.regions, parts, strict=True)), start)

    def commit(self) -> None:
        """Elastic laws have no history."""

    def rollback(self) -> None:
        """Elastic laws have no history."""

    def state(self) -> dict[str, FloatArray]:
        """Elastic laws have no history."""
        return {}

    def restore(self, state: dict[str, FloatArray]) -> None:
        """Elastic laws have no history."""

    def density(self, index: int, measure: Any) -> Any:
        """UFL energy density of region `index`; `measure` is F when large, else the small strain."""
        law, p, a = self._coefficients[index]
        if self.large:
            return self._large_density(law, p, a, measure)
        theta = ufl.tr(measure)
        if law.energy_deviatoric is None:
            assert law.energy_small is not None
            return law.energy_small(measure, p, a)
        return law.energy_deviatoric(measure, p, a) + self._volumetric(law, p, theta)

    def _large_density(self, law: Law, p: Any, a: Any, F: Any) -> Any:
        if law.energy_isochoric is None:
            assert law.energy_total is not None
            return law.energy_total(F, p, a)
        return law.energy_isochoric(F, p, a) + self._volumetric(law, p, ufl.det(F) - 1)

    def _volumetric(self, law: Law, p: Any, change: Any) -> Any:
        assert law.bulk is not None
        kappa = law.bulk(p)
        if self.p is None:
            return kappa / 2 * change**2
        return self.p * change - self.p**2 / (2 * kappa)

    def _measure(self, index: int, axis: bool = False) -> Any:
        _, p, _ = self._coefficients[index]
        shrink = None if self.thermal is None else self.thermal.strain(self.kinematics.x)
        if self.large:
            F = self.kinematics.deformation(self.u, axis)
            return F if shrink is None else F / (1 + shrink)
        if shrink is None:
            return self.kinematics.strain(self.u, p.get("nu"), axis)
        free = self._free_strain(shrink, p)
        return self.kinematics.strain(self.u, p.get("nu"), axis) - free

    def _free_strain(self, shrink: Any, p: Any) -> Any:
        if self.kinematics.kind != "plane_stress":
            return shrink * ufl.Identity(3)
        # The free third direction expands by itself: only the mechanical strain obeys e33(e11 + e22).
        third = -2 * p["nu"] / (1 - p["nu"]) * shrink
        return ufl.as_tensor([[shrink, 0, 0], [0, shrink, 0], [0, 0, third]])

    @cached_property
    def _energy(self) -> Any:
        w = self.kinematics.weight
        if self.large and self.thermal is not None:
            # The law's reference is the expanded body: its volume is larger by (1 + alpha T)^3.
            w = w * (1 + self.thermal.strain(self.kinematics.x)) ** 3
        return sum(
            self.density(k, self._measure(k)) * w * self._dx(r.tag) for k, r in enumerate(self.regions)
        )

    def _dx(self, tag: int) -> Any:
        return self.dx(tag) if tag else self.dx

    @cached_property
    def _energy_form(self) -> Any:
        return compile_form(self._energy)

    @cached_property
    def _first_variation(self) -> list[Any]:
        space = self.space
        out = [ufl.derivative(self._energy, self.u, ufl.TestFunction(space.V))]
        if self.p is not None:
            out.append(ufl.derivative(self._energy, self.p, ufl.TestFunction(space.Q)))
        return out

    @cached_property
    def _residual_forms(self) -> list[Any]:
        return [compile_form(f) for f in self._first_variation]

    @cached_property
    def _tangent_forms(self) -> list[list[Any]]:
        fields = [(self.u, ufl.TrialFunction(self.space.V))]
        if self.p is not None:
            fields.append((self.p, ufl.TrialFunction(self.space.Q)))
        return [[compile_form(ufl.derivative(row, f, d)) for f, d in fields] for row in self._first_variation]

    def _cauchy_of(self, index: int) -> Any:
        measure = ufl.variable(self._measure(index, axis=True))
        stress = ufl.diff(self.density(index, measure), measure)
        if not self.large:
            return stress
        return stress * measure.T / ufl.det(measure)

    def _indicator(self, tag: int) -> Any:
        f = fem.Function(fem.functionspace(self.space.domain, ("DG", 0)))
        place = np.argsort(self.space.cell_order)
        for region in self.regions:
            if region.tag == tag:
                for _, cells in region.members:
                    f.x.array[place[cells]] = 1.0
        return f

    def _law_inputs(self, region: parameters.Region) -> tuple[Law, dict[str, Any], Any]:
        law, space = LAWS[region.law], self.space
        if not (law.large if self.large else law.small):
            raise InputError(
                "model.law_strain",
                f"The law {law.title!r} is not for {'finite' if self.large else 'small'} strain.",
                hint="Set `large` accordingly, or choose another law.",
                where=f"{space.part.name}.material",
            )
        p = {q.name: parameters.coefficient(space, region, q.name, q.default) for q in law.parameters}
        return law, p, parameters.fibres(space, region, law.fibres)


def _csr(form: Any) -> sp.csr_matrix:
    spaces = form.function_spaces
    if spaces[0].dofmap.index_map_bs == spaces[1].dofmap.index_map_bs:
        matrix = fem.assemble_matrix(form)
        matrix.scatter_reverse()
        return matrix.to_scipy().tocsr()
    # DOLFINx's own matrices need equal block sizes; displacement against pressure goes through PETSc.
    mixed = dolfinx.fem.petsc.assemble_matrix(form)
    mixed.assemble()
    indptr, indices, data = mixed.getValuesCSR()
    out = sp.csr_matrix((data, indices, indptr), shape=mixed.getSize())
    mixed.destroy()
    return out
