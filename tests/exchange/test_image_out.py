"""Images written for other programs, read again by those programs' libraries and by our own readers."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest
import pyvista as pv
import SimpleITK as sitk  # noqa: N813 - its customary name
from scipy.spatial.transform import Rotation

from small_case import run_cli
from surgitwin.core.errors import UsageError
from surgitwin.core.image import ImageGrid, Volume
from surgitwin.exchange.image_out import image_writers
from surgitwin.imaging.formats.question import Answers
from surgitwin.imaging.formats.reader import read_image
from surgitwin.planning.case import Case, now
from surgitwin.planning.images.new_case import store_case
from surgitwin.planning.output.export import export_case
from surgitwin.planning.output.file_names import size_words, suffix_of

RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
LAST = (9, 11, 5)


@pytest.fixture
def volume() -> Volume:
    turn = Rotation.from_euler("xyz", (10, -20, 30), degrees=True).as_matrix()
    grid = ImageGrid((6, 12, 10), [-30, 20, 400], [0.8, 0.9, 2.5], turn)
    voxels = np.random.default_rng(0).integers(-1024, 3000, grid.shape).astype(np.int16)
    return Volume(voxels, grid, meta={"series_uid": "1.2.826.0.1.77", "date": "20240117"})


def write(volume: Volume, folder, suffix: str):
    path = folder / f"image{suffix}"
    image_writers(lambda: volume)[suffix](path)
    return path


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_nibabel_reads_nifti(volume, tmp_path, suffix) -> None:
    image = nib.load(write(volume, tmp_path, suffix))
    assert image.get_data_dtype() == np.int16
    assert np.array_equal(np.asarray(image.dataobj).T, volume.array)
    assert np.allclose(RAS_TO_LPS @ image.affine, volume.grid.affine, atol=1e-4)
    assert np.allclose(image.header.get_qform(), image.header.get_sform(), atol=1e-4)
    assert image.header.get_xyzt_units()[0] == "mm"


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".mha"])
def test_simpleitk_reads_the_same_place(volume, tmp_path, suffix) -> None:
    image = sitk.ReadImage(str(write(volume, tmp_path, suffix)))
    assert np.array_equal(sitk.GetArrayFromImage(image), volume.array)
    there = image.TransformIndexToPhysicalPoint(LAST)
    assert np.allclose(there, volume.grid.index_to_lps(LAST), atol=1e-3)


def test_vtk_reads_the_same_place(volume, tmp_path) -> None:
    image = pv.read(write(volume, tmp_path, ".vti"))
    assert np.array_equal(image.point_data["HU"].reshape(volume.grid.shape), volume.array)
    assert np.allclose(image.points[-1], volume.grid.index_to_lps(LAST), atol=1e-6)
    assert (image.field_data["frame"][0], image.field_data["length_unit"][0]) == ("LPS", "mm")


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".mha", ".vti"])
def test_our_readers_give_the_image_back_and_no_header(volume, tmp_path, suffix) -> None:
    path = write(volume, tmp_path, suffix)
    told = {} if suffix.startswith(".nii") else {"frame": "lps", "spacing_unit": "mm"}
    again = read_image(path, Answers(values="hu", **told))
    assert np.array_equal(again.array, volume.array)
    assert np.allclose(again.grid.affine, volume.grid.affine, atol=1e-4)
    assert b"1.2.826" not in path.read_bytes()
    assert path.read_bytes() == write(volume, tmp_path, suffix).read_bytes()


def test_without_a_scale_no_millimetres_are_said(volume, tmp_path) -> None:
    unknown = Volume(volume.array, volume.grid, scale_known=False)
    assert nib.load(write(unknown, tmp_path, ".nii")).header.get_xyzt_units()[0] == "unknown"
    assert "length_unit" not in pv.read(write(unknown, tmp_path, ".vti")).field_data


def case_of(volume: Volume, path) -> Case:
    series = {"uid": "1.2", "body_part": "KNEE", "description": "", "modality": "CT"}
    state = {"created": now(), "patient": {}, "series": series, "header": {}, "body_weight_kg": None}
    return store_case(path, state, volume)


def test_export_tells_what_the_file_leaves_open_and_its_size(volume, tmp_path) -> None:
    case = case_of(volume, tmp_path / "a.twin")
    said = {s: export_case(case, "image", tmp_path / f"i{s}").warnings for s in (".nrrd", ".nii.gz", ".mha")}
    assert any("UIDs" in w for w in said[".nrrd"])
    assert not any("UIDs" in w for s in (".nii.gz", ".mha") for w in said[s])
    assert any("neither frame nor unit" in w for w in said[".mha"])
    done = run_cli(
        "export", tmp_path / "a.twin", "--what", "image", "--out", tmp_path / "b.nii", json_too=False
    )
    assert done.code == 0
    size = (tmp_path / "b.nii").stat().st_size
    assert f"image, {size_words(size)}." in done.out
    with pytest.raises(UsageError, match=r"written as \.tar\.gz") as caught:
        export_case(case, "image", tmp_path / "b.tar.gz")
    assert ".nii.gz" in caught.value.hint


def test_endings_of_names(tmp_path) -> None:
    known = (".nii", ".nii.gz")
    names = {"a.b.nii.gz": ".nii.gz", "A.NII": ".nii", "x.gz": ".gz", "seg.nrrd.gz": ".nrrd.gz", "none": ""}
    assert {n: suffix_of(tmp_path / n, known) for n in names} == names
    assert [size_words(n) for n in (12, 1500, 2.5e6, 3e9)] == ["12 bytes", "1.5 kB", "2.5 MB", "3 GB"]
