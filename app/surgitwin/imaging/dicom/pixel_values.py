"""How stored numbers become values: rescale, inverted grey scale, padding (PS3.3 C.7.5.1.1.2, C.7.6.3,
C.11.1).
"""

from __future__ import annotations

import math

from surgitwin.imaging.dicom.claims import LARGEST_EDGE
from surgitwin.imaging.dicom.coded.pictures import CODED, Coding
from surgitwin.imaging.dicom.frames import CodedPixels, Frame, PlainPixels
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
    plain, coded = (_plain(header), _coded(header)) if single else (None, None)
    return Frame(header.source, header.frame or 0, count, slope, intercept, _padding(header), plain, coded)


def _plain(header: Header) -> PlainPixels | None:
    """Where one grey image of 8 or 16 bits lies uncompressed; None for all others."""
    big = header.syntax == EXPLICIT_BIG
    form = _form(header)
    if form is None or header.extent.items or header.syntax.is_compressed or (big and form[2] != 16):
        return None
    rows, columns, bits, stored = form
    kind = f"{'>' if big else '<'}{'i' if _is_signed(header) else 'u'}{bits // 8}"
    return PlainPixels(header.extent.start, rows, columns, kind, stored)


def _coded(header: Header) -> CodedPixels | None:
    """Where one grey image of 8 or 16 bits lies compressed; None for all others."""
    form = _form(header)
    if form is None or not header.extent.items or header.syntax not in CODED:
        return None
    start, end = header.extent.start, header.extent.end
    return CodedPixels(start, end - start, Coding(header.syntax, *form, signed=_is_signed(header)))


def _form(header: Header) -> tuple[int, int, int, int] | None:
    """Rows, columns, bits allocated and stored of one complete grey image of a size that is read."""
    rows, columns, bits, stored, samples, frames = (
        header.whole(n) for n in ("Rows", "Columns", "BitsAllocated", "BitsStored", "SamplesPerPixel",
                                  "NumberOfFrames")
    )  # fmt: skip
    if header.extent.state != "complete" or (samples or 1) != 1 or (frames or 1) != 1:
        return None
    if header.syntax.is_private or not header.syntax.is_transfer_syntax:
        return None
    if not (rows and columns and bits and stored) or not min(rows, columns) > 0:
        return None
    if max(rows, columns) > LARGEST_EDGE or bits not in (8, 16) or not 1 <= stored <= bits:
        return None
    return rows, columns, bits, stored


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
