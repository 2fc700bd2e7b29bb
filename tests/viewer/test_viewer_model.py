"""The model without a window: crosshair, slices, window and level, axes, probe."""

import dataclasses

import numpy as np
import pytest
import pyvista as pv
from viewer_samples import anatomy, fracture, volume

from surgitwin.core.frame import Frame
from surgitwin.core.image import LabelMap, Segment, Volume
from surgitwin.scene.model import Layer
from surgitwin.scene.reslice import Slab
from surgitwin.viewer.model import ViewModel, first_window
from surgitwin.viewer.outlines import cut_lines
from surgitwin.viewer.pace import Pace, coarse_size
from surgitwin.viewer.tools.base import Tool


def model(measured=True, gap=None):
    image, labels = volume("left")
    made = ViewModel(image)
    made.set_labels(labels)
    made.set_anatomy(anatomy("left") if measured else None)
    made.set_fracture(gap)
    return made


def test_crosshair_stays_inside_and_tells():
    m = model()
    heard = []
    m.crosshair_changed.connect(lambda: heard.append(1))
    m.set_crosshair((1e4, 0, 0))
    ijk = m.volume.grid.lps_to_index(m.crosshair_mm)
    assert (ijk >= -1e-6).all()
    assert (ijk <= np.array(m.volume.grid.shape[::-1]) - 1 + 1e-6).all()
    assert heard == [1]


def test_steps_are_voxel_planes_on_the_scanners_axes():
    m = model()
    m.set_axes("scanner")
    m.set_crosshair(m.volume.grid.index_to_lps((30.3, 20.2, 12.4)))
    m.step("axial", 1)
    assert m.volume.grid.lps_to_index(m.crosshair_mm) == pytest.approx((30.3, 20.2, 13), abs=1e-6)
    m.step("sagittal", -2)
    assert m.volume.grid.lps_to_index(m.crosshair_mm) == pytest.approx((28, 20.2, 13), abs=1e-6)


def test_home_and_end_reach_the_borders_only_along_the_normal():
    m = model()
    m.set_axes("scanner")
    m.set_crosshair(m.volume.grid.index_to_lps((30, 20, 12)))
    m.end("axial", last=False)
    assert m.volume.grid.lps_to_index(m.crosshair_mm) == pytest.approx((30, 20, 0), abs=1e-6)
    m.end("axial", last=True)
    assert m.volume.grid.lps_to_index(m.crosshair_mm) == pytest.approx((30, 20, 39), abs=1e-6)
    assert m.slice_text("axial") == "slice 40 of 40"


def test_bone_axes_put_the_shaft_upright():
    m = model()
    assert m.axes_name == "bone", "the bone's axes come first once it is measured"
    assert model(measured=False).axes_name == "scanner"
    m.set_axes("scanner")
    assert set(m.letters("coronal").values()) <= set("RLAPSI") | {a + b for a in "RLAPSI" for b in "RLAPSI"}
    m.set_axes("bone")
    assert m.letters("coronal") == {"left": "M", "right": "L", "top": "Prox", "bottom": "Dist"}
    with pytest.raises(ValueError, match="no bone frame"):
        model(measured=False).set_axes("bone")


def test_probe_reads_voxel_value_and_label():
    m = model()
    bead = m.volume.grid.index_to_lps((30, 20, 12))
    probe = m.probe(bead)
    assert (probe.ijk, probe.value, probe.unit) == ((30, 20, 12), 3000.0, "HU")
    inside = m.probe(anatomy("left").frame.to_lps((0, 0, -60)))
    assert inside.label == "femur"
    assert "1000 HU" in inside.text
    assert "outside the image" in m.probe((9e3, 0, 0)).text


def test_window_comes_from_the_header_else_bone_for_a_ct_in_hu_else_from_the_whole_volume():
    image, _ = volume("left")
    array = np.zeros(image.grid.shape, np.int16)
    array[image.grid.shape[0] // 2 :] = 1000

    def window(**changes):
        return first_window(dataclasses.replace(image, array=array, meta={}, **changes))

    assert window() == (1800.0, 400.0)
    assert window(unit="1") == (1000.0, 500.0)
    header = {"window_width": 350, "window_center": 40}
    assert first_window(dataclasses.replace(image, meta=header)) == (350.0, 40.0)
    m = model()
    assert m.preset(1) == "bone"
    assert (m.window, m.level) == (1800, 400)
    m.preset(5)
    assert (m.window, m.level) == m.first_window


def test_pixels_keep_true_millimetres():
    """The 24 x 24 mm section is as wide as high on the screen although voxels are 1.5 x 2 x 4 mm."""
    m = model()
    m.set_axes("bone")
    m.set_crosshair(anatomy("left").frame.to_lps((0, 0, -61)))
    size = (400, 300)
    mm = m.geometry("axial", size)[3]
    bright = m._image.cut(*m.geometry("axial", size)[:3], size, mm) > 525
    rows, columns = np.nonzero(bright)
    assert np.ptp(columns) * mm == pytest.approx(24, abs=3)
    assert np.ptp(rows) * mm == pytest.approx(24, abs=3)


def test_hidden_segment_is_not_drawn():
    m = model()
    m.set_crosshair(anatomy("left").frame.to_lps((0, 0, -61)))
    m.set_window(100000, 0)
    shown = m.pixels("axial", (200, 200))
    m.set_visible(1, False)
    hidden = m.pixels("axial", (200, 200))
    assert np.ptp(shown.astype(int), axis=-1).max() > 20
    assert np.ptp(hidden.astype(int), axis=-1).max() == 0


def test_slices_are_fast():
    """A full screen of an oblique slice well under the 50 ms that the window may use."""
    import time

    rng = np.random.default_rng(1)
    image, _ = volume("left")
    grid = dataclasses.replace(image.grid, shape=(160, 256, 256))
    m = ViewModel(Volume(rng.integers(-1000, 2000, grid.shape).astype(np.int16), grid))
    m.set_anatomy(anatomy("left"))
    m.set_axes("bone")
    times = []
    for _ in range(8):
        start = time.perf_counter()
        m.step("axial", 1)
        m.pixels("axial", (700, 450))
        times.append(time.perf_counter() - start)
    assert min(times) < 0.05


def test_the_crosshair_starts_in_the_fracture():
    gap = fracture("left")
    assert model(gap=gap).crosshair_mm == pytest.approx(gap.plane.point_mm)
    assert np.linalg.norm(gap.plane.point_mm - model().crosshair_mm) > 1.0


def test_outlines_lie_on_the_slice_and_on_the_surface():
    m, heard = model(), []
    m.outlines_changed.connect(lambda: heard.append(1))
    ball = pv.Sphere(radius=10.0, center=m.crosshair_mm.tolist(), theta_resolution=60, phi_resolution=60)
    m.set_outlined((Layer("ball", ball, (1.0, 0.0, 0.0)), Layer("ball holes", ball, (0.0, 0.0, 0.0))))
    assert heard == [1]
    ((colour, lines),) = m.outlines("axial")
    assert colour == (1.0, 0.0, 0.0)
    off = lines - m.crosshair_mm
    assert np.abs(off @ m.axes.axes[:, 2]).max() < 1e-3
    assert np.linalg.norm(off, axis=-1) == pytest.approx(10.0, abs=0.1)
    m.set_crosshair(m.crosshair_mm + 15.0 * m.axes.axes[:, 2])
    assert m.outlines("axial") == []


def test_a_moved_outline_is_cut_where_it_stands():
    m = model()
    m.set_axes("scanner")
    ball = pv.Sphere(radius=10.0, center=m.crosshair_mm.tolist(), theta_resolution=60, phi_resolution=60)
    m.set_outlined([Layer("ball", ball, (1.0, 0.0, 0.0))], "implant")
    move = np.eye(4)
    move[:3, :3] = np.diag([-1.0, -1.0, 1.0])
    goal = m.crosshair_mm + 6.0 * m.axes.axes[:, 2]
    move[:3, 3] = goal - move[:3, :3] @ m.crosshair_mm
    m.move_outlined("implant", move)
    ((_, lines),) = m.outlines("axial")
    assert np.linalg.norm(lines - goal, axis=-1) == pytest.approx(10.0, abs=0.1)
    assert np.linalg.norm(lines - m.crosshair_mm, axis=-1) == pytest.approx(8.0, abs=0.1)
    m.move_outlined("implant", None)
    ((_, lines),) = m.outlines("axial")
    assert np.linalg.norm(lines - m.crosshair_mm, axis=-1) == pytest.approx(10.0, abs=0.1)
    m.set_outlined([], "implant")
    assert m.outlines("axial") == []


def test_a_cut_through_a_surface_is_one_closed_line():
    surface = pv.Cylinder(radius=5.0, height=20.0, direction=(0, 0, 1), resolution=40).triangulate()
    lines = cut_lines(surface, (0, 0, 1.23), (0, 0, 1))
    ends, counts = np.unique(lines.reshape(-1, 3).round(6), axis=0, return_counts=True)
    assert (counts == 2).all(), "every end meets another line"
    assert np.linalg.norm(ends[:, :2], axis=1) == pytest.approx(5.0, abs=0.05)
    length = np.linalg.norm(lines[:, 0] - lines[:, 1], axis=1).sum()
    assert length == pytest.approx(2 * np.pi * 5, rel=0.01)
    assert len(cut_lines(surface, (0, 0, 11), (0, 0, 1))) == 0


def test_voxels_changed_in_place_are_seen_without_a_new_label_map():
    m, array = model(), np.zeros(model().grid.shape, np.uint8)
    m.set_labels(LabelMap(array, m.grid, (Segment(1, "femur", "1", (1.0, 0.0, 0.0)),)))
    m.set_axes("scanner")
    m.set_crosshair(m.grid.index_to_lps((30, 20, 12)))
    before, heard = m.pixels("axial", (200, 200)), []
    m.voxels_changed.connect(lambda: heard.append(1))
    box = (slice(10, 15), slice(15, 25), slice(25, 35))
    array[box] = 1
    assert (m.pixels("axial", (200, 200)) == before).all(), "nobody told yet"
    m.labels_edited(box)
    assert heard == [1]
    assert (m.pixels("axial", (200, 200)) != before).any()


def test_looks_of_segments_are_kept_when_the_labels_change():
    m = model()
    m.set_segment_look(1, filled=False, opacity=4, locked=True)
    m.set_labels(m.labels)
    look = m.looks[1]
    assert (look.filled, look.opacity, look.locked, look.opacity_given) == (False, 1.0, True, True)
    assert m.overlay().unfilled == {1}
    m.set_highlight(1)
    assert m.overlay().unfilled == frozenset()
    with pytest.raises(KeyError):
        m.set_segment_look(7, visible=False)


def test_axes_follow_an_implant_and_the_crosshair_comes_to_it():
    m = model()
    with pytest.raises(ValueError, match="no implant is chosen"):
        m.set_axes("implant")
    turned = anatomy("left").frame
    m.set_implant_axes(Frame(m.crosshair_mm + 3.0, turned.axes), "nail")
    m.set_axes("implant")
    z = m.axes.axes[:, 2]
    assert abs(z @ turned.axes[:, 2]) == pytest.approx(1.0)
    assert np.linalg.det(m.axes.axes) == pytest.approx(1.0), "not mirrored"
    away = m.crosshair_mm - (m.implant_frame.origin_mm)
    assert np.linalg.norm(away - (away @ z) * z) == pytest.approx(0.0, abs=1e-6)
    m.set_implant_axes(None)
    assert m.axes_name == "bone"


def test_zoom_about_the_mouse_keeps_that_point_in_place():
    m, size = model(), (400, 300)

    def pixel(point):
        corner, right, down, mm = m.geometry("coronal", size)
        return (point - corner) @ right / mm, (point - corner) @ down / mm

    point = m.crosshair_mm + 20 * m.axes.axes[:, 0]
    before = pixel(point)
    m.zoom("coronal", 2.5, point)
    assert pixel(point) == pytest.approx(before, abs=1e-6)


def test_a_slab_shows_the_brightest_value_across_it():
    m = model()
    m.set_labels(None)
    m.set_axes("scanner")
    bead = m.grid.index_to_lps((30, 20, 12))
    m.set_crosshair(bead + 8.0 * m.axes.axes[:, 2])
    m.set_window(4000, 2000)
    assert m.pixels("axial", (300, 300)).max() < 100
    m.set_slab("axial", Slab(20.0, "max"))
    assert m.pixels("axial", (300, 300)).max() > 120
    m.set_slab("", Slab(20.0, "mean"))
    assert m.pixels("axial", (300, 300)).max() < 100
    assert m.planes["coronal"].slab.thickness_mm == 20.0
    m.reset("axial")
    assert m.planes["axial"].slab.thickness_mm == 20.0


def test_automatic_window_of_a_region_uses_its_values_only():
    m = model()
    m.set_axes("scanner")
    muscle = m.grid.index_to_lps((2, 2, 12))
    m.set_crosshair(muscle)
    assert m.auto_window("axial", muscle, muscle + 6 * m.axes.axes[:, 0] + 6 * m.axes.axes[:, 1])
    assert (m.window, m.level) == (1.0, 50.0)
    far = muscle - 500 * m.axes.axes[:, 0]
    assert not m.auto_window("axial", far, far + 3.0)


def test_presets_in_hu_are_not_offered_for_another_unit():
    image, _ = volume("left")
    m = ViewModel(dataclasses.replace(image, unit="1", modality="MR"))
    before = (m.window, m.level)
    assert m.preset(1) == ""
    assert (m.window, m.level) == before
    assert m.preset(5) == "as opened"


class Recorder(Tool):
    def __init__(self):
        self.heard = []

    def cancel(self):
        self.heard.append("cancel")

    def activated(self):
        self.heard.append("on")

    def deactivated(self):
        self.heard.append("off")


def test_a_tool_is_cancelled_before_another_takes_over():
    m, one, two = model(), Recorder(), Recorder()
    m.set_tool(one)
    m.set_tool(one)
    m.set_tool(two)
    m.set_tool(None)
    assert one.heard == two.heard == ["on", "cancel", "off"]
    assert m.tool is None


def test_slices_are_coarse_only_while_they_move_and_only_when_slow():
    pace = Pace()
    assert pace.coarseness(True) == 1
    for _ in range(12):
        pace.took(4.0, 1)
    assert pace.coarseness(True) == 1
    for _ in range(12):
        pace.took(60.0, 1)
    assert pace.coarseness(True) == 3
    assert pace.coarseness(False) == 1
    pace.took(60.0 / 9, 3)
    assert pace.coarseness(True) == 3, "what is coarse counts as what the whole would have cost"
    assert coarse_size((640, 461), 3) == (213, 153)
    for _ in range(12):
        pace.took(1.0, 1)
    assert pace.coarseness(True) == 1
