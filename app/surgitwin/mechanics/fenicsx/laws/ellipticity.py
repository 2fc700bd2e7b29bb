"""Where a law keeps the problem well-posed: the acoustic tensor is positive in every direction.

Strong ellipticity (physics.md 3.1: check it for a negative a10): (m x N) : A : (m x N) > 0 for all unit m
and N, with A = dP/dF and N a reference direction; of an incompressible law only for m across the deformed
normal F^-T N, where the pressure drops out. Where it is lost, shear bands may form and Newton's method may
not settle.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.fenicsx.laws.drivers import Path, follow
from surgitwin.mechanics.fenicsx.laws.material_point import MaterialPoints

DIRECTIONS = 300
"""Numerical setting: directions on half a sphere (some 8 degrees apart)."""
REFINEMENTS = 2
"""Numerical setting: rounds in which the bracket of a limit is divided by the number of points."""

LOST, NO_EQUILIBRIUM, LOOKED_AT = "ellipticity is lost", "no equilibrium", "as far as looked at"


@dataclass(frozen=True)
class EllipticRange:
    """The stretches (or shears) around no load in which a law is strongly elliptic.

    lower, upper: ends of the range; lower_end, upper_end: why it ends there (LOST, NO_EQUILIBRIUM or
    LOOKED_AT). least: smallest acoustic eigenvalue in the range over that at no load, met at `least_at`.
    normal: reference normal (3,) of the band at the upper loss, else at the lower one; None without loss.
    """

    mode: str
    lower: float
    upper: float
    lower_end: str
    upper_end: str
    least: float
    least_at: float
    normal: tuple[float, float, float] | None

    @property
    def lost(self) -> bool:
        """Whether ellipticity is lost at one of the ends."""
        return LOST in (self.lower_end, self.upper_end)


def sphere_directions(n: int = DIRECTIONS) -> FloatArray:
    """(n + 3, 3) unit vectors spread evenly over half a sphere (Fibonacci's spiral), and the three axes."""
    k = np.arange(n) + 0.5
    z = k / n
    turn = np.pi * (1 + np.sqrt(5.0)) * k
    r = np.sqrt(1 - z**2)
    return np.concatenate([np.stack([r * np.cos(turn), r * np.sin(turn), z], axis=1), np.eye(3)])


def acoustic_minimum(
    F: FloatArray, tangent: FloatArray, incompressible: bool
) -> tuple[FloatArray, FloatArray]:
    """Smallest eigenvalue (n,) MPa of the acoustic tensors over the directions, and its direction (n, 3).

    F: (n, 3, 3); tangent: (n, 3, 3, 3, 3) MPa. NaN where the state is NaN.
    """
    N = sphere_directions()
    good = np.isfinite(tangent).all(axis=(1, 2, 3, 4))
    smallest, where = np.full(len(F), np.nan), np.full((len(F), 3), np.nan)
    if not good.any():
        return smallest, where
    Q = np.einsum("nijkl,dj,dl->ndik", tangent[good], N, N, optimize=True)
    Q = (Q + Q.transpose(0, 1, 3, 2)) / 2
    if incompressible:
        normal = np.einsum("nji,dj->ndi", np.linalg.inv(F[good]), N)
        normal /= np.linalg.norm(normal, axis=2, keepdims=True)
        along = normal[..., :, None] * normal[..., None, :]
        across = np.eye(3) - along
        large = np.abs(Q).sum(axis=(2, 3))[..., None, None]  # moves the excluded direction out of the way
        Q = across @ Q @ across + large * along
    values = np.linalg.eigvalsh(Q)[..., 0]
    smallest[good], where[good] = values.min(axis=1), N[values.argmin(axis=1)]
    return smallest, where


def stations(mode: str, lower: float, upper: float, n: int) -> FloatArray:
    """(n,) amounts from `lower` to `upper`, no load among them (stretch 1 or shear 0, which lies between).

    Their distance grows away from no load: a soft spot of a fit often lies within a percent of it.
    """
    start = 0.0 if mode == "simple_shear" else 1.0
    below = min(max(round((n - 1) * (start - lower) / (upper - lower)), 1), n - 2)
    down, up = np.linspace(1.0, 0.0, below + 1) ** 2, np.linspace(0.0, 1.0, n - below)[1:] ** 2
    return np.concatenate([start + (lower - start) * down, start + (upper - start) * up])


def elliptic_range(points: MaterialPoints, mode: str, lower: float, upper: float) -> EllipticRange:
    """The range of stretch (lower < 1 < upper; of shear: lower < 0 < upper) of a law at `points`.

    Each end is found to about (upper - lower) / points.n^(REFINEMENTS + 1).
    """
    path = follow(points, mode, stations(mode, lower, upper, points.n))
    return range_of(points, path, *acoustic_minimum(path.F, path.tangent, points.incompressible))


def range_of(points: MaterialPoints, path: Path, smallest: FloatArray, where: FloatArray) -> EllipticRange:
    """The range along a path over `stations`, with its `acoustic_minimum`; losses are narrowed down."""
    middle = int(np.argmin(np.abs(path.amount - (0.0 if path.mode == "simple_shear" else 1.0))))
    below = _outwards(path, smallest, where, slice(middle, None, -1))
    above = _outwards(path, smallest, where, slice(middle, None))
    reference = float(smallest[middle])
    low, high = (_narrow(points, path.mode, end) for end in (below, above))
    least, least_at = min((low.least, low.least_at), (high.least, high.least_at))
    return EllipticRange(
        mode=path.mode,
        lower=low.inside,
        upper=high.inside,
        lower_end=low.why,
        upper_end=high.why,
        least=least / reference,
        least_at=least_at,
        normal=high.normal or low.normal,
    )


@dataclass(frozen=True)
class _End:
    """One end: last elliptic station, first one beyond, why it ends, least eigenvalue (MPa) and its place."""

    inside: float
    outside: float
    why: str
    least: float
    least_at: float
    normal: tuple[float, float, float] | None = None


def _outwards(path: Path, smallest: FloatArray, where: FloatArray, side: slice) -> _End:
    amount, values = path.amount[side], smallest[side]
    bad = ~(values > 0)
    count = int(np.argmax(bad)) if bad.any() else len(values)
    at = int(np.argmin(values[: max(count, 1)]))
    inside, least, least_at = float(amount[max(count - 1, 0)]), float(values[at]), float(amount[at])
    if count == len(values):
        return _End(inside, inside, LOOKED_AT, least, least_at)
    if not path.reached[side][count]:
        return _End(inside, float(amount[count]), NO_EQUILIBRIUM, least, least_at)
    x, y, z = where[side][count]
    return _End(inside, float(amount[count]), LOST, least, least_at, (float(x), float(y), float(z)))


def _narrow(points: MaterialPoints, mode: str, end: _End) -> _End:
    """Divides the interval between the last elliptic station and the first one beyond, some times."""
    for _ in range(REFINEMENTS):
        if end.inside == end.outside:
            break
        path = follow(points, mode, np.linspace(end.inside, end.outside, points.n))
        found = _outwards(
            path, *acoustic_minimum(path.F, path.tangent, points.incompressible), slice(0, None)
        )
        if found.why == LOOKED_AT:  # settles with shorter steps
            return replace(found, why=end.why, normal=end.normal)
        least, least_at = min((end.least, end.least_at), (found.least, found.least_at))
        end = replace(found, least=least, least_at=least_at)
    return end
