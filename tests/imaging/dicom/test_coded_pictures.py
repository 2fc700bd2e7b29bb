"""Compressed pictures: predictors, restarts, damage, against values coded here by the rules."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from numpy.random import default_rng
from openjpeg.utils import encode_array
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless

from surgitwin.imaging.dicom.coded.jpeg_lossless import decode_lossless
from surgitwin.imaging.dicom.coded.pictures import Coding, decode_picture

ROWS, COLUMNS = 23, 31
CODE_BITS = 14
"""Codes of one length for the 17 sizes: longer than what is looked up at once."""


def picture(precision: int = 16) -> np.ndarray:
    """A slope with steps over the whole range, so that every size of difference occurs."""
    top = (1 << precision) - 1
    values = np.add.outer(np.arange(ROWS) * 37, np.arange(COLUMNS) * 5) & top
    values[3:6, 4:9], values[10, ::2] = top, 0
    values[15] = default_rng(3).integers(0, top, COLUMNS)
    return values


def neighbour(x: np.ndarray, r: int, c: int, predictor: int, middle: int, first_row: int) -> int:
    if r == first_row:
        return middle if c == 0 else int(x[r, c - 1])
    if c == 0:
        return int(x[r - 1, 0])
    a, b, d = int(x[r, c - 1]), int(x[r - 1, c]), int(x[r - 1, c - 1])
    return [a, b, d, a + b - d, a + ((b - d) >> 1), b + ((a - d) >> 1), (a + b) >> 1][predictor - 1]


def coded(x: np.ndarray, precision=16, predictor=1, transform=0, restart_rows=0) -> bytes:
    """Lossless JPEG by ISO 10918-1 annex H, with one table of codes."""
    rows, columns = x.shape
    x = x >> transform
    out = b"\xff\xd8" + b"\xff\xc3" + struct.pack(">HBHHB3B", 11, precision, rows, columns, 1, 1, 0x11, 0)
    counts = [0] * 16
    counts[CODE_BITS - 1] = 17
    out += b"\xff\xc4" + struct.pack(">HB", 19 + 17, 0) + bytes(counts) + bytes(range(17))
    if restart_rows:
        out += b"\xff\xdd" + struct.pack(">HH", 4, restart_rows * columns)
    out += b"\xff\xda" + struct.pack(">HB2B3B", 8, 1, 1, 0, predictor, 0, transform)
    step = restart_rows or rows
    for n, first in enumerate(range(0, rows, step)):
        bits = ""
        for r in range(first, min(first + step, rows)):
            for c in range(columns):
                near = neighbour(x, r, c, predictor, 1 << (precision - transform - 1), first)
                bits += one(int(x[r, c]) - near)
        bits += "1" * (-len(bits) % 8)
        packed = int(bits, 2).to_bytes(len(bits) // 8)
        out += packed.replace(b"\xff", b"\xff\x00")
        if first + step < rows:
            out += bytes((0xFF, 0xD0 + n % 8))
    return out + b"\xff\xd9"


def one(difference: int) -> str:
    difference = (difference + 32767) % 65536 - 32767  # modulo 2^16, -32767 to 32768
    size = abs(difference).bit_length()
    code = f"{size:0{CODE_BITS}b}"
    if size in (0, 16):
        return code
    return code + f"{difference if difference > 0 else difference + (1 << size) - 1:0{size}b}"


@pytest.mark.parametrize("predictor", range(1, 8))
@pytest.mark.parametrize("restart_rows", [0, 4])
def test_predictors_and_restarts(predictor: int, restart_rows: int) -> None:
    x = picture()
    code = coded(x, predictor=predictor, restart_rows=restart_rows)
    assert (decode_lossless(code, ROWS, COLUMNS) == x).all()


@pytest.mark.parametrize(("precision", "transform"), [(8, 0), (12, 0), (12, 2), (16, 3)])
def test_precision_and_point_transform(precision: int, transform: int) -> None:
    x = picture(precision) >> transform << transform
    code = coded(x, precision=precision, transform=transform)
    assert (decode_lossless(code, ROWS, COLUMNS) == x).all()


def test_every_cut_is_an_error() -> None:
    """Wherever the code is cut: never a picture, never another error."""
    code = coded(picture(), restart_rows=5)
    for end in range(2, len(code) - 3, 7):
        with pytest.raises((ValueError, struct.error)):
            decode_lossless(code[:end], ROWS, COLUMNS)


def test_another_size_or_frame_is_an_error() -> None:
    code = coded(picture())
    with pytest.raises(ValueError, match="23 x 31"):
        decode_lossless(code, COLUMNS, ROWS)
    with pytest.raises(ValueError, match="marker C0"):
        decode_lossless(code.replace(b"\xff\xc3", b"\xff\xc0", 1), ROWS, COLUMNS)
    at = code.find(b"\xff\xc4") + 5
    with pytest.raises(ValueError, match="table of codes"):  # three codes of one bit
        decode_lossless(code[:at] + b"\x03" + code[at + 1 :], ROWS, COLUMNS)


def run_lengths(*segments: bytes) -> bytes:
    at = [64 + sum(len(s) for s in segments[:n]) for n in range(len(segments))]
    return struct.pack("<16I", len(segments), *at, *[0] * (15 - len(at))) + b"".join(segments)


def test_run_lengths() -> None:
    """Repeats, bytes as they are, the packet that means nothing, and bytes behind the last pixel."""
    coding = Coding(RLELossless, 2, 3, 16, 12, signed=True)
    high = bytes((256 - 2, 0x0F, 128, 2, 1, 2, 3))  # three times 0F, nothing, then 1 2 3
    low = bytes((5, 1, 2, 3, 4, 5, 6, 0, 99))
    found = decode_picture(run_lengths(high, low), coding)
    assert found.tolist() == [[-255, -254, -253], [260, 517, 774]]
    for damaged in (run_lengths(high), run_lengths(high, low[:4]), run_lengths(high, low)[:40]):
        with pytest.raises(ValueError, match="the coded picture"):
            decode_picture(damaged, coding)


def test_a_damaged_jpeg_ls_picture_is_an_error() -> None:
    coding = Coding(JPEGLSLossless, 2, 3, 16, 12, signed=False)
    with pytest.raises(ValueError, match="no header"):
        decode_picture(b"\xff\xd8\xff\xd9", coding)


def test_a_jpeg_2000_picture_of_coarser_samples_is_an_error() -> None:
    """Its one value stands for four pixels, and the decoder would leave a picture of other numbers."""
    x = (np.arange(64 * 64).reshape(64, 64) % 4096).astype(np.uint16)
    code = bytearray(encode_array(x, photometric_interpretation=2, bits_stored=12))
    coding = Coding(JPEG2000Lossless, 64, 64, 16, 12, signed=False)
    assert (decode_picture(bytes(code), coding) == x).all()
    code[43:45] = b"\2\2"  # XRsiz and YRsiz (ISO 15444-1 A.5.1)
    with pytest.raises(ValueError, match="fewer samples"):
        decode_picture(bytes(code), coding)
