"""One run of SimpleITK's registration over coarse to fine images, from one start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk  # noqa: N813 - its customary name

from surgitwin.core.arrays import FloatArray
from surgitwin.core.progress import SILENT, Progress
from surgitwin.imaging.registration.types import Kind

SAMPLES = 20_000
"""Numerical setting: voxels that a metric is read at."""
BINS = 40
"""Numerical setting: bins of each image in the joint histogram (Mattes 2003 uses 32 to 64)."""
STEPS = 120
"""Numerical setting: most steps on one level."""
SMALLEST_STEP = 1e-3
"""Numerical setting: a level ends when a step moves the image by less, in voxels of that level."""


@dataclass(frozen=True, eq=False)
class Level:
    """Images of one spacing; fixed_mask may be None."""

    mm: float
    fixed: sitk.Image
    moving: sitk.Image
    fixed_mask: sitk.Image | None


@dataclass(frozen=True, eq=False)
class Run:
    """matrix: fixed LPS points to moving ones, as SimpleITK maps. value: the metric, larger is better."""

    matrix: FloatArray
    value: float


def run(
    levels: list[Level], start: FloatArray, kind: Kind, alike: bool, seed: int, progress: Progress = SILENT
) -> Run:
    """Follow the metric from `start` (4x4, fixed to moving points) through all levels.

    alike: same modality, then correlation; else mutual information (Mattes). Cancel point at every step.
    """
    matrix, value = start, -np.inf
    for n, level in enumerate(levels):
        part = progress.part(n / len(levels), (n + 1) / len(levels))
        matrix, value = _level(level, matrix, kind, alike, seed, part)
    return Run(matrix, value)


def metric_at(level: Level, matrix: FloatArray, alike: bool, seed: int) -> float:
    """The metric of a transform (fixed to moving points), larger is better; -inf without overlap."""
    method = _method(level, alike, seed)
    method.SetInitialTransform(transform_of(matrix, "affine", level.fixed))
    try:
        return -float(method.MetricEvaluate(level.fixed, level.moving))
    except RuntimeError:
        return -np.inf


def _level(
    level: Level, matrix: FloatArray, kind: Kind, alike: bool, seed: int, progress: Progress
) -> tuple[FloatArray, float]:
    method = _method(level, alike, seed)
    transform = transform_of(matrix, kind, level.fixed)
    method.SetOptimizerAsRegularStepGradientDescent(
        learningRate=1.0, minStep=SMALLEST_STEP, numberOfIterations=STEPS, relaxationFactor=0.6,
        gradientMagnitudeTolerance=1e-8,
    )  # fmt: skip
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetInitialTransform(transform, inPlace=True)
    step = 0

    def told() -> None:
        nonlocal step
        step += 1
        progress(f"Registering at {level.mm:g} mm", min(step / STEPS, 1.0))

    method.AddCommand(sitk.sitkIterationEvent, told)
    method.Execute(level.fixed, level.moving)
    return matrix_of(transform), -float(method.GetMetricValue())


def _method(level: Level, alike: bool, seed: int) -> sitk.ImageRegistrationMethod:
    method = sitk.ImageRegistrationMethod()
    if alike:
        method.SetMetricAsCorrelation()
    else:
        method.SetMetricAsMattesMutualInformation(numberOfHistogramBins=BINS)
    count = int(np.prod(level.fixed.GetSize()))
    method.SetMetricSamplingStrategy(method.RANDOM)
    method.SetMetricSamplingPercentage(min(1.0, SAMPLES / count), seed)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetNumberOfThreads(1)  # the sum over threads is in another order each time
    if level.fixed_mask is not None:
        method.SetMetricFixedMask(level.fixed_mask)
    return method


def transform_of(matrix: FloatArray, kind: Kind, fixed: sitk.Image) -> sitk.Transform:
    """SimpleITK's transform of a 4x4 about the middle of the fixed image, so that turning does not shift."""
    centre = np.array(fixed.TransformContinuousIndexToPhysicalPoint([(n - 1) / 2 for n in fixed.GetSize()]))
    shift = (matrix[:3, 3] + matrix[:3, :3] @ centre - centre).tolist()
    if kind == "rigid":
        turned = sitk.Euler3DTransform()
        turned.SetCenter(centre.tolist())
        turned.SetMatrix(_nearest_rotation(matrix[:3, :3]).ravel().tolist(), 1e-6)
        turned.SetTranslation(shift)
        return turned
    stretched = sitk.AffineTransform(3)
    stretched.SetCenter(centre.tolist())
    stretched.SetMatrix(matrix[:3, :3].ravel().tolist())
    stretched.SetTranslation(shift)
    return stretched


def matrix_of(transform: sitk.Transform) -> FloatArray:
    """4x4 of a linear transform: fixed LPS points to moving ones."""
    out = np.eye(4)
    zero = np.array(transform.TransformPoint((0.0, 0.0, 0.0)))
    for n in range(3):
        unit = [0.0, 0.0, 0.0]
        unit[n] = 1.0
        out[:3, n] = np.array(transform.TransformPoint(unit)) - zero
    out[:3, 3] = zero
    return out


def _nearest_rotation(linear: FloatArray) -> FloatArray:
    u, _, vt = np.linalg.svd(linear)
    out: FloatArray = u @ np.diag([1.0, 1.0, np.linalg.det(u @ vt)]) @ vt
    return out
