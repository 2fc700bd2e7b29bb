"""A ray meets the nearest surface, also one that is drawn elsewhere than its data."""

import numpy as np
import pytest
import pyvista as pv

from surgitwin.scene.picking import Picker, Target


def ball(x, radius=5.0):
    return pv.Sphere(radius=radius, center=(x, 0, 0), theta_resolution=80, phi_resolution=80)


def test_the_nearest_of_two_is_met_where_it_is():
    targets = [Target(("b", "far"), ball(40)), Target(("a", "near"), ball(20))]
    hit = Picker().pick((0, 0, 0), (1, 0, 0), targets, 100)
    assert hit.name == ("a", "near")
    assert hit.point_mm == pytest.approx((15, 0, 0), abs=0.05)
    assert hit.distance_mm == pytest.approx(15, abs=0.05)
    assert Picker().pick((0, 0, 0), (0, 1, 0), targets, 100) is None
    assert Picker().pick((0, 0, 0), (1, 0, 0), targets, 10) is None


def test_a_moved_surface_is_met_at_its_new_place():
    move = np.eye(4)
    move[:3, :3] = [[0, -1, 0], [1, 0, 0], [0, 0, 1]]
    move[:3, 3] = (0, 3, 0)
    target = Target(("implant", "plate"), ball(20), move)
    picker = Picker()
    assert picker.pick((0, 0, 0), (1, 0, 0), [target], 100) is None
    assert picker.pick((0, 0, 0), (0, 1, 0), [target], 100).point_mm == pytest.approx((0, 18, 0), abs=0.05)


def test_changed_points_are_seen():
    data, picker = ball(20), Picker()
    assert picker.pick((0, 0, 0), (1, 0, 0), [Target(("a", "b"), data)], 100).distance_mm == pytest.approx(
        15, abs=0.05
    )
    data.points = np.asarray(data.points) + np.array([10.0, 0, 0])
    assert picker.pick((0, 0, 0), (1, 0, 0), [Target(("a", "b"), data)], 100).distance_mm == pytest.approx(
        25, abs=0.05
    )
    assert picker.pick((0, 0, 0), (1, 0, 0), [Target(("a", "none"), pv.PolyData())], 100) is None
