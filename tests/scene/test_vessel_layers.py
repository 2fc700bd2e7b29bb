"""Layers of a vessel hold the sizes that they were made from; painted values are the given ones."""

import numpy as np
import pytest
import vessel_scene_samples as samples

from surgitwin.core.frame import Plane
from surgitwin.core.vessel import Calcium
from surgitwin.scene import vessel_layers as layers
from surgitwin.scene.fields import UNDEFINED_COLOUR
from surgitwin.scene.vessel_fields import VESSEL_FIELDS, vessel_scale
from surgitwin.scene.vessel_map import NOTHING, map_image, unroll
from surgitwin.scene.vessel_picture import opened, side_view, vessel_picture


def test_the_lumen_is_drawn_at_its_radius_and_in_two_colours():
    tube = samples.tube()
    drawn = layers.tube_layers(tube)
    assert [x.name for x in drawn] == ["lumen", "calcified lumen"]
    total = sum(x.data.area for x in drawn)
    ring = 2 * np.pi * tube.radius_mm.mean(1)
    assert total == pytest.approx(np.trapezoid(ring, tube.course.s_mm), rel=0.05)
    assert drawn[0].data.n_cells > drawn[1].data.n_cells > 0


def test_without_calcium_there_is_one_layer_and_no_cubes():
    tube = samples.tube()
    plain = type(tube)(tube.course, tube.radius_mm)
    assert len(layers.tube_layers(plain)) == 1
    assert layers.calcium_layer(Calcium(np.zeros((0, 3)), 0.1, 850)) is None


def test_calcium_has_the_volume_of_its_voxels():
    found = samples.calcium(samples.tube())
    drawn = layers.calcium_layer(found)
    assert drawn is not None
    assert drawn.data.volume == pytest.approx(0.064 * len(found.points_mm), rel=1e-3)


def test_many_voxels_are_thinned_but_fill_the_same_volume():
    points = np.stack(np.meshgrid(*[np.arange(30) * 0.5] * 3), -1).reshape(-1, 3)
    drawn = layers.calcium_layer(Calcium(points, 0.125, 850))
    assert drawn is not None
    assert drawn.data.n_points < 24 * layers.CUBES
    assert drawn.data.volume == pytest.approx(0.125 * len(points), rel=0.02)


def test_struts_are_bars_of_the_given_radius():
    bar = layers.strut_layer([np.array([[0.0, 0, 0], [0, 0, 10.0]])], 0.1)
    assert bar is not None
    assert np.linalg.norm(np.asarray(bar.data.points)[:, :2], axis=1).max() == pytest.approx(0.1)
    assert layers.strut_layer([], 0.1) is None


def test_the_painted_wall_moves_with_its_nodes_and_shows_no_contact_as_grey():
    wall = samples.wall(samples.tube())
    moved = np.zeros_like(wall.points_mm)
    moved[:, 1] = 2.0
    face = layers.lumen_face(wall, moved)
    assert np.allclose(face.points_mm, wall.points_mm[face.nodes] + (0, 2, 0))
    pressure = np.where(wall.lumen_angle < 1, 0.3, 0.0)
    painted = layers.painted_layer(face, "contact_pressure", pressure).data.point_data["contact_pressure"]
    assert np.nanmax(painted) == pytest.approx(0.3)
    assert np.isnan(painted[pressure[face.nodes] == 0]).all()


def test_a_clipped_wall_has_nothing_on_the_side_of_the_normal():
    face = layers.lumen_face(samples.wall(samples.tube()))
    plane = Plane(face.points_mm.mean(0), np.array([0.0, -1, 0]))
    cut = layers.painted_layer(face, "gap", np.full(face.nodes.max() + 1, 0.4), plane)
    assert (plane.distance(np.asarray(cut.data.points)) < 1e-6).all()


def test_cell_values_are_averaged_on_nodes():
    wall = samples.wall(samples.tube())
    assert np.nanmax(np.abs(layers.on_nodes(wall, np.full(len(wall.cells), 0.7)) - 0.7)) < 1e-12


def test_scales_begin_at_zero_and_hold_all_plans():
    scale = vessel_scale("contact_pressure", [np.array([0, 0.1]), np.array([np.nan, 0.4])])
    assert scale.low == 0
    assert 0.3 < scale.high <= 0.4
    assert vessel_scale("gap", [np.array([np.nan, 0.0])]).high == 1
    assert {f.unit for f in VESSEL_FIELDS.values()} == {"MPa", "mm"}


def test_an_unrolled_map_has_the_contact_at_its_angle_and_height_across_the_seam():
    wall = samples.wall(samples.tube(1.0))
    hit = (np.cos(wall.lumen_angle) > 0.8) & (np.abs(wall.lumen_s_mm - 30) < 4)
    made = unroll(wall, np.where(hit, 0.5, 0.0), (72, 41))
    assert made.values[round(made.row_of(30)), [0, -1]] == pytest.approx([0.5, 0.5], abs=0.05)
    assert made.values[round(made.row_of(30)), 36] == 0
    image = map_image(made, vessel_scale("contact_pressure", [made.values]), [(10.0, (255, 255, 255))])
    assert image.shape == (82, 144, 3)
    assert tuple(image[4, 72]) == NOTHING
    assert (image == 255).all(-1).sum() == 144


def test_a_picture_looks_from_the_side_with_the_axis_up():
    eye, up = side_view((0, 0, 2))
    assert np.allclose(eye, (0, -1, 0))
    assert np.allclose(up, (0, 0, 1))
    eye, up = side_view((0, 1, 0))
    assert np.allclose(eye, (1, 0, 0))


def test_a_picture_of_a_deployed_device_shows_wall_frame_and_scale():
    tube = samples.tube()
    wall = samples.wall(tube)
    pressure = np.where(np.abs(wall.lumen_s_mm - 20) < 5, 0.2, 0.0)
    scale = vessel_scale("contact_pressure", [pressure])
    eye, _ = side_view((0, 0, 1))
    face = layers.lumen_face(wall)
    frame = layers.strut_layer(samples.struts(tube, 12, 28), 0.12)
    assert frame is not None
    drawn = [
        layers.painted_layer(face, "contact_pressure", pressure, opened(eye, face.points_mm.mean(0))),
        frame,
    ]
    image = vessel_picture(drawn, ("Plan one", "L1"), scale=scale, size=(400, 400))
    assert image.shape == (400, 400, 3)
    grey = np.array([int(UNDEFINED_COLOUR[i : i + 2], 16) for i in (1, 3, 5)])
    inside = image[60:370, 20:280].astype(int)
    assert (np.abs(inside - grey).max(-1) < 30).sum() > 300
    yellow = inside[..., 0] > inside[..., 2] + 100  # the upper end of the scale
    assert yellow.sum() > 300
