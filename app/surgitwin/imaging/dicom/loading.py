"""Pixels of a series as one volume in patient coordinates."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom

from surgitwin.core.errors import InputError
from surgitwin.core.image import Volume
from surgitwin.core.progress import SILENT, Progress
from surgitwin.imaging.dicom.decoding import decode
from surgitwin.imaging.dicom.series import Series

AIR_HU = -1000.0
"""Value given to padded pixels outside the field of a CT: Hounsfield's definition of air."""

PADDING_LIMIT_HU = -900.0
"""A padding value above this is a value of tissue in a faulty header and is not replaced."""

HU_RANGE = (-40_000.0, 70_000.0)
"""Values that a 16-bit CT can hold with a slope of 1; more is a value in another unit."""


def load_series(series: Series, progress: Progress = SILENT) -> Volume:
    """Volume [k, j, i] of a series that is not refused; each slice has its own rescale.

    int16 when all values are whole numbers that fit, else float32. Padded pixels of a CT become -1000 HU.
    A cancel point per slice. Raises InputError: the series' code when refused, "dicom.undecodable",
    "dicom.changed" (a file is not what the scan saw), "dicom.wrong_units" (values no CT can hold).
    """
    grid = series.require_usable()
    array: npt.NDArray[Any] = np.empty(grid.shape, np.int16)
    padded = 0
    for k, source in enumerate(series.slices):
        progress("Reading slices", k / len(series.slices))
        dataset, stored = decode(source)
        if stored.shape != grid.shape[1:]:
            raise _changed(source.name)
        values, count = rescaled(dataset, stored, series.modality)
        padded += count
        _check_range(values, series, source.name)
        if array.dtype == np.int16 and not _fits_int16(values):
            array = array.astype(np.float32)
        array[k] = values
    progress("Slices read", 1.0)
    return Volume(array, grid, series.modality, series.unit, _meta(series, padded))


def _changed(name: str) -> InputError:
    return InputError(
        "dicom.changed",
        f"{name} is not the image that the scan saw.",
        hint="Scan the folder again.",
        where=name,
    )


def rescaled(
    dataset: pydicom.Dataset, stored: npt.NDArray[Any], modality: str
) -> tuple[npt.NDArray[Any], int]:
    """Stored values times slope plus intercept (PS3.3 C.11.1), and how many pixels were padding."""
    slope = float(dataset.get("RescaleSlope", 1) or 1)
    intercept = float(dataset.get("RescaleIntercept", 0) or 0)
    if slope.is_integer() and intercept.is_integer():
        values: npt.NDArray[Any] = stored.astype(np.int32)
        values = values * int(slope) + int(intercept)
    else:
        values = stored.astype(np.float32) * np.float32(slope) + np.float32(intercept)
    padding = _padding(dataset, stored) if modality == "CT" else None
    if padding is None:
        return values, 0
    replaced = padding & (values <= PADDING_LIMIT_HU)
    values[replaced] = AIR_HU
    return values, int(np.count_nonzero(replaced))


def _padding(dataset: pydicom.Dataset, stored: npt.NDArray[Any]) -> npt.NDArray[np.bool_] | None:
    """Pixels between PixelPaddingValue and PixelPaddingRangeLimit (PS3.3 C.7.5.1.1.2)."""
    first = dataset.get("PixelPaddingValue")
    if first is None:
        return None
    limit = dataset.get("PixelPaddingRangeLimit")
    low, high = sorted((int(first), int(first if limit is None else limit)))
    out: npt.NDArray[np.bool_] = (stored >= low) & (stored <= high)
    return out


def _fits_int16(values: npt.NDArray[Any]) -> bool:
    if values.dtype.kind == "f" and not (values == np.rint(values)).all():
        return False
    return bool(values.min() >= -32768 and values.max() <= 32767)


def _check_range(values: npt.NDArray[Any], series: Series, name: str) -> None:
    if series.modality == "CT" and not (HU_RANGE[0] <= values.min() and values.max() <= HU_RANGE[1]):
        raise InputError(
            "dicom.wrong_units",
            f"{name} holds values from {values.min():.6g} to {values.max():.6g}: not Hounsfield units.",
            hint="Export the original CT series.",
            where=name,
        )


def _meta(series: Series, padded: int) -> dict[str, Any]:
    return {
        "series_uid": series.uid,
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
        "notes": list(series.notes),
    }
