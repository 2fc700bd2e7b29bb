"""Foreign images: the affine is right, open questions are asked, wrong answers are refused."""

from __future__ import annotations

import gzip
from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest
import pyvista as pv
import SimpleITK as sitk  # noqa: N813 - its customary name
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from surgitwin.core.errors import InputError, UsageError
from surgitwin.core.image import ImageGrid, Volume
from surgitwin.imaging.formats.nrrd import read_volume, write_volume
from surgitwin.imaging.formats.question import Answers
from surgitwin.imaging.formats.reader import look_image, read_image

HU = Answers(values="hu")
RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
SHAPE = (40, 30, 20)


@pytest.fixture
def voxels():
    """(i, j, k) values that name their index, below and above water."""
    return np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE) - 5000


def nifti(path, voxels, affine, *, sform=2, qform=0, unit="mm", qaffine=None):
    image = nib.Nifti1Image(voxels, affine)
    image.set_sform(affine, sform)
    image.set_qform(affine if qaffine is None else qaffine, qform)
    image.header.set_xyzt_units(unit)
    nib.save(image, path)
    return path


def rotated(spacing=(0.8, 0.9, 2.0), origin=(-12.0, 34.0, 56.0), turn=(10, 20, 30), flip=False):
    affine = np.eye(4)
    axes = Rotation.from_euler("xyz", turn, degrees=True).as_matrix()
    if flip:
        axes[:, 0] *= -1
    affine[:3, :3] = axes * spacing
    affine[:3, 3] = origin
    return affine


def asked(path, answers=None):
    return [q.code for q in look_image(path, answers).open]


@settings(deadline=None)
@given(
    st.tuples(*[st.floats(-180, 180)] * 3),
    st.tuples(*[st.floats(0.3, 5.0)] * 3),
    st.tuples(*[st.floats(-500, 500)] * 3),
    st.booleans(),
)
def test_nifti_affine_is_that_of_simpleitk_and_of_the_file(tmp_path_factory, turn, spacing, origin, flip):
    path = tmp_path_factory.mktemp("nii") / "a.nii"
    affine = rotated(spacing, origin, turn, flip)
    nifti(path, np.full(SHAPE, -7, np.int16), affine)
    found = read_image(path, replace(HU, accept_size=True)).grid
    corners = np.array([[0, 0, 0], [39, 0, 0], [0, 29, 19], [5, 6, 7]])
    lps = (np.c_[corners, np.ones(4)] @ (RAS_TO_LPS @ affine).T)[:, :3]
    assert np.abs(found.index_to_lps(corners) - lps).max() < 2e-3  # the file holds 32-bit numbers
    other = sitk.ReadImage(str(path))
    itk = [other.TransformIndexToPhysicalPoint([int(v) for v in c]) for c in corners]
    assert np.abs(found.index_to_lps(corners) - itk).max() < 2e-3


def test_nifti_voxels_stay_in_place_and_are_rescaled(tmp_path, voxels):
    path = nifti(tmp_path / "a.nii.gz", voxels, rotated())
    volume = read_image(path, HU)
    assert (volume.modality, volume.unit, volume.array.dtype) == ("CT", "HU", np.int16)
    assert volume.array[7, 6, 5] == voxels[5, 6, 7]
    image = nib.Nifti1Image(voxels, rotated())
    image.header.set_slope_inter(2.0, -100.0)
    image.header.set_xyzt_units("mm")
    image.header.set_data_dtype(np.int16)
    raw = tmp_path / "scaled.nii"
    nib.save(image, raw)  # nibabel stores (value - inter) / slope
    back = read_image(raw, HU)
    itk = sitk.GetArrayFromImage(sitk.ReadImage(str(raw)))
    assert np.allclose(back.array, itk)


def test_nifti_without_orientation_unit_or_meaning_asks_for_all_at_once(tmp_path, voxels):
    path = nifti(tmp_path / "a.nii", voxels, np.diag([1, 1, 2, 1.0]), sform=0, qform=0, unit="unknown")
    assert asked(path) == ["image.frame_unknown", "image.unit_unknown", "image.values_unknown"]
    with pytest.raises(InputError) as caught:
        read_image(path)
    assert caught.value.code == "image.frame_unknown"
    assert all(o in caught.value.hint for o in ("--frame", "--spacing-unit", "--values"))
    left = read_image(path, Answers(frame="ras", spacing_unit="mm", values="hu")).grid
    assert np.allclose(left.direction, np.diag([-1, -1, 1]))
    assert np.allclose(left.spacing_mm, [1, 1, 2])


def test_transforms_that_differ_are_asked_and_the_chosen_one_is_used(tmp_path, voxels):
    moved = rotated(origin=(0.0, 0.0, 9.0))
    path = nifti(tmp_path / "a.nii", voxels, rotated(), qform=1, qaffine=moved)
    assert asked(path, HU) == ["image.transforms_differ"]
    for name, affine in (("sform", rotated()), ("qform", moved)):
        grid = read_image(path, replace(HU, transform=name)).grid
        assert np.allclose(grid.affine, RAS_TO_LPS @ affine, atol=1e-3)
    near = rotated(origin=(-12.0, 34.0, 56.02))
    assert asked(nifti(tmp_path / "b.nii", voxels, rotated(), qform=1, qaffine=near), HU) == []
    metres = np.diag([0.001, 0.001, 0.001, 1.0])  # the same, in metres: 50 mm are 0.05
    off = metres + np.outer([0.05, 0, 0, 0], [0, 0, 0, 1])
    far = nifti(tmp_path / "c.nii", voxels, metres, qform=1, unit="meter", qaffine=off)
    assert asked(far, HU) == ["image.transforms_differ"]


def test_units_of_the_file_are_used_and_a_wrong_one_is_questioned(tmp_path, voxels):
    micro = nifti(tmp_path / "a.nii", voxels, np.diag([800.0, 900, 2000, 1]), unit="micron")
    assert np.allclose(read_image(micro, HU).grid.spacing_mm, [0.8, 0.9, 2.0])
    metres = nifti(tmp_path / "b.nii", voxels, np.diag([0.8, 0.9, 2.0, 1]), unit="meter")
    assert asked(metres, HU) == ["image.size_implausible"]
    given_size = read_image(metres, replace(HU, voxel_mm=(0.8, 0.9, 2.0)))
    assert np.allclose(given_size.grid.spacing_mm, [0.8, 0.9, 2.0])
    assert "by hand" in given_size.meta["source"]["notes"][0]
    assert "Accepted" in read_image(metres, replace(HU, accept_size=True)).meta["source"]["notes"][0]
    with pytest.raises(UsageError) as caught:
        look_image(metres, Answers(spacing_unit="mm"))
    assert caught.value.code == "image.contradiction"


def test_wrong_images_are_refused(tmp_path, voxels):
    shear = rotated()
    shear[0, 1] += 0.2
    cases = {
        "image.sheared": nifti(tmp_path / "shear.nii", voxels, shear),
        "image.not_hounsfield": nifti(tmp_path / "byte.nii", voxels.astype(np.uint8), rotated()),
        "image.not_finite": nifti(tmp_path / "nan.nii", np.full(SHAPE, np.nan, np.float32), rotated()),
        "image.not_scalar": nifti(tmp_path / "five.nii", np.zeros((4, 4, 4, 1, 3), np.int16), rotated()),
        "image.missing": tmp_path / "none.nii",
        "image.unknown_format": tmp_path / "a.png",
    }
    for code, path in cases.items():
        with pytest.raises(InputError) as caught:
            read_image(path, HU)
        assert caught.value.code == code
        assert caught.value.hint


def test_damaged_files_are_refused_in_every_format(tmp_path, voxels):
    whole = nifti(tmp_path / "a.nii", voxels, rotated()).read_bytes()
    image = sitk.GetImageFromArray(voxels)
    sitk.WriteImage(image, str(tmp_path / "a.mha"))
    sitk.WriteImage(image, str(tmp_path / "a.nrrd"))
    grid = pv.ImageData(dimensions=SHAPE)
    grid["v"] = voxels.ravel()
    grid.save(tmp_path / "a.vti")
    answers = Answers(frame="lps", spacing_unit="mm", values="other", accept_size=True)
    files = {
        "half.nii": (whole[: len(whole) // 2], HU),
        "half.nii.gz": (gzip.compress(whole)[:2000], HU),
        "text.nii": (b"hello", HU),
        "half.mha": ((tmp_path / "a.mha").read_bytes()[:4000], answers),
        "text.mha": (b"hello", answers),
        "half.nrrd": ((tmp_path / "a.nrrd").read_bytes()[:4000], replace(answers, frame=None)),
        "text.nrrd": (b"hello", answers),
        "half.vti": ((tmp_path / "a.vti").read_bytes()[:4000], answers),
        "text.vti": (b"<VTKFile>", answers),
    }
    for name, (data, said) in files.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(InputError) as caught:
            read_image(tmp_path / name, said)
        assert caught.value.code == "image.unreadable", name


def test_a_huge_header_is_refused_before_any_memory_is_taken(tmp_path, voxels):
    path = nifti(tmp_path / "a.nii", voxels, rotated())
    raw = bytearray(path.read_bytes())
    raw[42:48] = np.array([32000, 32000, 32000], "<i2").tobytes()
    path.write_bytes(raw)
    with pytest.raises(InputError) as caught:
        look_image(path)
    assert caught.value.code == "image.too_large"


def test_one_volume_of_several_is_chosen(tmp_path, voxels):
    both = np.stack([voxels, voxels + 1], axis=-1)
    path = nifti(tmp_path / "a.nii", both, rotated())
    assert asked(path, HU) == ["image.several_volumes"]
    assert read_image(path, replace(HU, volume=1)).array[7, 6, 5] == voxels[5, 6, 7] + 1
    with pytest.raises(UsageError):
        read_image(path, replace(HU, volume=2))


@pytest.mark.parametrize("suffix", ["nrrd", "nhdr", "mha", "mhd"])
def test_itk_formats_have_the_grid_that_itk_reads(tmp_path, voxels, suffix):
    image = sitk.GetImageFromArray(voxels.T)
    image.SetSpacing([0.8, 0.9, 2.0])
    image.SetOrigin([1.0, -2.0, 3.0])
    image.SetDirection(Rotation.from_euler("x", 30, degrees=True).as_matrix().ravel().tolist())
    path = tmp_path / f"a.{suffix}"
    sitk.WriteImage(image, str(path))
    said = Answers(spacing_unit="mm", values="hu", frame="lps" if suffix.startswith("m") else None)
    assert ("image.frame_unknown" in asked(path)) == suffix.startswith("m")
    volume = read_image(path, said)
    for index in ((0, 0, 0), (39, 0, 0), (3, 20, 19)):
        there = image.TransformIndexToPhysicalPoint(index)
        assert np.allclose(volume.grid.index_to_lps(index), there, atol=1e-6)
        assert volume.array[index[::-1]] == image[index]


def test_nrrd_of_another_space_is_turned(tmp_path, voxels):
    def header(space):
        return (
            f"NRRD0004\ntype: short\ndimension: 3\n{space}\nsizes: 40 30 20\nendian: little\n"
            "encoding: raw\nspace directions: (1,0,0) (0,2,0) (0,0,3)\n"
            'space origin: (5,6,7)\nspace units: "mm" "mm" "mm"\n\n'
        ).encode() + voxels.T.tobytes()

    path = tmp_path / "a.nrrd"
    for space, sign in (("right-anterior-superior", (-1, -1, 1)), ("LAS", (1, -1, 1)), ("LPS", (1, 1, 1))):
        path.write_bytes(header(f"space: {space}"))
        grid = read_image(path, HU).grid
        assert np.allclose(grid.origin_mm, np.array([5, 6, 7]) * sign), space
        assert np.allclose(grid.affine[:3, :3], np.diag([1, 2, 3]) * np.array(sign)), space
    path.write_bytes(header("space: scanner-xyz"))
    assert asked(path, HU) == ["image.frame_unknown"]
    assert np.allclose(read_image(path, replace(HU, frame="ras")).grid.origin_mm, [-5, -6, 7])


def test_a_header_names_only_files_beside_it(tmp_path, voxels):
    sitk.WriteImage(sitk.GetImageFromArray(voxels), str(tmp_path / "a.mhd"))
    text = (tmp_path / "a.mhd").read_text()
    for name in ("../a.raw", "/etc/passwd", "gone.raw"):
        (tmp_path / "b.mhd").write_text(text.replace("a.raw", name))
        with pytest.raises(InputError) as caught:
            look_image(tmp_path / "b.mhd")
        assert caught.value.code == "image.unreadable"


def test_vti_keeps_origin_extent_and_direction(tmp_path, voxels):
    image = pv.ImageData(dimensions=SHAPE, spacing=(1, 2, 3), origin=(10, 20, 30))
    image.SetExtent(5, 44, 0, 29, 0, 19)
    image["v"] = voxels.ravel(order="F")
    image.save(tmp_path / "a.vti")
    assert asked(tmp_path / "a.vti") == ["image.frame_unknown", "image.unit_unknown", "image.values_unknown"]
    volume = read_image(tmp_path / "a.vti", Answers(frame="ras", spacing_unit="mm", values="hu"))
    assert np.allclose(volume.grid.origin_mm, [-15, -20, 30])
    assert np.allclose(volume.grid.spacing_mm, [1, 2, 3])
    assert volume.array[7, 6, 5] == voxels[5, 6, 7]


def test_our_own_images_ask_nothing_and_an_unknown_scale_stays_unknown(tmp_path, voxels):
    grid = ImageGrid((20, 30, 40), np.zeros(3), np.ones(3), np.eye(3))
    for known in (True, False):
        volume = Volume(voxels.T, grid, "MR", "1", {"a": 1}, scale_known=known)
        write_volume(volume, tmp_path / "a.nrrd")
        assert read_volume(tmp_path / "a.nrrd").scale_known is known
        back = read_image(tmp_path / "a.nrrd")
        assert (back.modality, back.unit, back.scale_known) == ("MR", "1", known)
        assert back.hash == volume.hash
    assert "space units" not in (tmp_path / "a.nrrd").read_bytes()[:2000].decode("latin-1")
    named = read_image(tmp_path / "a.nrrd", Answers(voxel_mm=(2.0, 2.0, 2.0)))
    assert named.scale_known
    assert np.allclose(named.grid.spacing_mm, 2)


@pytest.mark.real_data
def test_real_files(shared_data):
    path = shared_data / "vertebra_ct" / "sub-ct_label-22_ct.nii.gz"
    assert asked(path) == ["image.values_unknown"]
    volume = read_image(path, HU)
    other = sitk.ReadImage(str(path))
    assert np.array_equal(volume.array, sitk.GetArrayFromImage(other))
    assert np.allclose(volume.grid.index_to_lps((9, 8, 7)), other.TransformIndexToPhysicalPoint((9, 8, 7)))
    angio = shared_data / "aneurysm_3dra" / "aneurism.vti"
    volume = read_image(angio, Answers(frame="lps", scale_unknown=True, values="other"))
    assert not volume.scale_known
    with pytest.raises(InputError):
        volume.require_scale()
