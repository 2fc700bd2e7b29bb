"""Writes the phantom as a CT series (DICOM PS3.3 A.3, CT Image IOD), uncompressed, one file per slice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, generate_uid

from stenosed_artery.parameters import ArteryParameters
from surgitwin.core.arrays import content_hash
from surgitwin.core.image import Volume

NOTICE = "SYNTHETIC - NOT FOR CLINICAL USE"
RESCALE_INTERCEPT = -1024


def _uid(*words: str) -> UID:
    """A UID under pydicom's root that depends on the words alone."""
    return generate_uid(entropy_srcs=["surgitwin sample artery", *words])


def _patient_and_study(ds: Dataset, name: str, key: str) -> None:
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.PatientName = "Phantom^Artery"
    ds.PatientID = f"ST-ARTERY-{name.upper()}"
    ds.PatientBirthDate = "19550211"
    ds.PatientSex = "F"
    ds.PatientAge = "069Y"
    ds.PatientComments = NOTICE
    ds.StudyInstanceUID = _uid("study", key)
    ds.StudyDate = ds.SeriesDate = ds.AcquisitionDate = ds.ContentDate = "20240612"
    ds.StudyTime = ds.SeriesTime = ds.AcquisitionTime = ds.ContentTime = "101500"
    ds.StudyID = "1"
    ds.AccessionNumber = ""
    ds.ReferringPhysicianName = ""
    ds.StudyDescription = f"{NOTICE}: CTA artery {name}"[:64]


def _series_and_equipment(ds: Dataset, parameters: ArteryParameters, key: str) -> None:
    ds.Modality = "CT"
    ds.SeriesInstanceUID = _uid("series", key)
    ds.FrameOfReferenceUID = _uid("frame", key)
    ds.PositionReferenceIndicator = ""
    ds.SeriesNumber = 3
    ds.AcquisitionNumber = 1
    ds.SeriesDescription = f"{NOTICE}: CTA {parameters.name}"[:64]
    ds.ProtocolName = "Artery phantom"
    ds.ImageComments = NOTICE
    ds.Manufacturer = "SurgiTwin"
    ds.ManufacturerModelName = "Parametric artery phantom"
    ds.SoftwareVersions = "1"
    ds.BodyPartExamined = "LOWER EXTREMITY"[:16]
    ds.PatientPosition = "HFS"
    ds.KVP = 100
    ds.XRayTubeCurrent = 300
    ds.ExposureTime = 500
    ds.ConvolutionKernel = "B40f"
    ds.ContrastBolusAgent = "Iodinated contrast (synthetic)"
    ds.RescaleType = "HU"


def _image(ds: Dataset, volume: Volume, k: int) -> None:
    grid = volume.grid
    position = grid.index_to_lps((0, 0, k))
    ds.ImageType = ["DERIVED", "SECONDARY", "AXIAL"]
    ds.DerivationDescription = NOTICE
    ds.InstanceNumber = k + 1
    ds.ImagePositionPatient = [f"{v:.6f}" for v in position]
    ds.ImageOrientationPatient = [f"{v:g}" for v in (*grid.direction[:, 0], *grid.direction[:, 1])]
    ds.SliceLocation = f"{position[2]:.6f}"
    ds.PixelSpacing = [f"{grid.spacing_mm[1]:.6f}", f"{grid.spacing_mm[0]:.6f}"]
    ds.SliceThickness = ds.SpacingBetweenSlices = f"{grid.spacing_mm[2]:.6f}"
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.Rows, ds.Columns = grid.shape[1], grid.shape[2]
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    ds.RescaleIntercept, ds.RescaleSlope = str(RESCALE_INTERCEPT), "1"
    ds.WindowCenter, ds.WindowWidth = "300", "900"
    ds.PixelData = (np.asarray(volume.array[k], np.int32) - RESCALE_INTERCEPT).astype("<u2").tobytes()


def write_series(volume: Volume, parameters: ArteryParameters, folder: Path) -> list[Path]:
    """Write `volume` (int16 HU) into `folder`, which must exist; returns the files, feet first.

    UIDs follow from the pixels and the name, so the same phantom always gets the same ones.
    """
    key = f"{parameters.name} {content_hash(volume.array, volume.grid)}"
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
        _patient_and_study(ds, parameters.name, key)
        _series_and_equipment(ds, parameters, key)
        _image(ds, volume, k)
        ds.save_as(path, enforce_file_format=True)
        files.append(path)
    return files
