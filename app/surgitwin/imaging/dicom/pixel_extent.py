"""Whether the pixels of a file are all there, seen without decoding them (PS3.5 A.4, PS3.3 C.7.6.3)."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal

PIXEL_DATA = (b"\xe0\x7f\x10\x00", b"\x7f\xe0\x00\x10")
"""Tag (7FE0,0010) in little and in big endian."""

ITEM, SEQUENCE_END = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"
UNDEFINED_LENGTH = 0xFFFFFFFF


PixelState = Literal["complete", "short", "none"]


@dataclass(frozen=True)
class Extent:
    """Whether the pixels are there ("short": the file ends before they do), and from where to where in bytes
    of the (inflated) file. items: they are encapsulated, and the end is that of the last item."""

    state: PixelState
    start: int = 0
    end: int = 0
    items: bool = False


def pixel_extent(stream: BinaryIO, dataset: Any) -> Extent:
    """Compare the bytes after the pixel tag, at which the stream stands, with what the header promises."""
    start = stream.tell()
    size = stream.seek(0, io.SEEK_END)  # of a deflated file inflated
    stream.seek(start)
    head = stream.read(12)
    if head[:4] not in PIXEL_DATA:
        return Extent("none")
    order = "<" if head[:4] == PIXEL_DATA[0] else ">"
    explicit = head[4:6].isalpha()
    length = struct.unpack(order + "I", head[8:12] if explicit else head[4:8])[0] if len(head) == 12 else 0
    left = size - start - (12 if explicit else 8)
    if length == UNDEFINED_LENGTH:
        stream.seek(size - left)
        end = _items_end(stream, size)
        return Extent("short" if end is None else "complete", size - left, end or size, items=True)
    there = left >= max(length, expected_bytes(dataset))
    return Extent("complete" if there else "short", size - left, size)


def _items_end(stream: BinaryIO, size: int) -> int | None:
    """Follow the items of encapsulated pixels (PS3.5 A.4); where their delimiter lies, None without one."""
    while True:
        head = stream.read(8)
        if len(head) < 8 or head[:4] not in (ITEM, SEQUENCE_END):
            return None
        if head[:4] == SEQUENCE_END:
            return stream.tell() - len(head)
        end = stream.tell() + int(struct.unpack("<I", head[4:])[0])
        if end > size:
            return None
        stream.seek(end)


def expected_bytes(dataset: Any) -> int:
    """Bytes of uncompressed pixels that Rows, Columns, NumberOfFrames, samples and bits promise."""
    rows, columns = int(dataset.get("Rows") or 0), int(dataset.get("Columns") or 0)
    frames, samples = int(dataset.get("NumberOfFrames") or 1), int(dataset.get("SamplesPerPixel") or 1)
    bits = int(dataset.get("BitsAllocated") or 0)
    if dataset.get("PhotometricInterpretation") == "YBR_FULL_422":
        samples = 2  # PS3.3 C.7.6.3.1.2: two pixels share their colour
    return rows * columns * frames * samples * bits // 8
