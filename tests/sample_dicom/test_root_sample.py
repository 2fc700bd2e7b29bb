"""The synthetic aortic root: valid files, repeatable, and truth that agrees with the voxels."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK

from aortic_root import heart, root_shape
from aortic_root.make import HEADER, clicks_toml
from aortic_root.parameters import FULL, coarse
from aortic_root.phantom import build_phantom
from aortic_root.placement import root_frame
from aortic_root.truth import section
from root_phantoms import root_phantom
from study import write_series, write_truth
from surgitwin.imaging.dicom.loading import load_series
from surgitwin.imaging.dicom.scanner import scan

COARSE = coarse(voxel_mm=2.8)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_series(root_phantom(COARSE).volume, HEADER, tmp_path_factory.mktemp("dicom"))


def test_headers_name_contrast_phase_and_that_it_is_synthetic(files: list[Path]) -> None:
    for path in files:
        ds = pydicom.dcmread(path)
        assert ds.NominalPercentageOfCardiacPhase == 35.0
        assert ds.ContrastBolusAgent
        assert ds.ImageType[0] == "DERIVED"
        for text in (ds.SeriesDescription, ds.StudyDescription, ds.ImageComments):
            assert "SYNTHETIC" in text
            assert "NOT FOR CLINICAL USE" in text
    assert len({pydicom.dcmread(p).SOPInstanceUID for p in files}) == len(files)


def test_the_reader_gives_back_what_was_built(files: list[Path]) -> None:
    (series,) = scan(files[0].parent)
    volume = load_series(series)
    made = root_phantom(COARSE)
    assert np.array_equal(volume.array, made.volume.array)
    assert np.allclose(volume.grid.affine, made.grid.affine, atol=1e-5)
    assert "35 %" in volume.meta["description"]


def test_the_same_parameters_give_the_same_bytes(files: list[Path], tmp_path: Path) -> None:
    again = build_phantom(COARSE)
    made = root_phantom(COARSE)
    assert np.array_equal(again.volume.array, made.volume.array)
    assert again.truth == made.truth
    written = write_series(again.volume, HEADER, tmp_path)
    assert [p.read_bytes() for p in written] == [p.read_bytes() for p in files]
    other = build_phantom(replace(COARSE, seed=1))
    assert other.truth["pixel_hash"] != made.truth["pixel_hash"]
    assert other.truth["label_hash"] == made.truth["label_hash"]


def test_the_full_study_is_small_enough() -> None:
    assert 2 * np.prod(FULL.shape_kji) + 2000 * FULL.shape_kji[0] < 10 * 1024**2


def test_truth_files_hold_the_truth(tmp_path: Path) -> None:
    made = root_phantom(COARSE)
    write_truth(made.labels, made.truth, tmp_path)
    assert json.loads((tmp_path / "truth.json").read_text(encoding="utf-8")) == made.truth
    labels = SimpleITK.ReadImage(str(tmp_path / "labels.nrrd"))
    assert np.array_equal(SimpleITK.GetArrayFromImage(labels), made.labels.array)


def test_committed_clicks_lie_in_the_lumen(repo_root: Path) -> None:
    text = (repo_root / "sample_dicom" / "aortic_root" / "clicks.toml").read_text(encoding="utf-8")
    assert text == clicks_toml(FULL)
    made = root_phantom(FULL)
    for point in tomllib.loads(text)["clicks"].values():
        k, j, i = np.rint(made.grid.lps_to_index(point)[::-1]).astype(int)
        assert made.labels.array[k, j, i] == made.labels.segment("lumen").label


def test_annulus_is_the_ellipse_of_the_sheet() -> None:
    """Ellipse 28 x 22: area 483.805, perimeter 78.823 (physics.md 3.3)."""
    annulus = section(0.0)
    assert annulus["area_mm2"] == pytest.approx(483.805, rel=2e-4)
    assert annulus["perimeter_mm"] == pytest.approx(78.823, rel=2e-4)
    assert annulus["area_diameter_mm"] == pytest.approx(24.819, rel=2e-4)


def test_hinges_are_the_lowest_points_of_the_leaflets() -> None:
    for angle in root_shape.CUSPS:
        assert root_shape.attachment(angle) == pytest.approx(0.0, abs=1e-12)
        wall = root_shape.lumen_radius(angle, 0.0)
        assert root_shape.in_leaflet(angle, wall - 0.05, 0.0)
        assert not root_shape.in_leaflet(angle, wall - 0.05, -0.6)
    for turn in (-20, 20):
        assert root_shape.attachment(root_shape.CUSPS[0] + np.radians(turn)) > 1.0


def test_ostia_and_septum_lie_where_the_truth_says() -> None:
    made = root_phantom(FULL)
    frame = root_frame(FULL)
    for n, side in enumerate(("left", "right")):
        low = frame.from_lps(made.truth["landmarks"][f"ostium_{side}"])
        assert low[2] == pytest.approx(made.truth["coronary_height_mm"][side])
        u, v, w = low * (1.01, 1.01, 1.0)
        assert heart.in_coronary(u, v, w + 0.05, n)
        assert not heart.in_coronary(u, v, w - 0.1, n)
    depth = -heart.SEPTUM_LENGTH
    thin = heart.septum_thickness(root_shape.SEPTUM_ANGLE, depth + 0.5)
    thick = heart.septum_thickness(root_shape.SEPTUM_ANGLE, depth - 1.0)
    assert thin < 1.5 < 3.0 < thick


def test_calcium_volumes_are_those_of_ellipsoids() -> None:
    """Nodules lie free in the lumen or wall, so each has the volume of its ellipsoid."""
    for name, row in zip(heart.NODULE_NAMES, heart.NODULES, strict=True):
        whole = 4 / 3 * np.pi * np.prod(row[3:6])
        assert root_phantom(FULL).truth["calcium_mm3"][name] == pytest.approx(whole, rel=0.03)
