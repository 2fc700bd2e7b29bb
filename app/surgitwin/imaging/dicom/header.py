"""The header of one DICOM file, read without its pixels (PS3.3 C.7.6, C.8.2)."""

from __future__ import annotations

import hashlib
import struct
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Literal

import pydicom
from pydicom.datadict import keyword_for_tag
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.uid import UID

from surgitwin.imaging.dicom.series import Identity
from surgitwin.imaging.dicom.source import Source

TAGS = (
    "SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "Modality",
    "SeriesDescription", "ImageType", "StudyDate", "SeriesDate", "PatientID", "PatientWeight",
    "PatientPosition", "Rows", "Columns", "ImagePositionPatient", "ImageOrientationPatient",
    "PixelSpacing", "SliceThickness", "GantryDetectorTilt", "NumberOfFrames", "SamplesPerPixel",
    "PhotometricInterpretation", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation",
    "RescaleSlope", "RescaleIntercept", "RescaleType", "ModalityLUTSequence", "PixelPaddingValue",
    "PixelPaddingRangeLimit", "KVP", "ConvolutionKernel", "ContrastBolusAgent", "Laterality",
    "ImageLaterality", "WindowCenter", "WindowWidth", "BodyPartExamined", "InstanceNumber",
    "AcquisitionNumber", "SeriesNumber", "StudyDescription", "PatientName", "PatientBirthDate",
    "TemporalPositionIdentifier", "EchoNumbers", "LossyImageCompression", "PatientSex", "PatientAge",
    "NominalPercentageOfCardiacPhase", "EchoTime", "TriggerTime", "DiffusionBValue",
    "DiffusionGradientOrientation", "InversionTime", "TemporalPositionIndex", "StackID", "SequenceName",
    "Units", "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence",
)  # fmt: skip

PIXEL_DATA = (b"\xe0\x7f\x10\x00", b"\x7f\xe0\x00\x10")
"""Tag (7FE0,0010) in little and in big endian."""

ITEM, SEQUENCE_END = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"
UNDEFINED_LENGTH = 0xFFFFFFFF
IMPLICIT_LITTLE, DEFLATED = UID("1.2.840.10008.1.2"), "1.2.840.10008.1.2.1.99"
EXPLICIT_LITTLE, EXPLICIT_BIG = UID("1.2.840.10008.1.2.1"), UID("1.2.840.10008.1.2.2")
DICOMDIR_CLASS = "1.2.840.10008.1.3.10"

MALFORMED = (
    InvalidDicomError, BytesLengthException, EOFError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError,
    RuntimeError, OSError, struct.error, zlib.error, zipfile.BadZipFile,
)  # fmt: skip
"""What pydicom, SimpleITK and zipfile raise on damaged, locked or encrypted files."""

Rejection = Literal["not_dicom", "empty_file", "unreadable", "directory"]


@dataclass(frozen=True, eq=False)
class Header:
    """One image: the dataset of its file without pixels, transfer syntax and whether its pixels are all
    there.

    pixels: "complete", "short" (the file ends before the pixels do) or "none". damaged: tags whose values
    cannot be read and count as absent. frame: its number in a multi-frame file whose frames were told apart;
    `own` holds what the functional groups say of this frame by tag name, before the dataset (PS3.3 C.7.6.16).
    """

    source: Source
    dataset: pydicom.Dataset
    syntax: UID
    pixels: Literal["complete", "short", "none"]
    damaged: tuple[str, ...] = ()
    frame: int | None = None
    own: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The file for people, with the frame (from 1) when it holds several."""
        several = self.frame is not None and (self.number("NumberOfFrames") or 1) > 1
        return f"{self.source.name} frame {(self.frame or 0) + 1}" if several else self.source.name

    def value(self, name: str) -> Any:
        """Value of the tag, the frame's own before the file's; None when absent."""
        own = self.own.get(name)
        return self.dataset.get(name) if own is None else own

    def text(self, name: str) -> str:
        """Value of the tag as stripped text; empty when absent."""
        value = self.value(name)
        return "" if value is None else str(value).strip()

    def number(self, name: str) -> float | None:
        """Value of a numeric tag (its first item); None when absent or not a number."""
        values = self.numbers(name)
        return values[0] if values else None

    def numbers(self, name: str) -> tuple[float, ...]:
        """Values of a numeric tag; empty when absent or not numbers."""
        value = self.value(name)
        if value is None or (isinstance(value, str | bytes) and not value):
            return ()
        items = value if isinstance(value, list | tuple | pydicom.multival.MultiValue) else [value]
        try:
            return tuple(float(item) for item in items)
        except (TypeError, ValueError):
            return ()

    @property
    def image_type(self) -> tuple[str, ...]:
        """ImageType as upper-case words."""
        value = self.value("ImageType") or ()
        items = [value] if isinstance(value, str) else value
        return tuple(str(item).upper() for item in items)

    @property
    def is_localiser(self) -> bool:
        """A scout view (PS3.3 C.8.2.1.1.1: value 3 LOCALIZER; makers also write SCOUT)."""
        return any(word in ("LOCALIZER", "SCOUT") for word in self.image_type)

    @property
    def identity(self) -> Identity:
        """Name, ID and birth date, for the eyes of who chooses the series."""
        # PS3.5 6.2: groups of one name are parted by "=", its components by "^".
        family, _, rest = self.text("PatientName").split("=")[0].partition("^")
        given = " ".join(part for part in rest.split("^") if part)
        name = ", ".join(part for part in (family.strip(), given.strip()) if part)
        return Identity(name, self.text("PatientID"), self.text("PatientBirthDate"))

    @property
    def patient_code(self) -> str:
        """Code that stands for the patient: a hash of the ID, so that no name or ID is stored."""
        identity = self.text("PatientID")
        return "P-" + hashlib.sha256(identity.encode()).hexdigest()[:10] if identity else ""


def read_header(source: Source) -> Header | Rejection:
    """Header of one file, or the word that says why it is none."""
    if source.size == 0:
        return "empty_file"
    preamble = False
    try:
        with source.open() as stream, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd values are judged by the checks of this package
            preamble = _has_preamble(stream)
            if not preamble and not _may_be_bare(stream):
                return "not_dicom"
            found = _parse(stream, source, preamble)
    except MALFORMED as error:
        return "unreadable" if preamble or isinstance(error, OSError | zipfile.BadZipFile) else "not_dicom"
    if found.dataset.file_meta.get("MediaStorageSOPClassUID") == DICOMDIR_CLASS:
        return "directory"
    if not preamble and "SOPClassUID" not in found.dataset:
        return "not_dicom"
    if found.pixels == "none" and "SeriesInstanceUID" not in found.dataset:
        return "unreadable"
    return found


def _parse(stream: BinaryIO, source: Source, preamble: bool) -> Header:
    """Header with every value converted now, so that damage is met here and not later."""
    dataset = pydicom.dcmread(stream, stop_before_pixels=True, specific_tags=list(TAGS), force=not preamble)
    for _ in dataset.file_meta:
        pass
    damaged = _drop_damaged(dataset)
    syntax = syntax_of(dataset)
    return Header(source, dataset, syntax, _pixel_state(stream, source, dataset, syntax), damaged)


def _drop_damaged(dataset: pydicom.Dataset) -> tuple[str, ...]:
    """Take out the values that cannot be converted (a wrong length, letters in a number); their names."""
    damaged = []
    for tag in list(dataset.keys()):
        try:
            _ = dataset[tag]
        except MALFORMED:
            damaged.append(keyword_for_tag(tag) or str(tag))
            del dataset[tag]
    return tuple(damaged)


def syntax_of(dataset: pydicom.Dataset) -> UID:
    """The transfer syntax, or for a file without meta header the encoding that pydicom found in it."""
    said = dataset.file_meta.get("TransferSyntaxUID")
    if said:
        return UID(said)
    implicit, little = dataset.original_encoding
    if implicit is None or implicit:
        return IMPLICIT_LITTLE
    return EXPLICIT_LITTLE if little else EXPLICIT_BIG


def _has_preamble(stream: BinaryIO) -> bool:
    start = stream.read(132)
    stream.seek(0)
    return start[128:] == b"DICM"


def _may_be_bare(stream: BinaryIO) -> bool:
    """A data set without preamble starts with group 0002 or 0008 (PS3.10 7.1 calls for the preamble)."""
    start = stream.read(4)
    stream.seek(0)
    return (start[:2] in (b"\x02\x00", b"\x08\x00") and start[3:] == b"\x00") or start[:3] == b"\x00\x08\x00"


def _pixel_state(
    stream: BinaryIO, source: Source, dataset: pydicom.Dataset, syntax: UID
) -> Literal["complete", "short", "none"]:
    """Compare the bytes after the pixel tag with what the header promises."""
    if syntax == DEFLATED:
        return "complete"  # deflated: only decoding can tell; load_series checks the length
    start = stream.tell()
    head = stream.read(12)
    if head[:4] not in PIXEL_DATA:
        return "none"
    order = "<" if head[:4] == PIXEL_DATA[0] else ">"
    explicit = head[4:6].isalpha()
    length = struct.unpack(order + "I", head[8:12] if explicit else head[4:8])[0] if len(head) == 12 else 0
    left = source.size - start - (12 if explicit else 8)
    if length == UNDEFINED_LENGTH:
        stream.seek(start + (12 if explicit else 8))
        return "complete" if _items_end(stream, source.size) else "short"
    return "complete" if left >= max(length, expected_bytes(dataset)) else "short"


def _items_end(stream: BinaryIO, size: int) -> bool:
    """Follow the items of encapsulated pixels (PS3.5 A.4) to their delimiter."""
    while True:
        head = stream.read(8)
        if len(head) < 8 or head[:4] not in (ITEM, SEQUENCE_END):
            return False
        if head[:4] == SEQUENCE_END:
            return True
        end = stream.tell() + struct.unpack("<I", head[4:])[0]
        if end > size:
            return False
        stream.seek(end)


def expected_bytes(dataset: Any) -> int:
    """Bytes of uncompressed pixels that Rows, Columns, NumberOfFrames, samples and bits promise."""
    rows, columns = int(dataset.get("Rows") or 0), int(dataset.get("Columns") or 0)
    frames, samples = int(dataset.get("NumberOfFrames") or 1), int(dataset.get("SamplesPerPixel") or 1)
    bits = int(dataset.get("BitsAllocated") or 0)
    if dataset.get("PhotometricInterpretation") == "YBR_FULL_422":
        samples = 2  # PS3.3 C.7.6.3.1.2: two pixels share their colour
    return rows * columns * frames * samples * bits // 8
