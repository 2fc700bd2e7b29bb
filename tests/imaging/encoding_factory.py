"""Slices of `dicom_factory` in every transfer syntax that is read, as an `edit` of `write_series`."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import SimpleITK as sitk  # noqa: N813 - its customary name
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

LOSSLESS: dict[str, UID] = {
    "implicit": ImplicitVRLittleEndian,
    "explicit": ExplicitVRLittleEndian,
    "big-endian": ExplicitVRBigEndian,
    "deflated": DeflatedExplicitVRLittleEndian,
    "rle": RLELossless,
    "jpeg-lossless": JPEGLosslessSV1,
    "jpeg-ls": JPEGLSLossless,
    "jpeg-2000": JPEG2000Lossless,
}
Edit = Callable[[pydicom.Dataset, int], None]


def stored_as(syntax: UID, *, signed: bool = False, bits: int = 16) -> Edit:
    """An edit that says how the stored 16-bit numbers are meant and encodes them in the syntax."""

    def edit(ds: pydicom.Dataset, k: int) -> None:
        ds.PixelRepresentation = int(signed)
        ds.BitsStored, ds.HighBit = bits, bits - 1
        encode(ds, syntax)

    return edit


def encode(ds: pydicom.Dataset, syntax: UID) -> None:
    """Put the little-endian pixels of a data set into the syntax."""
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    if syntax in (RLELossless, JPEGLSLossless, JPEG2000Lossless):
        ds.compress(syntax)
        return
    if syntax == ExplicitVRBigEndian:
        ds.PixelData = np.frombuffer(ds.PixelData, "<u2").astype(">u2").tobytes()
        ds["PixelData"].VR = "OW"
    elif syntax in (JPEGLosslessSV1, JPEGBaseline8Bit):
        make = _jpeg_lossless if syntax == JPEGLosslessSV1 else _jpeg_baseline
        ds.PixelData = encapsulate([make(ds)])
        ds["PixelData"].VR = "OB"
        ds["PixelData"].is_undefined_length = True
    ds.file_meta.TransferSyntaxUID = syntax


def _jpeg_lossless(ds: pydicom.Dataset) -> bytes:
    """The stored numbers as they are, coded by the GDCM of SimpleITK."""
    kind = "<i2" if ds.PixelRepresentation else "<u2"
    image = sitk.GetImageFromArray(np.frombuffer(ds.PixelData, kind).reshape(1, ds.Rows, ds.Columns))
    writer = sitk.ImageFileWriter()
    writer.SetImageIO("GDCMImageIO")
    writer.SetUseCompression(True)
    writer.SetCompressor("JPEG")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a.dcm"
        writer.SetFileName(str(file))
        writer.Execute(image)
        made = pydicom.dcmread(file)
    assert made.file_meta.TransferSyntaxUID == JPEGLosslessSV1
    return next(pydicom.encaps.generate_frames(made.PixelData, number_of_frames=1))


def _jpeg_baseline(ds: pydicom.Dataset) -> bytes:
    """8-bit grey values with losses (quality 95)."""
    out = io.BytesIO()
    Image.fromarray(np.frombuffer(ds.PixelData, np.uint8).reshape(ds.Rows, ds.Columns)).save(
        out, "JPEG", quality=95
    )
    return out.getvalue()
