"""Real images: what the documented oddities of each become."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom.data
import pytest

from surgitwin.core.errors import InputError
from surgitwin.imaging import Series, load_series, scan


def _one(folder: Path) -> Series:
    (series,) = scan(folder)
    return series


@pytest.mark.real_data
def test_femur_ct(shared_data: Path) -> None:
    series = _one(shared_data / "femur_ct")
    volume = load_series(series)
    assert (series.status, series.modality, series.body_weight_kg) == ("ok", "CT", 71)
    assert volume.grid.shape == (59, 202, 198)
    assert volume.grid.spacing_mm == pytest.approx([0.976562, 0.976562, 3.27])
    assert (volume.array.dtype, volume.array.min(), volume.array.max()) == (np.int16, -1000, 1397)


@pytest.mark.real_data
def test_thorax_ct_header(shared_data: Path) -> None:
    series = _one(shared_data / "thorax_ct")
    assert series.status == "ok"
    assert series.as_dict()["shape"] == [275, 512, 512]
    assert series.as_dict()["spacing_mm"] == pytest.approx([1.0, 0.78125, 0.78125])
    assert list(series.files) != sorted(series.files)  # file names are not in slice order


@pytest.mark.real_data
def test_head_ct_with_gantry_tilt_is_offered_resampled(shared_data: Path) -> None:
    series = _one(shared_data / "head_ct_gantry_tilt")
    assert [p.code for p in series.problems] == ["dicom.sheared", "dicom.uneven_spacing"]
    assert series.tilt_deg == pytest.approx(18.5, abs=0.01)
    with pytest.raises(InputError):
        load_series(series)
    volume = load_series(series, resample=True)
    assert volume.grid.spacing_mm[2] == pytest.approx(4.0, abs=0.05)
    assert np.linalg.det(volume.grid.direction) == pytest.approx(1)


def test_every_sample_of_pydicom_is_judged() -> None:
    root = Path(pydicom.data.__file__).parent
    judged = scan(root)
    assert len(judged) > 40
    assert {s.status for s in judged} <= {"ok", "choice", "refused"}
    assert all(s.code and s.hint for s in judged if s.status == "refused")
    usable = [load_series(s) for s in judged if s.status != "refused"]
    assert usable


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("MR_truncated.dcm", "dicom.truncated"),
        ("SC_rgb_rle.dcm", "dicom.colour"),
        ("CT_small.dcm", "dicom.one_slice"),
        ("rtdose.dcm", "dicom.multiframe"),
        ("rtplan.dcm", "dicom.not_an_image"),
    ],
)
def test_samples_of_pydicom_by_code(name: str, code: str) -> None:
    series = _one(Path(pydicom.data.__file__).parent / "test_files" / name)
    assert series.status == "refused"
    assert code in [p.code for p in series.problems]
