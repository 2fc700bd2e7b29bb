"""`surgitwin deidentify` and `surgitwin consent` as a user calls them."""

from __future__ import annotations

import json
from pathlib import Path

import dicom_factory as factory
import pytest

from small_case import run_cli

GRID = factory.grid_like((5, 8, 6))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    factory.write_series(tmp_path / "cd", factory.ramp(GRID), GRID)
    return tmp_path / "cd"


def said(*words: object, code: int = 0) -> dict:
    done = run_cli(*words)
    assert done.code == code, done.out
    assert "Secret" not in done.out + done.err
    return json.loads(done.out)


def test_folder_without_identity(folder: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    done = said(
        "deidentify", folder, "--out", tmp_path / "out", "--key", tmp_path / "key", "--report", report
    )
    assert done["files_written"] == 5
    assert json.loads(report.read_text()) | {"out": done["out"]} == done
    assert "Secret" not in report.read_text()
    assert "Secret" in (tmp_path / "key").read_text()
    made = said("new", tmp_path / "a.twin", "--dicom", tmp_path / "out")
    assert made["series"]["uid"].startswith("2.25.")
    again = said("deidentify", folder, "--out", tmp_path / "out", code=2)
    assert again["error"]["code"] == "deidentify.out"
    wrong = said("deidentify", folder, "--out", tmp_path / "b", "--report", tmp_path / "r.pdf", code=2)
    assert wrong["error"]["code"] == "usage.format"
    assert not (tmp_path / "b").exists()


def test_consent_of_a_case(folder: Path, tmp_path: Path) -> None:
    case = tmp_path / "a.twin"
    said("new", case, "--dicom", folder)
    assert said("consent", case)["consent"] is None
    image = ("export", case, "--what", "image", "--out", tmp_path / "i.nrrd")
    assert any("No consent" in w for w in said(*image)["warnings"])
    assert said(*image, "--purpose", "teaching", code=2)["error"]["code"] == "consent.outside_scope"
    assert said("consent", case, "--set", "teaching", code=2)["error"]["code"] == "consent.invalid"
    made = said("consent", case, "--set", "teaching", "--by", "Dr. Nowak", "--date", "2024-01-17")
    assert made["consent"]["scope"] == ["teaching"]
    assert not any("consent" in w for w in said(*image, "--purpose", "teaching")["warnings"])
    assert said(*image, code=2)["error"]["code"] == "consent.outside_scope"
    assert len(said("consent", case, "--withdraw", "--by", "Dr. Nowak")["earlier"]) == 1
    assert (
        said("report", case, "--out", tmp_path / "r.pdf", code=2)["error"]["code"] == "consent.outside_scope"
    )


def test_cases_without_identity(folder: Path, tmp_path: Path) -> None:
    made = said("new", tmp_path / "a.twin", "--dicom", folder, "--deidentify")
    assert made["series"]["uid"].startswith("2.25.")
    assert made["deidentified"]["changes"]
    assert "identity_notes" in said("info", tmp_path / "a.twin")
    assert said("info", tmp_path / "a.twin")["identity_notes"] == []
    said("new", tmp_path / "old.twin", "--dicom", folder)
    assert "originals" in said("info", tmp_path / "old.twin")["identity_notes"][0]
    done = said(
        "deidentify", tmp_path / "old.twin", "--out", tmp_path / "b.twin", "--report", tmp_path / "r.txt"
    )
    assert "SeriesInstanceUID" in (tmp_path / "r.txt").read_text()
    assert said("info", tmp_path / "b.twin")["patient"] == done["patient"]
    wrong = said("new", tmp_path / "c.twin", "--dicom", folder, "--deface", code=2)
    assert wrong["error"]["code"] == "usage.arguments"


@pytest.mark.parametrize("command", ["send", "web-send"])
def test_a_script_says_whether_identity_is_sent(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SURGITWIN_PEERS", str(tmp_path / "peers.toml"))
    said("network", "peer-add", "archive", "--host", "127.0.0.1", "--port", "11112", "--ae", "ARCHIVE")
    done = run_cli("network", command, "archive", tmp_path)
    assert done.code == 2
    error = json.loads(done.out)["error"]
    assert error["code"] == "network.identity_choice"
    assert "--deidentify" in error["hint"]
    assert "--identified" in error["hint"]
    both = run_cli("network", command, "archive", tmp_path, "--identified", "--deidentify")
    assert json.loads(both.out)["error"]["code"] == "usage.arguments"


@pytest.mark.parametrize("command", ["send", "web-send"])
def test_an_unknown_peer_is_told_before_identity_is_asked(command: str, tmp_path: Path) -> None:
    done = run_cli("network", command, "nobody", tmp_path)
    assert done.code == 3
    assert json.loads(done.out)["error"]["code"] == "network.peer_unknown"
