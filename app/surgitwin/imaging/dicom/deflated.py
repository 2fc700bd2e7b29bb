"""Deflated DICOM files (PS3.5 A.5) inflated within bounds: a small one may unpack to any size."""

from __future__ import annotations

import io
import struct
import zlib
from typing import BinaryIO

META_BYTES = 1024
"""Numerical setting: the preamble and the group behind it, with the transfer syntax, lie within so many
bytes."""

DEFLATED = b"\x02\x00\x10\x00UI\x16\x001.2.840.10008.1.2.1.99"
EXPLICIT = b"\x02\x00\x10\x00UI\x16\x001.2.840.10008.1.2.1\0\0\0"
"""(0002,0010) as bytes, of a deflated file and of the same file inflated."""

LARGEST_BYTES = 512 * 2**20
"""Numerical setting: a deflated file may unpack to so much; larger series come as one file per slice."""

FREE_BYTES, LARGEST_RATIO = 64 * 2**20, 200
"""Numerical settings: beyond so many bytes a file may not unpack to more than so many times its size (images
shrink some 2 to 10 times, empty ones some 1000 times)."""

CHUNK_BYTES = 2**20


def is_deflated(start: bytes) -> bool:
    """Whether the first bytes of a file say that what follows its meta header is deflated."""
    return start[128:132] == b"DICM" and DEFLATED in start[:META_BYTES]


def inflated(stream: BinaryIO) -> BinaryIO:
    """The file as one with explicit values in little endian, not deflated; `stream` stands at its start.

    Raises ValueError when it unpacks to more than a study may, zlib.error when it is damaged.
    """
    start = stream.read(META_BYTES)
    if start[132:140] != b"\x02\x00\x00\x00UL\x04\x00":
        raise ValueError("the length of its meta header is not given")
    end = 144 + struct.unpack("<I", start[140:144])[0]
    if not start.find(DEFLATED) + len(DEFLATED) <= end <= META_BYTES:
        raise ValueError("the length of its meta header is wrong")
    out = io.BytesIO()
    out.write(start[:end].replace(DEFLATED, EXPLICIT))
    stream.seek(end)
    _unpack(stream, out)
    out.seek(0)
    return out


def _unpack(stream: BinaryIO, out: io.BytesIO) -> None:
    coder = zlib.decompressobj(-zlib.MAX_WBITS)
    packed = unpacked = 0
    while not coder.eof:
        waiting = coder.unconsumed_tail
        if not waiting:
            waiting = stream.read(CHUNK_BYTES)
            packed += len(waiting)
        if not waiting:
            break  # cut short: what lacks is found by who reads the values
        unpacked += out.write(coder.decompress(waiting, CHUNK_BYTES))
        too_dense = unpacked > FREE_BYTES and unpacked > LARGEST_RATIO * packed
        if unpacked > LARGEST_BYTES or too_dense:
            raise ValueError(f"it unpacks to more than {unpacked / 2**20:.0f} MiB")
