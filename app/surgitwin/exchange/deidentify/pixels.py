"""Pixels written anew: decompressed, cut to the image's size, bits above the stored ones cleared.

A compressed stream may hold comments and application data, and bytes may follow it; in unused bits old
systems keep overlays with text. What is written is nothing but the numbers of the image.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom
from pydicom.uid import UID, ExplicitVRLittleEndian

from surgitwin.core.errors import InputError
from surgitwin.imaging.dicom.coded.pictures import CODED
from surgitwin.imaging.dicom.decoding import coded_pixels
from surgitwin.imaging.dicom.header import MALFORMED

PLANES = {"MONOCHROME1": 1, "MONOCHROME2": 1, "PALETTE COLOR": 1, "RGB": 3, "YBR_FULL": 3}
"""Samples a pixel; other colour models need a decoder, and uncompressed ones of them are refused."""


def plain_pixels(dataset: pydicom.Dataset, syntax: UID, name: str) -> list[str]:
    """Replace the pixels in place by uncompressed little-endian ones; what was dropped, in words.

    Raises InputError "deidentify.pixels" when they cannot be decoded or have another size than the header
    says.
    """
    try:
        if syntax.is_compressed:
            _decompress(dataset, syntax)
        return _tight(dataset, big=not syntax.is_little_endian)
    except MALFORMED as error:
        raise InputError(
            "deidentify.pixels",
            f"The pixels of {name} cannot be written anew: {error}.",
            hint="Leave this file out, or export the image again uncompressed.",
            where=name,
        ) from None


def _decompress(dataset: pydicom.Dataset, syntax: UID) -> None:
    if syntax == "1.2.840.10008.1.2.1.99":
        return  # deflated: the whole dataset, which was inflated on reading
    dataset.file_meta.TransferSyntaxUID = syntax
    single = int(dataset.get("NumberOfFrames") or 1) == 1 and int(dataset.SamplesPerPixel) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if syntax in CODED and single:
            pixels = coded_pixels(dataset)
            bits = int(dataset.BitsAllocated)
            sign = "i" if int(dataset.PixelRepresentation) else "u"
            dataset.PixelData = pixels.astype(f"<{sign}{bits // 8}").tobytes()
            dataset["PixelData"].VR = "OW" if bits > 8 else "OB"
        else:
            dataset.decompress(as_rgb=True, generate_instance_uid=False)
    for keyword in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths"):
        if keyword in dataset:
            delattr(dataset, keyword)
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian


def _tight(dataset: pydicom.Dataset, *, big: bool) -> list[str]:
    """Cut to size and clear unused bits; what that took away."""
    bits = int(dataset.BitsAllocated)
    model = str(dataset.PhotometricInterpretation)
    if PLANES.get(model) != int(dataset.SamplesPerPixel):
        raise ValueError(f"{model} with {dataset.SamplesPerPixel} samples is not known")
    count = int(dataset.Rows) * int(dataset.Columns) * int(dataset.SamplesPerPixel)
    count *= int(dataset.get("NumberOfFrames") or 1)
    keyword = next(k for k in ("PixelData", "FloatPixelData", "DoubleFloatPixelData") if k in dataset)
    data = dataset[keyword].value
    size = (count * bits + 7) // 8
    if len(data) < size:
        raise ValueError(f"{len(data)} bytes of {size} are there")
    said = []
    if any(data[size:]) or len(data) > size + size % 2:
        said.append(f"{len(data) - size} bytes behind the pixels")
    body = bytes(data[:size])
    if keyword == "PixelData" and bits in (8, 16, 32):
        numbers = np.frombuffer(body, f"{'>' if big else '<'}u{bits // 8}").astype(f"<u{bits // 8}")
        cleared = _used(numbers, dataset, bits)
        if (cleared != numbers).any():
            said.append("bits above the stored ones")
        body = cleared.tobytes()
    elif big:
        raise ValueError("big-endian pixels of this kind are not known")
    dataset[keyword].value = body + b"\0" * (size % 2)
    if keyword == "PixelData":
        dataset[keyword].VR = "OW" if bits > 8 else "OB"
    return said


def _used(numbers: npt.NDArray[Any], dataset: pydicom.Dataset, bits: int) -> npt.NDArray[Any]:
    """Unsigned numbers with nothing above HighBit: zeros, or the sign of a signed image (PS3.5 8.1.1).

    The padding value is left as it is: it is one number, and readers look for it.
    """
    stored, high = int(dataset.BitsStored), int(dataset.HighBit)
    if high != stored - 1 or stored > bits:
        raise ValueError(f"bits {high - stored + 1} to {high} of {bits} are stored")
    if stored == bits:
        return numbers
    kind = numbers.dtype.type
    out = numbers & kind((1 << stored) - 1)
    if int(dataset.PixelRepresentation):
        above = kind((1 << bits) - (1 << stored))
        out = np.where(out & kind(1 << high), out | above, out)
    padding = dataset.get("PixelPaddingValue")
    if isinstance(padding, int):
        out = np.where(numbers == kind(padding % (1 << bits)), numbers, out)
    cleared: npt.NDArray[Any] = out
    return cleared
