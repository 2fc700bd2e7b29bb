"""Where the nodes of a vessel's wall stand: the lumen resampled, and rows of elements outwards from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline, RectBivariateSpline
from scipy.ndimage import gaussian_filter1d

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.vessel import LumenTube

PLAQUE = "plaque"

SMOOTHING = 0.3
"""Numerical setting: deviation of the filter on the radii, in node spacings; finer waves the mesh cannot
follow and would fold it."""

THIN = 0.15
"""Numerical setting: walls thinner than this share of the radius get one element through, others two."""

LEAST_PLAQUE, FLATTEST = 0.2, 0.25
"""Numerical settings: least thickness of the rows of plaque, in wall thicknesses and, so that cells are not
too flat, in element sizes (at most half the wall). Where there is less than half of it, the rows belong to
the wall."""

SOFT_KINK = 0.4
"""Numerical setting: over how much of the least thickness the border of the plaque bends into it."""

LEAST_WALL = 0.1
"""Numerical setting: an outer radius given by the user leaves at least this share of the lumen radius."""

_PAD = 4


@dataclass(frozen=True)
class Rows:
    """Rows of elements from the lumen outwards.

    names: of the layers. owner (rows,): layer of each row. share (rows,): its part of the thickness of
    plaque (rows of plaque) or wall. plaque: number of rows of plaque.
    """

    names: tuple[str, ...]
    owner: IntArray
    share: FloatArray
    plaque: int

    @property
    def count(self) -> int:
        """Rows of elements."""
        return len(self.owner)

    @classmethod
    def of(cls, layers: Sequence[tuple[str, float]], plaque: bool, through: int | None) -> Rows:
        """One row for each layer, and more, for the thickest first, until there are `through`."""
        shares = np.array([s for _, s in layers], float)
        if not (shares > 0).all() or abs(shares.sum() - 1) > 1e-6:
            raise ValueError("shares of the layers must be positive and add up to 1")
        number = np.ones(len(layers), int)
        extra = int(plaque)
        wanted = through if through is not None else (len(layers) + extra if plaque or len(layers) > 1 else 2)
        while number.sum() + extra < wanted:
            if plaque and extra < number.sum():
                extra += 1
            else:
                number[int(np.argmax(shares / number))] += 1
        owner = np.concatenate([np.full(extra, len(layers)), np.repeat(np.arange(len(layers)), number)])
        share = np.concatenate([np.full(extra, 1 / max(extra, 1)), np.repeat(shares / number, number)])
        names = tuple(n for n, _ in layers) + ((PLAQUE,) if plaque else ())
        return cls(names, owner, share, extra)

    def layer_of(self, plaque: npt.NDArray[np.bool_]) -> IntArray:
        """(rows, angles, stations) layer of each box; boxes without plaque belong to the first layer."""
        out = np.broadcast_to(self.owner[:, None, None], (self.count, *plaque.shape)).copy()
        out[: self.plaque][:, ~plaque] = 0
        return out


@dataclass(frozen=True)
class TubeSamples:
    """The lumen at the nodes of the grid. s_mm (k,), angle (j,), centre (k, 3), rays (j, k, 3),
    radius_mm (j, k).
    """

    s_mm: FloatArray
    angle: FloatArray
    centre: FloatArray
    rays: FloatArray
    radius_mm: FloatArray

    def points(self, radius_mm: FloatArray) -> FloatArray:
        """(..., j, k, 3) points at these radii (..., j, k), LPS."""
        out: FloatArray = self.centre + radius_mm[..., None] * self.rays
        return out


def sample_tube(tube: LumenTube, angles: int, stations: int) -> TubeSamples:
    """The tube at twice as many angles and stations as elements, on smooth curves."""
    c = tube.course
    s = np.linspace(c.s_mm[0], c.s_mm[-1], 2 * stations + 1)
    angle = np.pi * np.arange(2 * angles) / angles
    centre = CubicSpline(c.s_mm, c.points_mm)(s) if len(c.s_mm) > 2 else c.frames_at(s)[0]
    _, _, e1, e2 = c.frames_at(s)
    rays = np.cos(angle)[:, None, None] * e1 + np.sin(angle)[:, None, None] * e2
    return TubeSamples(s, angle, centre, rays, resample(tube, tube.radius_mm, s, angle))


def resample(tube: LumenTube, value: FloatArray, s_mm: FloatArray, angle: FloatArray) -> FloatArray:
    """(angles, stations) of values (n, m) given like the tube's radii, smoothed to the spacing of the
    nodes.
    """
    n, m = value.shape
    wide = SMOOTHING * (angle[1] - angle[0]) * m / (2 * np.pi)
    smooth = gaussian_filter1d(value, wide, axis=1, mode="wrap") if wide > 0.3 else value
    step = SMOOTHING * (s_mm[1] - s_mm[0]) / float(np.mean(np.diff(tube.course.s_mm)))
    smooth = gaussian_filter1d(smooth, step, axis=0, mode="nearest") if step > 0.3 else smooth
    closed = np.pad(smooth, ((0, 0), (_PAD, _PAD)), mode="wrap")
    turn = 2 * np.pi * np.arange(-_PAD, m + _PAD) / m
    spline = RectBivariateSpline(tube.course.s_mm, turn, closed, kx=min(3, n - 1), ky=3)
    out: FloatArray = spline(s_mm, angle).T
    return out


def stack_rows(
    samples: TubeSamples,
    tube: LumenTube,
    rows: Rows,
    thickness_mm: npt.ArrayLike,
    outer_radius_mm: npt.ArrayLike | None,
    plaque_to_mm: npt.ArrayLike | None,
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Radii (2 rows + 1, j, k) of all nodes and where a box column holds plaque (angles, stations).

    tube: the lumen before nodules narrowed it; the wall's thickness begins there, or at `plaque_to_mm`.
    """

    def at_nodes(value: npt.ArrayLike) -> FloatArray:
        given = np.asarray(value, float)
        full = np.broadcast_to(given[:, None] if given.ndim == 1 else given, tube.radius_mm.shape)
        return resample(tube, np.ascontiguousarray(full), samples.s_mm, samples.angle)

    inner = samples.radius_mm
    healthy = np.maximum(at_nodes(tube.radius_mm if plaque_to_mm is None else plaque_to_mm), inner)
    if outer_radius_mm is None:
        thick = at_nodes(thickness_mm)
    else:
        thick = np.maximum(at_nodes(outer_radius_mm) - healthy, LEAST_WALL * healthy)
    size = 2 * (samples.angle[1] - samples.angle[0]) * float(inner.mean())
    least = np.maximum(LEAST_PLAQUE * thick, np.minimum(FLATTEST * size, thick / 2))
    # A smooth maximum of the two: a kink in the border would fold the curved cells beside it.
    deep = healthy - inner
    kink = SOFT_KINK * least
    border = inner + (deep + least + np.hypot(deep - least, kink)) / 2 if rows.plaque else inner
    edges = _edges(rows, inner, border, healthy + thick)
    levels = np.empty((2 * rows.count + 1, *inner.shape))
    levels[::2] = edges
    levels[1::2] = (edges[1:] + edges[:-1]) / 2
    return levels, (deep > least / 2)[1::2, 1::2]


def _edges(rows: Rows, inner: FloatArray, border: FloatArray, outer: FloatArray) -> FloatArray:
    """(rows + 1, j, k) radii of the borders of the rows."""
    within = np.concatenate([[0.0], np.cumsum(rows.share[: rows.plaque])])
    beyond = np.concatenate([[0.0], np.cumsum(rows.share[rows.plaque :])])
    soft = inner + within[:, None, None] * (border - inner)
    wall = border + beyond[:, None, None] * (outer - border)
    return np.concatenate([soft[:-1], wall]) if rows.plaque else wall
