"""Measured lengths, angles, areas and statistics agree with what can be worked out by hand."""

import numpy as np
import pytest

from surgitwin.core.errors import InputError
from surgitwin.core.frame import rotation_about
from surgitwin.core.image import ImageGrid, Volume
from surgitwin.imaging import measure

TURN = rotation_about((1, 2, 0.5), 0.4)


def ramp(direction=TURN):
    """Value = 10 x index i, on an oblique grid of 0.5 x 1 x 2 mm."""
    grid = ImageGrid((12, 30, 40), np.array([5.0, -3, 8]), np.array([0.5, 1.0, 2.0]), direction)
    array = np.broadcast_to(10 * np.arange(40, dtype=np.int16), grid.shape)
    return Volume(np.array(array), grid)


def test_lengths_angles_and_areas_in_any_plane():
    assert measure.distance([(0, 0, 0), (3, 4, 0), (3, 4, 12)]) == pytest.approx(17)
    legs = np.array([(1, 0, 0), (0, 0, 0), (1, np.sqrt(3), 0)]) @ TURN.T + 7
    assert np.degrees(measure.angle(*legs)) == pytest.approx(60)
    lines = np.array([(0, 0, 0), (10, 0, 0), (0, 5, 0), (-10, 5 + 10 * np.tan(0.3), 0)]) @ TURN.T
    assert measure.angle_of_lines(lines) == pytest.approx(0.3), "whichever way the lines were drawn"
    house = np.array([(0, 0, 0), (4, 0, 0), (4, 3, 0), (2, 5, 0), (0, 3, 0)]) @ TURN.T + (100, 200, -50)
    assert measure.polygon_area(house) == pytest.approx(16)
    assert measure.perimeter(house[:4]) == pytest.approx(4 + 3 + np.sqrt(8) + np.hypot(2, 5))
    with pytest.raises(ValueError, match="differ"):
        measure.angle((0, 0, 0), (0, 0, 0), (1, 0, 0))


def test_profile_is_the_ramp_and_leaves_the_image_as_nan():
    volume = ramp()
    start, end = volume.grid.index_to_lps([(4, 10, 6), (24, 10, 6)])
    found = measure.profile(volume, start, end)
    assert found.distance_mm[-1] == pytest.approx(10)
    np.testing.assert_allclose(found.value, 40 + 20 * found.distance_mm, atol=1e-6)
    out = measure.profile(volume, start, volume.grid.index_to_lps((4, 40, 6)))
    assert np.isnan(out.value[-1])
    assert np.nanmax(out.value) == pytest.approx(40)


@pytest.mark.parametrize("round_", [True, False])
def test_region_on_a_voxel_plane_counts_whole_voxels(round_):
    volume = ramp()
    centre = volume.grid.index_to_lps((20, 15, 6.3))
    a, b = 2.5 * volume.grid.direction[:, 0], 4.0 * volume.grid.direction[:, 1]
    found = measure.flat_statistics(volume, centre, a, b, round_)
    i, j = np.meshgrid(np.arange(15, 26), np.arange(11, 20))
    inside = ((i - 20) / 5) ** 2 + ((j - 15) / 4) ** 2 <= 1 + 1e-9 if round_ else np.ones(i.shape, bool)
    values = 10.0 * i[inside]
    assert found.count == len(values)
    assert found.mean == pytest.approx(values.mean())
    assert found.sd == pytest.approx(values.std(ddof=1))
    assert (found.low, found.high) == (150, 250)


def test_region_on_an_oblique_plane_is_interpolated():
    volume = ramp(np.eye(3))
    centre = volume.grid.index_to_lps((20, 15, 6))
    found = measure.flat_statistics(volume, centre, 3 * TURN[:, 0], 3 * TURN[:, 1], True)
    assert found.mean == pytest.approx(200, abs=1)
    reach = 3 / 0.5 * 10 * np.hypot(TURN[0, 0], TURN[0, 1])
    assert found.high == pytest.approx(200 + reach, abs=8)
    assert found.count > 100


def test_ball_holds_the_voxels_within_its_radius():
    volume = ramp()
    found = measure.ball_statistics(volume, volume.grid.index_to_lps((20, 15, 6)), 2.01)
    k, j, i = np.indices(volume.grid.shape)
    inside = ((i - 20) * 0.5) ** 2 + (j - 15) ** 2 + ((k - 6) * 2.0) ** 2 <= 2.01**2
    assert found.count == inside.sum()
    assert found.mean == pytest.approx(200)


def test_ball_on_a_tilted_gantry_is_still_round():
    lean = np.array([[1.0, 0, 0], [0, 1, np.sin(0.3)], [0, 0, np.cos(0.3)]])
    volume = ramp(lean)
    centre = volume.grid.index_to_lps((20, 15, 6))
    found = measure.ball_statistics(volume, centre, 3.3)
    k, j, i = np.indices(volume.grid.shape)
    points = volume.grid.index_to_lps(np.stack([i, j, k], -1))
    assert found.count == (np.linalg.norm(points - centre, axis=-1) <= 3.3).sum()


def test_outside_the_image_is_said():
    volume = ramp()
    far = volume.grid.index_to_lps((200, 15, 6))
    with pytest.raises(InputError) as said:
        measure.flat_statistics(volume, far, TURN[:, 0], TURN[:, 1], True)
    assert said.value.code == "measure.outside"
    with pytest.raises(InputError):
        measure.ball_statistics(volume, far, 3.0)
    with pytest.raises(InputError) as said:
        measure.flat_statistics(volume, far, TURN[:, 0], 0 * TURN[:, 1], True)
    assert said.value.code == "measure.flat"


def test_an_outline_that_crosses_itself_has_no_area():
    eight = np.array([(0, 0, 0), (10, 10, 0), (10, 0, 0), (0, 10, 0)]) @ TURN.T + (100, 200, -50)
    with pytest.raises(InputError) as said:
        measure.polygon_area(eight)
    assert said.value.code == "measure.crossing"
    assert said.value.message == "The outline crosses itself."
    arrow = np.array([(0, 0, 0), (4, 4, 0), (0, 2, 0), (-4, 4, 0)]) @ TURN.T
    assert measure.polygon_area(arrow) == pytest.approx(8), "hollow, but nothing crosses"
    assert measure.polygon_area([(0, 0, 0), (2, 0, 0), (4, 0, 0)]) == pytest.approx(0)


def test_interpolated_values_are_not_called_voxels():
    volume = ramp(np.eye(3))
    centre = volume.grid.index_to_lps((20, 15, 6))
    oblique = measure.flat_statistics(volume, centre, 3 * TURN[:, 0], 3 * TURN[:, 1], True)
    straight = measure.flat_statistics(volume, centre, np.array([3.0, 0, 0]), np.array([0, 3.0, 0]), True)
    assert (oblique.counted, straight.counted) == ("samples", "voxels")
