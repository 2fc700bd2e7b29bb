"""Constant tissues and the healing stages of the fracture gap, from ``resources/materials``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from surgitwin.core.errors import InputError
from surgitwin.core.resources import load_table


@dataclass(frozen=True)
class Tissue:
    """Isotropic linear tissue."""

    name: str
    title: str
    modulus_MPa: float
    poisson: float
    source: str
    verified: bool


def callus_stages() -> dict[str, Tissue]:
    """Every healing stage by its full name "scheme.stage"."""
    return _tissues("materials/callus", "stages")


def default_callus() -> str:
    """Full name of the stage that is used when none is named."""
    return str(load_table("materials/callus")["default"])


def callus(name: str) -> Tissue:
    """The healing stage `name`; InputError "material.unknown" naming the known ones."""
    return _pick(callus_stages(), name, "healing stage")


def tissue(name: str) -> Tissue:
    """A constant tissue ("cortical", "marrow")."""
    return _pick(_tissues("materials/tissue", "materials"), name, "tissue")


def _tissues(table: str, key: str) -> dict[str, Tissue]:
    rows: dict[str, Any] = load_table(table)[key]
    return {
        k: Tissue(k, r["title"], r["modulus_MPa"], r["poisson"], r["source"], r["verified"])
        for k, r in rows.items()
    }


def _pick(rows: dict[str, Tissue], name: str, what: str) -> Tissue:
    if name not in rows:
        raise InputError(
            "material.unknown",
            f"There is no {what} called {name!r}.",
            hint=f"Known: {', '.join(rows)}.",
            where=what,
        )
    return rows[name]
