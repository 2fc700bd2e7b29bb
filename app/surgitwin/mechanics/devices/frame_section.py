"""The cross-section of a strut: a rectangle with fibres, elastic in shear and torsion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surgitwin.core.arrays import FloatArray, readonly

SHEAR_SHARE = 5 / 6
"""Of a rectangle's area that carries shear in a beam of Timoshenko's kind."""
ALONG, ACROSS = 12, 3
"""Fibres along the width, in whose direction a zig-zag ring bends, and across it (settings)."""


@dataclass(frozen=True, eq=False)
class Section:
    """A rectangle of width (local axis 2) times thickness (local axis 3), mm.

    points_mm, weights_mm2 (q, 2), (q,): Gauss points, exact for elastic bending. stiffness (5,): shear area
    in both directions (mm2), torsion constant, second moments of area that go with the two shears (mm4).
    """

    width_mm: float
    thickness_mm: float
    points_mm: FloatArray
    weights_mm2: FloatArray
    stiffness: FloatArray

    def __post_init__(self) -> None:
        for name in ("points_mm", "weights_mm2", "stiffness"):
            object.__setattr__(self, name, readonly(getattr(self, name), np.float64))


def rectangle(width_mm: float, thickness_mm: float, along: int = ALONG, across: int = ACROSS) -> Section:
    """A rectangle with along x across fibres."""
    (y, wy), (z, wz) = (np.polynomial.legendre.leggauss(n) for n in (along, across))
    grid = np.meshgrid(y * width_mm / 2, z * thickness_mm / 2, indexing="ij")
    area = width_mm * thickness_mm
    stiffness = np.array(
        [
            SHEAR_SHARE * area, SHEAR_SHARE * area, torsion_constant(width_mm, thickness_mm),
            area * width_mm**2 / 12, area * thickness_mm**2 / 12,
        ]
    )  # fmt: skip
    weights = np.outer(wy, wz).ravel() * area / 4
    return Section(width_mm, thickness_mm, np.stack([g.ravel() for g in grid], 1), weights, stiffness)


def torsion_constant(width_mm: float, thickness_mm: float) -> float:
    """Saint-Venant's constant of a rectangle, mm4 (Roark's formula, within 0.5 %)."""
    long, short = max(width_mm, thickness_mm), min(width_mm, thickness_mm)
    ratio = short / long
    return float(long * short**3 * (1 / 3 - 0.21 * ratio * (1 - ratio**4 / 12)))
