"""How stored numbers become values: rescale, inverted grey scale, padding (PS3.3 C.7.5.1.1.2, C.7.6.3,
C.11.1).
"""

from __future__ import annotations

import math

from surgitwin.imaging.dicom.claims import LARGEST_EDGE
from surgitwin.imaging.dicom.frames import Frame, PlainPixels
from surgitwin.imaging.dicom.header import EXPLICIT_BIG, Header

RESCALE_LIMIT = 1e9
"""Numerical setting: rescale slopes and intercepts beyond it are damage, whatever they measure (slopes of a
PET in Bq/ml reach some thousands)."""

ABSOLUTE = frozenset(("CT", "PT", "NM", "RTDOSE"))
"""Modalities whose numbers measure something; how they are shown (MONOCHROME1) does not change them."""


def frame_of(header: Header) -> Frame:
    """The frame of one header with its own rescale and padding."""
    slope, intercept = _rescale(header)
    if is_inverted(header):
        slope, intercept = -slope, slope * _top(header) + intercept
    single = header.frame is None
    count = 1 if single else max(1, header.whole("NumberOfFrames") or 1)
    plain = _plain(header) if single else None
    return Frame(header.source, header.frame or 0, count, slope, intercept, _padding(header), plain)


def _plain(header: Header) -> PlainPixels | None:
    """Where one grey image of 8 or 16 bits lies uncompressed; None for all others."""
    rows, columns, bits, stored, samples, frames = (
        header.whole(n) for n in ("Rows", "Columns", "BitsAllocated", "BitsStored", "SamplesPerPixel",
                                  "NumberOfFrames")
    )  # fmt: skip
    big = header.syntax == EXPLICIT_BIG
    known = rows and columns and max(rows, columns) <= LARGEST_EDGE and bits in ((16,) if big else (8, 16))
    one = (samples or 1) == 1 and (frames or 1) == 1
    if header.pixels_at is None or header.pixels != "complete" or not (known and one):
        return None
    if not (bits and stored and rows and columns and 1 <= stored <= bits):
        return None
    if header.syntax.is_private or not header.syntax.is_transfer_syntax or header.syntax.is_compressed:
        return None
    kind = f"{'>' if big else '<'}{'i' if _is_signed(header) else 'u'}{bits // 8}"
    return PlainPixels(header.pixels_at, rows, columns, kind, stored)


def window_of_header(header: Header) -> tuple[float | None, float | None]:
    """(centre, width) of the first window, in the values that `frame_of` leads to."""
    centre, width = header.finite("WindowCenter"), header.finite("WindowWidth")
    if centre is not None and is_inverted(header):
        slope, intercept = _rescale(header)
        centre = slope * _top(header) + 2 * intercept - centre
    return centre, width


def _rescale(header: Header) -> tuple[float, float]:
    """Slope and intercept; 1 and 0 in place of impossible ones, with which the checks refuse the series."""
    slope, intercept = header.number("RescaleSlope"), header.number("RescaleIntercept")
    usable = slope is not None and slope != 0 and abs(slope) <= RESCALE_LIMIT
    known = intercept is not None and abs(intercept) <= RESCALE_LIMIT
    return (slope if usable and slope is not None else 1.0), (intercept if known and intercept else 0.0)


def is_inverted(header: Header) -> bool:
    """Whether high numbers are dark, of a modality whose numbers measure nothing."""
    kind = header.text("PhotometricInterpretation")
    return kind == "MONOCHROME1" and header.text("Modality") not in ABSOLUTE


def _is_signed(header: Header) -> bool:
    return header.number("PixelRepresentation") == 1


def _top(header: Header) -> float:
    """What a stored number and its inverse add up to."""
    return -1.0 if _is_signed(header) else float(2 ** _bits(header, "BitsStored") - 1)


def _bits(header: Header, name: str) -> int:
    """Bits of a stored number; 16 where the header is out of range (decoding refuses it)."""
    bits = header.whole(name) or 16
    return bits if 1 <= bits <= 64 else 16


def _padding(header: Header) -> tuple[int, int] | None:
    """Lowest and highest padded number, as signed or unsigned as the pixels are.

    Writers put the value down with the other sign: 63536 for -2000 in 16 signed bits, or the reverse.
    """
    value = header.number("PixelPaddingValue")
    if value is None or not math.isfinite(value):
        return None
    limit = header.number("PixelPaddingRangeLimit")
    ends = [value] if limit is None or not math.isfinite(limit) else [value, limit]
    bits = _bits(header, "BitsAllocated")
    as_stored = [_as_stored(int(v), bits, _is_signed(header)) for v in ends]
    return min(as_stored), max(as_stored)


def _as_stored(value: int, bits: int, signed: bool) -> int:
    value &= (1 << bits) - 1
    return value - (1 << bits) if signed and value >= 1 << (bits - 1) else value
