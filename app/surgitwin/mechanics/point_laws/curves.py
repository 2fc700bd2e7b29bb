"""Curves of the point laws in plain numbers: what a user would see in a testing machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.point_laws.base import PointLaw
from surgitwin.mechanics.point_laws.bone import Bone
from surgitwin.mechanics.point_laws.drivers import drive, zigzag
from surgitwin.mechanics.point_laws.j2 import J2
from surgitwin.mechanics.point_laws.nitinol import Nitinol
from surgitwin.mechanics.point_laws.tables import bone_limits, bone_parameters, metal, metals

POINTS = 60
CORTICAL_MPA, POISSON = 17000.0, 0.3
"""Bone is drawn at the modulus of cortical bone (resources/materials/tissue.toml)."""


@dataclass(frozen=True, eq=False)
class PointCurve:
    """label: kind of test. strain (k,) of the tested axis, stress (k,) MPa along it."""

    label: str
    strain: FloatArray
    stress_MPa: FloatArray


@dataclass(frozen=True, eq=False)
class PointSet:
    """One set of parameters and its curves."""

    name: str
    title: str
    values: Mapping[str, float]
    source: str
    verified: bool
    curves: Sequence[PointCurve]


@dataclass(frozen=True, eq=False)
class PointSheet:
    """A law and its sets."""

    law: type[PointLaw]
    sets: Sequence[PointSet]


def curves(law: PointLaw, tests: Sequence[tuple[str, str, Sequence[float]]]) -> tuple[PointCurve, ...]:
    """One curve for each test: (label, control of `drivers.CONTROLS`, turning points of the strain)."""
    out = []
    for label, control, turns in tests:
        found = drive(law, zigzag(turns, POINTS), control)
        if control == "shear":  # Mandel: sqrt(2) eps_xy and sqrt(2) tau
            strain, stress = np.sqrt(2.0) * found.strain[:, 5], found.stress[:, 5] / np.sqrt(2.0)
        else:
            strain, stress = found.axial
        out.append(PointCurve(label, strain, stress))
    return tuple(out)


def sheets() -> tuple[PointSheet, ...]:
    """Curves of every law with every set of the tables."""
    steels = [name for name, row in metals().items() if row.law == J2.name]
    return (
        PointSheet(J2, tuple(_metal(name) for name in steels)),
        PointSheet(Nitinol, _nitinol_sets()),
        PointSheet(Bone, tuple(_bone(name, damage) for name in bone_limits() for damage in (False, True))),
    )


def _metal(name: str) -> PointSet:
    row = metal(name)
    tests = (
        ("uniaxial tension", "uniaxial", (0.05,)),
        ("equibiaxial tension", "biaxial", (0.03,)),
        ("shear", "shear", (0.05,)),
        ("cycle of 1.5 %", "uniaxial", (0.015, -0.015, 0.015)),
    )
    law = J2(row.parameters)
    return PointSet(name, row.title, _numbers(law), row.source, row.verified, curves(law, tests))


def _nitinol_sets() -> tuple[PointSet, ...]:
    row = metal("Nitinol")
    loops = (
        ("tension and back", "uniaxial", (0.07, 0.0)),
        ("compression and back", "uniaxial", (-0.07, 0.0)),
        ("equibiaxial and back", "biaxial", (0.04, 0.0)),
    )
    inner = (("partial loops", "uniaxial", (0.03, 0.022, 0.03, 0.045, 0.02, 0.03, 0.015, 0.03)),)
    cold = row.parameters | {"temperature_C": 27.0}
    variants = (
        ("Nitinol", row.title, Nitinol(row.parameters), loops),
        ("Nitinol, 27 C", "The same at 27 C", Nitinol(cold), loops[:1]),
        ("Nitinol, partial", "Partial loops, rate form of the paper", Nitinol(row.parameters), inner),
        ("Nitinol, memory", "Partial loops, closing", Nitinol(row.parameters, memory=True), inner),
    )
    return tuple(
        PointSet(name, title, _numbers(law), row.source, row.verified, curves(law, tests))
        for name, title, law, tests in variants
    )


def _bone(name: str, damage: bool) -> PointSet:
    row = bone_limits()[name]
    law = Bone(bone_parameters(CORTICAL_MPA, POISSON, name, damage=damage))
    tests = (
        ("tension", "uniaxial", (0.02,)),
        ("compression", "uniaxial", (-0.03,)),
        ("shear", "shear", (0.03,)),
        ("cycle", "uniaxial", (0.012, -0.02, 0.012)),
    )
    title = f"{row['title']}{', with damage' if damage else ''}"
    return PointSet(name, title, _numbers(law), row["source"], row["verified"], curves(law, tests))


def _numbers(law: PointLaw) -> dict[str, float]:
    return {name: float(value) for name, value in law.parameters.items() if np.ndim(value) == 0}
