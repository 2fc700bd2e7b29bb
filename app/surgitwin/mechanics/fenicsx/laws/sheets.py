"""Numbers for the sheet of each law: curves of every parameter set, and where it is elliptic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, readonly
from surgitwin.core.progress import SILENT, Progress
from surgitwin.mechanics.fenicsx.laws.base import Law
from surgitwin.mechanics.fenicsx.laws.drivers import Path, follow
from surgitwin.mechanics.fenicsx.laws.ellipticity import (
    EllipticRange,
    acoustic_minimum,
    range_of,
    stations,
)
from surgitwin.mechanics.fenicsx.laws.material_point import MaterialPoints
from surgitwin.mechanics.fenicsx.laws.registry import LAWS
from surgitwin.mechanics.law_sets import ParameterSet, drawing, parameter_sets

STATIONS = 61
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
            sheets = tuple(set_sheet(points, s) for s in whole)
        found.append(LawSheet(law, sheets, tuple(s for s in rows if s.open)))
    return found


def set_sheet(points: MaterialPoints, row: ParameterSet) -> SetSheet:
    """Curves and ranges of one set of the law of `points` (STATIONS of them; changed by this)."""
    fibres = row.fibres(points.law.fibres)
    turned = [(y, x, z) for x, y, z in fibres]
    sides = ("along", "across") if len(fibres) == 1 else ("circumferential", "axial")
    tests = [("uniaxial", sides[:1], fibres), ("uniaxial", sides[1:], turned), ("equibiaxial", sides, fibres)]
    if not fibres:
        del tests[1]
    low, high = drawing().stretch
    curves, labels, ranges = [], [], []
    for mode, directions, families in tests:
        points.set(row.values, families)
        path = follow(points, mode, stations(mode, low, high, points.n))
        smallest, where = acoustic_minimum(path.F, path.tangent, points.incompressible)
        for k, direction in enumerate(directions if fibres else directions[:1]):
            label = f"{mode}, {direction}" if fibres else mode
            curves.append(_curve(points.law, label, path, path.cauchy[:, k, k], smallest))
        labels.append(mode if mode == "equibiaxial" else curves[-1].label)
        ranges.append(range_of(points, path, smallest, where))
    return SetSheet(row, tuple(curves), tuple(labels), tuple(ranges), _fan(points.law, row, high))


def _curve(law: Law, label: str, path: Path, stress: FloatArray, smallest: FloatArray) -> Curve:
    """The stations of a path that can be drawn."""
    if law.energy_isochoric is not None:
        drawn = np.abs(np.where(path.reached, stress, 0.0)) <= drawing().stress_limit_MPa
    else:
        low, high = drawing().linear_stretch
        drawn = (path.amount >= low) & (path.amount <= high)
    keep = path.reached & drawn
    keep = _around_one(path.amount, keep)
    return Curve(label, readonly(path.amount[keep]), readonly(stress[keep]), smallest[keep] > 0)


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
    radius = np.log(high) * np.linspace(0.0, 1.0, STATIONS) ** 2
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
