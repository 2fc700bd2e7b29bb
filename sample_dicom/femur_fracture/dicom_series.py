"""Writes a volume as a CT series (DICOM PS3.3 A.3, CT Image IOD), uncompressed, one file per slice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, generate_uid

from femur_fracture.parameters import PhantomParameters
from surgitwin.core.arrays import content_hash
from surgitwin.core.image import Volume

NOTICE = "SYNTHETIC - NOT FOR CLINICAL USE"
RESCALE_INTERCEPT = -1024
BODY_WEIGHT_KG = 72.0


def _uid(*words: str) -> UID:
    """A UID under pydicom's root that depends on the words alone."""
    return generate_uid(entropy_srcs=["surgitwin sample", *words])


def _patient_and_study(ds: Dataset, side: str, key: str) -> None:
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.PatientName = "Phantom^Femur"
    ds.PatientID = f"ST-FEMUR-{side.upper()}"
    ds.PatientBirthDate = "19580503"
    ds.PatientSex = "M"
    ds.PatientAge = "065Y"
    ds.PatientWeight = BODY_WEIGHT_KG
    ds.PatientSize = 1.74
    ds.PatientComments = NOTICE
    ds.StudyInstanceUID = _uid("study", key)
    ds.StudyDate = ds.SeriesDate = ds.AcquisitionDate = ds.ContentDate = "20240117"
    ds.StudyTime = ds.SeriesTime = ds.AcquisitionTime = ds.ContentTime = "091500"
    ds.StudyID = "1"
    ds.AccessionNumber = ""
    ds.ReferringPhysicianName = ""
    ds.StudyDescription = f"{NOTICE}: CT thigh {side}"


def _series_and_equipment(ds: Dataset, parameters: PhantomParameters, key: str) -> None:
    ds.Modality = "CT"
    ds.SeriesInstanceUID = _uid("series", key)
    ds.FrameOfReferenceUID = _uid("frame", key)
    ds.PositionReferenceIndicator = ""
    ds.SeriesNumber = 2
    ds.AcquisitionNumber = 1
    ds.SeriesDescription = f"{NOTICE}: bone 2 mm"[:64]
    ds.ProtocolName = "Thigh phantom"
    ds.ImageComments = NOTICE
    ds.Manufacturer = "SurgiTwin"
    ds.ManufacturerModelName = "Parametric femur phantom"
    ds.SoftwareVersions = "1"
    ds.BodyPartExamined = "THIGH"
    ds.Laterality = "L" if parameters.side == "left" else "R"
    ds.PatientPosition = "HFS"
    ds.KVP = 120
    ds.XRayTubeCurrent = 200
    ds.ExposureTime = 500
    ds.ConvolutionKernel = "B30s"
    ds.RescaleType = "HU"


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
    ds.WindowCenter, ds.WindowWidth = "400", "2000"
    ds.PixelData = pixels.astype("<u2").tobytes()


def write_series(volume: Volume, parameters: PhantomParameters, folder: Path) -> list[Path]:
    """Write `volume` (int16 HU) into `folder`, which must exist; returns the files, feet first.

    UIDs follow from the pixels and the side, so the same phantom always gets the same ones.
    """
    key = f"{parameters.side} {content_hash(volume.array, volume.grid)}"
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
        _patient_and_study(ds, parameters.side, key)
        _series_and_equipment(ds, parameters, key)
        _image(ds, volume, k)
        ds.save_as(path, enforce_file_format=True)
        files.append(path)
    return files
