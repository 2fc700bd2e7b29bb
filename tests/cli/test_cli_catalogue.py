"""`surgitwin catalogue` and `new --from-catalogue` as a user calls them."""

from __future__ import annotations

import json
from pathlib import Path

import dicom_factory as factory
import pytest

from small_case import run_cli

GRID = factory.grid_like((5, 8, 6))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SURGITWIN_CATALOGUE", str(tmp_path / "catalogue"))
    factory.write_series(tmp_path / "cd", factory.ramp(GRID), GRID)
    return tmp_path / "cd"


def said(*words: object) -> dict:
    done = run_cli(*words)
    assert done.code == 0, done.out
    return json.loads(done.out)


def test_from_a_folder_to_a_case(folder: Path, tmp_path: Path) -> None:
    assert said("catalogue", "list")["series"] == []
    (uid,) = said("catalogue", "add", folder)["series"]
    assert said("catalogue", "add", folder)["files"]["unchanged"] == 5
    (row,) = said("catalogue", "search", "phantom", "--modality", "CT")["series"]
    assert (row["uid"], "name" in row) == (uid, False)
    assert said("catalogue", "search", "secret", "--identity")["series"][0]["name"] == "Secret, Person"
    assert said("catalogue", "search", "nothing")["series"] == []
    assert said("catalogue", "check")["present"] == 5
    made = said("new", tmp_path / "a.twin", "--from-catalogue", uid)
    assert made["series"]["uid"] == uid
    assert "Secret" not in (tmp_path / "a.twin" / "case.json").read_text()
    assert said("catalogue", "remove", row["patient_code"])["linked_files_kept"] == 5
    assert said("catalogue", "list")["series"] == []


def test_what_is_wrong_is_said(folder: Path, tmp_path: Path) -> None:
    def code(*words: object) -> tuple[int, str]:
        done = run_cli(*words)
        return done.code, json.loads(done.out)["error"]["code"]

    assert code("catalogue", "add", tmp_path / "none") == (3, "catalogue.path_missing")
    assert code("catalogue", "remove", "1.2") == (3, "catalogue.unknown")
    assert code("catalogue", "search", "--since", "May") == (2, "catalogue.date")
    assert code("new", tmp_path / "b.twin", "--from-catalogue", "1.2") == (3, "catalogue.unknown")
    assert code("new", tmp_path / "b.twin", "--from-catalogue", "1", "--dicom", folder) == (2, "usage.image")
    said("catalogue", "add", folder)
    (folder / "0001.dcm").unlink()
    done = run_cli("catalogue", "check")
    assert (done.code, len(json.loads(done.out)["missing"])) == (6, 1)
