"""The synthetic artery: truth, image and files agree; written twice it is the same to the byte."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK
from pydicom.uid import CTImageStorage

from stenosed_artery.make import clicks_toml, header
from stenosed_artery.parameters import LARGE, SMALL, ArteryParameters, quick
from stenosed_artery.phantom import Phantom, build_phantom
from stenosed_artery.shape import build_shape
from study import write_series, write_truth

TINY = quick(length_mm=24.0, voxel_mm=0.8, noise_HU=20.0)


@pytest.fixture(scope="module")
def made() -> Phantom:
    return build_phantom(TINY)


@pytest.fixture(scope="module")
def files(made: Phantom, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_series(made.volume, header(TINY), tmp_path_factory.mktemp("dicom"))


def test_same_parameters_give_identical_pixels(made: Phantom) -> None:
    again = build_phantom(TINY)
    assert again.truth == made.truth
    other = build_phantom(replace(TINY, seed=1))
    assert other.truth["pixel_hash"] != made.truth["pixel_hash"]


@pytest.mark.parametrize(("parameters", "percent"), [(LARGE, 55.0), (SMALL, 50.0)])
def test_truth_holds_the_asked_narrowing(parameters: ArteryParameters, percent: float) -> None:
    shape = build_shape(parameters)
    reference = 2 * float(shape.at(0.0, "reference"))
    throat = 2 * float(shape.at(0.0, "radius"))
    assert reference == pytest.approx(parameters.diameter_mm, rel=1e-3)
    assert 100 * (1 - throat / reference) == pytest.approx(percent, abs=0.01)
    for name in ("tangent", "side", "across"):
        assert np.allclose(np.linalg.norm(getattr(shape, name), axis=1), 1)
    assert np.allclose(np.cross(shape.side, shape.across), shape.tangent)


def test_lumen_is_round_about_its_centre_line() -> None:
    shape = build_shape(LARGE)
    for s in (-30.0, -4.0, 0.0, 12.0):
        centre, side, across = (shape.at(s, n) for n in ("points", "side", "across"))
        for turn in (0.0, 2.0, 4.0):
            point = centre + 0.9 * shape.at(s, "radius") * (np.cos(turn) * side + np.sin(turn) * across)
            row, offset = shape.nearest(point[None])
            assert shape.s[row[0]] == pytest.approx(s, abs=0.03)
            assert np.linalg.norm(offset) == pytest.approx(0.9 * float(shape.at(s, "radius")), rel=1e-2)


def test_image_shows_what_the_truth_says(made: Phantom) -> None:
    clean = build_phantom(replace(TINY, noise_HU=0.0))
    index = np.rint(clean.grid.lps_to_index(clean.truth["clicks"]["start"])).astype(int)[::-1]
    assert clean.volume.array[tuple(index)] == pytest.approx(LARGE.lumen_HU, abs=5)
    difference = made.volume.array.astype(float) - clean.volume.array
    assert difference.std() == pytest.approx(TINY.noise_HU, rel=0.02)
    assert clean.volume.array.max() > 600  # calcium
    for name in ("lumen", "calcium"):
        counted = np.count_nonzero(clean.labels.mask(name)) * clean.grid.voxel_volume_mm3
        assert counted == pytest.approx(clean.truth["volumes_mm3"][name], rel=0.06), name


def test_every_file_is_a_valid_ct_image(files: list[Path], made: Phantom) -> None:
    headers = [pydicom.dcmread(path, stop_before_pixels=True) for path in files]
    assert len({h.SOPInstanceUID for h in headers}) == len(files) == made.grid.shape[0]
    for ds in headers:
        assert ds.SOPClassUID == CTImageStorage == ds.file_meta.MediaStorageSOPClassUID
        assert "SYNTHETIC" in ds.SeriesDescription
    assert {h.StudyInstanceUID for h in headers} == {headers[0].StudyInstanceUID}


def test_another_reader_sees_the_same_image(made: Phantom, files: list[Path]) -> None:
    names = SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(files[0].parent))
    image = SimpleITK.ReadImage(names)
    assert np.array_equal(SimpleITK.GetArrayFromImage(image), made.volume.array)
    assert np.allclose(image.GetOrigin(), made.grid.origin_mm, atol=1e-4)
    assert np.allclose(image.GetSpacing(), made.grid.spacing_mm, atol=1e-4)


def test_writing_twice_gives_the_same_bytes(made: Phantom, files: list[Path], tmp_path: Path) -> None:
    again = write_series(made.volume, header(TINY), tmp_path)
    assert [p.read_bytes() for p in again] == [p.read_bytes() for p in files]


def test_truth_files_hold_the_truth(made: Phantom, tmp_path: Path) -> None:
    write_truth(made.labels, made.truth, tmp_path)
    assert json.loads((tmp_path / "truth.json").read_text(encoding="utf-8")) == made.truth
    labels = SimpleITK.ReadImage(str(tmp_path / "labels.nrrd"))
    assert np.array_equal(SimpleITK.GetArrayFromImage(labels), made.labels.array)


def test_committed_clicks_fit_the_phantom(repo_root: Path) -> None:
    path = repo_root / "sample_dicom" / "stenosed_artery" / "clicks.toml"
    assert path.read_text(encoding="utf-8") == clicks_toml()
