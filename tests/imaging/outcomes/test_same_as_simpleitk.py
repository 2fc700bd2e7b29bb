"""Place and values of what both this package and SimpleITK's GDCM read; every difference has its reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - its customary name
from outcomes.outcome_table import PYDICOM

from surgitwin.core.errors import InputError
from surgitwin.imaging import Series, from_sitk, load_series, scan
from surgitwin.imaging.dicom.frame_pixels import stored_frame
from surgitwin.imaging.dicom.header import Header, read_header
from surgitwin.imaging.dicom.pixel_values import frame_of, is_inverted
from surgitwin.imaging.dicom.source import Source

DIFFERENT = {
    "liver_1frame.dcm": "one bit per pixel: SimpleITK gives 0 and 255, the file holds 0 and 1",
    "liver_expb_1frame.dcm": "one bit per pixel: SimpleITK gives 0 and 255, the file holds 0 and 1",
    "rtdose_expb.dcm": "32 bits in big endian: SimpleITK leaves the bytes in their order; its twin in little "
    "endian (rtdose.dcm) has the values read here",
}
"""Files whose pixels differ from SimpleITK's, and why."""

REFUSED_HERE = {
    "MR_truncated.dcm": "the file ends before its pixels do: SimpleITK fills up",
}
"""Files that SimpleITK reads and this package refuses to decode, and why."""


def _grey_files() -> list[Path]:
    return sorted((PYDICOM / "test_files").glob("*.dcm"))


def _sitk_frame(file: Path) -> np.ndarray | None:
    """Values of a file as SimpleITK sees them; None when it cannot read it or sees colours."""
    reader = sitk.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetFileName(str(file))
    try:
        image = reader.Execute()
    except RuntimeError:
        return None
    return sitk.GetArrayFromImage(image) if image.GetNumberOfComponentsPerPixel() == 1 else None


def _rescaled(header: Header) -> np.ndarray:
    frame = frame_of(header)
    return stored_frame(frame) * frame.slope + frame.intercept


@pytest.mark.parametrize("file", _grey_files(), ids=lambda p: p.name)
def test_pixels_of_pydicoms_files(file: Path) -> None:
    header = read_header(Source(file, file.stat().st_size))
    theirs = _sitk_frame(file)
    if not isinstance(header, Header) or header.pixels == "none" or theirs is None:
        return
    try:
        ours = _rescaled(header)
    except InputError:
        assert file.name in REFUSED_HERE
        return
    same = np.allclose(ours.reshape(theirs.shape), theirs, atol=1e-6)
    assert same != (file.name in DIFFERENT or is_inverted(header))


def _same_volume(series: Series) -> None:
    volume = load_series(series)
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(list(series.files))
    other = from_sitk(reader.Execute())
    assert volume.grid.shape == other.grid.shape
    assert volume.grid.spacing_mm == pytest.approx(other.grid.spacing_mm, abs=1e-3)
    assert volume.grid.origin_mm == pytest.approx(other.grid.origin_mm, abs=1e-3)
    assert volume.grid.direction.ravel() == pytest.approx(other.grid.direction.ravel(), abs=1e-5)
    assert (volume.array == other.array).all()


def test_the_volume_on_pydicoms_disc() -> None:
    (series,) = scan(PYDICOM / "test_files" / "dicomdirtests" / "98892001" / "CT5N")
    _same_volume(series)


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["aortic_root_cta", "femur_ct", "thigh_mr", "thorax_ct"])
def test_real_volumes(shared_data: Path, name: str) -> None:
    """head_ct_gantry_tilt is left out: SimpleITK reads it as a regular stack without its tilt and steps."""
    (series,) = scan(shared_data / name)
    _same_volume(series)
