"""Whether the pixels of a file are all there, seen without decoding them (PS3.5 A.4, PS3.3 C.7.6.3)."""

from __future__ import annotations

import io
import struct
from typing import Any, BinaryIO, Literal

import pydicom

PIXEL_DATA = (b"\xe0\x7f\x10\x00", b"\x7f\xe0\x00\x10")
"""Tag (7FE0,0010) in little and in big endian."""

ITEM, SEQUENCE_END = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"
UNDEFINED_LENGTH = 0xFFFFFFFF


PixelState = Literal["complete", "short", "none"]


def pixel_state(stream: BinaryIO, dataset: pydicom.Dataset) -> tuple[PixelState, int | None]:
    """Compare the bytes after the pixel tag with what the header promises; and where the pixels start when
    they are not encapsulated, in bytes of the (inflated) file."""
    start = stream.tell()
    size = stream.seek(0, io.SEEK_END)  # of a deflated file inflated
    stream.seek(start)
    head = stream.read(12)
    if head[:4] not in PIXEL_DATA:
        return "none", None
    order = "<" if head[:4] == PIXEL_DATA[0] else ">"
    explicit = head[4:6].isalpha()
    length = struct.unpack(order + "I", head[8:12] if explicit else head[4:8])[0] if len(head) == 12 else 0
    left = size - start - (12 if explicit else 8)
    if length == UNDEFINED_LENGTH:
        stream.seek(start + (12 if explicit else 8))
        return ("complete" if _items_end(stream, size) else "short"), None
    there = left >= max(length, expected_bytes(dataset))
    return ("complete" if there else "short"), size - left


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
