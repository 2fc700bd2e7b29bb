"""A law at material points: energy, stresses and tangent at many deformation gradients at once.

One DOLFINx mesh with a cell per point carries F; DOLFINx evaluates the same UFL that the engine assembles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem, mesh
from mpi4py import MPI

from surgitwin.core.arrays import FloatArray, readonly
from surgitwin.core.errors import InputError
from surgitwin.mechanics.fenicsx.laws.base import Law, Operand
from surgitwin.mechanics.fenicsx.laws.registry import check
from surgitwin.mechanics.fenicsx.runtime import compile_expression

UNIT_TOLERANCE = 1e-9
"""Numerical setting: how far a fibre direction's length may be from 1."""


@dataclass(frozen=True, eq=False)
class PointState:
    """At n points: energy (n,) MPa; piola, the first Piola stress P = dW/dF, and cauchy, (n, 3, 3) MPa;
    tangent A = dP/dF (n, 3, 3, 3, 3) MPa, A[i, j, k, l] = dP_ij/dF_kl, or None when not asked for."""

    energy: FloatArray
    piola: FloatArray
    cauchy: FloatArray
    tangent: FloatArray | None


class MaterialPoints:
    """n points of one law; parameters (numbers) and fibre directions (unit vectors (3,)) can be set anew.

    An infinite bulk modulus means incompressible: the law then leaves the pressure open and `evaluate`
    takes it. small: the law's small-strain energy with eps = sym(F) - 1; stress and tangent belong to that.
    Raises InputError "law.parameters" (all faults), "law.fibre", "law.kinematics".
    """

    def __init__(
        self,
        law: Law,
        parameters: Mapping[str, float],
        n: int,
        fibres: Sequence[npt.ArrayLike] = (),
        *,
        small: bool = False,
    ) -> None:
        if not (law.small if small else law.large):
            raise InputError(
                "law.kinematics",
                f"The law {law.name} does not hold at {'small' if small else 'finite'} strain.",
                hint=f"Use it with {'large' if small else 'small'} deformation, or choose another law.",
                where=law.name,
            )
        self.n, self.law, self.small = n, law, small
        domain = mesh.create_interval(MPI.COMM_SELF, n, (0.0, 1.0))
        self._p = {q.name: fem.Constant(domain, 0.0) for q in law.parameters}
        self._a = [fem.Constant(domain, np.zeros(3)) for _ in range(law.fibres)]
        self.set(parameters, fibres)
        self._F = fem.Function(fem.functionspace(domain, ("DG", 0, (3, 3))))
        self._dF = fem.Function(self._F.function_space)
        self._q = fem.Function(fem.functionspace(domain, ("DG", 0)))
        self._cells = np.arange(n, dtype=np.int32)
        F = ufl.variable(self._F)
        energy = (
            _small_energy(law, F, self._p, self._a) if small else _energy(law, F, self._p, self._a, self._q)
        )
        piola = ufl.diff(energy, F)
        flat = [energy, *(piola[i, j] for i in range(3) for j in range(3))]
        self._stress = _expression(ufl.as_vector(flat))
        self._piola = piola
        self._tangent: Any = None

    def set(self, parameters: Mapping[str, float], fibres: Sequence[npt.ArrayLike] = ()) -> None:
        """Other parameters and directions; the same InputErrors."""
        values = check(self.law, parameters, len(fibres))
        self.incompressible = not self.small and bool(np.isinf(values.get("bulk_MPa", np.zeros(()))).any())
        for name, v in values.items():
            self._p[name].value = 0.0 if np.isinf(v) else float(v)
        for constant, direction in zip(self._a, _directions(fibres), strict=True):
            constant.value[:] = direction

    def evaluate(
        self, F: npt.ArrayLike, pressure: npt.ArrayLike = 0.0, *, tangent: bool = False
    ) -> PointState:
        """The state at F (n, 3, 3). pressure: (n,) MPa, tension positive, of an incompressible law
        (P += pressure J F^-T)."""
        gradient = np.asarray(F, float).reshape(self.n, 3, 3)
        self._F.x.array[:] = gradient.ravel()
        self._q.x.array[:] = np.broadcast_to(np.asarray(pressure, float), (self.n,))
        flat = self._stress.eval(self._F.function_space.mesh, self._cells).reshape(self.n, 10)
        P = flat[:, 1:].reshape(self.n, 3, 3)
        J = np.linalg.det(gradient)
        with np.errstate(divide="ignore", invalid="ignore"):  # a collapsed F has no Cauchy stress: inf or NaN
            cauchy = np.einsum("nik,njk->nij", P, gradient) / J[:, None, None]
        return PointState(
            readonly(flat[:, 0]), readonly(P), readonly(cauchy), self._moduli() if tangent else None
        )

    def _moduli(self) -> FloatArray:
        """A by its nine columns dP/dF_kl: the derivative along one direction compiles some times faster."""
        if self._tangent is None:
            along = ufl.derivative(self._piola, self._F, self._dF)
            flat = [along[i, j] for i in range(3) for j in range(3)]
            self._tangent = _expression(ufl.as_vector(flat))
        A = np.empty((self.n, 3, 3, 3, 3))
        for k, m in np.ndindex(3, 3):
            self._dF.x.array[:] = 0.0
            self._dF.x.array.reshape(self.n, 3, 3)[:, k, m] = 1.0
            values = self._tangent.eval(self._F.function_space.mesh, self._cells)
            A[:, :, :, k, m] = values.reshape(self.n, 3, 3)
        return readonly(A)


def _energy(
    law: Law, F: Operand, p: Mapping[str, Operand], a: Sequence[Operand], pressure: Operand
) -> Operand:
    """The stored energy; an incompressible law has kappa = 0 here and the given pressure instead."""
    if law.energy_isochoric is None or law.bulk is None:
        assert law.energy_total is not None
        return law.energy_total(F, p, a)
    volume = ufl.det(F) - 1.0
    return law.energy_isochoric(F, p, a) + pressure * volume + law.bulk(p) / 2.0 * volume**2


def _small_energy(law: Law, F: Operand, p: Mapping[str, Operand], a: Sequence[Operand]) -> Operand:
    eps = ufl.sym(F) - ufl.Identity(3)
    if law.energy_small is not None:
        return law.energy_small(eps, p, a)
    assert law.energy_deviatoric is not None
    assert law.bulk is not None
    return law.energy_deviatoric(eps, p, a) + law.bulk(p) / 2.0 * ufl.tr(eps) ** 2


def _expression(expression: Operand) -> Any:
    """Compiled, evaluated at the middle of each (interval) cell."""
    return compile_expression(expression, np.array([[0.5]]))


def _directions(fibres: Sequence[npt.ArrayLike]) -> list[FloatArray]:
    out = [np.asarray(direction, float) for direction in fibres]
    bad = [k for k, d in enumerate(out) if d.shape != (3,) or abs(np.linalg.norm(d) - 1) > UNIT_TOLERANCE]
    if bad:
        raise InputError(
            "law.fibre",
            f"Fibre direction {bad[0] + 1} is not a unit vector with three components.",
            hint="Give (x, y, z) of length 1 in the reference frame.",
            where="fibres",
        )
    return out


def evaluate(
    law: Law,
    parameters: Mapping[str, float],
    F: npt.ArrayLike,
    fibres: Sequence[npt.ArrayLike] = (),
    pressure: npt.ArrayLike = 0.0,
    *,
    tangent: bool = True,
    small: bool = False,
) -> PointState:
    """The state of a law at F (n, 3, 3) in one call (see MaterialPoints)."""
    gradient = np.asarray(F, float).reshape(-1, 3, 3)
    points = MaterialPoints(law, parameters, len(gradient), fibres, small=small)
    return points.evaluate(gradient, pressure, tangent=tangent)
