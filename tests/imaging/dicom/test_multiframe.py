"""Enhanced multi-frame CT, MR and 3D angiography: the same volume as from single slices."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pydicom
import pytest
from dicom_factory import grid_like, ramp, write_series
from multiframe_factory import item, write_multiframe
from pydicom.dataset import Dataset
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless, XRayAngiographicImageStorage

from surgitwin.core.errors import InputError
from surgitwin.imaging import Series, load_series, scan
from surgitwin.imaging.dicom import frame_pixels
from surgitwin.imaging.dicom.thumbnail import preview, thumbnail

GRID = grid_like(rotvec=(0.3, -0.2, 0.7))
ORDER = (3, 0, 5, 1, 4, 2)


def _one(path: Path) -> Series:
    (series,) = scan(path)
    return series


@pytest.mark.parametrize("modality", ["CT", "MR", "XA"])
def test_frames_in_any_order_are_the_volume_of_their_slices(tmp_path: Path, modality: str) -> None:
    values = ramp(GRID) + 400
    offsets = -1000.0 - 8 * np.arange(6)
    write_multiframe(tmp_path / "one.dcm", values, GRID, order=ORDER, modality=modality, intercepts=offsets)
    series = _one(tmp_path)
    assert (series.status, series.files) == ("ok", (str(tmp_path / "one.dcm"),)), series.hint
    volume = load_series(series)
    assert (volume.array == values).all()
    assert volume.array.dtype == np.int16
    assert volume.grid.affine == pytest.approx(GRID.affine, abs=1e-9)
    assert volume.unit == ("HU" if modality == "CT" else "1")
    assert [f.number for f in series.slices] == np.argsort(ORDER).tolist()


def test_the_same_as_classic_slices(tmp_path: Path) -> None:
    write_multiframe(tmp_path / "a" / "one.dcm", ramp(GRID), GRID)
    write_series(tmp_path / "b", ramp(GRID), GRID)
    assert load_series(_one(tmp_path / "a")).hash == load_series(_one(tmp_path / "b")).hash
    (a, b) = (preview(_one(tmp_path / name)) for name in "ab")
    assert (a.coronal == b.coronal).all()
    assert (thumbnail(_one(tmp_path / "a")) == thumbnail(_one(tmp_path / "b"))).all()


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless, JPEGLSLossless])
def test_compressed_frames(tmp_path: Path, syntax: pydicom.uid.UID) -> None:
    grid = grid_like((6, 40, 36))  # JPEG 2000 takes no smaller ones
    values = ramp(grid)
    write_multiframe(tmp_path / "one.dcm", values, grid, order=ORDER, finish=lambda ds: ds.compress(syntax))
    assert (load_series(_one(tmp_path)).array == values).all()


def test_a_file_is_opened_once_for_all_its_frames(tmp_path: Path, monkeypatch) -> None:
    write_multiframe(tmp_path / "one.dcm", ramp(GRID), GRID, order=ORDER)
    series = _one(tmp_path)
    opened: list[object] = []
    real = frame_pixels.Source.open
    monkeypatch.setattr(frame_pixels.Source, "open", lambda self: opened.append(self) or real(self))
    load_series(series)
    assert len(opened) == 1


def test_a_volume_in_several_multiframe_files(tmp_path: Path) -> None:
    uid = pydicom.uid.generate_uid()

    def same(ds: Dataset) -> None:
        ds.SeriesInstanceUID = uid

    write_multiframe(tmp_path / "a.dcm", ramp(GRID), GRID, order=(0, 2, 4), finish=same)
    write_multiframe(tmp_path / "b.dcm", ramp(GRID), GRID, order=(1, 3, 5), finish=same)
    assert (load_series(_one(tmp_path)).array == ramp(GRID)).all()


def test_time_points_echoes_and_b_values_of_one_file_are_a_choice(tmp_path: Path) -> None:
    values = ramp(GRID) + 400
    twice = np.concatenate([values, values + 50])

    for name, edit in {
        "time point": lambda frame, n: setattr(frame.FrameContentSequence[0], "TemporalPositionIndex", n + 1),
        "echo time": lambda frame, n: setattr(
            frame, "MREchoSequence", [item(EffectiveEchoTime=4.6 * (n + 1))]
        ),
        "b-value": lambda frame, n: setattr(frame, "MRDiffusionSequence", [item(DiffusionBValue=800.0 * n)]),
        "heart phase": lambda frame, n: setattr(
            frame, "CardiacSynchronizationSequence", [item(NominalPercentageOfCardiacPhase=35.0 * (n + 1))]
        ),
    }.items():
        count = [0]

        def put(frame: Dataset, k: int, edit=edit, count=count) -> None:
            edit(frame, count[0] // 6)
            count[0] += 1

        def doubled(ds: Dataset) -> None:
            ds.PixelData = twice.astype("<u2").tobytes()

        folder = tmp_path / name.replace(" ", "_")
        write_multiframe(
            folder / "one.dcm", values, GRID, order=(*range(6), *range(6)), modality="MR", edit=put,
            finish=doubled,
        )  # fmt: skip
        first, second = scan(folder)
        assert (first.status, second.status) == ("choice", "choice"), first.hint
        assert name in first.message
        assert "2 stacks" in first.message
        assert (load_series(first).array == values).all()
        assert (load_series(second).array == values + 50).all()


def test_localiser_frames_are_left_out(tmp_path: Path) -> None:
    def scout(frame: Dataset, k: int) -> None:
        last = "LOCALIZER" if k == 0 else "VOLUME"
        frame.CTImageFrameTypeSequence = [item(FrameType=["ORIGINAL", "PRIMARY", last, "NONE"])]

    write_multiframe(tmp_path / "one.dcm", ramp(GRID), GRID, edit=scout)
    series = _one(tmp_path)
    assert (series.status, len(series.slices)) == ("ok", 5)


def test_projections_are_refused_with_the_reason(tmp_path: Path) -> None:
    def films(ds: Dataset) -> None:
        ds.SOPClassUID = XRayAngiographicImageStorage
        del ds.PerFrameFunctionalGroupsSequence
        del ds.SharedFunctionalGroupsSequence

    write_multiframe(tmp_path / "one.dcm", ramp(GRID) + 400, GRID, modality="XA", finish=films)
    series = _one(tmp_path)
    assert (series.status, series.code) == ("refused", "dicom.projection")
    assert "without a place in the body" in series.message
    with pytest.raises(InputError):
        load_series(series)


def test_groups_that_describe_another_number_of_frames_are_refused(tmp_path: Path) -> None:
    def fewer(ds: Dataset) -> None:
        del ds.PerFrameFunctionalGroupsSequence[-1]

    write_multiframe(tmp_path / "one.dcm", ramp(GRID), GRID, finish=fewer)
    assert _one(tmp_path).code == "dicom.multiframe"


def test_a_missing_frame_is_a_gap(tmp_path: Path) -> None:
    write_multiframe(tmp_path / "one.dcm", ramp(GRID), GRID, order=(0, 1, 3, 4, 5))
    series = _one(tmp_path)
    assert series.code == "dicom.missing_slices"
    assert "one.dcm frame 3" in series.hint


MEASURE = """
import re, sys
from pathlib import Path
from surgitwin.imaging import load_series, scan
warm, study = map(Path, sys.argv[1:])
load_series(scan(warm)[0])
peak = lambda: 1024 * int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
Path("/proc/self/clear_refs").write_text("5")  # the peak so far counts no more (proc(5))
before = peak()
volume = load_series(scan(study)[0])
sys.stdout.write(f"{(peak() - before) / volume.array.nbytes}")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads VmHWM of /proc")
def test_no_second_copy_of_the_pixels_is_held(tmp_path: Path) -> None:
    large = grid_like((40, 512, 512))
    write_multiframe(tmp_path / "warm.dcm", ramp(GRID), GRID)
    write_multiframe(tmp_path / "study.dcm", np.zeros(large.shape, np.int16), large)
    command = [sys.executable, "-c", MEASURE, str(tmp_path / "warm.dcm"), str(tmp_path / "study.dcm")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert 0.9 < float(done.stdout) < 1.3, done.stdout
