"""Transversely isotropic linear elasticity (bone along its osteons): one axis, five constants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import ufl

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.fenicsx.laws.base import Law, Operand, Parameter, stress_like


def small(eps: Operand, p: Mapping[str, Operand], a: Sequence[Operand]) -> Operand:
    """Stored energy of the strain (3, 3) with the axis a[0].

    The strain is taken apart into the axial part, the trace and the deviator in the plane across the axis,
    and the shear between axis and plane; each has its own modulus.
    """
    axis = a[0]
    Ea, Et, nu_a, nu_t = (p[k] for k in ("E_axial_MPa", "E_transverse_MPa", "nu_axial", "nu_transverse"))
    m = 1.0 - nu_t - 2.0 * nu_a**2 * Et / Ea
    axial = ufl.dot(axis, eps * axis)
    trace = ufl.tr(eps) - axial
    across = eps * axis - axial * axis
    plane = ufl.inner(eps, eps) - axial**2 - 2.0 * ufl.dot(across, across) - trace**2 / 2.0
    return (
        Ea * (1.0 - nu_t) / (2.0 * m) * axial**2
        + Et * nu_a / m * axial * trace
        + Et / (4.0 * m) * trace**2
        + Et / (2.0 * (1.0 + nu_t)) * plane
        + 2.0 * p["G_axial_MPa"] * ufl.dot(across, across)
    )


def total(F: Operand, p: Mapping[str, Operand], a: Sequence[Operand]) -> Operand:
    """The same energy on the Green strain."""
    return small((F.T * F - ufl.Identity(3)) / 2.0, p, a)


def constraint(values: Mapping[str, FloatArray]) -> tuple[str, ...]:
    """The energy must be positive: 1 - nu_t - 2 nu_a^2 E_t / E_a > 0."""
    ratio = values["E_transverse_MPa"] / values["E_axial_MPa"]
    m = 1.0 - values["nu_transverse"] - 2.0 * values["nu_axial"] ** 2 * ratio
    if np.all(m > 0):
        return ()
    return (
        f"1 - nu_transverse - 2 nu_axial^2 E_transverse/E_axial is {np.min(m):.4g} and must be positive: "
        "the energy would be negative for some strain",
    )


LAW = Law(
    name="transversely_isotropic",
    title="Transversely isotropic linear elasticity",
    formula="W = Ea(1-nut)/(2m) ea^2 + Et nua/m ea tr_p + Et/(4m) tr_p^2 + Et/(2(1+nut)) |dev_p|^2 "
    "+ G/2 |g|^2, m = 1 - nut - 2 nua^2 Et/Ea; ea: strain along the axis, _p: in the plane across it, "
    "g: shear between both; strain as in the isotropic law",
    source="Lekhnitskii's five constants, in invariants; nu_axial: contraction across per extension along",
    verified=True,
    parameters=(
        stress_like("E_axial", "Young's modulus along the axis", lower_open=True),
        stress_like("E_transverse", "Young's modulus across the axis", lower_open=True),
        Parameter("nu_axial", "", "contraction across per extension along the axis", -1.0, 1.0),
        Parameter(
            "nu_transverse", "", "Poisson's ratio in the plane across the axis", -1.0, 1.0, lower_open=True
        ),
        stress_like("G_axial", "shear modulus between axis and plane", lower_open=True),
    ),
    fibres=1,
    energy_total=total,
    energy_small=small,
    constraint=constraint,
)
