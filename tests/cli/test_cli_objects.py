"""object: own implants through the command line's own entry, with errors a user would meet."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import pyvista as pv

from object_samples import HIGH, LOW, store_box_case
from small_case import run_cli
from surgitwin.exchange.deidentify import Options
from surgitwin.meshing.files.surfaces import read_surface_file
from surgitwin.planning.case import Case
from surgitwin.planning.privacy.deidentify_case import deidentify_case

MIDDLE = (LOW + HIGH) / 2
AT = ",".join(str(v) for v in MIDDLE)


@pytest.fixture
def box_case(tmp_path: Path) -> Case:
    """A box of bone in air."""
    return store_box_case(tmp_path / "box.twin")


@pytest.fixture
def rod(tmp_path: Path) -> Path:
    """A rod of 24 mm without unit and frame, its file named after a person."""
    path = tmp_path / "Anna_Muster.stl"
    pv.Cube(x_length=4, y_length=4, z_length=24).triangulate().save(path)
    return path


def test_added_placed_checked_written(box_case: Case, rod: Path, tmp_path: Path) -> None:
    case = box_case.folder.path
    said = run_cli("object", "add", case, rod).error
    assert said["code"] == "surface.unit_unknown"
    own = ("--unit", "mm", "--frame", "own")
    odd = run_cli("object", "add", case, rod, "--unit", "m", "--frame", "own")
    assert (odd.code, odd.error["code"]) == (3, "mesh.units")
    added = run_cli("object", "add", case, rod, *own, "--at", AT, "--material", "316L", "--name", "Rod").data
    assert added["middle_mm"] == pytest.approx(MIDDLE)
    assert "not simulated" in added["warnings"][-1]
    assert run_cli("object", "add", case, rod, *own, "--name", "rod").error["code"] == "object.name"
    assert run_cli("object", "add", case, rod, *own, "--material", "gold").error["code"] == "material.unknown"
    row = run_cli("object", "check", case, "Rod").data["objects"][0]["segments"][0]
    assert (row["name"], row["relation"]) == ("bone", "inside")
    assert row["axis_mm"] == pytest.approx(24, abs=0.06)
    run_cli("object", "place", case, "Rod", "--turn", "x,90", "--move", "0,20,0")
    row = run_cli("object", "check", case).data["objects"][0]["segments"][0]
    assert row["relation"] == "crosses"  # 15 mm to the face in y, half 12: 7 mm of it stay inside
    assert row["axis_mm"] == pytest.approx(7, abs=0.06)
    assert row["overlap_mm3"] == pytest.approx(16 * 7, abs=row["overlap_error_mm3"] + 0.1)
    out = tmp_path / "rod.stl"
    run_cli("object", "export", case, "Rod", "--out", out)
    again = read_surface_file(out)  # says its frame and unit
    assert (again.frame, again.unit, again.open_edges) == ("lps", "mm", 0)
    np.testing.assert_allclose(again.mesh.points_mm.mean(axis=0), MIDDLE + np.array([0, 20, 0]), atol=1e-4)
    (tmp_path / "all").mkdir()
    (tmp_path / "all" / "other.bin").write_bytes(bytes(100_000))
    told = run_cli("export", case, "--what", "objects", "--out", tmp_path / "all").data["bytes"]
    assert told == sum((tmp_path / "all" / n).stat().st_size for n in ("Rod.stl", "objects.json"))
    about = json.loads((tmp_path / "all" / "objects.json").read_text())
    assert (about["frame"], about["objects"][0]["file"]) == ("LPS", "Rod.stl")
    run_cli("object", "rename", case, "Rod", "Cage")
    assert [o["name"] for o in run_cli("info", case).data["objects"]] == ["Cage"]
    run_cli("object", "remove", case, "cage")
    assert run_cli("object", "list", case).data["objects"] == []
    assert (
        run_cli("export", case, "--what", "objects", "--out", tmp_path / "no").error["code"] == "object.none"
    )


def test_a_body_as_large_as_a_head_is_told_as_a_possible_face(box_case: Case, tmp_path: Path) -> None:
    path = tmp_path / "skin.stl"
    pv.Cube(x_length=160, y_length=200, z_length=230).triangulate().save(path)
    case = box_case.folder.path
    run_cli("object", "add", case, path, "--unit", "mm", "--frame", "lps", "--kind", "reference")
    out = tmp_path / "all"
    for command in (("object", "export", case, "Reference 1", "--out", tmp_path / "one.stl"),
                    ("export", case, "--what", "objects", "--out", out)):  # fmt: skip
        assert any("the face can be recognised" in w for w in run_cli(*command).data["warnings"]), command
    assert (out / "Reference_1.stl").is_file()


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        ("1 0 0 0 0 1 0 0 0 0 1", "16 numbers"),
        ("2 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1", "stretches"),
        ("-1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1", "mirrors"),
        ("1 0 0 0 0 1 0 0 0 0 1 0 0 0 1 1", "last row"),
    ],
)
def test_only_a_rigid_matrix_is_taken(box_case: Case, rod: Path, matrix: str, words: str) -> None:
    case = box_case.folder.path
    run_cli("object", "add", case, rod, "--unit", "mm", "--frame", "own")
    before = run_cli("object", "list", case).data["objects"]
    error = run_cli("object", "place", case, "Implant 1", "--matrix", matrix).error
    assert error["code"] in ("object.not_rigid", "usage.arguments")
    assert words in error["message"]
    assert run_cli("object", "list", case).data["objects"] == before


def test_the_name_of_the_file_leaves_with_nobody(box_case: Case, rod: Path, tmp_path: Path) -> None:
    run_cli("object", "add", box_case.folder.path, rod, "--unit", "mm", "--frame", "own")
    assert b"Anna_Muster" in (box_case.folder.path / "case.json").read_bytes()
    out = tmp_path / "nobody.twin"
    deidentify_case(Case.open(box_case.folder.path), out, Options())
    assert not [p for p in out.rglob("*") if p.is_file() and b"Anna_Muster" in p.read_bytes()]
    row = run_cli("object", "check", out).data["objects"][0]
    assert (row["name"], row["file"], row["sha256"]) == ("Implant 1", "", "")


def test_an_object_outside_the_image_is_said(box_case: Case, rod: Path, tmp_path: Path) -> None:
    case = box_case.folder.path
    added = run_cli("object", "add", case, rod, "--unit", "mm", "--frame", "own", "--name", "Rod").data
    assert not any("outside the image" in w for w in added["warnings"])
    away = run_cli("object", "place", case, "Rod", "--at", "1e9,0,0").data
    assert any("outside the image" in w for w in away["warnings"])
    for command in (("object", "export", case, "Rod", "--out", tmp_path / "rod.stl"),
                    ("export", case, "--what", "objects", "--out", tmp_path / "all")):  # fmt: skip
        said = run_cli(*command).data["warnings"]
        assert any("outside the image: Rod" in w for w in said), command
        assert any("not simulated" in w for w in said), command


def test_a_surface_whose_parts_overlap_has_no_volume(tmp_path: Path) -> None:
    path, said = tmp_path / "two.stl", ("--unit", "mm", "--frame", "own")
    one, two = (pv.Cube(center=(x, 0, 0), x_length=9).triangulate() for x in (0, 4))
    pv.merge([one, two]).save(path)
    data = run_cli("surface", path, *said).data
    assert data["volume_ml"] is None
    assert "overlap" in data["fault"]
    one.save(path)
    data = run_cli("surface", path, *said).data
    assert (data["volume_ml"], data["fault"]) == (pytest.approx(0.009), "")
