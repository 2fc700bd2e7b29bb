"""Measurements are named, computed, moved and kept as plain JSON."""

import json

import numpy as np
import pytest

from surgitwin.core.errors import InputError
from surgitwin.core.image import ImageGrid, Volume
from surgitwin.planning import measurements as ms


@pytest.fixture
def volume():
    grid = ImageGrid((20, 20, 20), np.zeros(3), np.ones(3), np.eye(3))
    array = np.full(grid.shape, 100, np.int16)
    array[10, 10, 10] = 500
    return Volume(array, grid)


def test_each_new_one_has_a_name_colour_and_value_of_its_own(volume):
    one = ms.new((), "distance", [(0, 0, 0), (3, 4, 0)], "axial", volume)
    two = ms.new((one,), "distance", [(0, 0, 0), (0, 0, 2)], "coronal", volume)
    assert (one.name, two.name) == ("Distance 1", "Distance 2")
    assert one.id != two.id
    assert one.rgb != two.rgb
    assert (one.text, two.text) == ("5.0 mm", "2.0 mm")
    again = ms.new((two,), "distance", [(0, 0, 0), (0, 0, 1)], "axial", volume)
    assert again.name == "Distance 1"
    assert again.id not in ("m1", "m2")


def test_they_survive_the_case_file(volume):
    made = []
    for kind, points in (
        ("angle", [(1, 0, 0), (0, 0, 0), (0, 1, 0)]),
        ("lines", [(0, 0, 0), (1, 0, 0), (0, 0, 0), (1, 1, 0)]),
        ("area", [(0, 0, 5), (4, 0, 5), (4, 3, 5)]),
        ("profile", [(2, 10, 10), (18, 10, 10)]),
        ("ellipse", [(10, 10, 10), (13, 10, 10), (10, 12, 10)]),
        ("sphere", [(10, 10, 10), (12, 10, 10)]),
    ):
        made.append(ms.new(made, kind, points, "axial", volume))
    back = ms.from_state(json.loads(json.dumps(ms.to_state(made))))
    assert back == tuple(made)
    assert [m.text.split(",")[0] for m in back[:3]] == ["90.0°", "45.0°", "6.0 mm²"]
    assert back[4].text.startswith("mean 1")
    assert ("highest", 500.0) in [(v.name, v.value) for v in back[4].values]
    assert next(v for v in back[4].values if v.name == "area").value == pytest.approx(np.pi * 6)
    assert "Ellipse 1\tEllipse\thighest\t500\tHU" in ms.as_table(back)


def test_a_moved_point_changes_the_value_and_a_region_keeps_its_axes(volume):
    line = ms.new((), "distance", [(0, 0, 0), (3, 4, 0)], "axial", volume)
    assert ms.moved(line, 1, (6, 8, 0), volume).text == "10.0 mm"
    box = ms.new((), "rectangle", [(10, 10, 10), (13, 10, 10), (10, 12, 10)], "axial", volume)
    wider = ms.moved(box, 1, (15, 14, 10), volume)
    assert wider.points_mm[1] == (15, 10, 10), "a half axis only grows along itself"
    shifted = ms.moved(box, 0, (5, 5, 10), volume)
    assert shifted.points_mm == ((5, 5, 10), (8, 5, 10), (5, 7, 10))
    assert next(v for v in shifted.values if v.name == "highest").value == 100


def test_what_cannot_be_measured_says_so(volume):
    out = ms.new((), "sphere", [(300, 0, 0), (303, 0, 0)], "axial", volume)
    assert "outside the image" in out.text
    assert out.values == ()
    flat = ms.new((), "angle", [(0, 0, 0), (0, 0, 0), (1, 0, 0)], "axial", volume)
    assert "lie on each other" in flat.text
    assert ms.computed(ms.moved(out, 0, (10, 10, 10), volume), volume).problem == ""


ROW = {
    "id": "m1", "kind": "distance", "name": "x", "points_mm": [[0, 0, 0], [1, 0, 0]], "plane": "axial",
    "rgb": [0, 0, 0], "values": [], "problem": "",
}  # fmt: skip


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"kind": "volume"},
        ROW | {"points_mm": [[0, 0, 0]]},
        ROW | {"points_mm": [[0, 0, 0], [float("nan"), 0, 0]]},
        ROW | {"rgb": [0, 0]},
    ],
)
def test_a_damaged_row_is_named(row):
    with pytest.raises(InputError) as said:
        ms.from_state({"measurements": [row]})
    assert (said.value.code, said.value.where) == ("measure.damaged", "measurements[0]")


def test_regions_are_dragged_from_corner_to_corner_and_spheres_from_the_centre():
    right, down = np.eye(3)[0], np.eye(3)[1]
    points = ms.region_points("ellipse", np.array([4.0, 8, 1]), np.array([0.0, 2, 1]), right, down)
    np.testing.assert_allclose(points, [(2, 5, 1), (4, 5, 1), (2, 8, 1)])
    ball = ms.region_points("sphere", np.zeros(3), np.array([0.0, 5, 0]), right, down)
    np.testing.assert_allclose(ball, [(0, 0, 0), (0, 5, 0)])


def test_an_outline_that_crosses_itself_says_so(volume):
    eight = ms.new((), "area", [(0, 0, 5), (4, 4, 5), (4, 0, 5), (0, 4, 5)], "axial", volume)
    assert eight.values == ()
    assert eight.text == "The outline crosses itself."
    assert ms.moved(eight, 1, (-4, 4, 5), volume).values == (), "still crossed"
    assert ms.moved(eight, 2, (2, 8, 5), volume).problem == ""


def test_a_region_on_an_oblique_plane_counts_samples(volume):
    slanted = ms.new((), "ellipse", [(10, 10, 10), (13, 13, 10), (10, 10, 13)], "axial", volume)
    straight = ms.new((), "ellipse", [(10, 10, 10), (13, 10, 10), (10, 13, 10)], "axial", volume)
    assert "samples" in [v.name for v in slanted.values]
    assert "voxels" not in [v.name for v in slanted.values]
    assert "voxels" in [v.name for v in straight.values]
