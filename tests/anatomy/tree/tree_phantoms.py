"""Images of trees of tubes whose centrelines, radii and bifurcations are known exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from surgitwin.core.image import ImageGrid, Volume

LUMEN_HU, SOFT_HU, FWHM_MM = 400.0, 50.0, 0.9


@dataclass(frozen=True)
class Piece:
    """A straight tube from a to b (mm) of radius r mm. throat: share of the diameter lost half way (cosine,
    6 mm long).
    """

    a: tuple[float, float, float]
    b: tuple[float, float, float]
    r: float
    throat: float = 0.0

    @property
    def length(self) -> float:
        return float(np.linalg.norm(np.subtract(self.b, self.a)))


def picture(
    pieces: Sequence[Piece], voxel_mm: float = 0.5, noise_HU: float = 20.0, margin: float = 6.0
) -> Volume:
    """CT of the pieces, each with flat ends but where pieces join (balls): blur 0.9 mm FWHM, noise."""
    points = np.array([p for one in pieces for p in (one.a, one.b)])
    low = points.min(0) - margin - max(p.r for p in pieces)
    high = points.max(0) + margin + max(p.r for p in pieces)
    shape = tuple(int(np.ceil(n / voxel_mm)) for n in (high - low)[::-1])
    grid = ImageGrid(shape, low, np.full(3, voxel_mm), np.eye(3))
    k, j, i = np.indices(shape)
    centres = low + voxel_mm * np.stack([i, j, k], -1)
    inside = np.full(shape, -np.inf)
    for one in pieces:
        inside = np.maximum(inside, _depth(one, centres, pieces))
    share = np.clip(inside / voxel_mm + 0.5, 0, 1)
    image = gaussian_filter(SOFT_HU + (LUMEN_HU - SOFT_HU) * share, FWHM_MM / 2.3548 / voxel_mm)
    image += noise_HU * np.random.default_rng(5).standard_normal(shape)
    return Volume(np.rint(image).astype(np.int16), grid)


def _depth(one: Piece, at: np.ndarray, pieces: Sequence[Piece]) -> np.ndarray:
    """Signed depth inside a piece; round where another piece begins, flat at free ends."""
    a, b = np.array(one.a), np.array(one.b)
    u = (b - a) / one.length
    s = (at - a) @ u
    r = one.r * (1 - one.throat * 0.5 * (1 + np.cos(np.clip((s - one.length / 2) / 3.0, -1, 1) * np.pi)))
    away = np.linalg.norm(at - a - np.clip(s, 0, one.length)[..., None] * u, axis=-1)
    out = r - away
    for end, beyond in ((one.a, -s), (one.b, s - one.length)):
        if sum(end in (p.a, p.b) for p in pieces) == 1:
            out = np.minimum(out, -beyond)
    return out


def mask_of(volume: Volume) -> np.ndarray:
    """The lumen by its half maximum, as a preset would leave it: smoothed a little against noise."""
    return gaussian_filter(np.asarray(volume.array, np.float32), 0.5) > 0.5 * (LUMEN_HU + SOFT_HU)


def rod_mask(
    radius: float, length: float, axis: int, spacing: Sequence[float], tip: float | None = None
) -> tuple[np.ndarray, ImageGrid]:
    """A rod along an axis (0: x) by the centres of its voxels, off the grid's points, and its grid.

    tip: radius to which its second half tapers.
    """
    step = np.array(spacing)
    half = np.where(np.arange(3) == axis, length / 2, radius) + 8
    shape = tuple(int(n) for n in np.ceil(2 * half / step)[::-1])
    low = -half + (0.13, 0.21, 0.07)
    k, j, i = np.indices(shape)
    at = low + step * np.stack([i, j, k], -1)
    share = np.clip(at[..., axis] / (length / 2), 0, 1)
    wide = radius if tip is None else radius + share * (tip - radius)
    mask = np.linalg.norm(np.delete(at, axis, -1), axis=-1) < wide
    return mask & (np.abs(at[..., axis]) < length / 2), ImageGrid(shape, low, step, np.eye(3))


def y_tree(r: float = 2.0) -> list[Piece]:
    """A symmetric Y: 60 degrees between the daughters, radii by Murray's law."""
    d = r / 2 ** (1 / 3)
    c, s = np.cos(np.radians(30)), np.sin(np.radians(30))
    return [
        Piece((0, 0, 0), (0, 0, 20), r),
        Piece((0, 0, 20), (20 * s, 0, 20 + 20 * c), d),
        Piece((0, 0, 20), (-20 * s, 0, 20 + 20 * c), d),
    ]


def murray_tree(r: float = 3.0, generations: int = 3, share: float = 0.65) -> list[Piece]:
    """Asymmetric branching: r0^3 = r1^3 + r2^3, r1 = share^(1/3) r0; planes turn by 90 degrees."""
    out: list[Piece] = []

    def grow(a: np.ndarray, u: np.ndarray, v: np.ndarray, radius: float, left: int) -> None:
        b = a + u * (10 + 4 * radius)
        out.append(Piece(tuple(a.tolist()), tuple(b.tolist()), radius))
        if not left:
            return
        w = np.cross(u, v)
        for part, angle in ((share, 25.0), (1 - share, -45.0)):
            t = np.radians(angle)
            du = np.cos(t) * u + np.sin(t) * v
            grow(b, du, w, radius * part ** (1 / 3), left - 1)

    grow(np.zeros(3), np.array([0, 0, 1.0]), np.array([1.0, 0, 0]), r, generations)
    return out


def loop_tree() -> list[Piece]:
    """A stem, two arms that come together again, and an outlet."""
    return [
        Piece((0, 0, 0), (0, 0, 15), 2.5),
        Piece((0, 0, 15), (12, 0, 27), 2.0),
        Piece((0, 0, 15), (-12, 0, 27), 2.0),
        Piece((12, 0, 27), (0, 0, 39), 2.0),
        Piece((-12, 0, 27), (0, 0, 39), 2.0),
        Piece((0, 0, 39), (0, 0, 54), 2.5),
    ]


def touching_tree() -> list[Piece]:
    """Two daughters that part, run back towards each other and touch side by side, and part again."""
    return [
        Piece((0, 0, 0), (0, 0, 14), 2.5),
        Piece((0, 0, 14), (9, 0, 24), 2.0),
        Piece((0, 0, 14), (-9, 0, 24), 2.0),
        Piece((9, 0, 24), (1.8, 0, 36), 2.0),
        Piece((-9, 0, 24), (-1.8, 0, 36), 2.0),
        Piece((1.8, 0, 36), (9, 0, 48), 2.0),
        Piece((-1.8, 0, 36), (-9, 0, 48), 2.0),
    ]


def centre_error(points: np.ndarray, pieces: Sequence[Piece]) -> np.ndarray:
    """Distance (n,) of points (n, 3) from the nearest true axis."""
    out = np.full(len(points), np.inf)
    for one in pieces:
        a, b = np.array(one.a), np.array(one.b)
        u = (b - a) / one.length
        s = np.clip((points - a) @ u, 0, one.length)
        out = np.minimum(out, np.linalg.norm(points - a - s[:, None] * u, axis=1))
    return out
