"""Parameters of point laws from ``resources/materials``: metals of implants, yield of bone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.core.resources import load_table


@dataclass(frozen=True)
class Metal:
    """A metal with the law and parameters it follows after yield.

    elongation and uts_MPa are 0 for Nitinol.
    """

    name: str
    title: str
    law: str
    parameters: dict[str, float | FloatArray]
    uts_MPa: float
    elongation: float
    source: str
    verified: bool


def metals() -> dict[str, Metal]:
    """Every metal of the table by its name."""
    return {name: _metal(name, row) for name, row in load_table("materials/metals")["metals"].items()}


def metal(name: str) -> Metal:
    """The metal `name`; InputError "material.unknown" naming the known ones."""
    known = metals()
    if name not in known:
        raise _unknown("metal", name, list(known))
    return known[name]


def _metal(name: str, row: dict[str, Any]) -> Metal:
    if row["law"] == "j2":
        parameters = {key: row[key] for key in ("E_MPa", "nu", "yield_MPa")}
        parameters["hardening_MPa"] = hardening_modulus(
            row["E_MPa"], row["yield_MPa"], row["uts_MPa"], row["elongation"]
        )
    else:
        words = ("title", "law", "source", "verified")
        parameters = {key: value for key, value in row.items() if key not in words}
        parameters["temperature_C"] = row["T0_C"]
    return Metal(
        name, row["title"], row["law"], parameters, row.get("uts_MPa", 0.0), row.get("elongation", 0.0),
        row["source"], row["verified"],
    )  # fmt: skip


def hardening_modulus(E_MPa: float, yield_MPa: float, uts_MPa: float, elongation: float) -> float:
    """Slope (MPa) of true stress over plastic strain from yield to the ultimate strength."""
    true_stress = uts_MPa * (1.0 + elongation)
    return (true_stress - yield_MPa) / (math.log1p(elongation) - true_stress / E_MPa)


def bone_limits() -> dict[str, dict[str, Any]]:
    """Rows of strain limits by name, with title, source and verified."""
    rows: dict[str, dict[str, Any]] = load_table("materials/bone_yield")["limits"]
    return rows


def bone_parameters(
    modulus_MPa: float | FloatArray, poisson: float, limits: str = "", *, damage: bool = False
) -> dict[str, float | FloatArray]:
    """Parameters of the law "bone" for Young's moduli that follow the density.

    limits: the row of strain limits for all of this bone, the table's default when "". They are not switched
    by density: a part of cortical and trabecular bone takes one row. damage: with loss of stiffness.
    Raises InputError "material.unknown".
    """
    table = load_table("materials/bone_yield")
    name = limits or table["default"]
    if name not in table["limits"]:
        raise _unknown("set of bone yield strains", name, list(table["limits"]))
    row = table["limits"][name]
    out: dict[str, float | FloatArray] = {
        "E_MPa": modulus_MPa,
        "nu": poisson,
        "yield_strain_tension": row["yield_strain_tension"],
        "yield_strain_compression": row["yield_strain_compression"],
        "zeta0": table["shape"]["zeta0"],
        "post_yield_ratio": table["post_yield"]["post_yield_ratio"],
    }
    if damage:
        out.update({key: table["damage"][key] for key in ("damage_max", "damage_rate")})
    return out


def _unknown(what: str, name: str, known: list[str]) -> InputError:
    return InputError(
        "material.unknown",
        f"There is no {what} called {name!r}.",
        hint=f"Known: {', '.join(known)}.",
        where=what,
    )
