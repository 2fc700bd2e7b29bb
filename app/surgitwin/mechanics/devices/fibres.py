"""Metals of device struts in one direction: stress from strain with the history of one fibre."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.core.resources import load_table


@dataclass(frozen=True)
class PlasticFibre:
    """Two straight lines, E up to `yield_MPa`, then `hardening_MPa` (slope of stress over total strain).

    strain_limit: uniform elongation, beyond which the metal necks.
    """

    E_MPa: float
    G_MPa: float
    yield_MPa: float
    hardening_MPa: float
    strain_limit: float

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> PlasticFibre:
        """From a row of ``metals.toml`` with law "j2"; its line starts at 0 plastic strain."""
        E, true_end = row["E_MPa"], row["uts_MPa"] * (1 + row["elongation"])
        plastic_end = math.log1p(row["elongation"]) - true_end / E
        slope = (true_end - row["yield_MPa"]) / plastic_end
        return cls(E, E / 2 / (1 + row["nu"]), row["yield_MPa"], 1 / (1 / E + 1 / slope), row["elongation"])

    def stress(self, strain: FloatArray) -> FloatArray:
        """MPa at first loading."""
        size, limit = np.abs(strain), self.yield_MPa / self.E_MPa
        beyond = self.yield_MPa + self.hardening_MPa * (size - limit)
        out: FloatArray = np.sign(strain) * np.where(size < limit, self.E_MPa * size, beyond)
        return out


@dataclass(frozen=True)
class NitinolFibre:
    """Auricchio and Taylor's two-phase law under uniaxial stress (`mechanics.point_laws.nitinol`).

    eps = s / E(xi) + strain_L xi with 1/E linear in xi; xi rises along the line load_start..load_end and
    falls along unload_start..unload_end. In compression all four stresses are larger, and the strain of
    transformation smaller, by `asymmetry` = compression start / tension start. At T0 of the table (37 C).
    """

    E_MPa: float
    G_MPa: float
    E_martensite_MPa: float
    strain_L: float
    load: tuple[float, float]
    unload: tuple[float, float]
    asymmetry: float
    strain_limit: float

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> NitinolFibre:
        """From a row of ``metals.toml`` with law "nitinol"; its limit is where martensite starts to flow."""
        E = row["E_austenite_MPa"]
        return cls(
            E, E / 2 / (1 + row["nu_austenite"]), row["E_martensite_MPa"], row["strain_L"],
            (row["load_start_MPa"], row["load_end_MPa"]), (row["unload_start_MPa"], row["unload_end_MPa"]),
            row["compression_start_MPa"] / row["load_start_MPa"],
            row["strain_L"] + row["plastic_start_MPa"] / row["E_martensite_MPa"],
        )  # fmt: skip

    def update(self, strain: FloatArray, xi: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Stress MPa, tangent MPa and new martensite share of fibres that go from their state to `strain`."""
        e = np.abs(strain)
        side = np.where(strain < 0, self.asymmetry, 1.0)
        jump = self.strain_L / side
        c0, c1 = 1 / self.E_MPa, 1 / self.E_martensite_MPa - 1 / self.E_MPa
        trial = (e - jump * xi) / (c0 + c1 * xi)
        new, moving = xi.copy(), np.zeros(e.shape, bool)
        slope = np.zeros_like(e)
        for (start, end), up in ((self.load, True), ((self.unload[1], self.unload[0]), False)):
            low, rise = side * start, side * (end - start)
            line = low + rise * xi
            goes = trial > line if up else trial < line
            a, b, c = rise * c1, low * c1 + rise * c0 + jump, low * c0 - e
            root = -2 * c / (b + np.sqrt(np.maximum(b * b - 4 * a * c, 0.0)))
            held = np.clip(root, xi, 1.0) if up else np.clip(root, 0.0, xi)
            new = np.where(goes, held, new)
            inner = goes & (held == root)
            moving |= inner
            slope = np.where(inner, rise / (2 * a * root + b), slope)
        compliance = c0 + c1 * new
        stress = (e - jump * new) / compliance
        return np.sign(strain) * stress, np.where(moving, slope, 1 / compliance), new


def load_fibre(metal: str) -> PlasticFibre | NitinolFibre:
    """The fibre of a row of ``resources/materials/metals.toml``.

    Raises InputError "device.unknown_metal".
    """
    rows = load_table("materials/metals")["metals"]
    if metal not in rows:
        raise InputError(
            "device.unknown_metal",
            f"The device names the metal {metal!r}, which materials/metals.toml does not have.",
            hint="Known metals: " + ", ".join(sorted(rows)) + ".",
            where="device",
        )
    row = rows[metal]
    return NitinolFibre.of(row) if row["law"] == "nitinol" else PlasticFibre.of(row)
