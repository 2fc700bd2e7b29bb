"""Bending of one strut of a zig-zag ring: end moment against turning, with the history of the metal.

A strut of length L between two crowns turns by `turn` (rad) while its ends keep their direction. The moment
is linear, M0 q with q = 1 at the ends and 0 in the middle, and turn = L / 2 int_0^1 curvature(M0 q) q dq.
Elastic: M0 = 6 EI turn / L.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import GeometryError
from surgitwin.mechanics.devices.fibres import NitinolFibre, PlasticFibre

FIBRES = 40
"""Numerical setting: fibres across a strut's width."""

SECTIONS = 16
"""Numerical setting: Gauss points along half a strut."""

STEPS = 120
"""Numerical setting: steps of curvature on each way."""

MOST_STRAIN = 0.14
"""Numerical setting: bending strain at which the tables end. Metals fail before."""


@dataclass(frozen=True)
class Strut:
    """Straight strut, mm. width: in the plane of bending. thickness: radial."""

    length: float
    width: float
    thickness: float

    @property
    def inertia(self) -> float:
        """mm4, about the radial direction."""
        return self.thickness * self.width**3 / 12


@dataclass(frozen=True, eq=False)
class BendingCurve:
    """moment_Nmm (k,) against turn (k,), both rising; strain (k,): largest of a fibre at the strut's end."""

    turn: FloatArray
    moment_Nmm: FloatArray
    strain: FloatArray

    def moment(self, turn: FloatArray) -> FloatArray:
        """N mm at turns (k,), odd in the turn; a straight line beyond the table."""
        size, x, y = np.abs(turn), self.turn, self.moment_Nmm
        beyond = np.maximum(size - x[-1], 0.0) * (y[-1] - y[-2]) / (x[-1] - x[-2])
        return np.asarray(np.sign(turn) * (np.interp(size, x, y) + beyond))


def plastic_curve(strut: Strut, metal: PlasticFibre, fibres: int = FIBRES) -> BendingCurve:
    """First loading of a strut that hardens along a straight line."""
    first = metal.yield_MPa / metal.E_MPa * 2 / strut.width
    curvature = np.concatenate(
        [np.linspace(0, 4 * first, STEPS), np.geomspace(4.1 * first, 2 * MOST_STRAIN / strut.width, STEPS)]
    )
    y = ((np.arange(fibres) + 0.5) / fibres - 0.5) * strut.width
    section = (metal.stress(curvature[:, None] * y) * y).sum(1) * strut.width / fibres * strut.thickness
    turn = turns(strut, section, section, curvature)
    return BendingCurve(turn, section, curvature * strut.width / 2)


def turns(strut: Strut, end_moment: FloatArray, moment: FloatArray, curvature: FloatArray) -> FloatArray:
    """Turn of the strut at end moments (k,) when all its sections have one curve moment(curvature)."""
    q, weight = _gauss()
    at = np.interp(end_moment[:, None] * q, moment, curvature)
    out: FloatArray = strut.length / 2 * (at * q * weight).sum(1)
    return out


def _gauss() -> tuple[FloatArray, FloatArray]:
    q, weight = np.polynomial.legendre.leggauss(SECTIONS)
    return (q + 1) / 2, weight / 2


@dataclass(frozen=True, eq=False)
class _Sections:
    """Sections of the strut: end states of fibres (k, f), extension (k,) and moment (k,)."""

    xi: FloatArray
    extension: FloatArray
    moment: FloatArray
    peak: FloatArray


def superelastic_curves(
    strut: Strut, metal: NitinolFibre, turn: float, fibres: int = FIBRES
) -> tuple[BendingCurve, BendingCurve]:
    """Curves of a Nitinol strut turned from its set shape by `turn`, and of its way back.

    Sections keep zero axial force: the neutral line moves, as compression transforms later than tension.
    Raises GeometryError "device.crimp_strain" when the turn needs more strain than the tables hold.
    """
    y = ((np.arange(fibres) + 0.5) / fibres - 0.5) * strut.width
    area = strut.width / fibres * strut.thickness
    grid = np.linspace(0, 2 * MOST_STRAIN / strut.width, 2 * STEPS)
    way = [_Sections(np.zeros((1, fibres)), np.zeros(1), np.zeros(1), np.zeros(1))]
    for k in grid[1:]:
        way.append(_bend(metal, np.array([k]), y, area, way[-1]))
    moment = np.array([w.moment[0] for w in way])
    turned = turns(strut, moment, moment, grid)
    if turn > turned[-1]:
        raise GeometryError(
            "device.crimp_strain",
            f"Crimping would bend the struts to more than {100 * MOST_STRAIN:.0f} % strain.",
            hint="Use longer or narrower struts, more crowns, or a wider catheter.",
            where="device",
        )
    end = float(np.interp(turn, turned, moment))
    strain = np.array([w.peak[0] for w in way])
    kept = turned < turn
    last = float(np.interp(end, moment, strain))
    up = BendingCurve(
        np.append(turned[kept], turn), np.append(moment[kept], end), np.append(strain[kept], last)
    )
    return up, _way_back(strut, metal, (y, area), grid, way, moment, end)


def _way_back(
    strut: Strut,
    metal: NitinolFibre,
    fibres: tuple[FloatArray, float],
    grid: FloatArray,
    way: list[_Sections],
    moment: FloatArray,
    end: float,
) -> BendingCurve:
    """Every section unloads from the curvature that it reached at the end moment `end`."""
    y, area = fibres
    q, weight = _gauss()
    reached = np.interp(end * q, moment, grid)
    below = np.searchsorted(grid, reached, side="right") - 1
    start = _Sections(
        np.concatenate([way[i].xi for i in below]), np.concatenate([way[i].extension for i in below]),
        np.zeros(len(q)), np.zeros(len(q)),
    )  # fmt: skip
    state = _bend(metal, reached, y, area, start)
    share = np.linspace(1, 0, 2 * STEPS)
    moments, strain = [state.moment], [state.peak.max()]
    for k in share[1:]:
        state = _bend(metal, k * reached, y, area, state)
        moments.append(state.moment)
        strain.append(state.peak.max())
    table = np.array(moments)[::-1]
    ends = np.linspace(0, end, 2 * STEPS)
    curvature = np.stack(
        [np.interp(ends * q[i], table[:, i], share[::-1] * reached[i]) for i in range(len(q))], axis=1
    )
    turned = strut.length / 2 * (curvature * q * weight).sum(1)
    last = np.interp(ends * q[-1], table[:, -1], np.array(strain)[::-1])
    return BendingCurve(turned, ends, last)


def _bend(
    metal: NitinolFibre, curvature: FloatArray, y: FloatArray, area: float, old: _Sections
) -> _Sections:
    """Sections at curvatures (k,) without axial force: Newton on the extension, kept inside a bracket."""
    half = np.abs(curvature) * y[-1] * 1.5
    low, high = -half, half
    extension = np.clip(old.extension, low, high)
    for _ in range(60):
        strain = extension[:, None] + curvature[:, None] * y
        stress, tangent, xi = metal.update(strain, old.xi)
        force = stress.sum(1)
        if (np.abs(force) <= 1e-9 * np.abs(stress).sum(1) + 1e-9).all():
            break
        low, high = np.where(force < 0, extension, low), np.where(force > 0, extension, high)
        step = extension - force / tangent.sum(1)
        extension = np.where((step > low) & (step < high), step, (low + high) / 2)
    return _Sections(xi, extension, (stress * y).sum(1) * area, np.abs(strain).max(1))
