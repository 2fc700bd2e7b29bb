"""Isotropic linear elasticity; at finite strain its St. Venant-Kirchhoff form on the Green strain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ufl

from surgitwin.mechanics.fenicsx.laws.base import Law, Operand, Parameter, stress_like


def _shear(p: Mapping[str, Operand]) -> Operand:
    return p["E_MPa"] / (2.0 * (1.0 + p["nu"]))


def _bulk(p: Mapping[str, Operand]) -> Operand:
    """E / (3 (1 - 2 nu)), MPa; infinite at nu = 0.5, which only a mixed form can use."""
    return p["E_MPa"] / (3.0 * (1.0 - 2.0 * p["nu"]))


def deviatoric(eps: Operand, p: Mapping[str, Operand], a: Sequence[Operand]) -> Operand:
    """Mu |dev eps|^2 from the small strain (3, 3)."""
    d = ufl.dev(eps)
    return _shear(p) * ufl.inner(d, d)


def total(F: Operand, p: Mapping[str, Operand], a: Sequence[Operand]) -> Operand:
    """The same energy on the Green strain E = (F^T F - 1) / 2, with its volumetric part."""
    green = (F.T * F - ufl.Identity(3)) / 2.0
    return deviatoric(green, p, a) + _bulk(p) / 2.0 * ufl.tr(green) ** 2


LAW = Law(
    name="isotropic",
    title="Isotropic linear elasticity",
    formula="W = mu |dev e|^2 + kappa/2 tr(e)^2, mu = E/(2(1+nu)), kappa = E/(3(1-2nu)); "
    "e: small strain, or Green strain when large (St. Venant-Kirchhoff)",
    source="Hooke's law; St. Venant-Kirchhoff for large rotation with small strain "
    "(in compression it loses ellipticity early, see its sheet)",
    verified=True,
    parameters=(
        stress_like("E", "Young's modulus", lower_open=True),
        Parameter("nu", "", "Poisson's ratio", -1.0, 0.5, lower_open=True),
    ),
    energy_total=total,
    energy_deviatoric=deviatoric,
    bulk=_bulk,
)
