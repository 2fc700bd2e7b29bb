"""Well-formed files that lie: impossible sizes, numbers that are none, names that look like paths."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable

import numpy as np
import pydicom
from pydicom.dataelem import DataElement
from pydicom.uid import UID

Rng = np.random.Generator
Lie = Callable[[pydicom.Dataset, Rng], None]

PATHS = (
    "../../../../victim", "/victim", "..\\..\\victim", "C:\\victim", "a/../../victim", "..", "\\\\server\\x",
    "~/victim", "$HOME/victim", "`touch victim`", "victim;touch x", "con", "x" * 300, "nul\0byte", "a\nb",
)  # fmt: skip
NUMBERS = ("nan", "inf", "-inf", "1e400", "-1e308", "0", "-0", "1e-320", "", "1,5", "0x10", "9" * 40)


def read_back(data: bytes) -> pydicom.Dataset:
    return pydicom.dcmread(io.BytesIO(data), force=True)


def written(ds: pydicom.Dataset) -> bytes:
    """Decimal strings are text in the data set, they get their kind here."""
    out = io.BytesIO()
    ds.save_as(out, enforce_file_format=False)
    data = out.getvalue()
    for element in ds:
        tag = struct.pack("<HH", element.tag.group, element.tag.element)
        if element.VR == "LO" and pydicom.datadict.dictionary_has_tag(element.tag):
            kind = pydicom.datadict.dictionary_VR(element.tag).encode()[:2]
            data = data.replace(tag + b"LO", tag + kind)
    return data


def put(ds: pydicom.Dataset, name: str, kind: str, value: object) -> None:
    """Without the checks that pydicom makes of values."""
    kind = "LO" if kind in ("DS", "IS") else kind
    ds[name] = DataElement(name, kind, value, validation_mode=pydicom.config.IGNORE)


def _one(items: tuple, rng: Rng):
    return items[int(rng.integers(len(items)))]


def sizes(ds: pydicom.Dataset, rng: Rng) -> None:
    for name in ("Rows", "Columns"):
        if rng.random() < 0.7:
            put(ds, name, "US", _one((0, 1, 2, 32767, 65535), rng))


def frames(ds: pydicom.Dataset, rng: Rng) -> None:
    put(ds, "NumberOfFrames", "IS", _one(("0", "-1", "2", "99999", "2147483647", "1e9", "9" * 12), rng))


def bits(ds: pydicom.Dataset, rng: Rng) -> None:
    for name in ("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "SamplesPerPixel"):
        if rng.random() < 0.5:
            put(ds, name, "US", _one((0, 1, 2, 7, 12, 15, 17, 32, 64, 255, 65535), rng))


def positions(ds: pydicom.Dataset, rng: Rng) -> None:
    for name, count in (("ImagePositionPatient", 3), ("ImageOrientationPatient", 6), ("PixelSpacing", 2)):
        if rng.random() < 0.6:
            values = [str(float(x)) for x in rng.normal(size=count)]
            values[int(rng.integers(count))] = _one(NUMBERS, rng)
            put(ds, name, "DS", "\\".join(values[: int(rng.integers(0, count + 1)) or count]))


def rescale(ds: pydicom.Dataset, rng: Rng) -> None:
    for name in ("RescaleSlope", "RescaleIntercept", "PatientWeight", "WindowWidth", "WindowCenter"):
        if rng.random() < 0.6:
            put(ds, name, "DS", _one(NUMBERS, rng))


def padding(ds: pydicom.Dataset, rng: Rng) -> None:
    put(ds, "PixelPaddingValue", "DS", _one((*NUMBERS, "-2000", "63536"), rng))
    put(ds, "PixelPaddingRangeLimit", "DS", _one(NUMBERS, rng))


def path_names(ds: pydicom.Dataset, rng: Rng) -> None:
    for name, kind in (
        ("SeriesInstanceUID", "UI"), ("StudyInstanceUID", "UI"), ("SOPInstanceUID", "UI"),
        ("PatientID", "LO"), ("PatientName", "PN"), ("SeriesDescription", "LO"), ("ConvolutionKernel", "SH"),
        ("StudyDate", "DA"), ("PatientAge", "AS"),
    ):  # fmt: skip
        if rng.random() < 0.6:
            put(ds, name, kind, _one(PATHS, rng))


def private_bulk(ds: pydicom.Dataset, rng: Rng) -> None:
    block = ds.private_block(0x0033, "BULK", create=True)
    block.add_new(1, "OB", bytes(int(_one((2**16, 2**20, 2**24), rng))))


def syntaxes(ds: pydicom.Dataset, rng: Rng) -> None:
    """Another syntax than the pixels have, or none that there is."""
    known = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.5",
             "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.70",
             "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.201",
             "1.2.840.10008.1.2.4.100", "1.2.3", "")  # fmt: skip
    ds["SOPClassUID"]  # met before the syntax changes
    ds.file_meta["TransferSyntaxUID"] = DataElement(
        0x00020010, "UI", UID(_one(known, rng), validation_mode=pydicom.config.IGNORE)
    )


def alphabets(ds: pydicom.Dataset, rng: Rng) -> None:
    put(
        ds,
        "SpecificCharacterSet",
        "CS",
        _one(("ISO 2022 IR 87", "../x", "ISO_IR 999", "UTF-16"), rng),
    )


def no_tags(ds: pydicom.Dataset, rng: Rng) -> None:
    for element in list(ds):
        if rng.random() < 0.1:
            del ds[element.tag]


LIES: dict[str, Lie] = {
    "sizes": sizes,
    "frames": frames,
    "bits": bits,
    "positions": positions,
    "rescale": rescale,
    "padding": padding,
    "path-like names": path_names,
    "private bulk": private_bulk,
    "other syntax": syntaxes,
    "alphabets": alphabets,
    "tags left out": no_tags,
}
