"""Register a second image of a patient onto the first: starts, runs, and how far they agree."""

from __future__ import annotations

import time

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk  # noqa: N813 - its customary name

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import GeometryError
from surgitwin.core.image import Volume
from surgitwin.core.progress import SILENT, Progress
from surgitwin.imaging.convert import to_sitk
from surgitwin.imaging.registration import estimate, optimise
from surgitwin.imaging.registration.checks import check_images
from surgitwin.imaging.registration.optimise import Level, Run
from surgitwin.imaging.registration.pyramid import thinned, thinned_mask
from surgitwin.imaging.registration.search import FINE_POINTS, POINTS, Judge
from surgitwin.imaging.registration.starts import Starts, find_starts
from surgitwin.imaging.registration.types import Begin, Kind, Pairs, Registration

LEVELS_MM = (8.0, 4.0, 2.0)
"""Numerical setting: spacing of the images from coarse to fine."""
METAL_HU = 1500.0
"""Numerical setting: a CT is cut off above dense cortex: metal in one of two scans must not decide."""
LEAST_OVERLAP = 0.25
"""Numerical setting: with less of the first image covered, no registration is given."""
METRICS = {True: "squared correlation x overlap", False: "mutual information x overlap"}


def register(
    fixed: Volume,
    moving: Volume,
    kind: Kind = "rigid",
    *,
    pairs: Pairs | None = None,
    start: FloatArray | None = None,
    begin: Begin = "auto",
    mask: npt.NDArray[np.bool_] | None = None,
    seed: int = 1,
    progress: Progress = SILENT,
) -> Registration:
    """The transform that takes `moving` to `fixed`.

    pairs: landmarks to start from (three or more). start: 4x4 moving to fixed points instead; without both
    `begin`: the scanner's coordinates, the centres of the images or of mass, or all of them. mask: [k, j,
    i] of `fixed`, what the metric looks at: a bone with 10 mm round it where soft tissue moved. seed: of
    the samples; equal input gives the same transform to a hundredth of a mm (ITK sums in threads).

    Raises InputError "image.no_scale", "register.flat_image" (few slices), "register.flat_landmarks",
    UsageError "register.few_landmarks", "register.mask", "register.kind", GeometryError
    "register.no_overlap", "register.failed".
    """
    began = time.perf_counter()
    check_images(fixed, moving, kind, mask)
    alike = fixed.modality == moving.modality
    progress("Preparing the images", 0.0)
    whole = _levels(fixed, moving)
    levels = whole if mask is None else _masked(whole, fixed, mask)
    coarse, fine = (
        Judge.of(x.fixed, x.moving, x.fixed_mask, alike, seed, points)
        for x, points in zip(levels[1:], (POINTS, FINE_POINTS), strict=True)
    )
    part = progress.part(0.1, 0.25)
    starts = find_starts(levels, whole, coarse, pairs, start, kind, seed, part, begin)
    ends = _followed(levels, starts, fine, seed, progress.part(0.25, 0.5))
    best = _finished(levels, max(ends, key=lambda r: r.value), kind, fine, seed, progress.part(0.5, 0.57))
    rivals = estimate.finish_rivals(levels[1:], best, ends, kind, fine, seed, progress.part(0.57, 0.7))
    best = max((best, *rivals), key=lambda r: r.value)
    overlap = _overlap(fine, best)
    again = estimate.run_again(levels[1:], best, kind, fine, seed, progress.part(0.7, 0.9))
    best = max((best, *again), key=lambda r: r.value)
    back = estimate.way_back_p95(levels[1:], best, kind, fine, seed, progress.part(0.9, 1.0))
    error = estimate.error_of(best, rivals, again, fine, pairs, back, kind)
    before = max(fine.score(m) for m in starts.given)
    warnings = estimate.warnings_of(error, overlap, before, best, starts, fine, kind)
    settings = {
        "levels_mm": list(LEVELS_MM), "samples": optimise.SAMPLES, "seed": seed, "starts": len(starts.chosen),
        "begin": _began_at(pairs, start, begin), "capture_mm": starts.mm, "capture_deg": starts.degrees,
        "masked": mask is not None, "landmarks": 0 if pairs is None else len(pairs),
    }  # fmt: skip
    progress("Registered", 1.0)
    return Registration(
        np.linalg.inv(best.matrix), kind, METRICS[alike], before, best.value, overlap, error, warnings,
        settings, time.perf_counter() - began,
    )  # fmt: skip


def _began_at(pairs: Pairs | None, start: FloatArray | None, begin: Begin) -> str:
    return "landmarks" if pairs is not None else begin if start is None else "transform"


def _levels(fixed: Volume, moving: Volume) -> list[Level]:
    a, b = (
        sitk.Clamp(to_sitk(v), sitk.sitkFloat32, -1024.0, METAL_HU) if v.unit == "HU" else to_sitk(v)
        for v in (fixed, moving)
    )
    return [Level(mm, thinned(a, mm), thinned(b, mm), None) for mm in LEVELS_MM]


def _masked(levels: list[Level], fixed: Volume, mask: npt.NDArray[np.bool_]) -> list[Level]:
    image = sitk.GetImageFromArray(mask.astype(np.uint8))
    image.CopyInformation(to_sitk(fixed))
    return [Level(x.mm, x.fixed, x.moving, thinned_mask(image, x.fixed)) for x in levels]


def _followed(levels: list[Level], starts: Starts, judge: Judge, seed: int, progress: Progress) -> list[Run]:
    """The end of every start, rigid. The metric alone would favour an end that shows little of the image."""
    ends, count = [], len(starts.chosen)
    for n, one in enumerate(starts.chosen):
        part = progress.part(n / count, (n + 1) / count)
        try:
            end = optimise.run(levels[1:2], one, "rigid", judge.alike, seed, part)
        except RuntimeError:
            continue  # this start lost the overlap; the others are tried
        ends.append(Run(end.matrix, judge.score(end.matrix)))
    if not ends:
        raise _failed()
    return ends


def _finished(levels: list[Level], best: Run, kind: Kind, judge: Judge, seed: int, progress: Progress) -> Run:
    """The best end on finer images. A second time, since steps become short in a narrow valley."""
    matrix = best.matrix
    try:
        for n, steps in enumerate((levels[1:], levels[2:])):
            matrix = optimise.run(
                steps, matrix, kind, judge.alike, seed, progress.part(n / 2, n / 2 + 0.5)
            ).matrix
    except RuntimeError as error:
        raise _failed() from error
    return Run(matrix, judge.score(matrix))


def _failed() -> GeometryError:
    return GeometryError(
        "register.failed",
        "The images slid apart from every start: they hold too little of the same anatomy.",
        hint="Set three or more pairs of landmarks to start from, or a mask on what both images show.",
        where="images",
    )


def _overlap(judge: Judge, best: Run) -> float:
    share = judge.overlap(best.matrix)
    if share < LEAST_OVERLAP:
        raise GeometryError(
            "register.no_overlap",
            f"The second image covers {100 * share:.0f} % of the first one where it was registered to.",
            hint="Set landmarks to start from, or choose an image of the same part of the body.",
            where="images",
        )
    return share
