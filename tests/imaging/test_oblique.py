"""Views on planes and along a course: a linear image is read exactly, axes are where they are said to be."""

from __future__ import annotations

import numpy as np
import pytest

from surgitwin.core.frame import Plane
from surgitwin.core.image import ImageGrid, Volume
from surgitwin.core.vessel import Course
from surgitwin.imaging import curved_reformat, double_oblique, plane_axes, reformat_axes, straightened

_SLOPE = np.array([1.0, -2.0, 3.0])


@pytest.fixture(scope="module")
def ramp() -> Volume:
    """HU = x - 2 y + 3 z on oblique, unequal voxels: trilinear sampling gives it back exactly."""
    turn = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])
    grid = ImageGrid((30, 40, 50), np.array([-10.0, -12.0, -9.0]), np.array([0.5, 0.6, 0.7]), turn)
    k, j, i = np.indices(grid.shape)
    return Volume((grid.index_to_lps(np.stack([i, j, k], -1)) @ _SLOPE).astype(np.float32), grid)


@pytest.fixture(scope="module")
def arc() -> Course:
    """A quarter-like arc of radius 12 mm in the plane x-z."""
    t = np.linspace(0.0, 0.6, 25)
    points = np.stack([12 * np.cos(t) - 12, 0 * t + 2.0, 12 * np.sin(t) - 3.0], 1)
    tangent = np.stack([-np.sin(t), 0 * t, np.cos(t)], 1)
    e1 = np.tile([0.0, 1.0, 0.0], (25, 1))
    return Course(12 * t, points, tangent, e1, np.cross(tangent, e1))


@pytest.mark.parametrize("normal", [(0, 0, 1), (1, 0, 0), (0.3, -0.5, 0.8), (0, 1, 0)])
def test_plane_axes_are_right_handed_and_point_left(normal: tuple[float, ...]) -> None:
    x, y = plane_axes(normal)
    n = np.asarray(normal) / np.linalg.norm(normal)
    assert np.allclose(np.cross(x, y), n)
    assert x[0] > 0.1 or abs(n[0]) > 0.98


def test_axial_plane_looks_like_an_axial_slice() -> None:
    x, y = plane_axes((0, 0, 2.0))
    assert np.allclose(x, (1, 0, 0))  # left to the right
    assert np.allclose(y, (0, 1, 0))  # posterior down


def test_double_oblique_reads_the_plane(ramp: Volume) -> None:
    plane = Plane(np.array([-4.0, 1.0, 1.0]), np.array([0.3, -0.5, 0.8]))
    view, x, y = double_oblique(ramp, plane, 3.0, 0.25)
    assert view.shape == (25, 25)
    assert view[12, 12] == pytest.approx(plane.point_mm @ _SLOPE, abs=1e-3)
    expected = (plane.point_mm + 0.25 * (20 - 12) * x + 0.25 * (3 - 12) * y) @ _SLOPE
    assert view[3, 20] == pytest.approx(expected, abs=1e-3)


def test_views_along_a_course(ramp: Volume, arc: Course) -> None:
    s, offset = reformat_axes(arc, 2.0, 0.5)
    flat = curved_reformat(ramp, arc, 0.4, 2.0, 0.5)
    stack = straightened(ramp, arc, 2.0, 0.5)
    assert flat.shape == (len(s), 9)
    assert stack.shape == (len(s), 9, 9)
    points, _, e1, e2 = arc.frames_at(s)
    across = np.cos(0.4) * e1 + np.sin(0.4) * e2
    assert flat[5, 7] == pytest.approx((points[5] + offset[7] * across[5]) @ _SLOPE, abs=1e-3)
    expected = (points[3] + offset[1] * e1[3] + offset[6] * e2[3]) @ _SLOPE
    assert stack[3, 6, 1] == pytest.approx(expected, abs=1e-3)


def test_outside_has_the_named_value(ramp: Volume) -> None:
    plane = Plane(np.array([-4.0, 1.0, 1.0]), np.array([0.0, 0.0, 1.0]))
    view, _, _ = double_oblique(ramp, plane, 200.0, 10.0, outside=-77.0)
    assert view[0, 0] == -77.0
