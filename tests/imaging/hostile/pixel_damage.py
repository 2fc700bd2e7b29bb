"""Encapsulated pixels that lie: offsets, fragments, and pictures of another size than the header says."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
import pydicom
from hostile.tag_damage import put

Rng = np.random.Generator
Lie = Callable[[pydicom.Dataset, Rng], None]

ITEM, END = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"


def _item(data: bytes, length: int | None = None) -> bytes:
    return ITEM + struct.pack("<I", len(data) if length is None else length) + data


def _frame(ds: pydicom.Dataset) -> bytes:
    return pydicom.encaps.get_frame(ds.PixelData, 0, number_of_frames=int(ds.get("NumberOfFrames", 1)))


def _encapsulated(ds: pydicom.Dataset, items: bytes, *, ended: bool = True) -> None:
    ds["PixelData"]._value = items
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = ended


def offsets(ds: pydicom.Dataset, rng: Rng) -> None:
    """A basic offset table that points anywhere."""
    table = rng.integers(0, 2**32, size=int(rng.integers(1, 6)), dtype=np.uint32).astype("<u4").tobytes()
    _encapsulated(ds, _item(table) + _item(_frame(ds)))


def extended_offsets(ds: pydicom.Dataset, rng: Rng) -> None:
    put(ds, "ExtendedOffsetTable", "OV", rng.bytes(8 * int(rng.integers(0, 5))))
    put(ds, "ExtendedOffsetTableLengths", "OV", rng.bytes(8 * int(rng.integers(0, 5))))


def fragments(ds: pydicom.Dataset, rng: Rng) -> None:
    """Very many, empty, odd, or longer than the file."""
    frame = _frame(ds)
    kind = int(rng.integers(4))
    if kind == 0:
        items = b"".join(_item(frame[n : n + 2]) for n in range(0, len(frame), 2))
    elif kind == 1:
        items = _item(b"") * int(rng.integers(0, 2000))
    elif kind == 2:
        items = _item(frame, length=int(rng.integers(0, 2**32)))
    else:
        items = frame[:-1]
    _encapsulated(ds, _item(b"") + items)


def size_of_picture(ds: pydicom.Dataset, rng: Rng) -> None:
    """The coded picture claims 65500 x 65500 points (JPEG, JPEG-LS) or more (JPEG 2000)."""
    frame = bytearray(_frame(ds))
    for marker in (b"\xff\xc0", b"\xff\xc1", b"\xff\xc3", b"\xff\xf7"):
        at = bytes(frame).find(marker)
        if 0 <= at < len(frame) - 9:
            frame[at + 5 : at + 9] = struct.pack(">HH", *(int(x) for x in rng.integers(1, 65500, size=2)))
            break
    at = bytes(frame).find(b"\xff\x51")
    if 0 <= at < len(frame) - 38:
        big = [int(x) for x in rng.integers(1, 2**31, size=2)]
        frame[at + 6 : at + 14] = struct.pack(">II", *big)
        if rng.random() < 0.5:  # with tiles as large: one tile to set aside memory for
            frame[at + 22 : at + 30] = struct.pack(">II", *big)
    _encapsulated(ds, _item(b"") + _item(bytes(frame) + b"\0" * (len(frame) % 2)))


def both_sizes(ds: pydicom.Dataset, rng: Rng) -> None:
    """The header tells the same lie as the picture."""
    size_of_picture(ds, rng)
    put(ds, "Rows", "US", 65500)
    put(ds, "Columns", "US", 65500)


def run_lengths(ds: pydicom.Dataset, rng: Rng) -> None:
    """A header of RLE segments (PS3.5 G.5) that points anywhere."""
    frame = bytearray(_frame(ds) or b"\0" * 64)
    frame[:64] = rng.integers(0, 2**31, size=16, dtype=np.uint32).astype("<u4").tobytes()
    frame[:4] = struct.pack("<I", int(rng.integers(0, 20)))
    _encapsulated(ds, _item(b"") + _item(bytes(frame)))


def damaged_code(ds: pydicom.Dataset, rng: Rng) -> None:
    """Bytes inside the coded picture, beyond its first markers."""
    frame = bytearray(_frame(ds) or bytes(ds.PixelData))
    for at in rng.integers(0, len(frame), size=int(rng.integers(1, 30))):
        frame[at] = int(rng.integers(256))
    _encapsulated(ds, _item(b"") + _item(bytes(frame)))


LIES: dict[str, Lie] = {
    "offset table": offsets, "extended offsets": extended_offsets, "fragments": fragments,
    "size of picture": size_of_picture, "both sizes": both_sizes, "run lengths": run_lengths,
    "damaged code": damaged_code,
}  # fmt: skip
