"""The DICOM images that a case was made from, found again and checked by UID and geometry."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom

from surgitwin.core.errors import InputError
from surgitwin.core.image import ImageGrid
from surgitwin.core.progress import SILENT, Progress
from surgitwin.imaging import scan

SAME_MM = 0.01
"""Numerical setting: how far a voxel of the found series may lie from that of the case; a case keeps its grid
to the last digit, and DICOM writes positions with up to 16 characters."""


MAY_BE_EMPTY = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID",
    "AccessionNumber", "ReferringPhysicianName", "PositionReferenceIndicator",
)  # fmt: skip
"""Type 2 attributes of patient, study and frame of reference (PS3.3 C.7): an image without them is given them
empty, as the standard has it; highdicom wants them there."""


def source_headers(
    folder: Path, series_uid: str, grid: ImageGrid, progress: Progress = SILENT, *, stack: str = ""
) -> list[pydicom.Dataset]:
    """Headers without pixels of the series below `folder`, one a file, in the order of `grid`.

    stack: `Series.stack` of the images, where the series holds several.
    Raises InputError "seg.source_missing" (no series of that UID), "seg.source_geometry" (its voxels are not
    those of the case), and the errors of a scan.
    """
    found = [s for s in scan(folder, progress) if s.base_uid == series_uid and s.stack == stack]
    if not found:
        raise InputError(
            "seg.source_missing",
            f"The series {' '.join(filter(None, (series_uid, stack)))} that the case was made from is not in "
            f"{folder}.",
            hint="Name the folder of the original DICOM images with --source.",
            where=str(folder),
        )
    own = found[0].grid
    if own is None or own.shape != grid.shape or not _same(own, grid):
        raise InputError(
            "seg.source_geometry",
            f"The series in {folder} has other voxels than the case's image: it was resampled, or changed.",
            hint="Export a NIfTI or NRRD label map, which needs no source images.",
            where=str(folder),
        )
    sources = list(dict.fromkeys(frame.source for frame in found[0].slices))
    headers: list[pydicom.Dataset] = []
    for n, source in enumerate(sources):
        progress("Reading headers", n / len(sources))
        with source.open() as stream:
            header = pydicom.dcmread(stream, stop_before_pixels=True, force=True)
        for keyword in MAY_BE_EMPTY:
            if keyword not in header:
                setattr(header, keyword, None)
        headers.append(header)
    return headers


def _same(a: ImageGrid, b: ImageGrid) -> bool:
    corners = np.array(np.meshgrid(*[(0, n - 1) for n in a.shape[::-1]], indexing="ij")).reshape(3, -1).T
    return float(np.abs(a.index_to_lps(corners) - b.index_to_lps(corners)).max()) <= SAME_MM
