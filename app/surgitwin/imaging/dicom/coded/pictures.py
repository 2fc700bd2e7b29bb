"""One compressed picture of a slice as stored numbers, each syntax by its decoder."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jpeg_ls
import numpy as np
import numpy.typing as npt
import pydicom
import SimpleITK as sitk  # noqa: N813 - its customary name
from openjpeg.utils import decode_pixel_data
from pydicom.encaps import encapsulate
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
    RLELossless,
    SecondaryCaptureImageStorage,
    generate_uid,
)

from surgitwin.imaging.dicom.claims import J2K_START, check_picture

LOSSLESS_JPEG = frozenset((JPEGLossless, JPEGLosslessSV1))
JPEG_LS = frozenset((JPEGLSLossless, JPEGLSNearLossless))
JPEG_2000 = frozenset((JPEG2000, JPEG2000Lossless))
WITH_LOSSES = frozenset((JPEGBaseline8Bit, JPEGExtended12Bit))
"""Syntaxes left to the GDCM inside SimpleITK, which reads them from a temporary file."""

CODED = LOSSLESS_JPEG | JPEG_LS | JPEG_2000 | WITH_LOSSES | {RLELossless}

SIGN_AT, SIGN = 42, 0x80
"""Ssiz of ISO 15444-1 A.5.1: its highest bit says that the samples are signed."""


@dataclass(frozen=True)
class Coding:
    """How a compressed grey picture is meant: transfer syntax, size, and bits of a pixel (PS3.3 C.7.6.3)."""

    syntax: UID
    rows: int
    columns: int
    allocated: int
    stored: int
    signed: bool

    @classmethod
    def of(cls, dataset: pydicom.Dataset) -> Coding:
        """What a data set says. Raises what pydicom raises, or ValueError, when it says too little."""
        if int(dataset.get("SamplesPerPixel") or 1) != 1:
            raise ValueError(f"each pixel has {dataset.SamplesPerPixel} values, 1 is read")
        return cls(
            UID(dataset.file_meta.TransferSyntaxUID), int(dataset.Rows), int(dataset.Columns),
            int(dataset.BitsAllocated), int(dataset.BitsStored), bool(int(dataset.PixelRepresentation)),
        )  # fmt: skip

    @property
    def kind(self) -> np.dtype[Any]:
        """NumPy type of the stored numbers. Raises TypeError for bits that no number has."""
        return np.dtype(f"<{'i' if self.signed else 'u'}{self.allocated // 8}")


def decode_picture(code: bytes, coding: Coding) -> npt.NDArray[Any]:
    """(rows, columns) stored numbers of a compressed picture, its bits above `stored` cleared.

    Raises ValueError or RuntimeError when it is damaged or of another size than `coding` says.
    """
    if coding.syntax in JPEG_2000:
        stream = codestream(code, coding)
        return of_codestream(stream, decode_pixel_data(stream, version=2), coding)
    if coding.syntax == RLELossless:
        from surgitwin.imaging.dicom.coded.run_length import decode_run_length  # numba: only when needed

        size = coding.kind.itemsize
        data = decode_run_length(code, coding.rows, coding.columns, size)
        return used_bits(coding.stored, data.view(coding.kind))
    check_picture(code, coding.rows, coding.columns)
    if coding.syntax in LOSSLESS_JPEG:
        from surgitwin.imaging.dicom.coded.jpeg_lossless import decode_lossless  # numba: only when needed

        samples: npt.NDArray[Any] = decode_lossless(code, coding.rows, coding.columns)
    elif coding.syntax in JPEG_LS:
        samples = _samples(jpeg_ls.decode_from_buffer(code), coding, signed=False)
    else:
        samples = _with_gdcm(code, coding)
    return used_bits(coding.stored, _as_stored(samples, coding))


def codestream(code: bytes, coding: Coding) -> bytes:
    """The JPEG 2000 codestream of a picture whose header claims the size of `coding`, else ValueError."""
    check_picture(code, coding.rows, coding.columns)
    return code[code.find(J2K_START, 0, 512) :]  # some writers put a JP2 header in front


def of_codestream(
    stream: bytes, data: bytes | bytearray | npt.NDArray[Any], coding: Coding
) -> npt.NDArray[Any]:
    """As `decode_picture`: the stored numbers from what OpenJPEG made of `stream`."""
    samples = _samples(data, coding, signed=bool(stream[SIGN_AT] & SIGN))
    return used_bits(coding.stored, _as_stored(samples, coding))


def _samples(data: bytes | bytearray | npt.NDArray[Any], coding: Coding, *, signed: bool) -> npt.NDArray[Any]:
    """Samples in as many bytes as a decoder gave them."""
    size, rest = divmod(len(data), coding.rows * coding.columns)
    if rest or size not in (1, 2, 4):
        raise ValueError(f"the coded picture holds {len(data)} bytes")
    return np.frombuffer(data, f"<{'i' if signed else 'u'}{size}").reshape(coding.rows, coding.columns)


def _as_stored(samples: npt.NDArray[Any], coding: Coding) -> npt.NDArray[Any]:
    """The samples in the type that the header says; without a copy when they have its size."""
    kind = coding.kind
    if samples.itemsize == kind.itemsize:
        return samples.view(kind)
    if samples.itemsize > kind.itemsize and samples.max() >= 1 << coding.allocated:
        raise ValueError(f"the coded picture has values of more than {coding.allocated} bits")
    return samples.astype(kind)


def _with_gdcm(code: bytes, coding: Coding) -> npt.NDArray[Any]:
    """Decode with GDCM from a temporary file without patient data and rescale (it would apply that)."""
    bare = pydicom.Dataset()
    bare.Rows, bare.Columns, bare.SamplesPerPixel = coding.rows, coding.columns, 1
    bare.PhotometricInterpretation, bare.PixelRepresentation = "MONOCHROME2", int(coding.signed)
    bare.BitsAllocated, bare.BitsStored, bare.HighBit = coding.allocated, coding.stored, coding.stored - 1
    bare.PixelData = encapsulate([code])
    bare["PixelData"].VR = "OB"
    bare.SOPClassUID, bare.SOPInstanceUID = SecondaryCaptureImageStorage, generate_uid()
    bare.file_meta = pydicom.dataset.FileMetaDataset()
    bare.file_meta.TransferSyntaxUID = coding.syntax
    bare.file_meta.MediaStorageSOPClassUID = bare.SOPClassUID
    bare.file_meta.MediaStorageSOPInstanceUID = bare.SOPInstanceUID
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "slice.dcm"
        bare.save_as(file)
        reader = sitk.ImageFileReader()
        reader.SetImageIO("GDCMImageIO")
        reader.SetFileName(str(file))
        pixels = sitk.GetArrayFromImage(reader.Execute())
    out: npt.NDArray[Any] = pixels.reshape(coding.rows, coding.columns)
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
