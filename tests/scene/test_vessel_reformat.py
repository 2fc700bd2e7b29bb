"""Reformats show the vessel where its course says; places on the picture lead back to arc lengths."""

import numpy as np
import pytest
import vessel_scene_samples as samples

from surgitwin.core.image import ImageGrid, Volume
from surgitwin.core.vessel import Course
from surgitwin.scene.reslice import Reslicer
from surgitwin.scene.vessel_reformat import curved_raster, plane_raster, sheet_through, straight_raster


def thread(course: Course, spacing=0.5):
    """An image that is bright along a course only."""
    low, high = course.points_mm.min(0) - 12, course.points_mm.max(0) + 12
    shape = np.ceil((high - low) / spacing).astype(int) + 1
    grid = ImageGrid(tuple(shape[::-1].tolist()), low, np.full(3, spacing), np.eye(3))
    array = np.zeros(grid.shape, np.int16)
    i, j, k = np.rint(grid.lps_to_index(course.points_mm)).astype(int).T
    for d in np.ndindex(3, 3, 3):
        array[k + d[0] - 1, j + d[1] - 1, i + d[2] - 1] = 1000
    return Volume(array, grid)


@pytest.mark.parametrize("angle", [0.0, 1.1, 2.6])
def test_the_curved_sheet_holds_the_course_at_every_turn(angle):
    course = samples.course()
    sheet = sheet_through(course, angle)
    made = curved_raster(thread(course), sheet, 8.0, 0.25)
    for s in (3.0, 20.0, 37.0):
        x, y = sheet.chart(s)
        row, column = round((y - made.top_mm) / 0.25), round((x - made.left_mm) / 0.25)
        assert made.values[row, column] > 500
        assert sheet.s_at(y) == pytest.approx(s, abs=0.3)
    assert sheet.depth == pytest.approx(np.cross(sheet.right, sheet.down))


def test_the_head_is_up_on_a_curved_sheet():
    course = samples.course()  # runs upwards
    sheet = sheet_through(course, 0.3)
    assert sheet.down[2] < 0
    assert sheet.chart(0.0)[1] > sheet.chart(40.0)[1]


def test_a_front_view_has_the_patients_left_at_its_right():
    sheet = sheet_through(samples.course(), 0.0)
    assert sheet.right[0] > 0.9


def test_laid_straight_the_course_is_the_middle_column():
    course = samples.course()
    made = straight_raster(thread(course), course, 0.0, 6.0, 0.25)
    middle = made.values.shape[1] // 2
    assert (made.values[2:-2, middle] > 400).all()
    assert made.values[:, :8].max() == 0
    assert made.box_mm[1] == pytest.approx(-0.125)


def test_a_plane_has_its_point_in_the_middle():
    course = samples.course()
    volume = thread(course)
    points, tangent, e1, e2 = (x[0] for x in course.frames_at(np.array([20.0])))
    made = plane_raster(Reslicer(volume.array, volume.grid), points, e1, e2, 6.0, 0.25)
    n = made.values.shape[0] // 2
    assert made.values[n, n] > 700
    assert made.left_mm == pytest.approx(-6.0)
    assert np.cross(e1, e2) == pytest.approx(tangent)
