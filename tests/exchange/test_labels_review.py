"""Labels whose place or number is not sure are refused; a SEG finds its stack of a series of several."""

from __future__ import annotations

import dicom_factory as factory
import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - its customary name
from pydicom.uid import generate_uid

from surgitwin.core.errors import InputError
from surgitwin.core.image import ImageGrid
from surgitwin.exchange.labels_in import read_label_file
from surgitwin.exchange.seg_source import source_headers
from surgitwin.imaging import scan


def written(path, array, grid):
    image = sitk.GetImageFromArray(array)
    image.SetOrigin(grid.origin_mm.tolist())
    image.SetSpacing(grid.spacing_mm.tolist())
    sitk.WriteImage(image, str(path))
    return path


def test_labels_that_fit_in_two_ways_are_asked_for(tmp_path):
    """Round the zero of the patient, RAS and LPS name the same voxels, half a turn apart."""
    grid = ImageGrid((4, 5, 7), [-3.0, -2.0, 0.0], [1, 1, 1], np.eye(3))
    array = np.zeros(grid.shape, np.uint8)
    array[1, 1, 1] = 1
    path = written(tmp_path / "a.mha", array, grid)
    with pytest.raises(InputError, match="two ways") as caught:
        read_label_file(path, grid)
    assert caught.value.code == "labels.ambiguous"
    assert np.array_equal(read_label_file(path, grid, "lps").array, array)
    assert np.array_equal(read_label_file(path, grid, "ras").array, array[:, ::-1, ::-1])


def test_the_only_way_inside_the_image_is_taken(tmp_path):
    grid = ImageGrid((4, 5, 7), [-100.0, -90.0, 0.0], [1, 1, 1], np.eye(3))
    array = np.zeros(grid.shape, np.uint8)
    array[1, 1, 1] = 1
    assert np.array_equal(read_label_file(written(tmp_path / "a.mha", array, grid), grid).array, array)


def test_several_volumes_of_labels_are_refused(tmp_path):
    array = np.zeros((7, 5, 4, 2), np.uint8)
    array[1, 1, 1, 0] = array[2, 2, 2, 1] = 1
    affine = np.diag([-1.0, -1.0, 1.0, 1.0])
    nib.save(nib.Nifti1Image(array, affine), tmp_path / "a.nii")
    with pytest.raises(InputError, match="2 volumes") as caught:
        read_label_file(tmp_path / "a.nii", ImageGrid((4, 5, 7), [0, 0, 0], [1, 1, 1], np.eye(3)))
    assert caught.value.code == "labels.several_volumes"


def test_a_stack_of_a_series_of_several_is_found(tmp_path):
    grid, uid, frame = factory.grid_like((5, 8, 6)), generate_uid(), generate_uid()
    for echo in (1, 2):

        def edit(dataset, _k, echo=echo):
            dataset.SeriesInstanceUID, dataset.EchoNumbers = uid, echo
            dataset.StudyInstanceUID, dataset.FrameOfReferenceUID = "1.2.3", frame
            dataset.InstanceNumber = 10 * echo + _k

        factory.write_series(tmp_path / str(echo), factory.ramp(grid) + echo, grid, edit=edit)
    stacks = scan(tmp_path)
    assert len(stacks) == 2
    for one in stacks:
        headers = source_headers(tmp_path, one.base_uid, one.grid, stack=one.stack)
        assert {h.EchoNumbers for h in headers} == {2 if "2" in one.stack else 1}
