"""Bad input through the command line: code, exit code, next step, no traceback, the case as it was."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dicom_factory import grid_like, ramp, write_series
from pydicom.dataset import Dataset

from small_case import SmallCase, run_cli, tree
from surgitwin.core.errors import GeometryError
from surgitwin.meshing.bone import mesh_bone
from surgitwin.meshing.files.surfaces import read_surface_file

GRID = grid_like()


def refused(exit_code: int, code: str, *words: object) -> dict[str, str]:
    """The error of a call that must end with this exit code and this error code."""
    said = run_cli(*words)
    assert (said.code, said.error["code"]) == (exit_code, code), said.out
    return said.error


@pytest.fixture
def case(meshed_case: SmallCase, tmp_path: Path) -> Path:
    return meshed_case.copy(tmp_path / "mine.twin")


def unchanged(case: Path, exit_code: int, code: str, *words: object) -> dict[str, str]:
    """As `refused`, and every file of the case is as before."""
    before = tree(case)
    error = refused(exit_code, code, *words)
    assert tree(case) == before
    assert not (case / ".lock").exists()
    return error


def _series(folder: Path, edit: Callable[[Dataset, int], None] | None = None) -> list[Path]:
    files: list[Path] = write_series(folder, ramp(GRID), GRID, edit=edit)
    return files


def _text(folder: Path) -> None:
    folder.mkdir()
    (folder / "notes.dcm").write_text("this is not DICOM")


def _truncated(folder: Path) -> None:
    file = _series(folder)[2]
    file.write_bytes(file.read_bytes()[:-20])


def _zero(folder: Path) -> None:
    _series(folder)[-1].write_bytes(b"")


def _only_zero(folder: Path) -> None:
    folder.mkdir()
    (folder / "a.dcm").write_bytes(b"")


def _one(folder: Path) -> None:
    for file in _series(folder)[1:]:
        file.unlink()


def _missing(folder: Path) -> None:
    _series(folder)[2].unlink()


def _duplicate(folder: Path) -> None:
    file = _series(folder)[3]
    data = file.read_bytes()
    (folder / "other.dcm").write_bytes(data[:-2] + b"\x55\x05")  # a copy would be left out


def _mixed(folder: Path) -> None:
    def edit(ds: Dataset, k: int) -> None:
        if k == 1:
            ds.ImageOrientationPatient = [0, 1, 0, 0, 0, 1]

    _series(folder, edit)


def _colour(folder: Path) -> None:
    def edit(ds: Dataset, k: int) -> None:
        ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PlanarConfiguration = 3, "RGB", 0
        ds.PixelData = ds.PixelData * 3

    _series(folder, edit)


def _units(folder: Path) -> None:
    def edit(ds: Dataset, k: int) -> None:
        ds.PixelSpacing = [900.0, 800.0]

    _series(folder, edit)


@pytest.mark.parametrize(
    ("code", "make"),
    [
        ("dicom.none_found", _text),
        ("dicom.path_missing", lambda folder: None),
        ("dicom.empty_folder", lambda folder: folder.mkdir()),
        ("dicom.truncated", _truncated),
        ("dicom.unreadable_files", _zero),
        ("dicom.none_found", _only_zero),
        ("dicom.one_slice", _one),
        ("dicom.missing_slices", _missing),
        ("dicom.duplicate_slices", _duplicate),
        ("dicom.mixed_orientation", _mixed),
        ("dicom.colour", _colour),
        ("dicom.wrong_units", _units),
    ],
)
def test_images_that_cannot_be_used_make_no_case(
    tmp_path: Path, code: str, make: Callable[[Path], object]
) -> None:
    folder = tmp_path / "images"
    make(folder)
    refused(3, code, "new", tmp_path / "c.twin", "--dicom", folder)
    assert not (tmp_path / "c.twin").exists()


def test_an_existing_folder_is_not_overwritten(case: Path, meshed_case: SmallCase) -> None:
    unchanged(case, 6, "storage.exists", "new", case, "--dicom", meshed_case.study / "dicom")


def test_a_threshold_that_leaves_nothing(case: Path) -> None:
    unchanged(case, 3, "segment.nothing_left", "segment", case, "--preset", "metal", "--add")


@pytest.mark.parametrize("pair", ["colour=blue", "seed_hu=high", "seed_hu=nan", "seed_hu=3000", "nothing"])
def test_wrong_segmentation_settings(case: Path, pair: str) -> None:
    before = tree(case)
    said = run_cli("segment", case, "--set", pair)
    assert said.code == 2
    assert pair.split("=")[0] in said.error["message"]
    assert tree(case) == before


@pytest.mark.parametrize("size", ["0.01", "900"])
def test_mesh_size_out_of_range(case: Path, size: str) -> None:
    unchanged(case, 2, "usage.size", "mesh", case, "--size", size)


def test_an_open_surface_is_refused(meshed_case: SmallCase, tmp_path: Path) -> None:
    from surgitwin.planning.case import Case

    opened = Case.open(meshed_case.path)
    file = tmp_path / "open.stl"
    assert run_cli("export", meshed_case.path, "--what", "surface", "--out", file).code == 0
    whole = read_surface_file(file).mesh
    holed = type(whole)(whole.points_mm, whole.triangles[:-20])
    with pytest.raises(GeometryError) as caught:
        mesh_bone(holed, opened.anatomy, 9.0)
    assert caught.value.code == "mesh.surface_open"
    assert caught.value.hint


def plan_text(case: Path, name: str, *changes: tuple[str, str]) -> str:
    text = (case / "plans" / f"{name}.toml").read_text()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def moved(case: Path, name: str, by_mm: tuple[float, float, float]) -> str:
    """The plan file with its implant moved by a vector in LPS."""
    from surgitwin.planning.plans.file import dump_plan, read_plan

    plan = read_plan(case / "plans" / f"{name}.toml")
    (placed,) = plan.implants
    pose = placed.pose.copy()
    pose[:3, 3] += by_mm
    changed: Any = type(placed)(placed.catalogue_id, pose, placed.parameters)
    return dump_plan(
        type(plan)(plan.procedure, plan.name, plan.side, plan.fracture, (changed,), plan.options)
    )


def test_an_implant_outside_the_bone(case: Path, tmp_path: Path) -> None:
    file = tmp_path / "away.toml"
    file.write_text(moved(case, "plate", (200.0, 0.0, 0.0)))
    error = unchanged(case, 4, "plan.unusable", "plan", "add", case, "--file", file)
    assert "bone" in error["message"]
    shutil.copy(file, case / "plans" / "plate.toml")  # as if edited in the case
    unchanged(case, 4, "plan.unusable", "solve", case, "--plan", "plate")


@pytest.mark.parametrize(
    ("exit_code", "code", "change", "said"),
    [
        (3, "plan.invalid", ("gap_mm = 3.0", "gap_mm = 3.0\ncolour = 1"), "fracture.colour"),
        (3, "plan.invalid", ("gap_mm = 3.0", "gap_mm = -3.0"), "gap_mm"),
        (3, "plan.invalid", ("schema = 1", "schema = 99"), "schema"),
        (3, "plan.side", ('side = "left"', 'side = "right"'), "left"),
        (2, "procedure.unknown", ('procedure = "fracture_fixation"', 'procedure = "magic"'), "magic"),
    ],
)
def test_wrong_plan_files(
    case: Path, tmp_path: Path, exit_code: int, code: str, change: tuple[str, str], said: str
) -> None:
    file = tmp_path / "p.toml"
    file.write_text(plan_text(case, "plate", change))
    error = unchanged(case, exit_code, code, "plan", "add", case, "--file", file)
    assert said in error["message"]


def test_unknown_healing_stage(case: Path, tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text(plan_text(case, "plate", ("claes_heigele.initial_connective", "claes_heigele.porridge")))
    error = unchanged(case, 3, "material.unknown", "plan", "add", case, "--file", file)
    assert "porridge" in error["message"]
    fracture = tmp_path / "f.toml"
    fracture.write_text(file.read_text())
    words = ("plan", "propose", case, "--procedure", "fracture_fixation", "--fracture", fracture)
    unchanged(case, 3, "material.unknown", *words)


def test_unknown_catalogue_item(case: Path, tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text(plan_text(case, "nail", ("nail-femoral", "nail-of-glass")))
    said = run_cli("plan", "add", case, "--file", file)
    assert said.code in (2, 3)
    assert "glass" in said.error["message"]


@pytest.mark.parametrize(
    ("exit_code", "code", "words"),
    [
        (2, "option.unknown", ["--set", "wings=2"]),
        (2, "option.range", ["--set", "gap_mm=500"]),
        (2, "option.value", ["--set", "gap_mm=wide"]),
        (2, "usage.set", ["--set", "gap_mm"]),
        (4, "nail.does_not_fit", ["--set", "nail=nail-femoral-13-420"]),
        (3, "plan.unreadable", ["--fracture", "absent.toml"]),
    ],
)
def test_wrong_requests_of_propose(case: Path, exit_code: int, code: str, words: list[str]) -> None:
    call = ("plan", "propose", case, "--procedure", "fracture_fixation", *words)
    unchanged(case, exit_code, code, *call)


def test_unknown_procedure(case: Path) -> None:
    error = unchanged(case, 2, "procedure.unknown", "plan", "propose", case, "--procedure", "tattoo")
    assert "fracture_fixation" in error["hint"]


def test_a_procedure_for_another_part_of_the_body(case: Path) -> None:
    error = unchanged(case, 2, "procedure.other_family", "plan", "propose", case, "--procedure", "stent")
    assert "fracture_fixation" in error["hint"]


def test_a_broken_plugin_is_7_and_says_why(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from surgitwin.procedures.registry import Entry

    entry = Entry("fracture_fixation", "somewhere:X", None, "ImportError: no module named y")
    monkeypatch.setattr(
        sys.modules["surgitwin.procedures.registry"], "registry", lambda: {"fracture_fixation": entry}
    )
    error = unchanged(
        case, 7, "procedure.broken", "plan", "propose", case, "--procedure", "fracture_fixation"
    )
    assert "no module named y" in error["message"]


@pytest.mark.parametrize(
    ("exit_code", "code", "words"),
    [
        (3, "plan.unknown", ["--plan", "absent"]),
        (2, "usage.rtol", ["--rtol", "5"]),
        (2, "usage.body_weight", ["--body-weight", "72000"]),
        (2, "usage.body_weight", ["--body-weight", "0"]),
        (3, "material.unknown", ["--law", "none"]),
        (3, "material.unknown", ["--calibration", "none"]),
        (3, "calibration.file", ["--calibration", "absent.toml"]),
    ],
)
def test_wrong_requests_of_solve(case: Path, exit_code: int, code: str, words: list[str]) -> None:
    unchanged(case, exit_code, code, "solve", case, *words)


@pytest.mark.parametrize("slope", ["-1.0", "1e9", "0"])
def test_material_out_of_range(case: Path, tmp_path: Path, slope: str) -> None:
    file = tmp_path / "calibration.toml"
    file.write_text(f'a = 0.0\nb = {slope}\nphantom = "CaHA"\nsource = "s"\n')
    said = run_cli("solve", case, "--calibration", file)
    assert said.code == 3, said.out
    assert said.error["code"].startswith("calibration.")


def test_body_weight_missing_names_the_option(case: Path) -> None:
    document = json.loads((case / "case.json").read_text())
    document["state"]["body_weight_kg"] = None
    (case / "case.json").write_text(json.dumps(document))
    error = unchanged(case, 2, "usage.body_weight", "solve", case)
    assert "--body-weight" in error["hint"]


def test_steps_in_the_wrong_order(meshed_case: SmallCase, tmp_path: Path) -> None:
    case = tmp_path / "new.twin"
    assert run_cli("new", case, "--dicom", meshed_case.study / "dicom").code == 0
    unchanged(case, 3, "case.not_segmented", "mesh", case)
    unchanged(case, 3, "case.not_segmented", "plan", "propose", case, "--procedure", "fracture_fixation")
    said = run_cli("solve", case)
    assert (said.code, said.error["code"].split(".")[0]) == (3, "case")
    said = run_cli("compare", case)
    assert (said.code, said.error["code"]) == (3, "compare.nothing")


def test_results_that_are_not_there(case: Path, tmp_path: Path) -> None:
    unchanged(case, 3, "compare.nothing", "compare", case)
    unchanged(case, 3, "compare.nothing", "report", case, "--out", tmp_path / "r.html")
    unchanged(case, 3, "result.missing", "export", case, "--what", "result", "--out", tmp_path / "r.vtu")
    unchanged(case, 2, "usage.format", "export", case, "--what", "mesh", "--out", tmp_path / "r.doc")
    assert list(tmp_path.glob("r.*")) == []


def test_a_case_from_a_newer_version(case: Path) -> None:
    document = json.loads((case / "case.json").read_text())
    (case / "case.json").write_text(json.dumps({**document, "schema": document["schema"] + 1}))
    for words in (("info", case), ("segment", case), ("solve", case)):
        unchanged(case, 6, "storage.newer_version", *words)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema": 1}', '{"schema": 1, "state": {}}'])
def test_a_damaged_case(case: Path, content: str) -> None:
    (case / "case.json").write_text(content)
    for command in ("info", "segment", "mesh", "solve", "compare"):
        unchanged(case, 6, "storage.damaged", command, case)


def test_a_blob_that_is_gone(case: Path) -> None:
    for blob in (case / "blobs").glob("*.nrrd"):
        blob.unlink()
    unchanged(case, 6, "storage.blob_missing", "segment", case)


def test_a_locked_case(case: Path) -> None:
    from surgitwin.storage import CaseFolder

    with CaseFolder(case).locked():
        for words in (("segment", case), ("mesh", case), ("solve", case)):
            error = refused(6, "storage.locked", *words)
            assert ".lock" in error["hint"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk(case: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def full(fd: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", full)
    unchanged(case, 6, "storage.full", "plan", "propose", case, "--procedure", "fracture_fixation")


def test_a_full_disk_while_a_mesh_is_stored(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object, **named: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(np, "savez", full)
    monkeypatch.setattr("surgitwin.meshing.bone.HAUSDORFF_MM", 1.5)
    unchanged(case, 6, "storage.full", "mesh", case, "--size", 8)


def test_a_full_disk_for_report_and_export(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = Path("/dev/full")
    if not target.exists():
        pytest.skip("this system has no /dev/full")

    def write(path: Path, *arguments: object) -> None:
        target.write_bytes(b"x" * 100_000)

    monkeypatch.setattr("surgitwin.planning.output.bone.write_stl", write)
    unchanged(case, 6, "storage.full", "export", case, "--what", "surface", "--out", case.parent / "s.stl")
    assert not (case.parent / "s.stl").exists()
