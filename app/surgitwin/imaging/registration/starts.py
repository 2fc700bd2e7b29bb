"""Where a registration begins: the landmarks, a given transform, or what the two images suggest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk  # noqa: N813 - its customary name

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import GeometryError
from surgitwin.core.progress import SILENT, Progress
from surgitwin.imaging.registration import optimise
from surgitwin.imaging.registration.landmarks import LEAST, from_landmarks
from surgitwin.imaging.registration.optimise import Level
from surgitwin.imaging.registration.search import Judge, search
from surgitwin.imaging.registration.types import Begin, Kind, Pairs

KEPT = 12
"""Numerical setting: starts that are followed with the metric."""
CAPTURE_MM, CAPTURE_DEG = 30.0, 20.0
"""Numerical setting: how far round a start is searched: each coordinate of the shift and of the turn."""
LANDMARKS_MM, LANDMARKS_DEG = 6.0, 6.0
"""Numerical setting: how far round a start from landmarks is searched."""


@dataclass(frozen=True, eq=False)
class Starts:
    """4x4 fixed to moving points. given: what the search went round. chosen: to be followed, best first.

    mm, degrees: how far round the given ones was searched.
    """

    given: tuple[FloatArray, ...]
    chosen: tuple[FloatArray, ...]
    mm: float
    degrees: float


def find_starts(
    levels: list[Level],
    whole: list[Level],
    judge: Judge,
    pairs: Pairs | None,
    start: FloatArray | None,
    kind: Kind,
    seed: int,
    progress: Progress = SILENT,
    begin: Begin = "auto",
) -> Starts:
    """Starts of a registration. whole: the levels without mask; what they agree on is a start for the mask,
    unless `begin` names another one.

    Raises GeometryError "register.no_overlap", the errors of `from_landmarks`.
    """
    mm, degrees = CAPTURE_MM, CAPTURE_DEG
    if pairs is not None:
        of_kind: Kind = kind if len(pairs) >= LEAST[kind] else "rigid"
        given = [np.linalg.inv(from_landmarks(pairs, of_kind))]
        mm, degrees = LANDMARKS_MM, LANDMARKS_DEG
    elif start is not None:
        given = [np.linalg.inv(np.asarray(start, float))]
    else:
        known = _guessed(levels[0])
        given = list(known.values()) if begin == "auto" else [known[begin]]
        given = [m for m in given if judge.overlap(m) > 0]
        if levels is not whole and begin == "auto":
            given += _by_the_whole(whole, given, judge.alike, seed, progress)
    chosen = search(judge, given, KEPT, mm, degrees, seed)
    if not chosen:
        raise GeometryError(
            "register.no_overlap",
            f"The two images do not overlap: {_TRIED[begin]}.",
            hint="Choose another start, or set three or more pairs of landmarks.",
            where="images",
        )
    return Starts(tuple(given), tuple(chosen), mm, degrees)


_TRIED: dict[Begin, str] = {
    "auto": "neither in the scanner's coordinates nor centre on centre",
    "scanner": "not in the scanner's coordinates",
    "centres": "not centre on centre",
    "moments": "not with their centres of mass on each other",
}


def _guessed(level: Level) -> dict[Begin, FloatArray]:
    """The scanner's coordinates, centre on centre, and centre of mass on centre of mass."""
    centres = np.eye(4)
    centres[:3, 3] = _middle(level.moving) - _middle(level.fixed)
    by_moments = sitk.CenteredTransformInitializerFilter.MOMENTS
    moments = optimise.matrix_of(
        sitk.CenteredTransformInitializer(level.fixed, level.moving, sitk.Euler3DTransform(), by_moments)
    )
    return {"scanner": np.eye(4), "centres": centres, "moments": moments}


def _by_the_whole(
    whole: list[Level], given: list[FloatArray], alike: bool, seed: int, progress: Progress
) -> list[FloatArray]:
    """The best fit of the coarse images without mask."""
    judge = Judge.of(whole[0].fixed, whole[0].moving, None, alike, seed)
    ends = []
    for one in search(judge, given, 3, CAPTURE_MM, CAPTURE_DEG, seed):
        try:
            ends.append(optimise.run(whole[:1], one, "rigid", alike, seed, progress).matrix)
        except RuntimeError:
            continue  # this start lost the overlap; the others are tried
    return sorted(ends, key=judge.score)[-1:]


def _middle(image: sitk.Image) -> FloatArray:
    return np.array(image.TransformContinuousIndexToPhysicalPoint([(n - 1) / 2 for n in image.GetSize()]))
