"""What the voxels cannot show is said: thin structures, and bones that come too close."""

from __future__ import annotations

import numpy as np
import pytest

from surgitwin.core.image import ImageGrid, LabelMap, Segment, Volume
from surgitwin.segmentation.statistics import statistics
from surgitwin.segmentation.thin import close_words, mean_wall_mm, thin_words, wall_words


def labels(array: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> LabelMap:
    grid = ImageGrid(array.shape, np.zeros(3), np.array([0.7, 0.7, 3.0]), np.eye(3))
    return LabelMap(
        array, grid, (Segment(1, "plate", "", (1.0, 1.0, 1.0)), Segment(2, "block", "", (1, 1, 0)))
    )


def test_a_plate_of_one_slice_is_named_and_a_block_is_not() -> None:
    array = np.zeros((12, 20, 20), np.uint8)
    array[3, 2:18, 2:18] = 1
    array[6:10, 4:16, 4:16] = 2
    words = thin_words(labels(array))
    assert "plate" in words
    assert "block" not in words
    assert "0.7 x 0.7 x 3 mm" in words
    array[2] = array[3]
    assert thin_words(labels(array)) == ""
    array[:] = 0
    array[0, :, :] = 1  # cut by the image's border: how thick it is, is not known
    assert thin_words(labels(array)) == ""


@pytest.mark.parametrize(("gap", "said"), [(0, True), (1, True), (2, False)])
def test_bones_closer_than_two_voxels_are_said(gap: int, said: bool) -> None:
    array = np.zeros((12, 20, 20), np.uint8)
    array[1:4], array[4 + gap : 10] = 1, 2
    words = close_words(array, np.array([3.0, 0.7, 0.7]))
    assert bool(words) == said
    if said:
        assert "2.0 cm²" in words
    small = array.copy()
    small[:, 5:] = 0
    assert close_words(small, np.array([3.0, 0.7, 0.7])) == ""


def test_values_of_an_image_without_hounsfield_units_have_another_name() -> None:
    array = np.zeros((12, 20, 20), np.uint8)
    array[6:10, 4:16, 4:16] = 2
    made = labels(array)
    ct, mr = (
        statistics(made, Volume(np.full(array.shape, 700, np.int16), made.grid, kind, unit))[1]
        for kind, unit in (("CT", "HU"), ("MR", "1"))
    )
    assert (ct.hu_mean, ct.mean, ct.unit) == (700.0, 700.0, "HU")
    assert (mr.hu_mean, mr.hu_sd, mr.mean, mr.sd, mr.unit) == (None, None, 700.0, 0.0, "1")


def test_a_wall_under_two_and_a_half_voxels_is_said_with_its_size() -> None:
    k, j, i = np.indices((30, 60, 60))
    away = np.sqrt((3.0 * (k - 14.5)) ** 2 + (j - 29.5) ** 2 + (i - 29.5) ** 2)
    spacing = np.array([3.0, 1.0, 1.0])
    wall = mean_wall_mm((away < 27) & (away > 20.5), spacing)
    assert wall == pytest.approx(6.5, rel=0.1)
    assert "skull, whose wall of 6.5 mm holds 2.2 voxels of 3 mm" in wall_words("skull", 6.5, spacing)
    assert wall_words("skull", wall, np.array([1.5, 1.0, 1.0])) == ""
    assert wall_words("skull", 7.5, spacing) == ""
