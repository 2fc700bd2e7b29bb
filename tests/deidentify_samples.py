"""A patient who stands in every place of a file where somebody ever found one."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import dicom_factory as factory
import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MediaStorageDirectoryStorage

NAME = "Łukaszewicz^Örjan^Q"
WORDS = ("Łukaszewicz", "Lukaszewicz", "LUKASZEWICZ", "Örjan", "Orjan")
PATIENT_ID = "MRN7734521"
ACCESSION = "ACC998877"
BIRTH = "19430611"
PHYSICIAN = "Grabowska^Zdzislawa"
HOSPITAL = "Szpital Kopernika"
STATION = "KOPCT0042"
SERIAL = "SN5551234"
UID_ROOT = "1.3.12.2.1107.5.1.4.77345"

IDENTIFIERS = (
    *WORDS, PATIENT_ID, "7734521", ACCESSION, BIRTH, "1943-06-11", "11.06.1943", "Grabowska", "Zdzislawa",
    "Kopernika", STATION, SERIAL, UID_ROOT, "20240117", "5550199",
)  # fmt: skip


def nasty(dataset: Dataset, k: int) -> None:
    """Plant the patient."""
    d = dataset
    d.SpecificCharacterSet = "ISO_IR 192"
    d.PatientName, d.PatientID, d.PatientBirthDate, d.PatientSex = NAME, PATIENT_ID, BIRTH, "M"
    d.PatientAge, d.PatientWeight, d.PatientTelephoneNumbers = "097Y", 82, "+48 5550199"
    d.OtherPatientNames = ["Lukaszewicz^Jan", "Orjan"]
    d.AccessionNumber, d.ReferringPhysicianName, d.InstitutionName = ACCESSION, PHYSICIAN, HOSPITAL
    d.StationName, d.DeviceSerialNumber, d.Manufacturer = STATION, SERIAL, "SIEMENS"
    d.StudyDate = d.SeriesDate = d.AcquisitionDate = d.ContentDate = "20240117"
    d.StudyTime = d.ContentTime = "101500"
    d.StudyDescription = "CT pelvis of Lukaszewicz"
    d.SeriesDescription = "Pelvis native 1.0 mm"
    d.ImageComments = f"seen by Grabowska, born {BIRTH}"
    d.ConvolutionKernel = "Br64 LUKASZEWICZ"  # kept by the profile: only a search finds it
    d.ContrastBolusAgent = "for orjan"
    d.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL", "LUKASZEWICZ"]
    d.FilterType = "MRN 773-4521"
    d.StudyInstanceUID = f"{UID_ROOT}.1"
    d.SeriesInstanceUID = f"{UID_ROOT}.2"
    d.FrameOfReferenceUID = f"{UID_ROOT}.3"
    d.SOPInstanceUID = f"{UID_ROOT}.4.{k + 1}"
    d.file_meta.MediaStorageSOPInstanceUID = d.SOPInstanceUID
    d.file_meta.SourceApplicationEntityTitle = STATION
    d.file_meta.PrivateInformationCreatorUID = f"{UID_ROOT}.9"
    d.file_meta.PrivateInformation = b"Lukaszewicz "
    private = d.private_block(0x0029, "SIEMENS Lukaszewicz", create=True)
    private.add_new(0x10, "LO", "Örjan Łukaszewicz")
    private.add_new(0x11, "OB", "Łukaszewicz".encode("utf-16"))
    _sequences(d)
    d.add_new(0x60000010, "US", 4)
    d.add_new(0x60003000, "OW", b"Lukaszewicz ")
    d.add_new(0x60000022, "LO", "Lukaszewicz")
    d.add_new(0x50003000, "OW", b"Orjan ")
    d.add_new(0x00091234, "UN", b"Lukaszewicz ")
    d.add_new(0x00204444, "LO", "unknown Lukaszewicz")
    d.add_new(0xFFFCFFFC, "OB", b"Lukaszewicz ")


def _sequences(d: Dataset) -> None:
    deep = Dataset()
    deep.PersonName = "Grabowska"
    deep.CodeMeaning = "Head of Lukaszewicz"
    deep.CodeValue = "T-11100"
    deep.CodingSchemeDesignator = "99LOCAL"
    deep.private_block(0x0031, "LOCAL", create=True).add_new(1, "LT", "Lukaszewicz")
    region = Dataset()
    region.AnatomicRegionModifierSequence = [deep]
    region.CodeValue, region.CodingSchemeDesignator, region.CodeMeaning = "1", "SCT", "Pelvis"
    d.AnatomicRegionSequence = [region]
    request = Dataset()
    request.RequestedProcedureID = ACCESSION
    d.RequestAttributesSequence = [request]
    reference = Dataset()
    reference.ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    reference.ReferencedSOPInstanceUID = f"{UID_ROOT}.4.1"
    d.ReferencedImageSequence = [reference]


def write_nasty(folder: Path, syntax=ExplicitVRLittleEndian, slices: int = 3, edit=nasty) -> list[Path]:
    """A CT series of the patient; names and trailing bytes hold him too."""
    grid = factory.grid_like((slices, 10, 8))
    below = folder / "LUKASZEWICZ_ORJAN" / PATIENT_ID
    names = [f"Lukaszewicz_{k}.dcm" for k in range(slices)]
    files = factory.write_series(below, factory.ramp(grid), grid, names=names, edit=edit, syntax=syntax)
    for file in files:
        data = bytearray(file.read_bytes())
        data[:12] = b"Lukaszewicz "
        file.write_bytes(bytes(data))
    _index(below / "DICOMDIR")
    (below / "readme.txt").write_text("Lukaszewicz")
    return files


def _index(path: Path) -> None:
    """A DICOMDIR, which names the patient."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    meta.MediaStorageSOPInstanceUID = f"{UID_ROOT}.8"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    index, record = Dataset(), Dataset()
    record.DirectoryRecordType, record.PatientName = "PATIENT", NAME
    index.DirectoryRecordSequence = [record]
    index.file_meta = meta
    pydicom.dcmwrite(path, index, enforce_file_format=True)


def all_bytes(folder: Path) -> bytes:
    """Everything that lies below a folder: names, bytes, bytes of archives, and decoded values."""
    out = []
    for file in sorted(folder.rglob("*")):
        out.append(str(file.relative_to(folder)).encode())
        if file.is_file():
            data = file.read_bytes()
            out.append(data)
            if zipfile.is_zipfile(io.BytesIO(data)):
                with zipfile.ZipFile(io.BytesIO(data)) as archive:
                    out += [archive.read(m) for m in archive.namelist()]
            if file.suffix == ".dcm":
                dataset = pydicom.dcmread(io.BytesIO(data))
                out += [str(dataset).encode(), str(dataset.file_meta).encode()]
                pixels = np.ascontiguousarray(dataset.pixel_array)
                out += [pixels.tobytes(), pixels.astype(np.uint8).tobytes()]
    return b"\n".join(out)


def spellings(word: str) -> set[bytes]:
    """A word in the encodings that systems use, and in lower case."""
    out = set()
    for text in (word, word.lower(), word.upper()):
        for encoding in ("utf-8", "latin-1", "iso8859-2", "utf-16-le", "utf-16-be", "ascii"):
            found = text.encode(encoding, "ignore")
            if len(found) >= len(text):
                out.add(found)
    return out


def left(folder: Path, identifiers=IDENTIFIERS) -> list[str]:
    """Which identifiers are still somewhere below the folder."""
    data = all_bytes(folder)
    lower = data.lower()
    return [w for w in identifiers if any(s in data or s in lower for s in spellings(w))]
