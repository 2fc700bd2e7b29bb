"""Pixels of one slice as stored numbers, with pydicom's decoders or, for JPEG, those of GDCM in SimpleITK."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import Any, Literal

import numpy.typing as npt
import pydicom
import SimpleITK as sitk  # noqa: N813 - its customary name
from pydicom.encaps import get_frame
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import (
    JPEG2000,
    UID,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    SecondaryCaptureImageStorage,
    generate_uid,
)

from surgitwin.core.errors import InputError
from surgitwin.imaging.dicom.claims import check_claims, check_picture
from surgitwin.imaging.dicom.header import MALFORMED, syntax_of
from surgitwin.imaging.dicom.source import Source

GDCM_SYNTAXES = frozenset(
    (JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLossless, JPEGLosslessSV1, JPEGLSLossless, JPEGLSNearLossless,
     JPEG2000, JPEG2000Lossless)
)  # fmt: skip
"""Compressed syntaxes that the GDCM inside SimpleITK reads."""

PIXEL_TAGS = (
    "Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated", "BitsStored",
    "HighBit", "PixelRepresentation", "PixelData",
)  # fmt: skip

READ_TAGS = (*PIXEL_TAGS, "PlanarConfiguration", "NumberOfFrames", "ExtendedOffsetTable",
             "ExtendedOffsetTableLengths")  # fmt: skip
"""All that decoding needs; other values may be damaged without harm."""


SIZES = ["Rows", "Columns", "BitsAllocated", "NumberOfFrames"]


def decoder_for(syntax: UID) -> Literal["pydicom", "gdcm"] | None:
    """Which library decodes the transfer syntax here; None when none does."""
    if syntax in GDCM_SYNTAXES:
        return "gdcm"
    if not syntax.is_transfer_syntax:
        return None
    if not syntax.is_compressed:
        return "pydicom"
    try:
        return "pydicom" if get_decoder(syntax).is_available else None
    except NotImplementedError:
        return None


def decode(source: Source) -> tuple[pydicom.Dataset, npt.NDArray[Any]]:
    """What one file says of its pixels, and the stored pixels (rows, columns), unused high bits removed.

    Raises InputError ("dicom.undecodable") naming the file.
    """
    try:
        with warnings.catch_warnings(), source.open() as stream:
            warnings.simplefilter("ignore")  # odd values were judged by the scan
            head = pydicom.dcmread(stream, stop_before_pixels=True, force=True, specific_tags=SIZES)
            check_claims(head, at_once=True)
            stream.seek(0)
            dataset = pydicom.dcmread(stream, force=True, specific_tags=list(READ_TAGS))
            syntax = syntax_of(dataset)
            dataset.file_meta.TransferSyntaxUID = syntax  # a file without meta header does not say it
            pixels = with_gdcm(dataset) if decoder_for(syntax) == "gdcm" else dataset.pixel_array
            return dataset, used_bits(int(dataset.BitsStored), pixels)
    except MALFORMED as error:
        raise InputError(
            "dicom.undecodable",
            f"The pixels of {source.name} cannot be decoded: {error}.",
            hint="Copy the file again from its source.",
            where=source.name,
        ) from error


def with_gdcm(dataset: pydicom.Dataset) -> npt.NDArray[Any]:
    """Decode one picture with GDCM from a temporary file without patient data and rescale (it would apply
    that). Raises ValueError when the picture is not of the size that the header says."""
    code = get_frame(dataset.PixelData, 0, number_of_frames=1)
    check_picture(code, int(dataset.Rows), int(dataset.Columns))
    bare = pydicom.Dataset()
    for name in PIXEL_TAGS:
        if name in dataset:
            bare[name] = dataset[name]
    bare.SOPClassUID, bare.SOPInstanceUID = SecondaryCaptureImageStorage, generate_uid()
    bare.file_meta = pydicom.dataset.FileMetaDataset()
    bare.file_meta.TransferSyntaxUID = dataset.file_meta.TransferSyntaxUID
    bare.file_meta.MediaStorageSOPClassUID = bare.SOPClassUID
    bare.file_meta.MediaStorageSOPInstanceUID = bare.SOPInstanceUID
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "slice.dcm"
        bare.save_as(file)
        reader = sitk.ImageFileReader()
        reader.SetImageIO("GDCMImageIO")
        reader.SetFileName(str(file))
        pixels = sitk.GetArrayFromImage(reader.Execute())
    out: npt.NDArray[Any] = pixels.reshape(int(dataset.Rows), int(dataset.Columns))
    return out


def used_bits(stored: int, pixels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Clear the bits above the stored ones, where old files keep overlays (PS3.5 8.1.1)."""
    allocated = pixels.dtype.itemsize * 8
    if stored >= allocated or pixels.dtype.kind not in "iu":
        return pixels
    if pixels.dtype.kind == "u":
        unsigned: npt.NDArray[Any] = pixels & pixels.dtype.type((1 << stored) - 1)
        return unsigned
    shift = allocated - stored
    signed: npt.NDArray[Any] = (pixels << shift) >> shift
    return signed
