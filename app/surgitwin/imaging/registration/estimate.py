"""How far a registration may be off: other starts, other samples, and the way back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import SimpleITK as sitk  # noqa: N813 - its customary name

from surgitwin.core.arrays import FloatArray
from surgitwin.core.progress import SILENT, Progress
from surgitwin.imaging.registration import optimise
from surgitwin.imaging.registration.landmarks import landmark_errors, left_out_rms
from surgitwin.imaging.registration.optimise import Level, Run
from surgitwin.imaging.registration.search import Judge, around
from surgitwin.imaging.registration.starts import Starts
from surgitwin.imaging.registration.types import ErrorEstimate, Kind, Pairs

AGAIN = 4
"""Numerical setting: runs from other starts and samples, from whose spread the error is told."""
AWAY_MM, AWAY_DEG = 5.0, 5.0
"""Numerical setting: how far these starts lie from the best end."""
AGREE = 0.03
"""Numerical setting: an end whose likeness is within this share of the best one counts as good as it."""
FINENESS_MM = 0.2
"""Numerical setting: a tenth of the finest voxel, below which ends differ by how values are interpolated."""
TARGET_FACTOR = 1.4
"""From 27 phantoms (tests/benchmarks/bench_registration_error.py, seeds 0 to 8): the least factor, rounded
up, under which none of them was further off than told (1.39; 1.03 held for 95 % of them). Since ends are
judged by more points, 1.2 covers those that were run again and the 24 held out."""
WARN_OVERLAP, WARN_AGREEING, WARN_BETTER = 0.6, 0.5, 1.05
"""Numerical settings: below these shares a registration is warned of."""
WARN_MM = 5.0
"""Numerical setting: two thirds of a voxel of the coarsest level, under which the runs should have come."""
RIVALS, RIVAL_MM = 3, 4.0
"""Numerical settings: so many other ends that are as good and lie further away are followed to the finest
images; further than starts are kept apart (`search.APART_MM`). What comes back is no other solution."""
WARN_STRETCH = 0.1
"""Numerical setting: a body does not stretch by more from one image to another."""


def finish_rivals(
    levels: list[Level],
    best: Run,
    ends: list[Run],
    kind: Kind,
    judge: Judge,
    seed: int,
    progress: Progress = SILENT,
) -> list[Run]:
    """The ends as good as the best that lie elsewhere, on finer images; one that slid apart is left out."""
    far = [r for r in ends if r.value >= _limit(best) and _away_p95(best, r, judge.points_mm) > RIVAL_MM]
    out = []
    for n, one in enumerate(sorted(far, key=lambda r: -r.value)[:RIVALS]):
        part = progress.part(n / RIVALS, (n + 1) / RIVALS)
        try:
            end = optimise.run(levels, one.matrix, kind, judge.alike, seed, part)
        except RuntimeError:
            continue
        out.append(Run(end.matrix, judge.score(end.matrix)))
    return out


def _limit(best: Run) -> float:
    return best.value - AGREE * abs(best.value)


def _away_p95(a: Run, b: Run, points: FloatArray) -> float:
    """95 % of the points are taken to places nearer to each other than this, mm."""
    apart = points @ (a.matrix - b.matrix)[:3, :3].T + (a.matrix - b.matrix)[:3, 3]
    return float(np.percentile(np.linalg.norm(apart, axis=1), 95))


def run_again(
    levels: list[Level], best: Run, kind: Kind, judge: Judge, seed: int, progress: Progress = SILENT
) -> list[Run]:
    """Runs from starts round the best one with other samples; one that slid apart is left out."""
    centre = judge.points_mm.mean(axis=0)
    near = around(best.matrix, centre, AGAIN + 1, AWAY_MM, AWAY_DEG, seed)[1:]
    out = []
    for n, start in enumerate(near):
        part = progress.part(n / AGAIN, (n + 1) / AGAIN)
        try:
            end = optimise.run(levels, start, kind, judge.alike, seed + 1 + n, part)
        except RuntimeError:
            continue
        out.append(Run(end.matrix, judge.score(end.matrix)))
    return out


def way_back_p95(
    levels: list[Level], best: Run, kind: Kind, judge: Judge, seed: int, progress: Progress = SILENT
) -> float | None:
    """95 % of the points that are taken over and back end nearer than this to where they were, mm.

    Back: by a registration of the first image onto the second. None when that one slid apart.
    """
    turned = [_turned(level, best.matrix) for level in levels]
    there = judge.points_mm @ best.matrix[:3, :3].T + best.matrix[:3, 3]
    start = around(np.linalg.inv(best.matrix), there.mean(axis=0), 2, AWAY_MM / 2, AWAY_DEG / 2, seed)[1]
    try:
        back = optimise.run(turned, start, kind, judge.alike, seed, progress).matrix
    except RuntimeError:
        return None
    home = there @ back[:3, :3].T + back[:3, 3]
    return float(np.percentile(np.linalg.norm(home - judge.points_mm, axis=1), 95))


def _turned(level: Level, matrix: FloatArray) -> Level:
    """The level with its images swapped; the mask is taken over by the transform."""
    mask = level.fixed_mask
    if mask is not None:
        to_fixed = optimise.transform_of(np.linalg.inv(matrix), "affine", level.centre_mm)
        mask = sitk.Resample(mask, level.moving, to_fixed, sitk.sitkNearestNeighbor, 0, sitk.sitkUInt8)
    return replace(level, fixed=level.moving, moving=level.fixed, fixed_mask=mask)


def target_p95(best: Run, again: list[Run], judge: Judge, back_p95: float | None) -> float | None:
    """The error that 95 % of the compared points should stay below, mm.

    The way there and back, how far the runs from nearby starts lie from the best one (root mean square),
    and the fineness of the images, added as independent errors, times a factor from phantoms.
    """
    if back_p95 is None or not again:
        return None
    apart = [_away_p95(best, r, judge.points_mm) for r in again]
    return float(TARGET_FACTOR * np.sqrt(back_p95**2 + np.mean(np.square(apart)) + FINENESS_MM**2))


def error_of(
    best: Run, rivals: list[Run], again: list[Run], judge: Judge, pairs: Pairs | None, back_p95: float | None,
    kind: Kind,
) -> ErrorEstimate:  # fmt: skip
    """Spread of all ends as good as the best, at the points that the metric looks at; errors of the pairs."""
    points, limit = judge.points_mm, _limit(best)
    at = points @ best.matrix[:3, :3].T + best.matrix[:3, 3]
    good = [r for r in (*rivals, *again) if r.value >= limit]
    away = [np.linalg.norm(points @ r.matrix[:3, :3].T + r.matrix[:3, 3] - at, axis=1) for r in good]
    spread = np.concatenate(away) if away else None
    matrix = np.linalg.inv(best.matrix)
    rms = None if pairs is None else float(np.sqrt(np.mean(np.square(landmark_errors(pairs, matrix)))))
    return ErrorEstimate(
        None if spread is None else float(np.median(spread)),
        None if spread is None else float(np.percentile(spread, 95)),
        back_p95, rms, None if pairs is None else left_out_rms(pairs, kind),
        AGAIN, sum(r.value >= limit for r in again), target_p95(best, again, judge, back_p95),
    )  # fmt: skip


def warnings_of(
    error: ErrorEstimate, overlap: float, before: float, best: Run, starts: Starts, judge: Judge, kind: Kind
) -> tuple[str, ...]:
    """What a reader must know before the registration is used."""
    out = []
    if overlap < WARN_OVERLAP:
        out.append(f"The second image covers {100 * overlap:.0f} % only of what was compared.")
    if best.value < WARN_BETTER * before:
        out.append("The images are hardly more alike than before: look at the overlay.")
    if error.agreeing < WARN_AGREEING * error.runs:
        out.append(
            f"{error.agreeing} of {error.runs} runs from nearby starts ended as well: look at the overlay "
            "and set landmarks."
        )
    found = [e for e in (error.spread_p95_mm, error.inverse_p95_mm) if e is not None]
    if found and max(found) > WARN_MM:
        out.append(
            f"Other runs ended up to {max(found):.0f} mm away: something else fits nearly as well. Use a "
            "mask on what did not change its form, or landmarks."
        )
    if all(_beyond(best.matrix, g, judge.points_mm, starts) for g in starts.given):
        out.append(
            f"The end lies over {starts.mm:.0f} mm or {starts.degrees:.0f} degrees from every start, at the "
            "limit of what is searched."
        )
    stretch = np.linalg.svd(best.matrix[:3, :3], compute_uv=False)
    if kind == "affine" and np.abs(1 / stretch - 1).max() > WARN_STRETCH:
        out.append(f"The image was stretched by {1 / stretch.max():.2f} to {1 / stretch.min():.2f}.")
    if error.landmark_left_out_mm is None:
        out.append("Not checked against known points: look at the overlay before you use it.")
    return tuple(out)


def _beyond(end: FloatArray, start: FloatArray, points: FloatArray, starts: Starts) -> bool:
    centre = points.mean(axis=0)
    shift = (end - start)[:3, :3] @ centre + (end - start)[:3, 3]
    cosine = (np.trace(start[:3, :3].T @ end[:3, :3]) - 1) / 2
    turned = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    return bool(np.linalg.norm(shift) > starts.mm or turned > starts.degrees)
