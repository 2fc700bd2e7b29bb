"""One run of SimpleITK's registration over coarse to fine images, from one start."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
import SimpleITK as sitk  # noqa: N813 - its customary name

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import Cancelled
from surgitwin.core.progress import SILENT, Progress
from surgitwin.imaging.registration.types import Kind

SAMPLES = 8_000
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

    @cached_property
    def _points_mm(self) -> FloatArray:
        """Every voxel of the mask, or the corners of the image."""
        if self.fixed_mask is not None:
            kji = np.argwhere(sitk.GetArrayViewFromImage(self.fixed_mask) > 0)
        else:
            kji = np.array(list(product(*((0, n - 1) for n in self.fixed.GetSize()[::-1]))))
        axes = np.array(self.fixed.GetDirection()).reshape(3, 3) * np.array(self.fixed.GetSpacing())
        out: FloatArray = kji[:, ::-1] @ axes.T + np.array(self.fixed.GetOrigin())
        return out

    @property
    def centre_mm(self) -> FloatArray:
        """(3,) LPS, middle of what is compared."""
        return np.asarray(self._points_mm.mean(axis=0))

    @property
    def extent_mm(self) -> FloatArray:
        """(3,) how far it reaches from there along x, y and z (standard deviation)."""
        return np.maximum(self._points_mm.std(axis=0), self.mm)


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


def _level(
    level: Level, matrix: FloatArray, kind: Kind, alike: bool, seed: int, progress: Progress
) -> tuple[FloatArray, float]:
    method = _method(level, alike, seed)
    transform = transform_of(matrix, kind, level.centre_mm)
    method.SetOptimizerAsRegularStepGradientDescent(
        learningRate=1.0, minStep=SMALLEST_STEP, numberOfIterations=STEPS, relaxationFactor=0.7,
        gradientMagnitudeTolerance=1e-8,
    )  # fmt: skip
    method.SetOptimizerScales(_scales(level, kind))
    method.SetInitialTransform(transform, inPlace=True)
    step = 0
    stopped: list[Cancelled] = []

    def told() -> None:
        nonlocal step
        step += 1
        try:
            progress(f"Registering at {level.mm:g} mm", min(step / STEPS, 1.0))
        except Cancelled as error:  # ITK would turn it into an error of its own
            stopped.append(error)
            method.StopRegistration()

    method.AddCommand(sitk.sitkIterationEvent, told)
    method.Execute(level.fixed, level.moving)
    if stopped:
        raise stopped[0]
    return matrix_of(transform), -float(method.GetMetricValue())


def _method(level: Level, alike: bool, seed: int) -> sitk.ImageRegistrationMethod:
    method = sitk.ImageRegistrationMethod()
    if alike:
        method.SetMetricAsCorrelation()
    else:
        method.SetMetricAsMattesMutualInformation(numberOfHistogramBins=BINS)
    count = int(np.prod(level.fixed.GetSize()))
    if level.fixed_mask is not None:  # the share is of the voxels that the mask leaves
        count = max(int(np.count_nonzero(sitk.GetArrayViewFromImage(level.fixed_mask))), 1)
    method.SetMetricSamplingStrategy(method.RANDOM)
    method.SetMetricSamplingPercentage(min(1.0, SAMPLES / count), seed)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetNumberOfThreads(1)  # the sum over threads is in another order each time
    if level.fixed_mask is not None:
        method.SetMetricFixedMask(level.fixed_mask)
    return method


def _scales(level: Level, kind: Kind) -> list[float]:
    """Weights that make a unit of every parameter move the compared part about as far.

    ITK can estimate them, but from points that it draws anew each time.
    """
    turn = float(np.sum(level.extent_mm**2))
    if kind == "rigid":
        return [turn] * 3 + [1.0] * 3
    return [float(x) for x in np.tile(level.extent_mm**2, 3)] + [1.0] * 3


def transform_of(matrix: FloatArray, kind: Kind, centre: FloatArray) -> sitk.Transform:
    """SimpleITK's transform of a 4x4 about `centre` (LPS mm), so that turning does not shift."""
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
