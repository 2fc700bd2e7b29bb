"""Writes a volume as a CT angiography series (DICOM PS3.3 A.3, CT Image IOD), uncompressed, a file per slice.

Shared by the sample studies of vessels. UIDs follow from the pixels, so the same phantom gets the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, generate_uid

from surgitwin.core.arrays import content_hash
from surgitwin.core.image import Volume

NOTICE = "SYNTHETIC - NOT FOR CLINICAL USE"
RESCALE_INTERCEPT = -1024


@dataclass(frozen=True)
class SeriesHeader:
    """What the header says. phase_percent: of the RR interval (0020,9241), None without gating."""

    patient_name: str
    patient_id: str
    study: str
    series: str
    body_part: str
    model: str
    weight_kg: float = 74.0
    kernel: str = "Bv40"
    phase_percent: float | None = None


def _uid(*words: str) -> UID:
    """A UID under pydicom's root that depends on the words alone."""
    return generate_uid(entropy_srcs=["surgitwin sample", *words])


def _patient_and_study(ds: Dataset, header: SeriesHeader, key: str) -> None:
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.PatientName = header.patient_name
    ds.PatientID = header.patient_id
    ds.PatientBirthDate = "19430611"
    ds.PatientSex = "M"
    ds.PatientAge = "080Y"
    ds.PatientWeight = header.weight_kg
    ds.PatientSize = 1.72
    ds.PatientComments = NOTICE
    ds.StudyInstanceUID = _uid("study", key)
    ds.StudyDate = ds.SeriesDate = ds.AcquisitionDate = ds.ContentDate = "20240117"
    ds.StudyTime = ds.SeriesTime = ds.AcquisitionTime = ds.ContentTime = "101500"
    ds.StudyID = "1"
    ds.AccessionNumber = ""
    ds.ReferringPhysicianName = ""
    ds.StudyDescription = f"{NOTICE}: {header.study}"[:64]


def _series_and_equipment(ds: Dataset, header: SeriesHeader, key: str) -> None:
    ds.Modality = "CT"
    ds.SeriesInstanceUID = _uid("series", key)
    ds.FrameOfReferenceUID = _uid("frame", key)
    ds.PositionReferenceIndicator = ""
    ds.SeriesNumber = 3
    ds.AcquisitionNumber = 1
    ds.SeriesDescription = f"{NOTICE}: {header.series}"[:64]
    ds.ProtocolName = header.study[:64]
    ds.ImageComments = NOTICE
    ds.Manufacturer = "SurgiTwin"
    ds.ManufacturerModelName = header.model
    ds.SoftwareVersions = "1"
    ds.BodyPartExamined = header.body_part
    ds.PatientPosition = "HFS"
    ds.KVP = 100
    ds.XRayTubeCurrent = 400
    ds.ExposureTime = 280
    ds.ConvolutionKernel = header.kernel
    ds.ContrastBolusAgent = "Simulated iodinated contrast"
    ds.RescaleType = "HU"
    if header.phase_percent is not None:
        ds.NominalPercentageOfCardiacPhase = float(header.phase_percent)


def _image(ds: Dataset, volume: Volume, k: int) -> None:
    grid = volume.grid
    pixels = np.asarray(volume.array[k], np.int32) - RESCALE_INTERCEPT
    position = grid.index_to_lps((0, 0, k))
    ds.ImageType = ["DERIVED", "SECONDARY", "AXIAL"]
    ds.DerivationDescription = NOTICE
    ds.InstanceNumber = k + 1
    ds.ImagePositionPatient = [f"{v:.6f}" for v in position]
    ds.ImageOrientationPatient = [f"{v:g}" for v in (*grid.direction[:, 0], *grid.direction[:, 1])]
    ds.SliceLocation = f"{position[2]:.6f}"
    ds.PixelSpacing = [f"{grid.spacing_mm[1]:.6f}", f"{grid.spacing_mm[0]:.6f}"]
    ds.SliceThickness = f"{grid.spacing_mm[2]:.6f}"
    ds.SpacingBetweenSlices = f"{grid.spacing_mm[2]:.6f}"
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.Rows, ds.Columns = grid.shape[1], grid.shape[2]
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    ds.RescaleIntercept, ds.RescaleSlope = str(RESCALE_INTERCEPT), "1"
    ds.WindowCenter, ds.WindowWidth = "250", "900"
    ds.PixelData = pixels.astype("<u2").tobytes()


def write_series(volume: Volume, header: SeriesHeader, folder: Path) -> list[Path]:
    """Write `volume` (int16 HU, -1024 to 3071) into `folder`, which must exist; returns the files."""
    key = f"{header.patient_id} {content_hash(volume.array, volume.grid)}"
    files = []
    for k in range(volume.grid.shape[0]):
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = CTImageStorage
        meta.MediaStorageSOPInstanceUID = _uid("instance", key, str(k))
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        path = folder / f"slice_{k + 1:04d}.dcm"
        ds = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
        ds.SOPClassUID = CTImageStorage
        ds.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
        _patient_and_study(ds, header, key)
        _series_and_equipment(ds, header, key)
        _image(ds, volume, k)
        ds.save_as(path, enforce_file_format=True)
        files.append(path)
    return files
