"""The offer to resample a sheared or unevenly spaced stack: when it is made, and what it would do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, IntArray, readonly
from surgitwin.core.image import ImageGrid
from surgitwin.imaging.dicom import geometry
from surgitwin.imaging.dicom.geometry import SliceGeometry

LARGEST_STEP_MM = 10.0
"""Numerical setting: no value is made up between slices farther apart. The thickest slices of head protocols
are 10 mm; across more, a whole fragment, branch or calcium can lie between two slices unseen."""

ISOLATED_RATIO = 1.5
"""A step so many times that of both its neighbours is a hole where a slice is missing (numerical setting:
half way between one step and two)."""

STEADY_RUN = 3
"""Numerical setting: this many equal steps are a part of the protocol; fewer may be lost slices."""


@dataclass(frozen=True, eq=False)
class ResampleOffer:
    """What resampling would do to n slices.

    words: what is wrong and what would be done, for people. grid: the regular volume. at_mm: (n,) places of
    the slices along their normal, from the first. shift_mm: (n, 2) how far each lies off the first one's
    normal, along rows (i) and columns (j). tilt_deg: between normal and the way from slice to slice. spans:
    where the slices do not lie on the planes of the volume: (first slice, last slice, distance mm), slices
    counted from 1.
    """

    words: str
    grid: ImageGrid
    at_mm: FloatArray
    shift_mm: FloatArray
    tilt_deg: float
    spans: tuple[tuple[int, int, float], ...]
    method: str = "linear"

    def __post_init__(self) -> None:
        object.__setattr__(self, "at_mm", readonly(self.at_mm, np.float64))
        object.__setattr__(self, "shift_mm", readonly(self.shift_mm, np.float64))

    @property
    def distances_mm(self) -> tuple[float, float]:
        """Smallest and largest distance of neighbouring slices."""
        steps = np.diff(self.at_mm)
        return float(steps.min()), float(steps.max())

    @property
    def spacing_mm(self) -> float:
        """Distance of the volume's planes."""
        return float(self.grid.spacing_mm[2])

    def as_dict(self) -> dict[str, Any]:
        """Plain form; shape and spacing_mm are [k, j, i]."""
        return {
            "words": self.words,
            "method": self.method,
            "shape": list(self.grid.shape),
            "spacing_mm": [float(s) for s in self.grid.spacing_mm[::-1]],
            "tilt_deg": self.tilt_deg,
            "spans": [{"first": a, "last": b, "distance_mm": d} for a, b, d in self.spans],
        }


def holes(steps_mm: FloatArray, numbers: Sequence[float | None] = ()) -> tuple[int, ...]:
    """Indices of the steps (n - 1,) where slices are missing or the distance is too large to fill.

    A step is a hole when it is over `LARGEST_STEP_MM`, when it is `ISOLATED_RATIO` times the smallest step
    and neither close to a neighbour's nor in a run of `STEADY_RUN` equal ones, or when the instance numbers
    of the n slices go on in ones elsewhere but leave some out here.
    """
    count = len(steps_mm)
    small = float(steps_mm.min()) if count else 0.0
    runs = _runs(steps_mm)
    skips = _skips(numbers, count)
    found = []
    for n, step in enumerate(steps_mm):
        beside = [float(steps_mm[m]) for m in (n - 1, n + 1) if 0 <= m < count]
        isolated = bool(beside) and step > ISOLATED_RATIO * max(beside)
        wide = step > ISOLATED_RATIO * small
        short = wide and runs[n] < STEADY_RUN and any(step > ISOLATED_RATIO * b for b in beside)
        if step > LARGEST_STEP_MM or isolated or short or (wide and skips[n]):
            found.append(n)
    return tuple(found)


def _runs(steps_mm: FloatArray) -> IntArray:
    """(n,) how many steps in a row, this one among them, are equal."""
    breaks = np.flatnonzero(np.abs(np.diff(steps_mm)) > geometry.POSITION_TOLERANCE_MM) + 1
    lengths = np.diff(np.concatenate([[0], breaks, [len(steps_mm)]]))
    out: IntArray = np.repeat(lengths, lengths)
    return out


def _skips(numbers: Sequence[float | None], count: int) -> npt.NDArray[np.bool_]:
    """(count,) whether instance numbers that otherwise go on in ones jump at each step."""
    if not numbers or any(n is None for n in numbers):
        return np.zeros(count, bool)
    jumps = np.abs(np.diff(np.array(numbers, float)))
    out: npt.NDArray[np.bool_] = (jumps > 1) & (np.median(jumps) == 1)
    return out


def make_offer(
    positions_mm: FloatArray, found: SliceGeometry, grid: ImageGrid, orientation: FloatArray,
    numbers: Sequence[float | None] = (),
) -> ResampleOffer | None:  # fmt: skip
    """The offer for ordered slices: positions_mm (n, 3) LPS, numbers (n,) their instance numbers.

    None when the tilt is not the same all along, when slices are missing or too far apart, or when two lie
    at one place. grid: that of the stack as it is (its in-plane spacing and size are kept).
    """
    steps = np.diff(found.at_mm)
    if len(steps) < 2 or found.duplicates or holes(steps, numbers):
        return None
    normal = geometry.slice_normal(orientation)
    axes = np.stack([orientation[:3], orientation[3:]])
    axes = axes / np.linalg.norm(axes, axis=1, keepdims=True)
    offsets = positions_mm - positions_mm[0]
    at, shift = offsets @ normal, offsets @ axes.T
    slope = shift[-1] / at[-1]
    if np.abs(shift - at[:, None] * slope).max() > geometry.POSITION_TOLERANCE_MM:
        return None
    if np.abs(shift).max() <= geometry.POSITION_TOLERANCE_MM:
        shift = np.zeros_like(shift)
    step = _target_step(steps, float(grid.spacing_mm[:2].min()))
    target = _target(grid, at, shift, step, np.column_stack([axes[0], axes[1], normal]))
    spans = _spans(at, float(target.spacing_mm[2]))
    return ResampleOffer(_words(found, steps, target, spans), target, at, shift, found.tilt_deg, spans)


def _target_step(steps: FloatArray, in_plane_mm: float) -> float:
    """The smallest distance that is steady, else the smallest; not finer than the pixels."""
    steady = steps[_runs(steps) >= STEADY_RUN]
    return max(float(steady.min() if len(steady) else steps.min()), in_plane_mm)


def _target(
    grid: ImageGrid, at: FloatArray, shift: FloatArray, step: float, direction: FloatArray
) -> ImageGrid:
    """Boxes that hold every slice; the first and the last plane are those of the stack."""
    planes = max(2, round(float(at[-1]) / step) + 1)
    low = shift.min(axis=0)
    grow = np.ceil(np.ptp(shift, axis=0) / grid.spacing_mm[:2] - 1e-6).astype(int)
    shape = (planes, grid.shape[1] + int(grow[1]), grid.shape[2] + int(grow[0]))
    spacing = np.array([*grid.spacing_mm[:2], at[-1] / (planes - 1)])
    origin = grid.origin_mm + direction[:, :2] @ low
    return ImageGrid(shape, origin, spacing, direction)


def _spans(at: FloatArray, step: float) -> tuple[tuple[int, int, float], ...]:
    """Runs of equal distance in which planes of the volume lie between slices."""
    steps = np.diff(at)
    planes = at / step
    off = np.abs(planes - np.rint(planes)) * step > geometry.DUPLICATE_TOLERANCE_MM
    between = off[:-1] | off[1:] | (steps > 1.5 * step)
    out: list[tuple[int, int, float]] = []
    for n in np.flatnonzero(between):
        size = float(steps[n])
        if out and out[-1][1] == n + 1 and abs(out[-1][2] - size) <= geometry.POSITION_TOLERANCE_MM:
            out[-1] = (out[-1][0], int(n) + 2, out[-1][2])
        else:
            out.append((int(n) + 1, int(n) + 2, size))
    return tuple(out)


def _words(
    found: SliceGeometry, steps: FloatArray, target: ImageGrid, spans: Sequence[tuple[int, int, float]]
) -> str:
    """What is wrong and what would be done, in plain words."""
    wrong = []
    if found.off_axis_mm > geometry.POSITION_TOLERANCE_MM:
        wrong.append(f"the slices were taken at a tilt of {found.tilt_deg:.1f} degrees")
    if np.ptp(steps) > geometry.POSITION_TOLERANCE_MM:
        wrong.append(f"their distance changes from {steps.min():.3g} to {steps.max():.3g} mm")
    named = [f"slices {a} to {b} ({d:.3g} mm apart)" for a, b, d in spans[:4]]
    more = f" and {len(spans) - 4} more stretches" if len(spans) > 4 else ""
    between = f", between {', '.join(named)}{more}" if named else ""
    fact = " and ".join(wrong)
    return (
        f"{fact[:1].upper()}{fact[1:]}. Resampled, the volume has planes {target.spacing_mm[2]:.3g} mm "
        f"apart; its values are interpolated linearly{between}. Detail between slices is not measured."
    )
