"""Surface points of what lies around the bone, from labels."""

import numpy as np
import pytest

from surgitwin.core.image import ImageGrid, LabelMap, Segment
from surgitwin.planning.plans.surroundings import find_surroundings

SPACING = np.array([0.8, 0.8, 1.5])


def label_map():
    array = np.zeros((60, 80, 90), np.uint8)
    array[5:55, 30:50, 30:50] = 1  # femur
    _, j, i = np.indices(array.shape)
    array[((j - 60) ** 2 + (i - 40) ** 2) < 16] = 2  # a vessel behind it
    array[0:8, 10:70, 55:88] = 3  # other bone
    grid = ImageGrid(
        array.shape, np.array([-40.0, 10.0, 300.0]), SPACING, np.diag([1.0, -1.0, 1.0]) @ np.eye(3)
    )
    grid = ImageGrid(array.shape, grid.origin_mm, SPACING, np.diag([-1.0, -1.0, 1.0]))
    names = ("femur", "artery", "other_bone")
    return LabelMap(array, grid, tuple(Segment(n, s, "", (1, 1, 1)) for n, s in enumerate(names, 1)))


def test_surface_points_lie_on_the_segments():
    labels = label_map()
    found = find_surroundings(labels, ("artery", "absent"))
    assert set(found.keep_out) == {"artery"}
    points = found.keep_out["artery"]
    ijk = labels.grid.lps_to_index(points)
    radius = np.hypot(*(ijk[:, :2] - [40, 60]).T)
    assert radius[(ijk[:, 2] > 1) & (ijk[:, 2] < 58)].min() > 2.5
    assert radius.max() < 4.1
    assert ijk[:, 2].min() == pytest.approx(0)
    assert found.other_bone is not None
    near = labels.grid.lps_to_index(found.other_bone)
    assert near[:, 0].min() == pytest.approx(55)


def test_points_are_thin_and_the_bone_itself_is_never_kept_out():
    labels = label_map()
    found = find_surroundings(labels, ("artery", "femur"))
    assert "femur" not in found.keep_out
    rim = (labels.array == 2).sum()
    assert len(found.keep_out["artery"]) < rim


def test_no_neighbour_is_none():
    labels = label_map()
    array = np.where(labels.array == 3, 0, labels.array).astype(np.uint8)
    assert find_surroundings(LabelMap(array, labels.grid, labels.segments), ()).other_bone is None
