"""Run-length coded pictures of one grey slice (DICOM PS3.5 annex G)."""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt

from surgitwin.imaging.dicom.coded.compiled import compiled

HEADER_BYTES = 64


def decode_run_length(code: bytes, rows: int, columns: int, size: int) -> npt.NDArray[np.uint8]:
    """(rows, columns * size) bytes of the pixels, little endian; `size` bytes each.

    Raises ValueError when segments are missing, point outside or hold too few bytes.
    """
    if len(code) < HEADER_BYTES:
        raise ValueError("the coded picture has no header")
    count, *offsets = struct.unpack("<16I", code[:HEADER_BYTES])
    if count != size:
        raise ValueError(f"the coded picture has {count} segments and needs {size}")
    ends = [*offsets[1:count], len(code)]
    out = np.empty((rows * columns, size), np.uint8)
    data = np.frombuffer(code, np.uint8).astype(np.int16)  # signed: see `lossless_kernels`
    for n, (start, end) in enumerate(zip(offsets[:count], ends, strict=True)):
        if not HEADER_BYTES <= start <= end <= len(code):
            raise ValueError("the segments of the coded picture lie outside it")
        if unpacked(data[start:end], out, size - 1 - n) < len(out):  # the highest bytes come first
            raise ValueError("the coded picture ends before all its pixels are there")
    return out.reshape(rows, columns * size)


@compiled
def unpacked(data: npt.NDArray[np.int16], out: npt.NDArray[np.uint8], column: int) -> int:
    """Fill a column of `out` from the packets of one segment (G.3.2); how many bytes it got."""
    filled, at = 0, 0
    total = len(out)
    while at < len(data) and filled < total:
        first = int(data[at])
        at += 1
        if first < 128:
            for n in range(at, min(at + first + 1, len(data))):
                if filled == total:
                    break
                out[filled, column] = data[n]
                filled += 1
            at += first + 1
        elif first > 128 and at < len(data):
            value = data[at]
            for _ in range(min(257 - first, total - filled)):
                out[filled, column] = value
                filled += 1
            at += 1
    return filled
