"""The model without a window: crosshair, slices, window and level, axes, probe."""

import dataclasses

import numpy as np
import pytest
import pyvista as pv
from viewer_samples import anatomy, fracture, volume

from surgitwin.core.image import Volume
from surgitwin.scene.model import Layer
from surgitwin.viewer.case_view import CaseView
from surgitwin.viewer.model import ViewModel, first_window


def model(**changes):
    image, labels = volume("left")
    case = CaseView("t", image, labels, anatomy("left"))
    return ViewModel(dataclasses.replace(case, **changes))


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
    assert model(anatomy=None).axes_name == "scanner"
    m.set_axes("scanner")
    assert set(m.letters("coronal").values()) <= set("RLAPSI") | {a + b for a in "RLAPSI" for b in "RLAPSI"}
    m.set_axes("bone")
    assert m.letters("coronal") == {"left": "M", "right": "L", "top": "Prox", "bottom": "Dist"}
    with pytest.raises(ValueError, match="no bone frame"):
        model(anatomy=None).set_axes("bone")


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


def test_an_empty_case_has_no_model():
    with pytest.raises(ValueError, match="no image"):
        ViewModel(CaseView("t"))


def test_slices_are_fast():
    """A full screen of an oblique slice well under the 50 ms that the window may use."""
    import time

    rng = np.random.default_rng(1)
    image, _ = volume("left")
    grid = dataclasses.replace(image.grid, shape=(160, 256, 256))
    m = ViewModel(
        CaseView(
            "t", Volume(rng.integers(-1000, 2000, grid.shape).astype(np.int16), grid), None, anatomy("left")
        )
    )
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
    assert model(fracture=gap).crosshair_mm == pytest.approx(gap.plane.point_mm)
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
