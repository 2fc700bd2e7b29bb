"""Image affine, frames and the sign of medial."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surgitwin.core.frame import (
    Frame,
    Plane,
    Side,
    anatomical_to_frame,
    frame_to_anatomical,
    medial_sign,
    rotation_about,
)
from surgitwin.core.image import ImageGrid, LabelMap, Segment, Volume

coordinates = st.floats(-500, 500, allow_subnormal=False)
points = st.tuples(coordinates, coordinates, coordinates)
angles = st.floats(-np.pi, np.pi)
spacings = st.tuples(*[st.floats(0.1, 10)] * 3)
axes = points.filter(lambda v: np.linalg.norm(v) > 1e-3)


def grid(origin: object, spacing: object, direction: object) -> ImageGrid:
    return ImageGrid((4, 5, 6), np.array(origin), np.array(spacing), np.asarray(direction))


@given(points, spacings, axes, angles, st.booleans(), points)
def test_affine_round_trip(origin, spacing, axis, angle, mirrored, index) -> None:
    direction = rotation_about(axis, angle) @ np.diag([1, 1, -1 if mirrored else 1])
    g = grid(origin, spacing, direction)
    lps = g.index_to_lps(index)
    np.testing.assert_allclose(g.lps_to_index(lps), index, atol=1e-8)
    np.testing.assert_allclose((g.affine @ [*index, 1])[:3], lps, atol=1e-9)


def test_affine_takes_columns_rows_slices() -> None:
    """DICOM PS3.3 C.7.6.2.1.1: the first index runs along the row, i.e. over the columns."""
    g = grid((10, 20, 30), (1, 2, 3), np.eye(3)[:, [1, 2, 0]])
    np.testing.assert_allclose(g.index_to_lps([1, 0, 0]), (10, 21, 30))
    np.testing.assert_allclose(g.index_to_lps([0, 1, 0]), (10, 20, 32))
    np.testing.assert_allclose(g.index_to_lps([0, 0, 1]), (13, 20, 30))
    assert g.voxel_volume_mm3 == pytest.approx(6)


def test_arrays_of_an_image_are_read_only_and_fit_the_grid() -> None:
    g = grid((0, 0, 0), (1, 1, 1), np.eye(3))
    volume = Volume(np.zeros((4, 5, 6), np.int16), g)
    with pytest.raises(ValueError, match="read-only"):
        volume.array[0, 0, 0] = 1
    with pytest.raises(ValueError, match="does not fit"):
        Volume(np.zeros((6, 5, 4)), g)
    with pytest.raises(ValueError, match="positive"):
        grid((0, 0, 0), (1, 0, 1), np.eye(3))
    with pytest.raises(ValueError, match="finite"):
        grid((0, np.nan, 0), (1, 1, 1), np.eye(3))


def test_label_masks() -> None:
    array = np.zeros((4, 5, 6), np.uint8)
    array[0], array[1] = 1, 2
    segments = (Segment(1, "femur", "71341001", (1, 1, 1)), Segment(2, "canal", "x", (1, 0, 0)))
    labels = LabelMap(array, grid((0, 0, 0), (1, 1, 1), np.eye(3)), segments)
    assert labels.mask("femur").sum() == 30
    assert labels.mask("femur", "canal").sum() == 60
    with pytest.raises(KeyError):
        labels.mask("tibia")


@given(points, axes, angles, points)
def test_frame_round_trip(origin, axis, angle, point) -> None:
    frame = Frame(np.array(origin), rotation_about(axis, angle))
    np.testing.assert_allclose(frame.from_lps(frame.to_lps(point)), point, atol=1e-9)
    np.testing.assert_allclose(frame.vector_from_lps(frame.vector_to_lps(point)), point, atol=1e-9)
    np.testing.assert_allclose((frame.matrix @ [*point, 1])[:3], frame.to_lps(point), atol=1e-9)
    again = Frame.from_matrix(frame.matrix)
    np.testing.assert_array_equal(again.axes, frame.axes)


def test_frame_columns_are_its_axes() -> None:
    frame = Frame(np.zeros(3), rotation_about((0, 0, 1), np.pi / 2))
    np.testing.assert_allclose(frame.vector_to_lps((1, 0, 0)), (0, 1, 0), atol=1e-15)


@pytest.mark.parametrize("axes", [np.diag([1.0, 1, -1]), 2 * np.eye(3), np.ones((3, 3))])
def test_frame_refuses_what_is_not_a_rotation(axes) -> None:
    with pytest.raises(ValueError, match="orthonormal"):
        Frame(np.zeros(3), axes)


@given(points, axes, points)
def test_plane_distance(point, normal, where) -> None:
    plane = Plane(np.array(point), np.array(normal))
    moved = np.asarray(where) + 3.0 * plane.normal
    assert np.linalg.norm(plane.normal) == pytest.approx(1)
    assert plane.distance(moved) - plane.distance(where) == pytest.approx(3, abs=1e-9)
    assert plane.distance(point) == pytest.approx(0, abs=1e-9)


def bone_axes(side: Side) -> tuple[np.ndarray, np.ndarray]:
    """Axes of a bone that stands upright in a supine patient (LPS: L, P, S), and its medial direction.

    z proximal = S, y anterior = -P; x = y cross z. The left femur's medial side points to the right.
    """
    z, y = np.array([0.0, 0, 1]), np.array([0.0, -1, 0])
    medial = np.array([-1.0, 0, 0]) if side == "left" else np.array([1.0, 0, 0])
    return np.column_stack([np.cross(y, z), y, z]), medial


@pytest.mark.parametrize("side", ["left", "right"])
def test_medial_points_to_the_midline_on_both_sides(side: Side) -> None:
    axes, medial = bone_axes(side)
    frame = Frame(np.zeros(3), axes)
    local = anatomical_to_frame((1, 0, 0), side)
    np.testing.assert_allclose(frame.vector_to_lps(local), medial, atol=1e-15)
    np.testing.assert_allclose(anatomical_to_frame((0, 2, 3), side), (0, 2, 3))


@given(points, st.sampled_from(["left", "right"]))
def test_anatomical_round_trip(vector, side) -> None:
    np.testing.assert_array_equal(frame_to_anatomical(anatomical_to_frame(vector, side), side), vector)


def test_sides_differ_in_the_medial_sign_only() -> None:
    v = np.array([[1.0, 2, 3], [4, 5, 6]])
    left, right = anatomical_to_frame(v, "left"), anatomical_to_frame(v, "right")
    np.testing.assert_array_equal(left * [-1, 1, 1], right)
    assert (medial_sign("left"), medial_sign("right")) == (1, -1)
    with pytest.raises(ValueError, match="left"):
        medial_sign("both")  # type: ignore[arg-type]
