"""Rows of ``resources/valve_walls.toml``: stiffness and thickness of what a CT does not show."""

from __future__ import annotations

from collections.abc import Mapping

from surgitwin.core.resources import load_table
from surgitwin.mechanics.devices.problem import WallMaterial

NOMINAL_ROW = "nominal"
VARIANTS: Mapping[str, str] = {"soft and thin": "soft_thin", "stiff and thick": "stiff_thick"}
"""Variant of the band -> its row."""
WALL, LEAFLET, CALCIUM = "wall", "leaflet", "calcium"


def thickness_mm(layer: str, row: str = NOMINAL_ROW) -> float:
    """Thickness of wall or leaflet."""
    return float(_row(layer, row)["thickness_mm"])


def modulus_MPa(layer: str, row: str = NOMINAL_ROW) -> float:
    """Young's modulus at rest."""
    return float(_row(layer, row)["E_MPa"])


def setting(name: str) -> float:
    """A setting of the wall model."""
    return float(load_table("valve_walls")["model"][name])


def unknowns(family: str) -> float:
    """Wanted number of unknowns of the wall for a family of valves."""
    return float(load_table("valve_walls")["model"]["unknowns"][family])


def material(layer: str, row: str = NOMINAL_ROW) -> WallMaterial:
    """Neo-Hookean law of wall or calcium."""
    return _neo_hookean(str(_source(layer)["title"]), modulus_MPa(layer, row), layer)


def with_leaflet(row: str = NOMINAL_ROW) -> WallMaterial:
    """Wall behind an open leaflet as one layer of the wall's thickness: both stretch together."""
    wall, leaf = thickness_mm(WALL, row), thickness_mm(LEAFLET, row)
    modulus = modulus_MPa(WALL, row) + modulus_MPa(LEAFLET, row) * leaf / wall
    return _neo_hookean("Wall with open leaflet", modulus, LEAFLET)


def _neo_hookean(name: str, modulus_MPa: float, layer: str) -> WallMaterial:
    found = _source(layer)
    return WallMaterial(
        name=name,
        mu_MPa=modulus_MPa / 3,
        kappa_ratio=setting("kappa_ratio"),
        source=str(found["source"]),
        verified=bool(found["verified"]),
    )


def _source(layer: str) -> Mapping[str, object]:
    found: Mapping[str, object] = load_table("valve_walls")["layers"][layer]
    return found


def _row(layer: str, row: str) -> Mapping[str, float]:
    found: Mapping[str, float] = load_table("valve_walls")["layers"][layer][row]
    return found
