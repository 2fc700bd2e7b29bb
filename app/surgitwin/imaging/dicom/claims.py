"""What a file says of the size of its picture, held against bounds and the picture before memory is taken."""

from __future__ import annotations

import struct

import pydicom

LARGEST_EDGE = 8192
"""Numerical setting: rows or columns of a slice; CT and MR matrices reach 2048, projections 6144."""

BITS = (1, 8, 16, 32, 64)
"""BitsAllocated that PS3.5 8.1.1 knows for numbers."""

SOI, J2K_START = b"\xff\xd8", b"\xff\x4f\xff\x51"
NO_FRAME = frozenset((0xC4, 0xC8, 0xCC))
"""Markers among those of JPEG frames that are none (ISO 10918-1 B.1.1.3)."""

ALONE = frozenset((0x01, *range(0xD0, 0xD9)))
"""Markers without a segment."""

JPEG_LS_FRAME = 0xF7


def check_claims(dataset: pydicom.Dataset, *, at_once: bool = False) -> None:
    """Raise ValueError when rows, columns or bits are none that a slice can have.

    at_once: all frames are decoded together; they may have no more pixels than the largest slice.
    """
    rows, columns, bits = (int(dataset.get(n) or 0) for n in ("Rows", "Columns", "BitsAllocated"))
    if not (0 < rows <= LARGEST_EDGE and 0 < columns <= LARGEST_EDGE):
        raise ValueError(f"the header says {rows} x {columns} pixels, at most {LARGEST_EDGE} each are read")
    frames = int(dataset.get("NumberOfFrames") or 1) if at_once else 1
    if rows * columns * frames > LARGEST_EDGE**2:
        raise ValueError(f"the header says {frames} frames of {rows} x {columns} pixels")
    if bits not in BITS:
        raise ValueError(f"the header says {bits} bits for each pixel")


def check_picture(code: bytes, rows: int, columns: int) -> None:
    """Raise ValueError when a coded picture is not of the size that its header says, or not grey."""
    said = picture_size(code)
    if said is None:
        raise ValueError("the coded picture has no header")
    if said != (rows, columns, 1):
        raise ValueError(
            f"the coded picture has {said[0]} x {said[1]} pixels of {said[2]} values, "
            f"the header says {rows} x {columns} of 1"
        )


def picture_size(code: bytes) -> tuple[int, int, int] | None:
    """(rows, columns, values of a pixel) of a JPEG, JPEG-LS or JPEG 2000 picture; None when it has no header.

    Raises ValueError for a JPEG 2000 picture that is sampled more coarsely than its size says.
    ISO 10918-1 B.2.2, ISO 14495-1 C.2.2, ISO 15444-1 A.5.1.
    """
    at = code.find(J2K_START, 0, 512)
    if at >= 0 and len(code) >= at + 45:
        if code[at + 43 : at + 45] != b"\1\1":
            raise ValueError("the coded picture has fewer samples than pixels")
        right, low, left, top = struct.unpack(">4I", code[at + 8 : at + 24])
        return low - top, right - left, struct.unpack(">H", code[at + 40 : at + 42])[0]
    return _jpeg_size(code) if code[:2] == SOI else None


def _jpeg_size(code: bytes) -> tuple[int, int, int] | None:
    at = 2
    while at + 10 <= len(code) and code[at] == 0xFF:
        marker = code[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in ALONE:
            at += 2
        elif marker == JPEG_LS_FRAME or (0xC0 <= marker <= 0xCF and marker not in NO_FRAME):
            return *struct.unpack(">HH", code[at + 5 : at + 9]), code[at + 9]
        else:
            at += 2 + int(struct.unpack(">H", code[at + 2 : at + 4])[0])
    return None
