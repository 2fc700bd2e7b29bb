"""Groups of layers are replaced, moved and hidden by themselves."""

import numpy as np
import pytest
import pyvista as pv

from surgitwin.scene.groups import LayerGroups, Text
from surgitwin.scene.model import Layer


@pytest.fixture
def plotter():
    made = pv.Plotter(off_screen=True, window_size=[120, 120])
    yield made
    made.close()


def ball(radius=5.0, fine=30):
    return pv.Sphere(radius=radius, theta_resolution=fine, phi_resolution=fine)


def test_a_group_is_replaced_without_touching_the_others(plotter):
    groups, bone, nail = (
        LayerGroups(plotter),
        Layer("femur", ball(), (1, 1, 1)),
        Layer("nail", ball(), (0, 0, 1)),
    )
    groups.put("bone", [bone])
    groups.put("implant:0", [nail, Layer("empty", pv.PolyData(), (0, 0, 0))])
    kept, moved = groups.actors["femur"], groups.actors["nail"]
    bigger = ball(9.0)
    groups.put("implant:0", [Layer("nail", bigger, (1, 0, 0), 0.5)])
    assert groups.actors["femur"] is kept
    assert groups.actors["nail"] is moved, "new points go into the old actor"
    assert moved.bounds[1] == pytest.approx(9.0, abs=0.1)
    assert (moved.prop.opacity, moved.prop.color.float_rgb) == (0.5, (1, 0, 0))
    groups.put("implant:0", [])
    assert groups.names == ("bone",)
    assert len([x for x in plotter.renderer.actors.values() if isinstance(x, pv.Actor)]) == 1


def test_a_moved_group_is_drawn_and_picked_at_its_place(plotter):
    groups, move = LayerGroups(plotter), np.eye(4)
    move[:3, 3] = (30, 0, 0)
    groups.put("implant:0", [Layer("nail", ball(), (0, 0, 1))])
    groups.move("implant:0", move)
    assert groups.actors["nail"].bounds[0] == pytest.approx(25, abs=0.1)
    assert groups.targets()[0].matrix[0, 3] == 30
    groups.put("implant:0", [Layer("nail", ball(), (0, 0, 1))])
    assert groups.actors["nail"].bounds[0] == pytest.approx(-5, abs=0.1), "new layers stand where they are"


def test_hidden_groups_are_not_picked(plotter):
    groups = LayerGroups(plotter)
    groups.put("bone", [Layer("femur", ball(), (1, 1, 1))])
    groups.put_texts("bone", [Text((0, 0, 0), "12.0 mm")])
    groups.show("bone", False)
    assert groups.targets() == []
    groups.show("bone", True)
    assert len(groups.targets()) == 1
    groups.clear()
    assert groups.names == ()
    assert groups.fit_points_mm.shape == (0, 3)


def test_many_updates_of_a_surface_leave_one_actor(plotter):
    groups = LayerGroups(plotter)
    for n in range(30):
        groups.put("bone", [Layer("femur", ball(5.0 + n, 60), (1, 1, 1))])
    assert len([x for x in plotter.renderer.actors.values() if isinstance(x, pv.Actor)]) == 1


def test_cameras_are_fitted_to_the_patient_not_to_what_is_put_beside_him(plotter):
    groups = LayerGroups(plotter)
    groups.put("object", [Layer("a", ball(3000.0), (1, 1, 1))], fitted=False)
    assert np.abs(groups.fit_points_mm).max() > 2900  # nothing else is shown
    groups.put("anatomy", [Layer("b", ball(5.0), (1, 1, 1))])
    assert np.abs(groups.fit_points_mm).max() < 6
    groups.rescale(None)
    assert np.abs(groups.fit_points_mm).max() < 6
    groups.put("object", [Layer("a", ball(3000.0), (1, 1, 1))])
    assert np.abs(groups.fit_points_mm).max() > 2900
