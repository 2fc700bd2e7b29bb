"""Planes, outlines and numbers of the vessel views, without a window."""

import numpy as np
import pytest
import vessel_samples as samples

from surgitwin.core.vessel import LumenTube, measure_section
from surgitwin.scene.vessel_layers import tube_layers
from surgitwin.viewer.outlines import Cutter
from surgitwin.viewer.vessel import artery_frames, root_frames
from surgitwin.viewer.vessel.marks import PlaneFrame


@pytest.fixture(scope="module")
def root():
    return samples.root()


@pytest.fixture(scope="module")
def cutter(root):
    return Cutter(tube_layers(LumenTube(root.tube.course, root.tube.radius_mm))[0].data)


def test_places_on_a_plane_lead_back():
    frame = PlaneFrame(np.array([1.0, 2, 3]), np.array([0.0, 1, 0]), np.array([0.0, 0, 1]))
    assert frame.normal == pytest.approx((1, 0, 0))
    point = frame.lps((4.0, -5.0), 6.0)
    assert frame.chart(point) == pytest.approx((4.0, -5.0, 6.0))


def test_the_section_of_the_annulus_has_its_area_and_perimeter(root, cutter):
    frame = root_frames.frames(root, cutter, root_frames.Aim())["section"]
    found = root_frames.section_size(frame.strokes[0].points_mm, root.annulus.normal)
    known = root.sections["annulus"]
    assert found == pytest.approx((known.area_mm2, known.perimeter_mm), rel=0.005)
    assert frame.normal == pytest.approx(root.annulus.normal)


def test_a_level_moves_the_section_along_the_normal(root, cutter):
    frame = root_frames.frames(root, cutter, root_frames.Aim(level_mm=3.0))["section"]
    assert root.annulus.distance(frame.point_mm) == pytest.approx(3.0)
    pieces = frame.strokes[0].points_mm
    assert root.annulus.distance(pieces.reshape(-1, 3)) == pytest.approx(3.0, abs=1e-6)


def test_long_axes_hold_the_normal_are_across_each_other_and_have_the_aorta_up(root, cutter):
    made = root_frames.frames(root, cutter, root_frames.Aim(turn_rad=0.7))
    normals = [made[n].normal for n in ("long", "across")]
    assert abs(normals[0] @ normals[1]) < 1e-9
    for name in ("long", "across"):
        assert made[name].down == pytest.approx(-root.annulus.normal)
        assert made[name].point_mm == pytest.approx(root.annulus.point_mm)


def test_beyond_the_traced_lumen_there_is_no_size(root, cutter):
    frame = root_frames.frames(root, cutter, root_frames.Aim(level_mm=-35))["section"]
    assert root_frames.section_size(frame.strokes[0].points_mm, root.annulus.normal) is None


def test_marks_keep_both_places_of_a_corrected_point(root):
    found = {m.name: m for m in root_frames.marks(root, movable=True)}
    right, left = found["hinge_right"], found["hinge_left"]
    assert right.note == "by hand"
    assert np.linalg.norm(right.point_mm - right.ghost_mm) == pytest.approx(2.0)
    assert left.ghost_mm is None
    assert left.movable


def test_the_section_of_an_artery_is_measured_between_stations():
    artery = samples.artery()
    cursor = artery_frames.Cursor(20.0)
    frame, measure = artery_frames.section_frame(artery, cursor)
    assert measure.area_diameter_mm == pytest.approx(3.0, rel=0.01)
    words = artery_frames.section_words(artery, cursor, measure)
    assert "narrowed by 50 %" in words[2]
    outline = artery_frames.outline_at(artery.tube, 18.3)
    between = measure_section(outline).area_mm2
    s = artery.tube.course.s_mm
    assert between == pytest.approx(float(np.interp(18.3, s, artery.tube.area_mm2)), rel=0.02)
    assert frame.normal == pytest.approx(artery.tube.course.frames_at(np.array([20.0]))[1][0])


def test_edges_of_the_reformat_are_the_radii_at_its_angle():
    tube = samples.artery().tube
    radius = np.array(tube.radius_mm)
    radius[:, 12] *= 2  # a quarter turn
    one, other = artery_frames.edge_at(LumenTube(tube.course, radius), np.pi / 2)
    assert one == pytest.approx(radius[:, 12])
    assert other == pytest.approx(radius[:, 36])
