"""DICOM through the command line: stacks to choose from, resampling by choice."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from dicom_factory import grid_like, ramp, write_series
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid
from scipy.spatial.transform import Rotation

from small_case import run_cli
from surgitwin.core.image import ImageGrid

GRID = grid_like()


def _tilted(folder: Path) -> None:
    lean = Rotation.from_euler("x", 15.0, degrees=True).as_matrix()
    lean[:, 2] = (0, 0, 1)
    grid = ImageGrid(GRID.shape, GRID.origin_mm, GRID.spacing_mm, lean)
    write_series(folder, ramp(grid), grid)


def _two_echoes(folder: Path) -> None:
    uid = generate_uid()
    for echo in (1, 2):

        def edit(ds: Dataset, k: int, echo: int = echo) -> None:
            ds.SeriesInstanceUID, ds.EchoNumbers = uid, echo

        write_series(folder / str(echo), ramp(GRID) + 400 + echo, GRID, modality="MR", edit=edit)


def test_a_tilted_stack_becomes_a_case_only_when_asked(tmp_path: Path) -> None:
    _tilted(tmp_path / "in")
    (listed,) = run_cli("scan", tmp_path / "in").data["series"]
    assert listed["status"] == "choice"
    assert "tilt of 15.0 degrees" in listed["resample"]["words"]
    refused = run_cli("new", tmp_path / "a.twin", "--dicom", tmp_path / "in")
    assert (refused.code, refused.error["code"]) == (3, "dicom.sheared")
    assert "--resample" in refused.error["hint"]
    assert not (tmp_path / "a.twin").exists()
    made = run_cli("new", tmp_path / "a.twin", "--dicom", tmp_path / "in", "--resample")
    assert made.code == 0, made.out
    kept = json.loads((tmp_path / "a.twin" / "case.json").read_text())
    series = kept.get("state", kept)["series"]
    assert series["shape"] == listed["resample"]["shape"]
    assert np.array(series["direction"]).reshape(3, 3).T @ np.array(series["direction"]).reshape(
        3, 3
    ) == pytest.approx(np.eye(3))
    assert any("Resampled on import" in note for note in series["notes"])


def test_resample_changes_nothing_where_nothing_is_wrong(tmp_path: Path) -> None:
    write_series(tmp_path / "in", ramp(GRID), GRID)
    made = run_cli("new", tmp_path / "a.twin", "--dicom", tmp_path / "in", "--resample")
    assert made.data["series"]["shape"] == [6, 10, 8]
    assert made.data["series"]["resampled"] is None


def test_one_of_two_echoes_is_named(tmp_path: Path) -> None:
    _two_echoes(tmp_path / "in")
    listed = run_cli("scan", tmp_path / "in").data["series"]
    assert [s["stack"] for s in listed] == ["echo 1", "echo 2"]
    base = listed[0]["uid"].partition("#")[0]
    for words in ((), ("--series", base)):
        asked = run_cli("new", tmp_path / "a.twin", "--dicom", tmp_path / "in", *words)
        assert (asked.code, asked.error["code"]) == (2, "usage.series")
        assert "echo 2" in asked.error["message"]
    made = run_cli("new", tmp_path / "a.twin", "--dicom", tmp_path / "in", "--series", listed[1]["uid"])
    assert made.code == 0, made.out
    assert made.data["series"]["stack"] == "echo 2"
