"""Numbers for the sheet of each law: curves of every parameter set, and where it is elliptic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, readonly
from surgitwin.core.progress import SILENT, Progress
from surgitwin.mechanics.fenicsx.laws.base import Law
from surgitwin.mechanics.fenicsx.laws.drivers import follow
from surgitwin.mechanics.fenicsx.laws.ellipticity import (
    EllipticRange,
    acoustic_minimum,
    elliptic_range,
)
from surgitwin.mechanics.fenicsx.laws.material_point import MaterialPoints
from surgitwin.mechanics.fenicsx.laws.registry import LAWS
from surgitwin.mechanics.law_sets import ParameterSet, drawing_range, parameter_sets

STATIONS = 41
FAN = 16
"""Numerical settings: stations of a curve; ratios of both log stretches at which ellipticity is checked."""


@dataclass(frozen=True, eq=False)
class Curve:
    """Cauchy stress (k,) MPa over stretch (k,); elliptic (k,) bool: where the state is strongly elliptic."""

    label: str
    stretch: FloatArray
    stress_MPa: FloatArray
    elliptic: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Fan:
    """Ellipticity over all biaxial stretches: `least` acoustic eigenvalue over that at no load, met at the
    stretches `least_at`; `lost_at` (x, y): the smallest stretches at which it is lost, or None."""

    least: float
    least_at: tuple[float, float]
    lost_at: tuple[float, float] | None


@dataclass(frozen=True, eq=False)
class SetSheet:
    """One parameter set: its curves, its ranges in tension (`labels` names the tests), and the fan."""

    set: ParameterSet
    curves: tuple[Curve, ...]
    labels: tuple[str, ...]
    ranges: tuple[EllipticRange, ...]
    fan: Fan


@dataclass(frozen=True, eq=False)
class LawSheet:
    """A law with its sets; `open_sets` have parameters that the user must add and no curves."""

    law: Law
    sets: tuple[SetSheet, ...]
    open_sets: tuple[ParameterSet, ...]


def law_curves(progress: Progress = SILENT) -> list[LawSheet]:
    """Sheets of all laws (some 20 s for all)."""
    found = []
    for k, law in enumerate(LAWS.values()):
        progress(law.title, k / len(LAWS))
        rows = [s for s in parameter_sets().values() if s.law == law.name]
        whole = [s for s in rows if not s.open]
        sheets: tuple[SetSheet, ...] = ()
        if whole:
            points = MaterialPoints(law, whole[0].values, STATIONS, whole[0].fibres(law.fibres))
            sheets = tuple(_set_sheet(points, s) for s in whole)
        found.append(LawSheet(law, sheets, tuple(s for s in rows if s.open)))
    return found


def _set_sheet(points: MaterialPoints, row: ParameterSet) -> SetSheet:
    low, high, limit = drawing_range()
    fibres = row.fibres(points.law.fibres)
    axial = [(y, x, z) for x, y, z in fibres]
    curves, labels, ranges = [], [], []
    for suffix, directions in (("circumferential", fibres), ("axial", axial))[: 2 if fibres else 1]:
        points.set(row.values, directions)
        name = f"uniaxial, {suffix}" if fibres else "uniaxial"
        curves.append(_curve(points, name, "uniaxial", 0, (low, high, limit)))
        labels.append(name)
        ranges.append(elliptic_range(points, "uniaxial", low, high))
    points.set(row.values, fibres)
    for k, suffix in enumerate(("circumferential", "axial")[: 2 if fibres else 1]):
        name = f"equibiaxial, {suffix}" if fibres else "equibiaxial"
        curves.append(_curve(points, name, "equibiaxial", k, (low, high, limit)))
    ranges.append(elliptic_range(points, "equibiaxial", low, high))
    labels.append("equibiaxial")
    return SetSheet(row, tuple(curves), tuple(labels), tuple(ranges), _fan(points.law, row, high))


def _curve(
    points: MaterialPoints, label: str, mode: str, component: int, drawn: tuple[float, float, float]
) -> Curve:
    low, high, limit = drawn
    stretch = np.linspace(low, high, points.n)
    path = follow(points, mode, stretch)
    smallest, _ = acoustic_minimum(path.F, path.tangent, points.incompressible)
    stress = path.cauchy[:, component, component]
    keep = path.reached
    if (
        points.law.energy_isochoric is not None
    ):  # the limit is one of soft tissue; linear laws are drawn whole
        keep = keep & (np.abs(np.where(path.reached, stress, 0.0)) <= limit)
    keep = _around_one(stretch, keep)
    return Curve(label, readonly(stretch[keep]), readonly(stress[keep]), smallest[keep] > 0)


def _around_one(stretch: FloatArray, keep: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Of the stations kept, those without a gap between them and no load."""
    gaps = stretch[~keep]
    lower, upper = gaps[gaps < 1].max(initial=-np.inf), gaps[gaps > 1].min(initial=np.inf)
    return keep & (stretch > lower) & (stretch < upper)


def _fan(law: Law, row: ParameterSet, high: float) -> Fan:
    """Rays of constant ratio of the log stretches, from no load to the drawn range, all followed together."""
    angles = np.pi / 4 + 2 * np.pi * np.arange(FAN) / FAN
    if law.fibres == 0:  # the same mirrored at x = y
        angles = angles[: FAN // 2 + 1]
    radius = np.linspace(0.0, np.log(high), STATIONS)
    stretch = np.exp(radius[:, None] * np.stack([np.cos(angles), np.sin(angles)])[:, None, :])
    x, y = stretch.reshape(2, -1)
    points = MaterialPoints(law, row.values, x.size, row.fibres(law.fibres))
    path = follow(points, "biaxial", x, y)
    smallest, _ = acoustic_minimum(path.F, path.tangent, points.incompressible)
    ratio = (smallest / smallest[0]).reshape(STATIONS, len(angles))
    bad = ~(ratio > 0)
    elliptic = np.logical_and.accumulate(~bad, axis=0)
    where = np.unravel_index(np.argmin(np.where(elliptic, ratio, np.inf)), ratio.shape)
    lost = bad & path.reached.reshape(bad.shape)
    lost[1:] &= elliptic[:-1]  # the first station beyond the elliptic ones
    k = np.unravel_index(np.argmax(lost), lost.shape)
    return Fan(
        least=float(ratio[where]),
        least_at=(float(stretch[0][where]), float(stretch[1][where])),
        lost_at=(float(stretch[0][k]), float(stretch[1][k])) if lost.any() else None,
    )
