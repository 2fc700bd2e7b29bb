"""Many starts looked at quickly on a coarse image, so that a run begins within its capture range."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk  # noqa: N813 - its customary name
from scipy.ndimage import map_coordinates
from scipy.spatial.transform import Rotation

from surgitwin.core.arrays import FloatArray

POINTS = 2500
"""Numerical setting: voxels of the coarse fixed image that a start is judged by."""
FINE_POINTS = 20_000
"""Numerical setting: the same for ends on fine images, which differ by less than so few points can tell: with
2500 an end 3.7 mm along a bone was taken for better than the true place (phantom, 5 degrees)."""
BINS = 24
"""Numerical setting: bins of each image in the joint histogram: few, as there are few points."""
ENOUGH = 0.6
"""Numerical setting: for one modality more overlap is no merit, since two scans end at other places. Mutual
information of fewer points is higher by chance, so that there overlap counts in full."""
ROUNDS = ((4000, 1.0), (1500, 0.35), (800, 0.15))
"""Numerical setting: how many starts are looked at (half a millisecond each) in what share of the range."""
APART_MM, APART_DEG = 4.0, 4.0
"""Numerical setting: starts nearer than this end in the same place: only the better one is kept."""


@dataclass(frozen=True, eq=False)
class Judge:
    """What starts are compared by. points_mm: (n, 3) LPS of the fixed image; values: (n,) there.

    moving: array [k, j, i]; to_index: 4x4 from LPS to its (i, j, k).
    """

    points_mm: FloatArray
    values: FloatArray
    moving: npt.NDArray[np.float32]
    to_index: FloatArray
    alike: bool

    @classmethod
    def of(
        cls,
        fixed: sitk.Image,
        moving: sitk.Image,
        mask: sitk.Image | None,
        alike: bool,
        seed: int,
        points: int = POINTS,
    ) -> Judge:
        """At most `points` drawn in `mask` (everywhere without one) of the fixed image."""
        array = sitk.GetArrayViewFromImage(fixed)
        inside = np.ones(array.shape, bool) if mask is None else sitk.GetArrayViewFromImage(mask) > 0
        kji = np.argwhere(inside)
        keep = np.random.default_rng(seed).permutation(len(kji))[:points]
        kji = kji[keep]
        points_mm = kji[:, ::-1] @ affine_of(fixed)[:3, :3].T + affine_of(fixed)[:3, 3]
        return cls(
            points_mm, array[tuple(kji.T)].astype(float), np.array(sitk.GetArrayViewFromImage(moving)),
            np.linalg.inv(affine_of(moving)), alike,
        )  # fmt: skip

    def overlap(self, matrix: FloatArray) -> float:
        """Share of the points that fall into the moving image under `matrix` (fixed to moving points)."""
        return float(self._inside(self._index(matrix)).mean())

    def score(self, matrix: FloatArray) -> float:
        """Likeness times overlap, larger is better; 0 without overlap. The overlap keeps a start from winning
        by showing little."""
        ijk = self._index(matrix)
        inside = self._inside(ijk)
        if inside.sum() < BINS * BINS // 4:
            return 0.0
        there = map_coordinates(self.moving, ijk[inside, ::-1].T, order=1, mode="nearest")
        here = self.values[inside]
        like = _correlation(here, there) if self.alike else _information(here, there)
        share = float(inside.mean())
        return like * (min(share / ENOUGH, 1.0) if self.alike else share)

    def _index(self, matrix: FloatArray) -> FloatArray:
        m = self.to_index @ matrix
        out: FloatArray = self.points_mm @ m[:3, :3].T + m[:3, 3]
        return out

    def _inside(self, ijk: FloatArray) -> npt.NDArray[np.bool_]:
        top = np.array(self.moving.shape[::-1]) - 0.5
        out: npt.NDArray[np.bool_] = ((ijk >= -0.5) & (ijk <= top)).all(axis=1)
        return out


def around(
    start: FloatArray, centre_mm: FloatArray, count: int, mm: float, degrees: float, seed: int
) -> list[FloatArray]:
    """`start` and `count` - 1 others near it (fixed to moving points), turned about `centre_mm`; every
    coordinate of the shift and of the turn is drawn evenly within the limits."""
    random = np.random.default_rng(seed)
    out = [start]
    for _ in range(count - 1):
        away = np.eye(4)
        turn = np.radians(random.uniform(-degrees, degrees, 3))
        away[:3, :3] = Rotation.from_rotvec(turn).as_matrix()
        away[:3, 3] = centre_mm - away[:3, :3] @ centre_mm + random.uniform(-mm, mm, 3)
        out.append(start @ away)
    return out


def search(
    judge: Judge, given: list[FloatArray], count: int, mm: float, degrees: float, seed: int
) -> list[FloatArray]:
    """The `count` best places round the given starts, best first: drawn in the whole range, then twice more
    round the best of them in a narrower one."""
    centre = judge.points_mm.mean(axis=0)
    best = given
    for n, (tried, share) in enumerate(ROUNDS):
        each = max(tried // max(len(best), 1), 2)
        narrow = share * mm, share * degrees
        drawn = [m for k, g in enumerate(best) for m in around(g, centre, each, *narrow, seed + 100 * n + k)]
        best = choose(judge, drawn, count)
    return best


def choose(judge: Judge, tried: list[FloatArray], count: int) -> list[FloatArray]:
    """The `count` best of the starts that overlap and lie apart from each other, best first."""
    scores = [judge.score(m) for m in tried]
    kept: list[FloatArray] = []
    for n in np.argsort(scores)[::-1]:
        if scores[n] > 0 and all(_apart(tried[n], other, judge.points_mm) for other in kept):
            kept.append(tried[n])
        if len(kept) == count:
            break
    return kept


def _apart(a: FloatArray, b: FloatArray, points: FloatArray) -> bool:
    centre = points.mean(axis=0)
    shift = np.linalg.norm((a - b)[:3, :3] @ centre + (a - b)[:3, 3])
    cosine = (np.trace(a[:3, :3].T @ b[:3, :3]) - 1) / 2
    return bool(shift > APART_MM or cosine < np.cos(np.radians(APART_DEG)))


def _correlation(a: FloatArray, b: FloatArray) -> float:
    if a.std() == 0 or b.std() == 0:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1] ** 2)


def _information(a: FloatArray, b: FloatArray) -> float:
    """Mutual information of two samples, nats."""
    joint = np.histogram2d(a, b, BINS)[0] / len(a)
    alone = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    some = joint > 0
    return float(np.sum(joint[some] * np.log(joint[some] / alone[some])))


def affine_of(image: sitk.Image) -> FloatArray:
    """4x4 from (i, j, k) to LPS mm of a SimpleITK image."""
    out = np.eye(4)
    out[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
    out[:3, 3] = image.GetOrigin()
    return out
