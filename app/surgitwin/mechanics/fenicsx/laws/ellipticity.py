"""Where a law keeps the problem well-posed: the acoustic tensor is positive in every direction.

Strong ellipticity (physics.md 3.1: check it for a negative a10): (m x N) : A : (m x N) > 0 for all unit m
and N, with A = dP/dF and N a reference direction; of an incompressible law only for m across the deformed
normal F^-T N, where the pressure drops out. Where it is lost, shear bands may form and Newton's method may
not settle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.fenicsx.laws.drivers import follow
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


def elliptic_range(
    points: MaterialPoints, mode: str, lower: float, upper: float, log_ratio: float = 1.0
) -> EllipticRange:
    """The range of stretch (lower < 1 < upper; of shear: lower < 0 < upper) of a law at `points`.

    mode "biaxial": log stretch along y is `log_ratio` times that along x. Each end is found to about
    (upper - lower) / points.n^(REFINEMENTS + 1).
    """
    start = 0.0 if mode == "simple_shear" else 1.0
    low, high = (_one_end(points, mode, start, end, log_ratio) for end in (lower, upper))
    least, least_at = min((low.least, low.least_at), (high.least, high.least_at))
    return EllipticRange(
        mode, low.reached, high.reached, low.why, high.why, least, least_at, high.normal or low.normal
    )


@dataclass(frozen=True)
class _End:
    """One end of the range: as EllipticRange has it."""

    reached: float
    why: str
    least: float
    least_at: float
    normal: tuple[float, float, float] | None


def _one_end(points: MaterialPoints, mode: str, start: float, end: float, log_ratio: float) -> _End:
    """Walks from `start` towards `end` and narrows down the first station that is not elliptic."""
    inside, outside, why = start, end, LOOKED_AT
    reference, least, least_at = 0.0, np.inf, start
    normal: tuple[float, float, float] | None = None
    for _ in range(1 + REFINEMENTS):
        stations = np.linspace(inside, outside, points.n)
        second = stations**log_ratio if mode == "biaxial" else None
        path = follow(points, mode, stations, second)
        smallest, where = acoustic_minimum(path.F, path.tangent, points.incompressible)
        reference = reference or float(smallest[0])
        bad = ~(smallest > 0)
        count = int(np.argmax(bad)) if bad.any() else points.n
        if count and float(smallest[:count].min()) < least * reference:
            at = int(np.argmin(smallest[:count]))
            least, least_at = float(smallest[at]) / reference, float(stations[at])
        if count == points.n:
            inside = outside
            break
        why = LOST if path.reached[count] else NO_EQUILIBRIUM
        x, y, z = where[count]
        normal = (float(x), float(y), float(z)) if why == LOST else None
        inside, outside = float(stations[max(count - 1, 0)]), float(stations[count])
    return _End(float(inside), why, least, least_at, normal)
