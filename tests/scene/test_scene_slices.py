"""Slices show the right voxel at the right pixel with the right letters."""

import numpy as np
import pytest
import scene_samples as samples

from surgitwin.core.image import ImageGrid
from surgitwin.scene.cameras import body_letters
from surgitwin.scene.reslice import Reslicer, bone_axes, scanner_axes
from surgitwin.scene.sliceimage import Overlay, colour, directions, edge, grey, slice_picture


def test_cut_agrees_with_the_voxels_of_an_oblique_volume():
    volume, _ = samples.volume()
    k, j, i = 12, 20, 30
    cut = Reslicer(volume.array, volume.grid).cut(
        volume.grid.index_to_lps((0, 0, k)),
        volume.grid.direction[:, 0],
        volume.grid.direction[:, 1],
        (60, 70),
        1.0,
    )
    spacing = volume.grid.spacing_mm
    rows, columns = np.arange(0, 66, 2), np.arange(0, 60, 3)
    expected = volume.array[k][np.ix_(rows // 2, columns * 2 // 3)]
    assert spacing[0] == 1.5
    assert spacing[1] == 2.0
    np.testing.assert_array_equal(cut[np.ix_(rows, columns)], expected)
    one = Reslicer(volume.array, volume.grid).cut(
        volume.grid.index_to_lps((i, j, k)), np.eye(3)[0], np.eye(3)[1], (1, 1), 1.0
    )
    assert one[0, 0] == 3000


def test_linear_interpolation_between_slices_and_outside_value():
    grid = ImageGrid((2, 2, 2), np.zeros(3), np.array([1.0, 1.0, 4.0]), np.eye(3))
    array = np.array([[[0, 0], [0, 0]], [[100, 100], [100, 100]]], np.float32)
    cut = Reslicer(array, grid, outside=-7).cut(
        np.array([0.5, 0.5, 1.0]), np.eye(3)[0], np.eye(3)[1], (3, 1), 1.0
    )
    assert cut[0].tolist() == [25.0, 25.0, -7.0], "a voxel reaches half its size beyond its centre"


@pytest.mark.parametrize("flip", [(1, 1, 1), (-1, -1, 1), (1, -1, -1)])
def test_scanner_axes_are_radiological_for_any_acquisition(flip):
    grid = ImageGrid((4, 5, 6), np.zeros(3), np.array([1.0, 2.0, 3.0]), np.diag(flip).astype(float))
    axes = scanner_axes(grid)
    right, down, _ = directions("axial", axes)
    assert (body_letters(right), body_letters(down)) == ("L", "P")
    right, down, _ = directions("coronal", axes)
    assert (body_letters(right), body_letters(down)) == ("L", "I")
    right, down, _ = directions("sagittal", axes)
    assert (body_letters(right), body_letters(down)) == ("P", "I")
    assert axes.step_mm.tolist() == [1.0, 2.0, 3.0]


def test_sagittally_acquired_volume_gets_its_axes_sorted():
    direction = np.array([[0, 0, 1.0], [1, 0, 0], [0, -1, 0]])
    axes = scanner_axes(ImageGrid((4, 5, 6), np.zeros(3), np.array([0.5, 0.6, 3.0]), direction))
    np.testing.assert_allclose(axes.axes, np.eye(3))
    assert axes.step_mm.tolist() == [3.0, 0.5, 0.6]


@pytest.mark.parametrize("side", ["left", "right"])
def test_bone_axes_follow_the_shaft(side):
    volume, _ = samples.volume(side)
    axes = bone_axes(samples.frame(side).axes, volume.grid)
    _, down, normal = directions("axial", axes)
    assert normal @ samples.frame(side).axes[:, 2] == pytest.approx(1)
    assert down @ samples.frame(side).axes[:, 1] == pytest.approx(-1)
    assert directions("axial", axes)[0][0] > 0.9, "the patient's left is right on the screen"


def test_oblique_letters_name_two_directions():
    assert body_letters((0.8, -0.6, 0.0)) == "LA"
    assert body_letters((0.99, 0.1, 0.0)) == "L"


def test_window_and_label_colours():
    assert grey(np.array([-1000, 400, 5000]), 1800, 400).tolist() == [0, 127, 255]
    where = np.zeros((5, 5), bool)
    where[1:4, 1:4] = True
    assert edge(where).sum() == 8
    picture = colour(np.zeros((5, 5)), 100, 50, where.astype(np.uint8), Overlay({1: ((1, 0, 0), 0.5)}))
    assert picture[1, 1].tolist() == [255, 0, 0]
    assert 0 < picture[2, 2, 0] < 255
    assert picture[0, 0].tolist() == [0, 0, 0]


def test_slice_picture_shows_the_bead_in_the_middle():
    volume, labels = samples.volume()
    centre = volume.grid.index_to_lps((30, 20, 12))
    image = slice_picture(
        volume, labels, "axial", centre, scanner_axes(volume.grid), (300, 320), captions=("axial",)
    )
    bright = np.argwhere((image[30:-40] > 250).all(axis=-1) & True)
    middle = bright[(np.abs(bright[:, 1] - 150) < 8)]
    assert len(middle)


def luminance(rgb):
    share = np.asarray(rgb, float) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


@pytest.mark.parametrize("grey_value", [90, 180, 255])
def test_a_pale_outline_stands_out_on_bone(grey_value):
    """Contrast (WCAG) of the line with what lies beside it; the skull's own colour is that of white bone."""
    labels = np.zeros((21, 21), np.uint8)
    labels[5:16, 5:16] = 1
    values = np.full(labels.shape, grey_value, np.float32)
    picture = colour(values, 255, 127.5, labels, Overlay({1: ((0.93, 0.87, 0.74), 0.3)}))
    line, inside, outside = (luminance(picture[10, at]) for at in (5, 6, 4))
    for beside in (inside, outside):
        assert (line + 0.05) / (beside + 0.05) > 3
    assert int(picture[10, 5].max()) - int(picture[10, 5].min()) > 120, "a colour, not white"
    assert picture[10, 10].min() > 0.9 * min(grey_value, 240), "the image two pixels away is as it was"
