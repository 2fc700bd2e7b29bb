"""The vessel views driven by mouse and wheel; needs a display."""

import os

import numpy as np
import pytest

pytestmark = pytest.mark.gui
if not os.environ.get("DISPLAY"):
    pytest.skip("needs a display: run under xvfb-run -a", allow_module_level=True)

import vessel_samples as samples  # noqa: E402
from PySide6.QtCore import QPoint, QPointF, Qt  # noqa: E402
from PySide6.QtGui import QWheelEvent  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from surgitwin.viewer.model import ViewModel  # noqa: E402
from surgitwin.viewer.vessel.artery_tiles import ArteryTiles  # noqa: E402
from surgitwin.viewer.vessel.root_tiles import RootTiles  # noqa: E402
from surgitwin.viewer.vessel.tiles import LAYOUT  # noqa: E402
from surgitwin.viewer.views.four_up import FourUp  # noqa: E402

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture(scope="module")
def root():
    anatomy = samples.root()
    return anatomy, samples.image_of(anatomy.tube, 1.0)


@pytest.fixture(scope="module")
def artery():
    anatomy = samples.artery()
    return anatomy, samples.image_of(anatomy.tube, 0.5)


@pytest.fixture
def show(qtbot):
    made = []

    def build(kind, sample):
        anatomy, volume = sample
        four = FourUp(ViewModel(volume))
        four.resize(1100, 760)
        tiles = kind(four.model, four)
        made.append((four, tiles))
        tiles.show_anatomy(anatomy)
        tiles.show()
        four.show()
        qtbot.waitUntil(lambda: not tiles.busy and all(v.raster is not None for v in tiles.views.values()))
        return tiles

    yield build
    for four, tiles in made:
        tiles.release()
        four.release()
        four.close()
        four.deleteLater()


def wheel(view, notches):
    at = QPointF(view.rect().center())
    event = QWheelEvent(
        at, view.mapToGlobal(at), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton, NONE,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view, event)


def drag(view, start, end):
    QTest.mousePress(view, LEFT, NONE, start.toPoint())
    for n in range(1, 5):
        QTest.mouseMove(view, (start + (end - start) * (n / 4)).toPoint())
    QTest.mouseRelease(view, LEFT, NONE, end.toPoint())


def mean_hu(view, at, radius=2):
    """Image value round a chart point."""
    r = view.raster
    row, column = round((at[1] - r.top_mm) / r.pixel_mm), round((at[0] - r.left_mm) / r.pixel_mm)
    return float(r.values[row - radius : row + radius + 1, column - radius : column + radius + 1].mean())


def test_the_annulus_views_show_contrast_inside_the_outline(show, root):
    tiles = show(RootTiles, root)
    assert tiles.four.layout_name == LAYOUT
    for view in tiles.views.values():
        assert mean_hu(view, (0, 0)) == pytest.approx(samples.LUMEN_HU, abs=40)
    assert mean_hu(tiles.views["section"], (24, 0)) == pytest.approx(samples.AROUND_HU, abs=40)


def test_the_wheel_moves_the_level_and_the_size_follows(show, root, qtbot):
    tiles = show(RootTiles, root)
    before = tiles.views["section"].words
    wheel(tiles.views["section"], 4)
    assert tiles.aim.level_mm == pytest.approx(2.0)
    assert tiles.views["section"].words != before
    assert "+2.0 mm" in tiles.views["section"].words[0]
    wheel(tiles.views["long"], 2)
    assert tiles.aim.turn_rad == pytest.approx(np.radians(10))
    qtbot.waitUntil(lambda: not tiles.busy)


def test_a_hinge_point_is_dragged_within_the_plane(show, root, qtbot):
    tiles = show(RootTiles, root)
    view = tiles.oblique["section"]
    moved, dropped = [], []
    tiles.moved.connect(lambda *what: moved.append(what))
    tiles.dropped.connect(lambda *what: dropped.append(what))
    at = root[0].landmarks["hinge_left"].point_mm
    x, y, _ = view.frame.chart(at)
    drag(view, view.to_px((x, y)), view.to_px((x + 3, y - 1)))
    assert moved
    name, place = dropped[0]
    assert name == "hinge_left"
    assert np.linalg.norm(place - at) == pytest.approx(np.hypot(3, 1), abs=0.4)
    assert abs(root[0].annulus.distance(place)) < 0.01
    assert tiles.aim.turn_rad == 0  # a point was dragged, nothing was aimed


def test_a_drag_beside_the_points_aims_the_other_views(show, root, qtbot):
    tiles = show(RootTiles, root)
    view = tiles.oblique["long"]
    drag(view, view.to_px((3, 6)), view.to_px((3, 9)))
    assert tiles.aim.level_mm == pytest.approx(-9, abs=0.3)  # down on the screen is away from the aorta
    section = tiles.oblique["section"]
    drag(section, section.to_px((2, 2)), section.to_px((5, 5)))
    assert np.degrees(tiles.aim.turn_rad) == pytest.approx(45, abs=2)
    assert tiles.model.crosshair_mm == pytest.approx(section.frame.lps((5, 5)), abs=0.3)
    qtbot.waitUntil(lambda: not tiles.busy)


def test_scrubbing_along_the_artery_moves_all_views(show, artery, qtbot):
    tiles = show(ArteryTiles, artery)
    assert tiles.cursor.s_mm == pytest.approx(20)  # the throat
    assert "narrowed by 50 %" in tiles.section.words[2]
    straight = tiles.straight
    drag(straight, straight.to_px((0, 20)), straight.to_px((0, 32)))
    assert tiles.cursor.s_mm == pytest.approx(32, abs=0.3)
    assert tiles.curved.s_mm == tiles.straight.s_mm == tiles.cursor.s_mm
    course = artery[0].tube.course
    assert tiles.model.crosshair_mm == pytest.approx(course.frames_at(np.array([tiles.cursor.s_mm]))[0][0])
    curved = tiles.curved
    there = curved.to_px(curved.chart_of(10.0))
    drag(curved, there, there)
    assert tiles.cursor.s_mm == pytest.approx(10, abs=0.4)
    wheel(tiles.section, 2)
    assert tiles.cursor.s_mm == pytest.approx(11, abs=0.4)
    qtbot.waitUntil(lambda: not tiles.busy)
    assert mean_hu(tiles.section, (0, 0)) == pytest.approx(samples.LUMEN_HU, abs=40)


def test_turning_the_reformats_brings_the_calcium_into_view(show, artery, qtbot):
    tiles = show(ArteryTiles, artery)
    r = tiles.straight.raster
    bright = (r.values > 800).sum()
    tiles.turn(18)
    qtbot.waitUntil(lambda: not tiles.busy and tiles.straight.raster is not r)
    assert tiles.cursor.angle_rad == pytest.approx(np.pi / 2)
    assert bright > 50
    assert (tiles.straight.raster.values > 800).sum() < 0.2 * bright


def test_a_double_click_lets_one_view_fill_all_and_window_follows_the_slices(show, artery, qtbot):
    tiles = show(ArteryTiles, artery)
    QTest.mouseDClick(tiles.curved, LEFT, NONE, QPoint(200, 200))
    assert tiles.four.maximised == "vessel_curved"
    QTest.mouseDClick(tiles.curved, LEFT, NONE, QPoint(200, 200))
    assert tiles.four.layout_name == LAYOUT
    tiles.model.set_window(500, 100)
    assert (tiles.section.width_hu, tiles.section.level_hu) == (500, 100)


def test_without_an_anatomy_the_views_say_what_to_do_and_leaving_restores_the_layout(show, root):
    tiles = show(RootTiles, root)
    tiles.show_anatomy(None)
    assert all(v.raster is None and "Segment" in v.empty for v in tiles.views.values())
    four = tiles.four
    tiles.release()
    assert four.layout_name == "four"
    assert LAYOUT not in four.layouts
