"""Pictures are judged by their content: what is drawn where, from which direction, in which words."""

import io

import numpy as np
import pytest
import scene_samples as samples
from PIL import Image

from surgitwin.core.frame import Plane
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.core.solids import ArcRod
from surgitwin.scene import cameras, fields, model
from surgitwin.scene.datasets import (
    boundary,
    clipped_result,
    label_data,
    result_data,
    solid_data,
    solids_data,
)
from surgitwin.scene.page import NOTICE_INK, png
from surgitwin.scene.picture import picture, picture_pixel

SIZE = (300, 450)


def scene(side="left", plate=True):
    layers = [model.surface_layer("bone", samples.surface(side))]
    if plate:
        layers += model.solids_layers(samples.plate(side))
    return model.Scene(tuple(layers), samples.frame(side), side)


def near(image, spot, colour, radius=3, tolerance=60):
    c, r = (round(float(v)) for v in spot)
    box = image[r - radius : r + radius + 1, c - radius : c + radius + 1].astype(int)
    return bool((np.abs(box - colour).max(axis=-1) < tolerance).any())


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize(
    ("view", "right", "up"),
    [
        ("anterior", {"left": "L", "right": "M"}, "Prox"),
        ("posterior", {"left": "M", "right": "L"}, "Prox"),
        ("medial", {"left": "A", "right": "P"}, "Prox"),
        ("lateral", {"left": "P", "right": "A"}, "Prox"),
        ("proximal", {"left": "M", "right": "L"}, "A"),
    ],
)
def test_letters_follow_side_and_view(side, view, right, up):
    camera = cameras.bone_camera(view, samples.frame(side), side, [[0, 0, 0], [10, 10, 10]], SIZE)
    word = right[side]
    assert cameras.bone_letter(camera.right, samples.frame(side), side) == word
    assert cameras.bone_letter(camera.up, samples.frame(side), side) == up


@pytest.mark.parametrize("side", ["left", "right"])
def test_medial_view_shows_medial_points_in_front(side):
    camera = cameras.bone_camera("medial", samples.frame(side), side, samples.surface(side).points_mm, SIZE)
    d = samples.point(side, 30, 0, 0) - samples.point(side, 0, 0, 0)
    assert float(d @ camera.eye) == pytest.approx(30)
    above, below = (camera.project(samples.point(side, 0, 0, z), SIZE) for z in (0, -120))
    assert above[1] < below[1]
    assert above[0] == pytest.approx(below[0], abs=1e-6)


def test_projection_is_what_vtk_renders():
    """A red ball at a known point appears at the projected pixel, in every view."""
    side = "right"
    spot = samples.point(side, 14, 13, -20)
    ball = model.Layer("ball", model.pv.Sphere(radius=3, center=spot), (1.0, 0.0, 0.0))
    with_ball = model.Scene((*scene(side, plate=False).layers, ball), samples.frame(side), side)
    for view in ("anterior", "medial", "proximal"):
        at = picture_pixel(with_ball, view, spot, SIZE)
        assert near(picture(with_ball, view, SIZE), at, (200, 30, 30), tolerance=80), view


def test_plate_is_seen_laterally_and_hidden_medially():
    image = {v: picture(scene(), v, SIZE) for v in ("lateral", "medial")}
    grey = np.abs(np.ptp(image["lateral"].astype(int), axis=-1) - 15) < 14
    spot = picture_pixel(scene(), "lateral", samples.point("left", -18.5, 0, -60), SIZE)
    column, row = (round(float(v)) for v in spot)
    lateral, medial = image["lateral"][row, column].astype(int), image["medial"][row, column].astype(int)
    assert grey[row, column]
    assert lateral[2] > lateral[0], "metal is bluish grey"
    assert medial[0] > medial[2], "bone is yellowish"


def test_every_picture_carries_the_notice():
    image = picture(scene(), "anterior", SIZE)
    foot = image[-20:].astype(int)
    assert (np.abs(foot - NOTICE_INK).max(axis=-1) < 40).sum() > 100
    assert Image.open(io.BytesIO(png(image))).text["Description"] == "Not for clinical use"
    assert image.shape == (SIZE[1], SIZE[0], 3)


def test_risk_factor_over_its_limit_is_magenta_and_stress_is_shown_on_metal_only():
    result = samples.result("left")
    scale = model.scale_over([result], "risk_factor")
    assert (scale.low, scale.high) == (0.0, 1.0)
    shown = model.Scene(
        tuple(model.result_layers(result, "risk_factor")), samples.frame("left"), "left", scale
    )
    image = picture(shown, "medial", SIZE).astype(int)
    inner = image[:, : SIZE[0] - 100]
    magenta = (inner[..., 0] > 150) & (inner[..., 1] < 90) & (inner[..., 2] > 150)
    assert magenta.sum() > 500
    layers = model.result_layers(result, "stress_vm")
    assert [x.field for x in layers] == ["", "stress_vm"]


def test_one_scale_over_all_plans():
    small, large = samples.result("left"), samples.result("left", 3.0)
    scale = model.scale_over([small, large], "displacement")
    assert scale.high > 2.0
    assert scale == model.scale_over([large, small], "displacement")
    with pytest.raises(ValueError, match="no finite value"):
        fields.common_scale("displacement", [np.array([np.nan])])


def test_deformation_moves_points_by_the_factor():
    bone = samples.result("left").bone
    plain, drawn = (result_data(bone, "displacement", f, ("bone",)) for f in (0.0, 10.0))
    moved = np.linalg.norm(np.asarray(drawn.points) - np.asarray(plain.points), axis=1)
    assert moved.max() == pytest.approx(10 * np.linalg.norm(bone.displacement_mm, axis=1).max(), rel=1e-6)
    assert model.deformation_words(10) == "Deformation drawn 10 times as large"


def test_boundary_of_quadratic_mesh_has_four_triangles_a_face_and_the_right_area():
    mesh = samples.shaft("left", order=2)
    triangles, owner = boundary(mesh)
    faces, _ = mesh.boundary_faces()
    assert len(triangles) == 4 * len(faces) == len(owner)
    x = mesh.points_mm[triangles]
    area = np.linalg.norm(np.cross(x[:, 1] - x[:, 0], x[:, 2] - x[:, 0]), axis=1).sum() / 2
    assert area == pytest.approx(2 * 24 * 24 + 4 * 24 * 120)


def test_clip_removes_what_lies_beyond_the_plane():
    frame = samples.frame("left")
    plane = Plane(frame.to_lps((0, 0, -60)), frame.axes[:, 2])
    cut = clipped_result(samples.result("left").bone, "risk_factor", 0.0, ("bone",), plane)
    assert frame.from_lps(np.asarray(cut.points))[:, 2].max() <= -60 + 1e-3
    assert "risk_factor" in cut.array_names


def test_label_surface_lies_on_the_bar_also_when_the_image_is_oblique():
    _, labels = samples.volume("left")
    data = label_data(labels, "femur")
    local = samples.frame("left").from_lps(np.asarray(data.points))
    assert np.abs(local[:, :2]).max() < 12 + 3.0
    assert local[:, 2].min() == pytest.approx(-120, abs=4)
    assert local[:, 2].max() == pytest.approx(0, abs=4)


def test_solids_have_their_size():
    data = solids_data(samples.plate("left"))
    local = samples.frame("left").from_lps(np.asarray(data.points))
    assert local[:, 0].min() == pytest.approx(-18.5, abs=0.1)
    assert local[:, 0].max() == pytest.approx(10.0, abs=0.1)
    assert solids_data(samples.plate("left"), holes=True).n_points > 0


@pytest.mark.parametrize("curvature", [0.0, 1 / 1000])
def test_rod_is_closed_with_outward_normals_and_has_its_volume(curvature):
    rod = ArcRod("nail", "nail", (0, 0, 0), (0, 0, 1), (0, 1, 0), curvature, 300.0, 5.0)
    data = solid_data(rod)
    mesh = SurfaceMesh(np.asarray(data.points), data.regular_faces)
    assert data.n_open_edges == 0
    assert mesh.volume_mm3 == pytest.approx(np.pi * 25 * 300, rel=0.01)
