"""Faces cut out of the files of a series: the same voxels, found once in the whole image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pydicom

from surgitwin.core.errors import InputError
from surgitwin.core.progress import SILENT, Progress
from surgitwin.exchange.deidentify.face_region import face_region
from surgitwin.imaging import Series, load_series, scan_all
from surgitwin.imaging.dicom.loading import AIR_HU

Mask = tuple[npt.NDArray[np.bool_], float]
"""Face of the frames of a file [frame, row, column], and the stored number that stands for air."""


def face_masks(paths: Sequence[Path], wanted: set[str], progress: Progress = SILENT) -> Mapping[str, Mask]:
    """By name of the file, for the head series `wanted` (UIDs) in which a face was found."""
    out: dict[str, Mask] = {}
    if not wanted:
        return out
    found = [s for s in scan_all(list(paths), progress.part(0.0, 0.3)).series if s.base_uid in wanted]
    for n, series in enumerate(found):
        part = progress.part(0.3 + 0.7 * n / len(found), 0.3 + 0.7 * (n + 1) / len(found))
        if series.grid is None or series.status == "refused":
            continue
        try:
            volume = load_series(series, part)
        except InputError:
            continue
        face = face_region(volume)
        if face is not None and face.any():
            _by_file(series, face, out)
    return out


def _by_file(series: Series, face: npt.NDArray[np.bool_], out: dict[str, Mask]) -> None:
    for k, frame in enumerate(series.slices):
        air = (AIR_HU - frame.intercept) / frame.slope if series.unit == "HU" else 0.0
        mask, _ = out.setdefault(frame.source.name, (np.zeros((frame.count, *face.shape[1:]), bool), air))
        mask[frame.number] |= face[k]


def cut_out(dataset: pydicom.Dataset, face: npt.NDArray[np.bool_], air: float) -> None:
    """Set the face of plain pixels (see `pixels`) to air, as near as the stored numbers go."""
    bits = int(dataset.BitsAllocated)
    sign = "i" if int(dataset.PixelRepresentation) else "u"
    pixels = np.frombuffer(dataset.PixelData, f"<{sign}{bits // 8}").copy()
    stored = int(dataset.BitsStored)
    low, high = (-(1 << stored - 1), (1 << stored - 1) - 1) if sign == "i" else (0, (1 << stored) - 1)
    pixels[: face.size][face.ravel()] = int(np.clip(round(air), low, high))
    dataset.PixelData = pixels.tobytes()
    dataset["PixelData"].VR = "OW" if bits > 8 else "OB"
