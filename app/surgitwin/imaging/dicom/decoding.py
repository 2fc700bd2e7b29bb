"""Pixels of one file of which the scan could not say where they lie: the whole file is read by pydicom."""

from __future__ import annotations

import warnings
from typing import Any, Literal

import numpy.typing as npt
import pydicom
from pydicom.encaps import get_frame
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import UID, RLELossless

from surgitwin.core.errors import InputError
from surgitwin.imaging.dicom.claims import check_claims
from surgitwin.imaging.dicom.coded.pictures import CODED, Coding, decode_picture, used_bits
from surgitwin.imaging.dicom.header import syntax_of
from surgitwin.imaging.dicom.header_values import MALFORMED
from surgitwin.imaging.dicom.source import Source

PIXEL_TAGS = (
    "Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated", "BitsStored",
    "HighBit", "PixelRepresentation", "PixelData",
)  # fmt: skip

READ_TAGS = (*PIXEL_TAGS, "PlanarConfiguration", "NumberOfFrames", "ExtendedOffsetTable",
             "ExtendedOffsetTableLengths")  # fmt: skip
"""All that decoding needs; other values may be damaged without harm."""


SIZES = ["Rows", "Columns", "BitsAllocated", "NumberOfFrames"]


def decoder_for(syntax: UID) -> Literal["pydicom", "coded"] | None:
    """What decodes the transfer syntax here: pydicom, or this package's `coded`; None when nothing does."""
    if syntax in CODED:
        return "coded"
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
            if decoder_for(syntax) == "coded" and (syntax != RLELossless or _is_one_grey(dataset)):
                return dataset, coded_pixels(dataset)
            return dataset, used_bits(int(dataset.BitsStored), dataset.pixel_array)
    except MALFORMED as error:
        raise undecodable(source, error) from error


def _is_one_grey(dataset: pydicom.Dataset) -> bool:
    return int(dataset.get("NumberOfFrames") or 1) == 1 and int(dataset.get("SamplesPerPixel") or 1) == 1


def undecodable(source: Source, why: object) -> InputError:
    """The error "dicom.undecodable", which names the file."""
    return InputError(
        "dicom.undecodable",
        f"The pixels of {source.name} cannot be decoded: {why}.",
        hint="Copy the file again from its source.",
        where=source.name,
    )


def coded_pixels(dataset: pydicom.Dataset) -> npt.NDArray[Any]:
    """Decode the one compressed picture of a data set, unused high bits removed.

    Raises ValueError or what a decoder raises when it is damaged or not of the size that the header says.
    """
    code = get_frame(dataset.PixelData, 0, number_of_frames=1)
    return decode_picture(code, Coding.of(dataset))
