"""Enhanced multi-frame files written on the fly: shared and per-frame functional groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pydicom
from dicom_factory import _text
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    UID,
    EnhancedCTImageStorage,
    EnhancedMRImageStorage,
    ExplicitVRLittleEndian,
    XRay3DAngiographicImageStorage,
    generate_uid,
)

from surgitwin.core.image import ImageGrid

CLASSES = {"CT": EnhancedCTImageStorage, "MR": EnhancedMRImageStorage, "XA": XRay3DAngiographicImageStorage}
Edit = Callable[[Dataset, int], None]


def item(**values: object) -> Dataset:
    """A data set with these attributes."""
    out = Dataset()
    for name, value in values.items():
        setattr(out, name, value)
    return out


def write_multiframe(
    file: Path,
    array: np.ndarray,
    grid: ImageGrid,
    *,
    order: Sequence[int] | None = None,
    modality: str = "CT",
    intercepts: Sequence[float] | float = -1024.0,
    edit: Edit | None = None,
    finish: Callable[[Dataset], None] | None = None,
    syntax: UID = ExplicitVRLittleEndian,
    signed: bool = False,
) -> Path:
    """All slices [k, j, i] in one file, frame n holding slice order[n].

    `edit(item, k)` changes the functional groups of one frame, `finish(dataset)` the whole.
    """
    order = list(range(grid.shape[0])) if order is None else list(order)
    offsets = np.broadcast_to(intercepts, grid.shape[0]) if modality == "CT" else np.zeros(grid.shape[0])
    ds = _common(grid, len(order), modality, signed)
    ds.file_meta.TransferSyntaxUID = syntax
    ds.SharedFunctionalGroupsSequence = [
        item(
            PlaneOrientationSequence=[
                item(
                    ImageOrientationPatient=[_text(x) for x in (*grid.direction[:, 0], *grid.direction[:, 1])]
                )
            ],
            PixelMeasuresSequence=[
                item(
                    PixelSpacing=[_text(grid.spacing_mm[1]), _text(grid.spacing_mm[0])], SliceThickness="9.9"
                )
            ],
        )
    ]
    frames = []
    for n, k in enumerate(order):
        frame = item(
            PlanePositionSequence=[
                item(ImagePositionPatient=[_text(x) for x in grid.index_to_lps((0, 0, k))])
            ],
            FrameContentSequence=[item(StackID="1", InStackPositionNumber=n + 1)],
        )
        if modality == "CT":
            frame.PixelValueTransformationSequence = [
                item(RescaleSlope="1", RescaleIntercept=_text(float(offsets[k])), RescaleType="HU")
            ]
        if edit is not None:
            edit(frame, k)
        frames.append(frame)
    ds.PerFrameFunctionalGroupsSequence = frames
    stored = np.asarray(array)[order] - offsets[order][:, None, None]
    ds.PixelData = np.rint(stored).astype("<i2" if signed else "<u2").tobytes()
    if finish is not None:
        finish(ds)
    file.parent.mkdir(parents=True, exist_ok=True)
    ds.save_as(file, enforce_file_format=True)
    return file


def _common(grid: ImageGrid, frames: int, modality: str, signed: bool) -> pydicom.Dataset:
    ds = pydicom.Dataset()
    ds.file_meta = FileMetaDataset()
    ds.SOPClassUID, ds.SOPInstanceUID = CLASSES[modality], generate_uid()
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = (generate_uid() for _ in range(3))
    ds.Modality, ds.SeriesDescription, ds.ImageType = modality, "enhanced", ["ORIGINAL", "PRIMARY", "VOLUME"]
    ds.PatientName, ds.PatientID, ds.InstanceNumber = "Secret^Person", "ID-4711", 1
    ds.NumberOfFrames = frames
    ds.Rows, ds.Columns = grid.shape[1:]
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, 16, 15
    ds.PixelRepresentation = int(signed)
    return ds
