"""Lossless JPEG of one grey picture (ISO 10918-1 process 14; in DICOM PS3.5 A.4.1, 8.2.1).

Decoded here and not by GDCM: that reads files only, and a temporary one for each slice took as long as the
decoding.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from surgitwin.imaging.dicom.coded.lossless_kernels import DONE, TRUNCATED, decode_scan

FRAME, HUFFMAN, SCAN, RESTART, END = 0xC3, 0xC4, 0xDA, 0xDD, 0xD9
ALONE = frozenset((0x01, *range(0xD0, 0xD9)))
OTHER_FRAMES = frozenset((0xC0, 0xC1, 0xC2, *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)))

Table = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]


@dataclass
class _Picture:
    """What the segments in front of the scan say. tables: codes of each length and their values, by
    number."""

    precision: int = 0
    rows: int = 0
    columns: int = 0
    restart: int = 0
    tables: dict[int, Table] = field(default_factory=dict)


def decode_lossless(code: bytes, rows: int, columns: int) -> npt.NDArray[np.uint16]:
    """(rows, columns) samples of a picture that has to be of this size, as unsigned numbers.

    Raises ValueError or struct.error when it is no such picture, is damaged or ends early.
    """
    picture = _Picture()
    at = 2
    while True:
        marker, body, behind = _segment(code, at)
        if marker == FRAME:
            _read_frame(picture, body)
        elif marker == HUFFMAN:
            _read_tables(picture, body)
        elif marker == RESTART:
            (picture.restart,) = struct.unpack(">H", body)
        elif marker == SCAN:
            if (picture.rows, picture.columns) != (rows, columns):
                raise ValueError(f"the coded picture has {picture.rows} x {picture.columns} pixels")
            return _decoded(code, behind, picture, body)
        elif marker in OTHER_FRAMES or marker == END:
            raise ValueError(f"the coded picture has the marker {marker:02X} in place of a lossless frame")
        at = behind


def _segment(code: bytes, at: int) -> tuple[int, bytes, int]:
    """Marker, content and end of the segment at a place (B.1.1.4)."""
    while code[at : at + 2] == b"\xff\xff":
        at += 1
    if len(code) < at + 2 or code[at] != 0xFF:
        raise ValueError("the coded picture is damaged")
    marker = code[at + 1]
    if marker in ALONE or marker == END:
        return marker, b"", at + 2
    size = int.from_bytes(code[at + 2 : at + 4])
    if size < 2 or at + 2 + size > len(code):
        raise ValueError("the coded picture ends within its header")
    return marker, code[at + 4 : at + 2 + size], at + 2 + size


def _read_frame(picture: _Picture, body: bytes) -> None:
    """B.2.2."""
    picture.precision, picture.rows, picture.columns, components = struct.unpack(">BHHB", body[:6])
    if not 2 <= picture.precision <= 16 or components != 1:
        raise ValueError(f"the coded picture has {components} values of {picture.precision} bits")


def _read_tables(picture: _Picture, body: bytes) -> None:
    """B.2.4.2; a code has at most 16 bits, and no code has all bits set."""
    while body:
        counts = np.frombuffer(b"\0" + body[1:17], np.uint8).astype(np.int64)
        total = int(counts.sum())
        values = np.frombuffer(body[17 : 17 + total], np.uint8).astype(np.int64)
        room = sum(int(counts[length]) << (16 - length) for length in range(1, len(counts)))
        if len(counts) < 17 or len(values) < total or room > 1 << 16 or (total and values.max() > 16):
            raise ValueError("the coded picture has a damaged table of codes")
        picture.tables[body[0]] = counts, values
        body = body[17 + total :]


def _decoded(code: bytes, at: int, picture: _Picture, body: bytes) -> npt.NDArray[np.uint16]:
    """The one scan (B.2.3); all samples are shifted up by its point transform at last (H.1.1)."""
    components, _, table, predictor, _, transform = struct.unpack(">6B", body[:6])
    transform &= 15
    known = picture.tables.get(table >> 4)
    if components != 1 or known is None or not 1 <= predictor <= 7 or transform >= picture.precision:
        raise ValueError("the coded picture has a damaged start of its scan")
    out = np.empty((picture.rows, picture.columns), np.int32)
    middle = 1 << (picture.precision - transform - 1)
    data = np.frombuffer(code, np.uint8).astype(np.int16)
    state = decode_scan(data, at, *known, predictor, middle, picture.restart, out)
    if state != DONE:
        why = "ends before all its pixels are there" if state == TRUNCATED else "is damaged"
        raise ValueError(f"the coded picture {why}")
    return (out << transform if transform else out).astype(np.uint16)
