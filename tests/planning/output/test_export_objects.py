"""Segments of a case for other programs and back: label maps, DICOM SEG, surfaces; refusals."""

from __future__ import annotations

import json

import dicom_factory as factory
import highdicom as hd
import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - its customary name

from small_case import run_cli
from surgitwin.core.image import ImageGrid, LabelMap, Segment
from surgitwin.imaging.formats.nrrd import write_labels
from surgitwin.meshing.files.surfaces import read_surface_file
from surgitwin.meshing.tissues.surfaces import segment_surface, surface_voxels
from surgitwin.planning.case import Case
from surgitwin.planning.images.new_case import new_case
from surgitwin.planning.segments.facts import count_rows

SEGMENTS = (
    Segment(1, "ball", "272673000", (0.9, 0.8, 0.6)),
    Segment(3, "two pieces", "", (0.2, 0.4, 0.8)),
    Segment(4, "empty", "", (0.1, 0.2, 0.3)),
)


@pytest.fixture
def made(tmp_path):
    """A case from DICOM with a ball of 8 mm radius and a segment in two pieces."""
    grid = ImageGrid((16, 30, 28), [-10, 20, -300], [1.0, 1.0, 1.5], np.eye(3))
    factory.write_series(tmp_path / "dicom", factory.ramp(grid), grid)
    case = new_case(tmp_path / "a.twin", tmp_path / "dicom")
    grid = case.volume.grid
    k, j, i = np.indices(grid.shape)
    centre = np.array([13, 14, 8])
    near = np.linalg.norm((np.stack([i, j, k], -1) - centre) * grid.spacing_mm, axis=-1)
    array = (near < 8).astype(np.uint8)
    array[2:5, 2:5, 2:5] = 3
    array[10:14, 24:28, 22:26] = 3
    labels = LabelMap(array, grid, SEGMENTS)
    step = {
        "blob": case.folder.put(".nrrd", lambda p: write_labels(labels, p)),
        "hash": labels.hash,
        "preset": "bone",
        "parameters": {},
        "segments": count_rows(labels, case.volume),
        "segments_of": labels.hash,
        "input_hash": "1",
    }
    return case.updated("test", labels=step, site="general")


def test_label_maps_and_seg_come_back_as_they_were(made, tmp_path):
    case, where = made.folder.path, tmp_path / "out"
    where.mkdir()
    for name in ("a.nii.gz", "a.nii", "a.seg.nrrd"):
        assert run_cli("export", case, "--what", "labels", "--out", where / name).code == 0
    done = run_cli("export", case, "--what", "seg", "--out", where / "a.dcm", "--source", tmp_path / "dicom")
    assert done.code == 0, done.out
    assert any("patient's name" in w for w in done.data["warnings"])
    assert any("empty" in w for w in done.data["warnings"])
    assert np.array_equal(np.asarray(nib.load(where / "a.nii.gz").dataobj).T, made.labels.array)
    assert np.array_equal(sitk.GetArrayFromImage(sitk.ReadImage(where / "a.seg.nrrd")), made.labels.array)
    assert json.loads((where / "a.json").read_text())["segments"][0]["name"] == "ball"
    assert hd.seg.segread(where / "a.dcm").number_of_segments == 2
    for name in ("a.nii.gz", "a.seg.nrrd", "a.dcm"):
        back = run_cli("segment", case, "--from", where / name)
        assert back.code == 0, back.out
        found = Case.open(case).labels
        assert [s.name for s in found.segments][:2] == ["ball", "two pieces"]
        for segment in ("ball", "two pieces"):
            assert np.array_equal(found.mask(segment), made.labels.mask(segment)), name


def test_surfaces_of_segments_are_closed_in_place_and_of_their_volume(made, tmp_path):
    done = run_cli(
        "export", made.folder.path, "--what", "surfaces", "--out", tmp_path / "s", "--format", "ply"
    )
    assert done.code == 0, done.out
    about = json.loads((tmp_path / "s" / "surfaces.json").read_text())
    assert (about["frame"], about["unit"]) == ("LPS", "mm")
    assert [r["file"] for r in about["surfaces"]] == ["ball.ply", "two_pieces.ply"]
    for row, name in zip(about["surfaces"], ("ball", "two pieces"), strict=True):
        found = read_surface_file(tmp_path / "s" / row["file"])
        assert found.open_edges == 0
        voxels_mm3 = made.labels.mask(name).sum() * 1.5
        assert found.mesh.volume_mm3 == pytest.approx(voxels_mm3, rel=0.01)
        middle = np.argwhere(made.labels.mask(name))[:, ::-1].mean(axis=0)
        centre = made.labels.grid.index_to_lps(middle)
        if name == "ball":
            assert np.abs(found.mesh.points_mm.mean(axis=0) - centre).max() < 0.3
        assert row["deviation_p95_mm"] < 0.75


def test_a_surface_becomes_a_segment_again(made, tmp_path):
    ball = segment_surface(made.labels, "ball").mesh
    again = surface_voxels(ball, made.labels.grid)
    both = np.count_nonzero(again & made.labels.mask("ball"))
    assert 2 * both / (again.sum() + made.labels.mask("ball").sum()) > 0.95
    run_cli("export", made.folder.path, "--what", "surfaces", "--out", tmp_path / "s")
    back = run_cli("segment", made.folder.path, "--from", tmp_path / "s" / "ball.stl", "--add")
    assert back.code == 0, back.out
    assert "STL surface" in [s["name"] for s in back.data["segments"]]
    wrong = run_cli("segment", made.folder.path, "--from", tmp_path / "s" / "ball.stl", "--frame", "ras")
    assert wrong.error["code"] == "surface.contradiction"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("usage.source", ("--what", "seg", "--out", "a.dcm")),
        ("seg.source_missing", ("--what", "seg", "--out", "a.dcm", "--source", ".")),
        ("usage.format", ("--what", "seg", "--out", "a.nii", "--source", ".")),
        ("usage.format", ("--what", "labels", "--out", "a.png")),
        ("usage.format", ("--what", "surfaces", "--out", "a.stl")),
        ("usage.export", ("--what", "labels", "--out", "a.nii", "--plan", "x")),
    ],
)
def test_refusals(made, tmp_path, monkeypatch, code, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    error = run_cli("export", made.folder.path, *words).error
    if code == "seg.source_missing":
        assert error["code"] in (code, "dicom.empty_folder")
    else:
        assert error["code"] == code


def test_surface_command_asks_checks_and_converts(made, tmp_path):
    run_cli("export", made.folder.path, "--what", "surfaces", "--out", tmp_path / "s")
    raw = (tmp_path / "s" / "ball.stl").read_bytes()
    (tmp_path / "plain.stl").write_bytes(b"solid of another program".ljust(80) + raw[80:])
    asked = run_cli("surface", tmp_path / "plain.stl").error
    assert asked["code"] == "surface.unit_unknown"
    answers = ("--unit", "mm", "--frame", "ras")
    done = run_cli("surface", tmp_path / "plain.stl", *answers, "--out", tmp_path / "lps.ply")
    assert done.data["open_edges"] == 0
    assert done.data["volume_ml"] == pytest.approx(4 / 3 * np.pi * 0.8**3, rel=0.05)
    turned = read_surface_file(tmp_path / "lps.ply").mesh.points_mm
    here = read_surface_file(tmp_path / "s" / "ball.stl").mesh.points_mm
    assert np.allclose(turned.mean(axis=0), here.mean(axis=0) * [-1, -1, 1], atol=1e-3)
    wrong = run_cli("surface", tmp_path / "plain.stl", "--unit", "mm", "--frame", "own", "--out", "a.stl")
    assert wrong.error["code"] == "usage.export"


def test_labels_of_another_image_are_refused(made, tmp_path):
    other = nib.Nifti1Image(np.ones((28, 30, 16), np.uint8), np.diag([1, 1, 1.25, 1.0]))
    nib.save(other, tmp_path / "a.nii")
    assert (
        run_cli("segment", made.folder.path, "--from", tmp_path / "a.nii").error["code"]
        == "labels.other_grid"
    )
    refused = run_cli("segment", made.folder.path, "--from", tmp_path / "a.nii", "--set", "a=1")
    assert refused.error["code"] == "usage.from"
