"""Register a second image of a patient onto the first: starts, runs, and how far they agree."""

from __future__ import annotations

import time

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk  # noqa: N813 - its customary name
from scipy.spatial.transform import Rotation

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import GeometryError, InputError, UsageError
from surgitwin.core.image import Volume
from surgitwin.core.progress import SILENT, Progress
from surgitwin.imaging.convert import to_sitk
from surgitwin.imaging.registration import optimise
from surgitwin.imaging.registration.landmarks import from_landmarks, landmark_errors, left_out_rms
from surgitwin.imaging.registration.optimise import Level, Run
from surgitwin.imaging.registration.pyramid import thinned, thinned_mask
from surgitwin.imaging.registration.types import KINDS, ErrorEstimate, Kind, Pairs, Registration

LEVELS_MM = (8.0, 4.0, 2.0)
"""Numerical setting: spacing of the images from coarse to fine."""
AGAIN = 4
"""Numerical setting: runs from other starts and samples, from whose spread the error is told."""
AWAY_MM, AWAY_DEG = 6.0, 6.0
"""Numerical setting: standard deviation of these starts round the best; the capture range that is told."""
AGREE = 0.03
"""Numerical setting: a run whose metric is within this share of the best one counts as good as it."""
LEAST_OVERLAP, LEAST_SLICES = 0.25, 4
WARN_OVERLAP, WARN_AGREEING = 0.6, 0.5
PROBES = 400


def register(
    fixed: Volume,
    moving: Volume,
    kind: Kind = "rigid",
    *,
    pairs: Pairs | None = None,
    start: FloatArray | None = None,
    mask: npt.NDArray[np.bool_] | None = None,
    seed: int = 1,
    progress: Progress = SILENT,
) -> Registration:
    """The transform that takes `moving` to `fixed`.

    pairs: landmarks to start from (three or more). start: 4x4 moving to fixed points instead; without both
    the scanner's coordinates and the centres of the images are tried. mask: [k, j, i] of `fixed`, what the
    metric looks at. seed: of the samples; equal input gives equal output.

    Raises InputError "image.no_scale", "register.flat_image" (few slices), "register.flat_landmarks",
    UsageError "register.few_landmarks", "register.mask", "register.kind", GeometryError
    "register.no_overlap", "register.failed".
    """
    began = time.perf_counter()
    _check(fixed, moving, kind, mask)
    alike = fixed.modality == moving.modality
    levels = _levels(fixed, moving, mask)
    starts = _starts(levels[0], pairs, start, kind, alike, seed)
    best = _best(levels, starts, kind, alike, seed, progress.part(0.05, 0.5))
    others = _again(levels[1:], best, kind, alike, seed, progress.part(0.5, 0.98))
    matrix = np.linalg.inv(best.matrix)
    probes = _probes(fixed, mask, seed)
    overlap = _overlap(probes, best.matrix, moving)
    before = max(optimise.metric_at(levels[-1], m, alike, seed) for m in starts)
    error = _error(best, others, probes, pairs, matrix, kind)
    progress("Registered", 1.0)
    return Registration(
        matrix, kind, "correlation" if alike else "mutual information", before, best.value, overlap, error,
        _warnings(error, overlap, matrix, starts, kind),
        {"levels_mm": list(LEVELS_MM), "samples": optimise.SAMPLES, "seed": seed, "starts": len(starts),
         "masked": mask is not None, "landmarks": 0 if pairs is None else len(pairs)},
        time.perf_counter() - began,
    )  # fmt: skip


def _check(fixed: Volume, moving: Volume, kind: str, mask: npt.NDArray[np.bool_] | None) -> None:
    if kind not in KINDS:
        raise UsageError(
            "register.kind",
            f"There is no registration {kind!r}.",
            hint=f"Choose one of: {', '.join(KINDS)}.",
            where="kind",
        )
    for name, volume in (("first", fixed), ("second", moving)):
        volume.require_scale()
        if min(volume.grid.shape) < LEAST_SLICES:
            raise InputError(
                "register.flat_image",
                f"The {name} image has {min(volume.grid.shape)} slices; a registration in space needs "
                f"{LEAST_SLICES} or more.",
                hint="Choose a series with all slices.",
                where=name,
            )
    if mask is not None and (mask.shape != fixed.grid.shape or not mask.any()):
        raise UsageError(
            "register.mask",
            "The mask is empty or does not fit the first image.",
            hint="Name a segment of this case that has voxels.",
            where="mask",
        )


def _levels(fixed: Volume, moving: Volume, mask: npt.NDArray[np.bool_] | None) -> list[Level]:
    a, b = to_sitk(fixed), to_sitk(moving)
    m = None
    if mask is not None:
        m = sitk.GetImageFromArray(mask.astype(np.uint8))
        m.CopyInformation(a)
    out = []
    for mm in LEVELS_MM:
        small = thinned(a, mm)
        out.append(Level(mm, small, thinned(b, mm), None if m is None else thinned_mask(m, small)))
    return out


def _starts(
    level: Level, pairs: Pairs | None, start: FloatArray | None, kind: Kind, alike: bool, seed: int
) -> list[FloatArray]:
    """4x4 fixed to moving points, those that overlap, best first; landmarks alone when they are given."""
    if pairs is not None:
        return [np.linalg.inv(from_landmarks(pairs, "rigid" if len(pairs) < 4 else kind))]
    if start is not None:
        return [np.linalg.inv(np.asarray(start, float))]
    centres = np.eye(4)
    centres[:3, 3] = _middle(level.moving) - _middle(level.fixed)
    by_moments = sitk.CenteredTransformInitializerFilter.MOMENTS
    moments = optimise.matrix_of(
        sitk.CenteredTransformInitializer(level.fixed, level.moving, sitk.Euler3DTransform(), by_moments)
    )
    tried = [np.eye(4), centres, moments]
    values = [optimise.metric_at(level, m, alike, seed) for m in tried]
    good = [m for _, m in sorted(zip(values, tried, strict=True), key=lambda x: -x[0]) if np.isfinite(_)]
    if not good:
        raise GeometryError(
            "register.no_overlap",
            "The two images do not overlap, neither in the scanner's coordinates nor centre on centre.",
            hint="Set three or more pairs of landmarks to start from.",
            where="images",
        )
    return good


def _best(
    levels: list[Level], starts: list[FloatArray], kind: Kind, alike: bool, seed: int, progress: Progress
) -> Run:
    """The best end of all starts; the first levels rigid."""
    ends = []
    for n, one in enumerate(starts):
        part = progress.part(n / len(starts), (n + 1) / len(starts))
        try:
            ends.append(optimise.run(levels[:-1], one, "rigid", alike, seed, part))
        except RuntimeError:
            continue  # this start lost the overlap; the others are tried
    if not ends:
        raise _failed()
    best = max(ends, key=lambda r: r.value)
    last = levels[-2:] if kind == "affine" else levels[-1:]
    try:
        return optimise.run(last, best.matrix, kind, alike, seed, progress.part(0.9, 1))
    except RuntimeError as error:
        raise _failed() from error


def _failed() -> GeometryError:
    return GeometryError(
        "register.failed",
        "The images slid apart from every start: they hold too little of the same anatomy.",
        hint="Set three or more pairs of landmarks to start from, or a mask on what both images show.",
        where="images",
    )


def _again(
    levels: list[Level], best: Run, kind: Kind, alike: bool, seed: int, progress: Progress
) -> list[Run]:
    """Runs from starts round the best one with other samples."""
    random = np.random.default_rng(seed)
    centre = _middle(levels[0].fixed)
    out = []
    for n in range(AGAIN):
        away = np.eye(4)
        turn = np.radians(random.normal(0, AWAY_DEG, 3) / np.sqrt(3))
        away[:3, :3] = Rotation.from_rotvec(turn).as_matrix()
        away[:3, 3] = centre - away[:3, :3] @ centre + random.normal(0, AWAY_MM, 3) / np.sqrt(3)
        try:
            part = progress.part(n / AGAIN, (n + 1) / AGAIN)
            out.append(optimise.run(levels, best.matrix @ away, kind, alike, seed + 1 + n, part))
        except RuntimeError:
            continue  # slid apart: it counts as one that does not agree
    return out


def _probes(fixed: Volume, mask: npt.NDArray[np.bool_] | None, seed: int) -> FloatArray:
    """(n, 3) LPS points of the fixed image (of its mask) that errors are told at."""
    random = np.random.default_rng(seed)
    if mask is None:
        ijk = random.random((PROBES, 3)) * (np.array(fixed.grid.shape[::-1]) - 1)
    else:
        kji = np.argwhere(mask)
        ijk = kji[random.integers(0, len(kji), PROBES)][:, ::-1]
    return fixed.grid.index_to_lps(ijk)


def _overlap(probes: FloatArray, matrix: FloatArray, moving: Volume) -> float:
    ijk = moving.grid.lps_to_index(probes @ matrix[:3, :3].T + matrix[:3, 3])
    inside = ((ijk >= -0.5) & (ijk <= np.array(moving.grid.shape[::-1]) - 0.5)).all(axis=1)
    share = float(inside.mean())
    if share < LEAST_OVERLAP:
        raise GeometryError(
            "register.no_overlap",
            f"The second image covers {100 * share:.0f} % of the first one where it was registered to.",
            hint="Set landmarks to start from, or choose an image of the same part of the body.",
            where="images",
        )
    return share


def _error(
    best: Run, others: list[Run], probes: FloatArray, pairs: Pairs | None, matrix: FloatArray, kind: Kind
) -> ErrorEstimate:
    good = [r for r in others if r.value >= best.value - AGREE * abs(best.value)]
    at = probes @ best.matrix[:3, :3].T + best.matrix[:3, 3]
    away = [np.linalg.norm(probes @ r.matrix[:3, :3].T + r.matrix[:3, 3] - at, axis=1) for r in good]
    spread = np.concatenate(away) if away else np.array([np.nan])
    rms = None if pairs is None else float(np.sqrt(np.mean(np.square(landmark_errors(pairs, matrix)))))
    return ErrorEstimate(
        float(np.median(spread)), float(np.percentile(spread, 95)), None, rms,
        None if pairs is None else left_out_rms(pairs, kind), AGAIN, len(good),
    )  # fmt: skip


def _warnings(
    error: ErrorEstimate, overlap: float, matrix: FloatArray, starts: list[FloatArray], kind: Kind
) -> tuple[str, ...]:
    out = []
    if overlap < WARN_OVERLAP:
        out.append(f"The images overlap by {100 * overlap:.0f} % only.")
    if error.agreeing < WARN_AGREEING * error.runs:
        out.append(
            f"{error.agreeing} of {error.runs} runs from nearby starts ended as well: look at the overlay "
            "and set landmarks."
        )
    stretch = np.linalg.svd(matrix[:3, :3], compute_uv=False)
    if kind == "affine" and (stretch.max() > 1.1 or stretch.min() < 0.9):
        out.append(f"The image was stretched by {stretch.min():.2f} to {stretch.max():.2f}.")
    if error.landmark_left_out_mm is None:
        out.append("Not checked against known points: look at the overlay before you use it.")
    return tuple(out)


def _middle(image: sitk.Image) -> FloatArray:
    return np.array(image.TransformContinuousIndexToPhysicalPoint([(n - 1) / 2 for n in image.GetSize()]))
