"""Femur anatomy as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from surgitwin.core.arrays import FloatArray, readonly
from surgitwin.core.frame import Frame, Plane, Side


@dataclass(frozen=True, eq=False)
class CanalStation:
    """One cross-section of the shaft, in the bone frame, at height z_mm.

    centre_mm (2,): x, y of the canal centre. canal_radius_mm: radius of the largest circle that fits
    in the canal there. outer_radius_mm: mean outer cortical radius.
    """

    z_mm: float
    centre_mm: FloatArray
    canal_radius_mm: float
    outer_radius_mm: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "centre_mm", readonly(self.centre_mm, np.float64))


@dataclass(frozen=True, eq=False)
class Landmark:
    """A point (LPS mm); estimated: the image does not show it; rule: how it was found, with source."""

    point_mm: FloatArray
    estimated: bool
    rule: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "point_mm", readonly(self.point_mm, np.float64))


@dataclass(frozen=True, eq=False)
class FemurAnatomy:
    """One femur, measured.

    frame: the bone frame (origin on the shaft axis at the lesser trochanter's level). landmarks:
    "head_centre", "lesser_trochanter", "greater_trochanter_tip", "distal_centre" (end of the shaft
    axis at the distal cut), and what else was found. distal_cut: normal distal, mesh what lies
    proximal of it. proximal_cut: None when the image shows the head, else the neck cut, normal
    pointing to the removed side. stations: cross-sections from distal to proximal, every 2 mm or less.
    torsion_deg and its `torsion_estimated`. head_radius_mm. warnings: plain words for the user.
    """

    side: Side
    frame: Frame
    landmarks: Mapping[str, Landmark]
    distal_cut: Plane
    proximal_cut: Plane | None
    stations: tuple[CanalStation, ...]
    head_radius_mm: float
    torsion_deg: float
    torsion_estimated: bool
    side_confidence: str
    warnings: tuple[str, ...] = field(default_factory=tuple)
