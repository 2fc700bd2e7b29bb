"""Every transfer syntax: the values come back as they went in, signed or not, in 12 or 16 of 16 bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from dicom_factory import grid_like, write_series
from encoding_factory import LOSSLESS, encode, stored_as
from pydicom.uid import UID, JPEGBaseline8Bit

from surgitwin.imaging import load_series, scan

GRID = grid_like((3, 48, 40))


def values(signed: bool, bits: int) -> np.ndarray:
    """Stored numbers that use the whole range and differ from their neighbours, [k, j, i]."""
    top = 1 << bits
    k, j, i = np.indices(GRID.shape)
    out = (k * 977 + j * 331 + i * 29) % top
    out[1, 5, 6], out[1, 5, 7] = 0, top - 1
    return out - top // 2 if signed else out


@pytest.mark.parametrize(("signed", "bits"), [(False, 16), (True, 16), (False, 12), (True, 12)])
@pytest.mark.parametrize("name", LOSSLESS)
def test_values_come_back(tmp_path: Path, name: str, signed: bool, bits: int) -> None:
    stored = values(signed, bits)

    def edit(ds: pydicom.Dataset, k: int) -> None:
        ds.PixelData = stored[k].astype("<i2" if signed else "<u2").tobytes()
        stored_as(LOSSLESS[name], signed=signed, bits=bits)(ds, k)

    write_series(tmp_path, np.zeros(GRID.shape), GRID, edit=edit, syntax=LOSSLESS[name], intercepts=-7)
    (series,) = scan(tmp_path)
    volume = load_series(series)
    assert series.status == "ok"
    assert (volume.array == stored - 7).all()
    assert volume.grid.origin_mm == pytest.approx(GRID.origin_mm, abs=1e-6)


def _eight_bits(stored: np.ndarray, syntax: UID):
    def edit(ds: pydicom.Dataset, k: int) -> None:
        ds.BitsAllocated, ds.BitsStored, ds.HighBit = 8, 8, 7
        ds.PixelData = stored[k].astype(np.uint8).tobytes()
        ds["PixelData"].VR = "OB"
        encode(ds, syntax)

    return edit


@pytest.mark.parametrize("name", [n for n in LOSSLESS if n not in ("big-endian", "jpeg-lossless")])
def test_eight_bits(tmp_path: Path, name: str) -> None:
    stored = values(False, 8)
    edit = _eight_bits(stored, LOSSLESS[name])
    write_series(tmp_path, np.zeros(GRID.shape), GRID, edit=edit, syntax=LOSSLESS[name], intercepts=0)
    (series,) = scan(tmp_path)
    assert (load_series(series).array == stored).all()


def test_baseline_jpeg_is_near(tmp_path: Path) -> None:
    """Quality 95: a smooth picture comes back within 3 of 256 grey values."""
    stored = np.broadcast_to(np.linspace(20, 230, 48)[:, None], GRID.shape)
    edit = _eight_bits(stored, JPEGBaseline8Bit)
    write_series(tmp_path, np.zeros(GRID.shape), GRID, edit=edit, intercepts=0)
    (series,) = scan(tmp_path)
    assert np.abs(load_series(series).array - stored).max() <= 3


@pytest.mark.parametrize("planar", [0, 1])
def test_colours_are_refused_whatever_their_plane_order(tmp_path: Path, planar: int) -> None:
    def edit(ds: pydicom.Dataset, k: int) -> None:
        ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PlanarConfiguration = 3, "RGB", planar
        ds.BitsAllocated, ds.BitsStored, ds.HighBit = 8, 8, 7
        ds.PixelData = bytes(3 * ds.Rows * ds.Columns)

    write_series(tmp_path, np.zeros(GRID.shape), GRID, edit=edit)
    (series,) = scan(tmp_path)
    assert (series.status, series.code) == ("refused", "dicom.colour")


def test_a_plane_order_of_grey_pixels_means_nothing(tmp_path: Path) -> None:
    """Some writers put PlanarConfiguration beside one sample per pixel."""

    def edit(ds: pydicom.Dataset, k: int) -> None:
        ds.PlanarConfiguration = 1

    write_series(tmp_path, np.full(GRID.shape, 40), GRID, edit=edit)
    (series,) = scan(tmp_path)
    assert (load_series(series).array == 40).all()
