"""Stiffness of bone along and across an axis from its density, for the law "transversely_isotropic"."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, readonly
from surgitwin.core.errors import InputError
from surgitwin.core.resources import load_table


def directional_laws() -> tuple[str, ...]:
    """Names of the laws of ``resources/materials/elastic_examples.toml``."""
    return tuple(load_table("materials/elastic_examples")["directional"])


def directional_moduli(
    apparent: npt.ArrayLike, law: str, nu_axial: float, nu_transverse: float
) -> Mapping[str, FloatArray]:
    """Parameters of the law "transversely_isotropic", (m,) each, at apparent densities (m,) in g/cm3.

    `apparent`: rho_app of `density_laws.densities`. Both moduli are kept between the floor and the cap of
    ``resources/materials/tissue.toml``; the shear modulus is Huber's estimate (see the table). That the
    parameters fit each other is checked where the law is used. Raises InputError "material.unknown".
    """
    rows = load_table("materials/elastic_examples")["directional"]
    if law not in rows:
        raise InputError(
            "material.unknown",
            f"There is no directional density law called {law!r}.",
            hint=f"Known: {', '.join(rows)}.",
            where="directional density law",
        )
    limits = load_table("materials/tissue")["bone"]
    rho = np.maximum(np.asarray(apparent, float), 0.0)
    along, across = (
        np.clip(
            rows[law][k]["factor"] * rho ** rows[law][k]["exponent"], limits["floor_MPa"], limits["cap_MPa"]
        )
        for k in ("axial", "transverse")
    )
    return {
        "E_axial_MPa": readonly(along),
        "E_transverse_MPa": readonly(across),
        "nu_axial": readonly(np.full(rho.shape, nu_axial)),
        "nu_transverse": readonly(np.full(rho.shape, nu_transverse)),
        "G_axial_MPa": readonly(huber_shear(along, across, nu_axial)),
    }


def huber_shear(along: npt.ArrayLike, across: npt.ArrayLike, nu_axial: float) -> FloatArray:
    """G = sqrt(Ea Et) / (2 (1 + |nu_a| sqrt(Et / Ea))), MPa."""
    a, t = np.asarray(along, float), np.asarray(across, float)
    shear: FloatArray = np.sqrt(a * t) / (2.0 * (1.0 + abs(nu_axial) * np.sqrt(t / a)))
    return shear
