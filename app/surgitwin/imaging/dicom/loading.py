"""Pixels of a series as one volume in patient coordinates."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import psutil

from surgitwin.core.errors import InputError
from surgitwin.core.image import ImageGrid, Volume
from surgitwin.core.progress import SILENT, Progress
from surgitwin.imaging.dicom.frame_pixels import changed, stored_frames
from surgitwin.imaging.dicom.frames import Frame
from surgitwin.imaging.dicom.resample import resampled
from surgitwin.imaging.dicom.series import Series

AIR_HU = -1000.0
"""Value given to padded pixels outside the field of a CT: Hounsfield's definition of air."""

PADDING_LIMIT_HU = -900.0
"""A padding value above this is a value of tissue in a faulty header and is not replaced."""

FLOOR_HU = -1024.0
"""Lowest value of the 12-bit CT scale; nothing in a body or around it measures less but noise."""

FLOOR_SHARE = 1e-3
"""Numerical setting: when at least this share of a slice has its lowest value and that lies below
`FLOOR_HU`, the
value fills what was not measured (scanners write -2000, -3024, -8192). Noise hardly repeats its extreme."""

HU_RANGE = (-40_000.0, 70_000.0)
"""Values that a 16-bit CT can hold with a slope of 1; more is a value in another unit."""

INT16 = (-32768, 32767)


def load_series(series: Series, progress: Progress = SILENT, *, resample: bool = False) -> Volume:
    """Volume [k, j, i] of a series that is not refused; each slice has its own rescale.

    int16 when all values are whole numbers that fit, else float32. Padded pixels of a CT become -1000 HU.
    resample: do what `series.resample` offers; without it a sheared or uneven stack raises its problem.
    Each file is opened once; a cancel point per slice. Raises InputError: the series' code when refused,
    "dicom.undecodable", "dicom.changed" (a file is not what the scan saw),
    "dicom.too_large" (more than the free memory), "dicom.wrong_units" (values no
    CT can hold).
    """
    grid = series.require_usable(resample)
    _require_room(grid)
    offer = series.resample if resample else None
    rows, columns = (series.grid or grid).shape[1:]
    stack = _Stack(series, (len(series.slices), rows, columns))
    reading = progress if offer is None else progress.part(0.0, 0.8)
    with closing(stored_frames(series.slices)) as frames:  # a cancelled load ends what decodes for it
        for n, (k, stored) in enumerate(frames):
            reading("Reading slices", n / len(series.slices))
            stack.put(k, stored)
    stack.clear_floor()
    array = stack.array
    if offer is not None:
        outside = AIR_HU if series.unit == "HU" else float(array.min())
        array = resampled(array, offer, outside, progress.part(0.8, 1.0))
    progress("Slices read", 1.0)
    return Volume(array, grid, series.modality, series.unit, _meta(series, stack.padded, resample=resample))


def _require_room(grid: ImageGrid) -> None:
    """A volume that does not fit the free memory is said before it is read."""
    needed, free = 2 * float(np.prod([float(n) for n in grid.shape])), psutil.virtual_memory().available
    if needed > free:
        raise InputError(
            "dicom.too_large",
            f"The volume needs {needed / 2**30:.1f} GiB of memory and {free / 2**30:.1f} GiB are free.",
            hint="Close other programs, or export a part of the series.",
        )


@dataclass
class _Stack:
    """The slices read so far. padded: voxels that were replaced. floors: (slice, lowest value, whether a
    fill).
    """

    series: Series
    shape: tuple[int, int, int]
    array: npt.NDArray[Any] = field(default_factory=lambda: np.empty((0, 0, 0), np.int16))
    padded: int = 0
    floors: list[tuple[int, float, bool]] = field(default_factory=list)

    def put(self, k: int, stored: npt.NDArray[Any]) -> None:
        """Rescale one slice into its place; whole numbers without a copy of it."""
        frame = self.series.slices[k]
        if stored.shape != self.shape[1:]:
            raise changed(frame.source.name)
        if not self.array.size:  # only now: the size that a header claims may be made up
            self.array = np.empty(self.shape, np.int16)
        ends = sorted(frame.slope * float(x) + frame.intercept for x in (stored.min(), stored.max()))
        self._check_range(ends, frame.name)
        whole = stored.dtype.kind in "iu" and frame.slope.is_integer() and frame.intercept.is_integer()
        if self.array.dtype == np.int16 and whole and INT16[0] <= ends[0] and ends[1] <= INT16[1]:
            self._put_whole(k, stored, frame)
        else:
            values = _scaled(stored, frame)
            if self.array.dtype == np.int16 and not _fits_int16(values):
                self.array = self.array.astype(np.float32)
            self.array[k] = values
        if self.series.modality == "CT":
            self._clear_padding(k, stored, frame, ends[0])

    def _put_whole(self, k: int, stored: npt.NDArray[Any], frame: Frame) -> None:
        """In 16 bits: what wraps round on the way comes back, for the result fits."""
        place = self.array[k]
        np.copyto(place, stored, casting="unsafe")
        with np.errstate(over="ignore"):
            if frame.slope != 1:
                place *= np.array(int(frame.slope) & 0xFFFF, np.uint16).astype(np.int16)
            if frame.intercept:
                place += np.array(int(frame.intercept) & 0xFFFF, np.uint16).astype(np.int16)

    def _clear_padding(self, k: int, stored: npt.NDArray[Any], frame: Frame, lowest: float) -> None:
        place = self.array[k]
        if frame.padding is not None:
            low, high = frame.padding
            replaced = (stored >= low) & (stored <= high) & (place <= PADDING_LIMIT_HU)
            count = int(np.count_nonzero(replaced))
            if count:
                place[replaced] = AIR_HU
                self.padded += count
                lowest = float(place.min()) if lowest < FLOOR_HU else lowest
        if lowest < FLOOR_HU and self.series.unit == "HU":
            same = int(np.count_nonzero(place == place.dtype.type(lowest)))
            self.floors.append((k, lowest, same >= FLOOR_SHARE * place.size))

    def clear_floor(self) -> None:
        """Replace a fill below the scale in every slice that has it as its lowest value."""
        fills = {value for _, value, is_fill in self.floors if is_fill}
        for k, value, _ in self.floors:
            if value in fills:
                replaced = self.array[k] == self.array.dtype.type(value)
                self.array[k][replaced] = AIR_HU
                self.padded += int(np.count_nonzero(replaced))

    def _check_range(self, ends: list[float], name: str) -> None:
        if self.series.modality == "CT" and not (HU_RANGE[0] <= ends[0] and ends[1] <= HU_RANGE[1]):
            raise InputError(
                "dicom.wrong_units",
                f"{name} holds values from {ends[0]:.6g} to {ends[1]:.6g}: not Hounsfield units.",
                hint="Export the original CT series.",
                where=name,
            )


def _scaled(stored: npt.NDArray[Any], frame: Frame) -> npt.NDArray[Any]:
    """Stored values times slope plus intercept (PS3.3 C.11.1), whole numbers as int32 where they are."""
    slope, intercept = frame.slope, frame.intercept
    small = stored.dtype.kind in "iu" and stored.itemsize <= 2
    if small and slope.is_integer() and intercept.is_integer() and abs(slope) + abs(intercept) < 2**15:
        values: npt.NDArray[Any] = stored.astype(np.int32)
        return values * int(slope) + int(intercept)
    return stored.astype(np.float32) * np.float32(slope) + np.float32(intercept)


def rescaled(frame: Frame, stored: npt.NDArray[Any], modality: str) -> npt.NDArray[Any]:
    """Values of one slice for a picture of it; padded pixels of a CT are air."""
    values = _scaled(stored, frame)
    if modality == "CT" and frame.padding is not None:
        low, high = frame.padding
        values[(stored >= low) & (stored <= high) & (values <= PADDING_LIMIT_HU)] = AIR_HU
    return values


def _fits_int16(values: npt.NDArray[Any]) -> bool:
    if values.dtype.kind == "f" and not (values == np.rint(values)).all():
        return False
    return bool(values.min() >= INT16[0] and values.max() <= INT16[1])


def _meta(series: Series, padded: int, *, resample: bool) -> dict[str, Any]:
    offer = series.resample if resample else None
    notes = list(series.notes) if offer is None else [*series.notes, f"Resampled on import. {offer.words}"]
    return {
        "series_uid": series.base_uid,
        "stack": series.stack,
        "study_uid": series.study_uid,
        "description": series.description,
        "body_weight_kg": series.body_weight_kg,
        "patient_code": series.patient_code,
        "sex": series.sex,
        "age": series.age,
        "date": series.date,
        "kvp": series.kvp,
        "kernel": series.kernel,
        "contrast": series.contrast,
        "cardiac_phase_percent": series.cardiac_phase_percent,
        "laterality": series.laterality,
        "window_center": series.window_center,
        "window_width": series.window_width,
        "padded_voxels": padded,
        "resampled": None if offer is None else offer.as_dict(),
        "notes": notes,
    }
