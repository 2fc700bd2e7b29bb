"""The header of one DICOM file, read without its pixels (PS3.3 C.7.6, C.8.2)."""

from __future__ import annotations

import math
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Literal

import pydicom
from pydicom.filereader import read_dataset
from pydicom.sequence import Sequence as Items
from pydicom.tag import Tag
from pydicom.uid import UID

from surgitwin.imaging.dicom.header_values import MALFORMED as MALFORMED
from surgitwin.imaging.dicom.header_values import Known, converted, read_meta
from surgitwin.imaging.dicom.pixel_extent import Extent, PixelState, pixel_extent
from surgitwin.imaging.dicom.series import Identity
from surgitwin.imaging.dicom.source import Source
from surgitwin.imaging.patient_code import patient_code

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
NUMBERS = tuple(Tag(name) for name in TAGS)
PIXELS = frozenset(Tag(name) for name in ("PixelData", "FloatPixelData", "DoubleFloatPixelData"))

IMPLICIT_LITTLE = UID("1.2.840.10008.1.2")
EXPLICIT_LITTLE, EXPLICIT_BIG = UID("1.2.840.10008.1.2.1"), UID("1.2.840.10008.1.2.2")
DICOMDIR_CLASS = "1.2.840.10008.1.3.10"

Rejection = Literal["not_dicom", "empty_file", "unreadable", "directory", "no_image"]


@dataclass(frozen=True, eq=False)
class Header:
    """One image: the values of its file by tag name, transfer syntax and where its pixels lie.

    damaged: tags whose values cannot be read and count as absent. frame: its number in a multi-frame file
    whose frames were told apart; `own` holds what the functional groups say of this frame by tag name,
    before the file (PS3.3 C.7.6.16).
    """

    source: Source
    values: Mapping[str, Any]
    syntax: UID
    extent: Extent
    damaged: tuple[str, ...] = ()
    frame: int | None = None
    own: Mapping[str, Any] = field(default_factory=dict)
    _numbers: dict[str, tuple[float, ...]] = field(default_factory=dict, init=False, repr=False)

    @property
    def pixels(self) -> PixelState:
        """Whether the pixels are there."""
        return self.extent.state

    @property
    def name(self) -> str:
        """The file for people, with the frame (from 1) when it holds several."""
        several = self.frame is not None and (self.number("NumberOfFrames") or 1) > 1
        return f"{self.source.name} frame {(self.frame or 0) + 1}" if several else self.source.name

    def value(self, name: str) -> Any:
        """Value of the tag, the frame's own before the file's; None when absent."""
        own = self.own.get(name)
        return self.values.get(name) if own is None else own

    def text(self, name: str) -> str:
        """Value of the tag as stripped text; empty when absent or no text (a sequence, bytes)."""
        value = self.value(name)
        return "" if value is None or isinstance(value, Items | bytes) else str(value).strip()

    def number(self, name: str) -> float | None:
        """Value of a numeric tag (its first item); None when absent or not a number."""
        values = self.numbers(name)
        return values[0] if values else None

    def finite(self, name: str) -> float | None:
        """Value of a numeric tag that is for reading only; None when absent or no finite number."""
        value = self.number(name)
        return value if value is not None and math.isfinite(value) else None

    def numbers(self, name: str) -> tuple[float, ...]:
        """Values of a numeric tag; empty when absent or not numbers."""
        known = self._numbers.get(name)
        if known is None:
            known = self._numbers[name] = _as_numbers(self.value(name))
        return known

    def whole(self, name: str) -> int | None:
        """Value of a numeric tag as a whole number of at most 31 bits; None when it is none."""
        value = self.number(name)
        return int(value) if value is not None and abs(value) < 2**31 else None

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
        """Code that stands for the patient: a keyed hash of the ID, so that no name or ID is stored."""
        return patient_code(self.text("PatientID"))


def _as_numbers(value: Any) -> tuple[float, ...]:
    """Every item as a number; empty when one is none."""
    if value is None or (isinstance(value, str | bytes) and not value):
        return ()
    items = value if isinstance(value, list | tuple | pydicom.multival.MultiValue) else [value]
    try:
        return tuple(float(item) for item in items)
    except (TypeError, ValueError):
        return ()


def read_header(source: Source, known: Known | None = None) -> Header | Rejection:
    """Header of one file, or the word that says why it is none.

    known: values that earlier files of the scan had, and to which this one's are added.
    """
    if source.size == 0:
        return "empty_file"
    preamble = False
    try:
        with source.open() as stream, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd values are judged by the checks of this package
            preamble = _has_preamble(stream)
            if not preamble and not _may_be_bare(stream):
                return "not_dicom"
            found, kind = _parse(stream, source, preamble, {} if known is None else known)
    except MALFORMED as error:
        return "unreadable" if preamble or isinstance(error, OSError | zipfile.BadZipFile) else "not_dicom"
    if kind == DICOMDIR_CLASS:
        return "directory"
    if not preamble and "SOPClassUID" not in found.values:
        return "not_dicom"
    if found.pixels == "none" and "SeriesInstanceUID" not in found.values:
        return "no_image" if _is_other_object(kind or found.values.get("SOPClassUID") or "") else "unreadable"
    return found


def _is_other_object(said: Any) -> bool:
    """A class of the standard that holds no images (a colour palette): not a slice that lost its pixels."""
    if not isinstance(said, str):
        return False
    kind = UID(said, validation_mode=pydicom.config.IGNORE)
    return kind.type == "SOP Class" and "Image Storage" not in kind.name


def _parse(stream: BinaryIO, source: Source, preamble: bool, known: Known) -> tuple[Header, Any]:
    """Header with every value converted now, so that damage is met here and not later; and the storage class
    that the meta header names."""
    meta = read_meta(stream) if preamble else None
    if meta is None:
        stream.seek(0)
        whole = pydicom.dcmread(stream, stop_before_pixels=True, specific_tags=list(NUMBERS),
                                force=not preamble)  # fmt: skip
        for _ in whole.file_meta:
            pass
        dataset: pydicom.Dataset = whole
        syntax, kind = syntax_of(whole), whole.file_meta.get("MediaStorageSOPClassUID")
    else:
        syntax, kind = meta
        implicit, little = syntax == IMPLICIT_LITTLE, syntax != EXPLICIT_BIG
        dataset = read_dataset(stream, implicit, little, stop_when=_at_pixels, specific_tags=list(NUMBERS))
    values, damaged = converted(dataset, known)
    return Header(source, values, syntax, pixel_extent(stream, values), damaged), kind


def _at_pixels(tag: int, vr: str | None, length: int) -> bool:
    return tag in PIXELS


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
