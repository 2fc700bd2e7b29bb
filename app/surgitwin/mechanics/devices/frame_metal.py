"""Stress along one fibre of a strut: a metal that yields, or Nitinol in one dimension.

Parameters of `Fibre.row`, "j2": E, yield, hardening, kinematic share. "nitinol": E of austenite and of
martensite, transformation strain, the four stresses of the lines, compression over tension.
State of a fibre, "j2": plastic strain, back stress, accumulated plastic strain. "nitinol": fraction of
martensite, two unused.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from surgitwin.core.arrays import FloatArray, readonly
from surgitwin.mechanics.devices.frame_jit import compiled
from surgitwin.mechanics.point_laws.tables import Metal

STATES = 3
J2, NITINOL = 0, 1
KINEMATIC_SHARE = 1.0
"""Share of the hardening that moves the yield limits instead of widening them: all, which is Masing's rule of
unloading that the ring model of L1 takes too (setting of this program)."""


@dataclass(frozen=True, eq=False)
class Fibre:
    """The law of a strut's fibres. kind: J2 or NITINOL. row (8,): see the module. shear_MPa: for torsion."""

    kind: int
    row: FloatArray
    shear_MPa: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "row", readonly(self.row, np.float64))

    @property
    def bends_plastically(self) -> bool:
        """Whether stress depends on the past."""
        return self.kind == NITINOL or math.isfinite(self.row[1])

    @property
    def E_MPa(self) -> float:
        """Young's modulus at rest."""
        return float(self.row[0])


def yielding(
    E_MPa: float, yield_MPa: float, hardening_MPa: float, nu: float = 0.3, kinematic: float = KINEMATIC_SHARE
) -> Fibre:
    """A metal with straight hardening; yield_MPa inf for an elastic one."""
    row = np.array([E_MPa, yield_MPa, hardening_MPa, kinematic, 0, 0, 0, 0.0])
    return Fibre(J2, row, E_MPa / 2 / (1 + nu))


def elastic(E_MPa: float, nu: float = 0.3) -> Fibre:
    """A metal that does not yield."""
    return yielding(E_MPa, math.inf, 0.0, nu)


def fibre_of(metal: Metal) -> Fibre:
    """The fibre law of a metal of the table.

    Nitinol compresses as the point law does in one dimension: stresses times r, transformation strain over r,
    with r the ratio of the two starts of transformation.
    """
    p = {key: float(value) for key, value in metal.parameters.items()}
    if metal.law == "j2":
        return yielding(p["E_MPa"], p["yield_MPa"], p["hardening_MPa"], p["nu"])
    warm = p["temperature_C"] - p["T0_C"]
    up, down = p["slope_load_MPa_C"] * warm, p["slope_unload_MPa_C"] * warm
    row = [
        p["E_austenite_MPa"], p["E_martensite_MPa"], p["strain_L"], p["load_start_MPa"] + up,
        p["load_end_MPa"] + up, p["unload_start_MPa"] + down, p["unload_end_MPa"] + down,
        p["compression_start_MPa"] / p["load_start_MPa"],
    ]  # fmt: skip
    return Fibre(NITINOL, np.array(row), row[0] / 2 / (1 + p["nu_austenite"]))


@compiled
def fibre_stress(
    kind: int, row: FloatArray, strain: float, old: FloatArray, new: FloatArray
) -> tuple[float, float]:
    """Stress and slope at `strain`; `new` (3,) is filled from `old` (3,). Steps of any size are exact."""
    if kind == 0:
        return _yield(row, strain, old, new)
    return _transform(row, strain, old, new)


@compiled
def _yield(row: FloatArray, strain: float, old: FloatArray, new: FloatArray) -> tuple[float, float]:
    """Radial return in one dimension."""
    E, limit, hardening, kinematic = row[0], row[1], row[2], row[3]
    new[0], new[1], new[2] = old[0], old[1], old[2]
    stress = E * (strain - old[0])
    over = stress - old[1]
    beyond = abs(over) - limit - (1.0 - kinematic) * hardening * old[2]
    if not beyond > 0.0:
        return stress, E
    sign = 1.0 if over > 0.0 else -1.0
    dp = beyond / (E + hardening)
    new[0] += sign * dp
    new[1] += sign * kinematic * hardening * dp
    new[2] += dp
    return stress - sign * E * dp, E * hardening / (E + hardening)


@compiled
def _transform(row: FloatArray, strain: float, old: FloatArray, new: FloatArray) -> tuple[float, float]:
    """The fraction on its line, found from strain = stress (c + d xi) + eps_L xi (a quadratic)."""
    sign, ratio = (1.0, 1.0) if strain >= 0.0 else (-1.0, row[7])
    size = abs(strain)
    c, d, move = 1.0 / row[0], 1.0 / row[1] - 1.0 / row[0], row[2] / ratio
    xi = old[0]
    stress = (size - move * xi) / (c + d * xi)
    up0, up1 = ratio * row[3], ratio * row[4]
    down1, down0 = ratio * row[5], ratio * row[6]
    slope = 1.0 / (c + d * xi)
    start, rise = 0.0, -1.0
    if stress > up0 + (up1 - up0) * xi and xi < 1.0:
        start, rise = up0, up1 - up0
    elif stress < down0 + (down1 - down0) * xi and xi > 0.0:
        start, rise = down0, down1 - down0
    if rise > 0.0:
        b = start * d + rise * c + move
        a, rest = rise * d, start * c - size
        root = math.sqrt(max(b * b - 4.0 * a * rest, 0.0))
        xi = min(max(-2.0 * rest / (b + root), 0.0), 1.0)
        if 0.0 < xi < 1.0:
            stress, slope = start + rise * xi, rise / (2.0 * a * xi + b)
        else:
            stress, slope = (size - move * xi) / (c + d * xi), 1.0 / (c + d * xi)
    new[0], new[1], new[2] = xi, 0.0, 0.0
    return sign * stress, slope
