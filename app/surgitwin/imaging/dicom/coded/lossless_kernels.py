"""The entropy decoder and the predictors of lossless JPEG (ISO 10918-1 annexes F.2.2, H.1.2).

Bytes and samples come in signed types that hold them: numba mixes unsigned ones with whole numbers to floats.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surgitwin.imaging.dicom.coded.compiled import compiled

SHORT_BITS = 11
"""Numerical setting: codes of up to so many bits are looked up at once, in a table that stays in the
processor's nearest cache; longer ones, which are rare, are compared length by length."""

DONE, TRUNCATED, NO_SUCH_CODE = 0, 1, 2


@compiled
def short_codes(counts: npt.NDArray[np.int64], values: npt.NDArray[np.int64]) -> npt.NDArray[np.int16]:
    """(2 ** SHORT_BITS,) length * 32 + value of the code that the next bits start with; 0 for a longer one.

    counts: (17,) codes of each length, from 0. values: what they mean, in their order (C.2).
    """
    out = np.zeros(1 << SHORT_BITS, np.int16)
    code, n = 0, 0
    for length in range(1, SHORT_BITS + 1):
        for _ in range(counts[length]):
            first = code << (SHORT_BITS - length)
            for k in range(first, min(first + (1 << (SHORT_BITS - length)), len(out))):
                out[k] = length * 32 + values[n]
            code += 1
            n += 1
        code <<= 1
    return out


@compiled
def long_code(bits: int, counts: npt.NDArray[np.int64], values: npt.NDArray[np.int64]) -> int:
    """As an entry of `short_codes`, of the code at the start of 16 bits (F.2.2.3, DECODE); 0 for none."""
    code, n = 0, 0
    for length in range(1, 17):
        found = bits >> (16 - length)
        if found - code < counts[length]:
            return length * 32 + int(values[n + found - code])
        n += counts[length]
        code = (code + counts[length]) << 1
    return 0


@compiled
def decode_scan(
    data: npt.NDArray[np.int16], at: int, counts: npt.NDArray[np.int64], values: npt.NDArray[np.int64],
    predictor: int, middle: int, restart: int, out: npt.NDArray[np.int32],
) -> int:  # fmt: skip
    """Fill `out` (rows, columns) from the scan that starts at `data[at]`; DONE, or what is wrong.

    predictor: 1 to 7 of table H.1. middle: the prediction of the first sample. restart: samples between two
    restart markers, 0 for none.
    """
    table = short_codes(counts, values)
    held, have, spare = 0, 0, 0  # bits read and not used, their number; those made up behind the end
    left, fresh, first_row = restart, True, 0
    for row in range(out.shape[0]):
        for column in range(out.shape[1]):
            if restart and left == 0:  # H.1.1: to the next marker, and all starts anew
                at = behind_marker(data, at)
                held, have, spare, left, fresh, first_row = 0, 0, 0, restart, True, row
            left -= 1
            if have <= 32:
                at, held, have, spare = filled(data, at, held, have, spare)
            entry = int(table[held >> (have - SHORT_BITS)])
            if entry == 0:
                entry = long_code(held >> (have - 16), counts, values)
                if entry == 0:
                    return NO_SUCH_CODE
            size = entry & 31
            have -= entry >> 5
            step = 32768 if size == 16 else 0  # the one size without further bits
            if 0 < size < 16:
                have -= size
                step = (held >> have) & ((1 << size) - 1)
                if step < 1 << (size - 1):
                    step -= (1 << size) - 1
            held &= (1 << have) - 1
            if have < spare:
                return TRUNCATED
            near = middle if fresh else predicted(out, row, column, predictor, row == first_row)
            fresh = False
            out[row, column] = (near + step) & 0xFFFF
    return DONE


@compiled
def filled(
    data: npt.NDArray[np.int16], at: int, held: int, have: int, spare: int
) -> tuple[int, int, int, int]:
    """The place in the data, and at least 48 bits with their number; zeros (`spare`) behind the end.

    A byte FF is followed by a 00 that is no data; FF and another byte are a marker, which ends the bits
    (B.1.1.5).
    """
    while have <= 48:
        byte = 0
        if at < len(data) and data[at] != 0xFF:
            byte = int(data[at])
            at += 1
        elif at + 1 < len(data) and data[at + 1] == 0:
            byte = 0xFF
            at += 2
        else:
            spare += 8
        held = (held << 8) | byte
        have += 8
    return at, held, have, spare


@compiled
def predicted(out: npt.NDArray[np.int32], row: int, column: int, predictor: int, first: bool) -> int:
    """The prediction of a sample from its neighbours (table H.1). first: in the first row behind a start."""
    if column == 0:
        return int(out[row - 1, 0])
    left = int(out[row, column - 1])
    if first or predictor == 1:
        return left
    above, corner = int(out[row - 1, column]), int(out[row - 1, column - 1])
    if predictor == 2:
        return above
    if predictor == 3:
        return corner
    if predictor == 4:
        return left + above - corner
    if predictor == 5:
        return left + ((above - corner) >> 1)
    if predictor == 6:
        return above + ((left - corner) >> 1)
    return (left + above) >> 1


@compiled
def behind_marker(data: npt.NDArray[np.int16], at: int) -> int:
    """The place behind the next restart marker; the end of the data when there is none (B.1.1.3)."""
    while at + 1 < len(data):
        if data[at] == 0xFF and 0xD0 <= data[at + 1] <= 0xD7:
            return at + 2
        if data[at] == 0xFF and data[at + 1] == 0xD9:
            break
        at += 1
    return len(data)
