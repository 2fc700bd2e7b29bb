"""Segments written for other programs: read again by those programs' libraries, and as labels of a case."""

from __future__ import annotations

import json
from dataclasses import replace

import dicom_factory as factory
import highdicom as hd
import nibabel as nib
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk  # noqa: N813 - its customary name
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from surgitwin.core.errors import InputError
from surgitwin.core.image import ImageGrid, LabelMap, Segment
from surgitwin.exchange.labels_grid import placed, shift_of
from surgitwin.exchange.labels_in import read_label_file
from surgitwin.exchange.labels_out import label_table, write_nifti_labels, write_slicer_labels
from surgitwin.exchange.seg_in import read_seg
from surgitwin.exchange.seg_out import write_seg
from surgitwin.exchange.seg_source import source_headers
from surgitwin.imaging import scan

SEGMENTS = (
    Segment(1, "femur", "71341001", (0.9, 0.8, 0.6)),
    Segment(4, "My vessel", "59820001", (0.8, 0.15, 0.15)),
    Segment(9, "empty", "", (0.1, 0.2, 0.3)),
    Segment(200, "screw way", "", (0.0, 0.5, 0.4)),
)
RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def labels_on(grid):
    array = np.zeros(grid.shape, np.uint8)
    array[1:4, 2:9, 3:7] = 1
    array[2:5, 4, 5] = 4
    array[0, 0, 0] = 200
    return LabelMap(array, grid, SEGMENTS)


@pytest.fixture
def labels():
    turn = Rotation.from_euler("xyz", (10, -20, 30), degrees=True).as_matrix()
    return labels_on(ImageGrid((6, 12, 10), [-30, 20, 400], [0.8, 0.9, 2.5], turn))


def same_meaning(found, wanted, names=("femur", "My vessel", "screw way")):
    assert [s.name for s in found.segments] == list(names)
    for name in names:
        assert np.array_equal(found.mask(name), wanted.mask(name)), name
        assert found.segment(name).code == wanted.segment(name).code
        assert np.allclose(found.segment(name).rgb, wanted.segment(name).rgb, atol=0.02)


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_nifti_labels_are_read_by_nibabel_and_simpleitk(labels, tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    write_nifti_labels(labels, path, packed=suffix.endswith("gz"))
    image = nib.load(path)
    assert np.array_equal(np.asarray(image.dataobj).T, labels.array)
    assert np.allclose(RAS_TO_LPS @ image.affine, labels.grid.affine, atol=1e-4)
    assert np.allclose(image.header.get_qform(), image.header.get_sform(), atol=1e-4)
    assert image.header.get_xyzt_units()[0] == "mm"
    assert image.header.get_intent()[0] == "label"
    table = json.loads(image.header.extensions[0].get_content())
    assert table == label_table(labels)
    assert "Not for clinical use" in table["notice"]
    other = sitk.ReadImage(str(path))
    assert np.array_equal(sitk.GetArrayFromImage(other), labels.array)
    there = other.TransformIndexToPhysicalPoint((9, 11, 5))
    assert np.allclose(there, labels.grid.index_to_lps((9, 11, 5)), atol=1e-3)
    same_meaning(read_label_file(path, labels.grid), labels)


def test_nrrd_has_the_fields_of_slicer(labels, tmp_path):
    path = tmp_path / "a.seg.nrrd"
    write_slicer_labels(labels, path)
    other = sitk.ReadImage(str(path))
    assert np.array_equal(sitk.GetArrayFromImage(other), labels.array)
    assert np.allclose(other.GetOrigin(), labels.grid.origin_mm)
    assert other.GetMetaData("Segment1_Name") == "My vessel"
    assert other.GetMetaData("Segment1_LabelValue") == "4"
    assert other.GetMetaData("Segment1_Extent") == "5 5 4 4 2 4"
    assert "SCT^59820001^Blood vessel" in other.GetMetaData("Segment1_Tags")
    assert other.GetMetaData("Segment2_Extent") == "0 -1 0 -1 0 -1"
    same_meaning(read_label_file(path, labels.grid), labels)


def test_labels_of_other_programs_fit_by_their_voxels_only(labels, tmp_path):
    image = sitk.GetImageFromArray(labels.array)
    image.SetOrigin(labels.grid.origin_mm.tolist())
    image.SetSpacing(labels.grid.spacing_mm.tolist())
    image.SetDirection(labels.grid.direction.ravel().tolist())
    sitk.WriteImage(image, str(tmp_path / "a.mha"))  # says neither frame nor unit
    found = read_label_file(tmp_path / "a.mha", labels.grid)
    assert np.array_equal(found.array, labels.array)
    assert [s.name for s in found.segments] == ["label 1", "label 4", "label 200"]
    image.SetOrigin((labels.grid.origin_mm + labels.grid.direction[:, 0] * 0.4).tolist())
    sitk.WriteImage(image, str(tmp_path / "b.mha"))
    with pytest.raises(InputError) as caught:
        read_label_file(tmp_path / "b.mha", labels.grid)
    assert caught.value.code == "labels.other_grid"
    for code, array in (("labels.not_labels", labels.array - 7.5), ("labels.empty", labels.array * 0.0)):
        nib.save(nib.Nifti1Image(array.T, RAS_TO_LPS @ labels.grid.affine), tmp_path / "c.nii")
        with pytest.raises(InputError) as caught:
            read_label_file(tmp_path / "c.nii", labels.grid)
        assert caught.value.code == code


@given(
    st.permutations([0, 1, 2]),
    st.tuples(*[st.sampled_from([-1, 1])] * 3),
    st.tuples(*[st.integers(-3, 3)] * 3),
)
def test_labels_on_turned_axes_and_parts_come_to_the_same_points(order, signs, shift):
    grid = ImageGrid((6, 7, 8), [1, 2, 3], [0.5, 0.6, 0.7], np.eye(3))
    m = np.zeros((4, 4))
    for column, row in enumerate(order):
        m[row, column] = signs[column]
    m[:3, 3] = np.array(shift) + [3 if s > 0 else 5 for s in (m[:3, :3].sum(axis=1))]
    m[3, 3] = 1
    affine = grid.affine @ m
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    source = ImageGrid((3, 4, 5), affine[:3, 3], spacing, affine[:3, :3] / spacing)
    array = np.arange(60, dtype=np.uint8).reshape(3, 4, 5) + 1
    found = placed(array, source, grid)
    ijk = np.argwhere(array > 0)[:, ::-1]
    to = np.rint(grid.lps_to_index(source.index_to_lps(ijk))).astype(int)
    inside = ((to >= 0) & (to < grid.shape[::-1])).all(axis=1)
    assert np.count_nonzero(found) == inside.sum()
    for a, b in zip(ijk[inside], to[inside], strict=True):
        assert found[tuple(b[::-1])] == array[tuple(a[::-1])]
    assert shift_of(replace(source, origin_mm=source.origin_mm + 0.2), grid) is None


@pytest.fixture
def study(tmp_path):
    grid = factory.grid_like()
    factory.write_series(tmp_path / "dicom", factory.ramp(grid), grid)
    (series,) = scan(tmp_path / "dicom")
    return tmp_path / "dicom", series


def test_seg_refers_to_its_images_and_comes_back(study, tmp_path):
    folder, series = study
    labels = labels_on(series.grid)
    headers = source_headers(folder, series.uid, series.grid)
    facts = write_seg(labels, headers, tmp_path / "a.dcm", "bone")
    assert facts.left_out == ("empty",)
    plain = pydicom.dcmread(tmp_path / "a.dcm")
    assert plain.Modality == "SEG"
    assert plain.StudyInstanceUID == headers[0].StudyInstanceUID
    assert plain.SegmentSequence[0].SegmentedPropertyTypeCodeSequence[0].CodeValue == "71341001"
    assert "Not for clinical use" in plain.ContentDescription
    frames = {
        f.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID: f
        for f in plain.PerFrameFunctionalGroupsSequence
    }
    by_uid = {h.SOPInstanceUID: h for h in headers}
    for uid, frame in frames.items():
        position = frame.PlanePositionSequence[0].ImagePositionPatient
        assert np.allclose(position, by_uid[uid].ImagePositionPatient, atol=1e-3)
    seg = hd.seg.segread(tmp_path / "a.dcm")
    mask = seg.get_pixels_by_source_instance([h.SOPInstanceUID for h in headers], segment_numbers=[1])
    assert np.array_equal(mask[..., 0].astype(bool), labels.mask("femur"))
    back = read_seg(tmp_path / "a.dcm", series.grid, str(headers[0].FrameOfReferenceUID))
    same_meaning(back, labels)
    with pytest.raises(InputError) as caught:
        read_seg(tmp_path / "a.dcm", series.grid, "1.2.3")
    assert caught.value.code == "labels.other_grid"


def test_seg_needs_the_very_images(study, tmp_path):
    folder, series = study
    for code, uid, grid in (
        ("seg.source_missing", "1.2.3", series.grid),
        ("seg.source_geometry", series.uid, replace(series.grid, origin_mm=series.grid.origin_mm + 0.1)),
    ):
        with pytest.raises(InputError) as caught:
            source_headers(folder, uid, grid)
        assert caught.value.code == code
    empty = LabelMap(np.zeros(series.grid.shape, np.uint8), series.grid, SEGMENTS)
    with pytest.raises(InputError) as caught:
        write_seg(empty, source_headers(folder, series.uid, series.grid), tmp_path / "a.dcm")
    assert caught.value.code == "seg.empty"
    (tmp_path / "text.dcm").write_text("hello")
    with pytest.raises(InputError) as caught:
        read_seg(tmp_path / "text.dcm", series.grid)
    assert caught.value.code == "seg.unreadable"
