"""The Compare page by mouse and keys, on hand-made results; needs a display (run under xvfb-run)."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import numpy as np
import pytest
import viewer_samples as samples

pytestmark = pytest.mark.gui
if not os.environ.get("DISPLAY"):
    pytest.skip("needs a display: run under xvfb-run -a", allow_module_level=True)

from PIL import Image  # noqa: E402
from psygnal import Signal  # noqa: E402
from PySide6.QtCore import QObject, QPoint, Qt  # noqa: E402
from PySide6.QtCore import Signal as QtSignal  # noqa: E402
from PySide6.QtOpenGLWidgets import QOpenGLWidget  # noqa: E402
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget  # noqa: E402

from surgitwin.core.errors import InputError  # noqa: E402
from surgitwin.viewer import theme  # noqa: E402
from surgitwin.viewer.actions import Actions  # noqa: E402
from surgitwin.viewer.comparing import charts as compare_charts  # noqa: E402
from surgitwin.viewer.deidentify import going_out  # noqa: E402
from surgitwin.viewer.desk import Desk  # noqa: E402
from surgitwin.viewer.pages import compare_page  # noqa: E402
from surgitwin.viewer.pages.compare_page import ComparePage  # noqa: E402

LEFT = Qt.MouseButton.LeftButton


class OpenCase:
    """A session that only has a case; what is read from it is the test's."""

    changed = Signal(frozenset)

    def __init__(self, comparison, path: Path) -> None:
        self.case, self.path = comparison, path


class Jobs(QObject):
    """Keeps what was started."""

    finished = QtSignal(object)

    def __init__(self) -> None:
        super().__init__()
        self.started = []

    def start(self, kind, arguments, title, expected_s=None):
        self.started.append((kind, arguments, title))


def read(case):
    """In place of reading a case folder: the sample, or its error."""
    if isinstance(case, Exception):
        raise case
    return case


def in_window(page, window):
    """As in the program: panel, centre, and an OpenGL widget that was shown before (there the four views).

    Without one Qt 6.12 on Mesa crashes when it turns a shown window into one with OpenGL.
    """
    row = QHBoxLayout(window)
    first = QOpenGLWidget(window)
    first.setFixedSize(1, 1)
    for widget in (page, page.centre, first):
        row.addWidget(widget)
    row.setStretch(1, 1)
    page.setMaximumWidth(360)


@pytest.fixture
def opened(qtbot, monkeypatch, tmp_path):
    """A page in a window; call it with a comparison."""
    monkeypatch.setattr(compare_page, "load_comparison", read)
    made = []

    def make(comparison):
        window = QWidget()
        window.resize(1400, 900)
        desk = Desk(Actions(window))
        desk.session, desk.jobs = OpenCase(comparison, tmp_path / "sample.twin"), Jobs()
        desk.said_words, desk.errors, desk.gone = [], [], []
        desk.said.connect(desk.said_words.append)
        desk.error_said.connect(desk.errors.append)
        desk.go_to = desk.gone.append
        page = ComparePage(desk)
        in_window(page, window)
        window.show()
        qtbot.waitExposed(window)
        page.ready = 0
        page.entered()
        made.append((window, page))
        return page

    yield make
    for window, page in made:
        page.release()
        window.close()
        window.deleteLater()
    QApplication.processEvents()


@pytest.fixture
def page(opened, qtbot):
    out = opened(samples.comparison())
    drawn(out, qtbot, 2)
    return out


def drawn(page, qtbot, count):
    """Wait until `count` views are drawn and nothing is under way."""

    def quiet():
        views = page.views
        busy = page._painter.busy or page._counter.busy or page._reader.busy
        return views is not None and not busy and not views._todo and len(views.visible_views) == count

    qtbot.waitUntil(quiet, timeout=30000)
    qtbot.wait(60)


def choose(box, data):
    at = box.findData(data)
    assert at >= 0, data
    box.setCurrentIndex(at)


def click_on_bone(page, qtbot, n, place):
    """A click of the mouse on an LPS place of view n."""
    view = page.views.views[n]
    x, y = view.pixel_of(place)
    qtbot.mouseClick(view.interactor, LEFT, pos=QPoint(round(x), round(y)))


def test_linked_views_one_scale_risk_factor_first(page, qtbot):
    one, two = page.views.views
    assert page.panel.field.currentText().startswith("Bone risk factor")
    assert one.scene.scale == two.scene.scale
    assert (page.views.bar.scale.low, page.views.bar.scale.high) == (0, 1)
    assert (one.heading.text(), two.heading.text()) == ("Lateral plate", "Nail")
    qtbot.mouseClick(page.views.findChild(QWidget, "compare_lateral"), LEFT)
    qtbot.waitUntil(lambda: two.interactor.camera.position == pytest.approx(one.interactor.camera.position))
    one.interactor.camera.azimuth = 40
    one._moved_by_hand()
    qtbot.waitUntil(lambda: two.interactor.camera.position == pytest.approx(one.interactor.camera.position))
    qtbot.mouseClick(page.views.link, LEFT)
    two.look_from("medial")
    qtbot.wait(80)
    assert one.interactor.camera.position != pytest.approx(two.interactor.camera.position)


def test_what_is_out_of_date_is_faded_said_and_never_ranked(page):
    nail = page.views.views[1]
    assert "OUT OF DATE: the plan was changed" in nail.details.text()
    assert max(x.opacity for x in nail.pane.layers) < 0.5
    assert "OUT OF DATE" in page.table.horizontalHeaderItem(3).text()
    assert "the plan was changed" in page.table.horizontalHeaderItem(3).toolTip()
    assert page.table.item(0, 3).font().italic()
    assert "No ranking" in page.verdict.verdict.text()
    assert "Out of date, solve again: Nail." in page.verdict.verdict.text()
    assert "(out of date)" in page.panel.plans.list.item(1).text()


def test_table_has_traffic_lights_in_words_bands_and_what_only_one_load_has(page):
    table = page.table
    cells = [table.item(r, c).text() for r in range(table.rowCount()) for c in (2, 3)]
    assert any("✔ meets ≤ 1" in x for x in cells)
    assert any("≈" in x and "band crosses" in x for x in cells)
    assert any("not given: the gap is under 0.5 mm" in x for x in cells)
    assert any("band" in x for x in cells)
    metrics = [table.item(r, 0).text() for r in range(table.rowCount())]
    assert any(x.startswith("Axial stiffness") and "axial 1000N" in x for x in metrics)
    assert not any("_" in x for x in metrics)
    assert table.isColumnHidden(1)
    page.all_loads.setChecked(True)
    assert not table.isColumnHidden(1)


def test_best_is_marked_and_what_would_flip_is_said(opened, qtbot):
    page = opened(samples.comparison(stale=()))
    drawn(page, qtbot, 2)
    cells = [page.table.item(r, c).text() for r in range(page.table.rowCount()) for c in (2, 3)]
    assert any("★ best" in x for x in cells)
    assert "would no longer meet every limit" in page.verdict.outcome.text()
    assert "would rank before" in page.verdict.order.text()
    assert "within its band" in page.verdict.outcome.text()


def test_plans_within_their_bands_are_not_distinguishable(opened, qtbot):
    page = opened(samples.comparison(stale=(), alike=True))
    drawn(page, qtbot, 2)
    cells = [page.table.item(r, c).text() for r in range(page.table.rowCount()) for c in (2, 3)]
    assert any("≈ not distinguishable" in x for x in cells)
    assert not any("★ best" in x for x in cells)
    assert "not distinguishable" in page.verdict.verdict.text()


def test_fields_loads_and_difference(page, qtbot):
    choose(page.panel.field, "displacement")
    drawn(page, qtbot, 2)
    full = page.views.bar.scale.high
    choose(page.panel.load, "stance_partial")
    drawn(page, qtbot, 2)
    assert page.views.bar.scale.high == pytest.approx(0.5 * full)
    assert "Half stance" in page.views.words.text()
    choose(page.panel.reference, "nail")
    drawn(page, qtbot, 2)
    assert page.views.bar.scale.low == -page.views.bar.scale.high
    assert "minus nail" in page.views.views[0].details.text()
    row = page.panel.field.findData("stress_vm")
    item = page.panel.field.model().item(row)
    assert not item.isEnabled()
    assert "difference" in item.toolTip()
    choose(page.panel.reference, "")
    assert item.isEnabled()


def test_motion_is_drawn_played_and_paused(page, qtbot):
    bone = page.views.views[0].pane.layers[0].data
    start = np.asarray(bone.point_data["points0"])
    page.panel.motion.setValue(40)
    moved = np.linalg.norm(np.asarray(bone.points) - start, axis=1).max()
    assert moved == pytest.approx(page.panel.factor * 1.0, rel=0.02)
    assert page.panel.factor > 0
    assert "times as large" in page.views.views[0].title.text()
    qtbot.mouseClick(page.panel.play, LEFT)
    assert page.views.playing
    assert page.panel.play.text() == "Pause"
    seen = set()

    def swung():
        seen.add(round(float(np.linalg.norm(np.asarray(bone.points) - start, axis=1).max()), 2))
        return len(seen) > 3

    qtbot.waitUntil(swung, timeout=5000)
    qtbot.mouseClick(page.panel.play, LEFT)
    assert not page.views.playing
    assert np.linalg.norm(np.asarray(bone.points) - start, axis=1).max() == pytest.approx(moved, rel=1e-6)
    page.panel.play.setChecked(True)
    page.left()
    assert not page.views.playing


def test_bones_are_cut_open_in_all_views(page, qtbot):
    qtbot.mouseClick(page.panel.clip, LEFT, pos=QPoint(8, page.panel.clip.height() // 2))
    choose(page.panel.direction, "proximal")
    drawn(page, qtbot, 2)
    frame = samples.anatomy("left").frame
    for view in page.views.views:
        assert frame.from_lps(np.asarray(view.pane.layers[0].data.points))[:, 2].max() < -40
    page.panel.clip_at.setSliderDown(True)
    page.panel.clip_at.setValue(70)
    planes = page.views.views[0].actors["bone"].mapper.GetClippingPlanes()
    assert planes.GetNumberOfItems() == 1, "cut at once while it is dragged"
    page.panel.clip_at.setSliderDown(False)
    drawn(page, qtbot, 2)
    height = frame.from_lps(np.asarray(page.views.views[1].pane.layers[0].data.points))[:, 2].max()
    assert height < -65
    page.panel.clip.setChecked(False)
    drawn(page, qtbot, 2)
    assert frame.from_lps(np.asarray(page.views.views[0].pane.layers[0].data.points))[:, 2].max() > -1


def test_a_click_reads_the_value_in_every_view(page, qtbot):
    choose(page.panel.field, "displacement")
    drawn(page, qtbot, 2)
    page.panel.motion.setValue(0)
    place = samples.point("left", 0, 12, -24)
    click_on_bone(page, qtbot, 0, place)
    qtbot.waitUntil(lambda: page.views.place is not None, timeout=3000)
    assert np.linalg.norm(page.views.place - place) < 3
    one, two = (v.last.value for v in page.views.views)
    assert two == pytest.approx(0.7 * one)
    assert "Probe: " in page.views.views[1].reading.text()
    assert "mm" in page.panel.readings.text()
    assert "Nail (out of date): " in page.panel.readings.text()
    qtbot.mouseClick(page.panel.clear_probe, LEFT)
    assert page.views.place is None
    assert "Click on a bone" in page.panel.readings.text()


def test_lists_mark_plans_that_are_out_of_date(opened, qtbot):
    page = opened(samples.comparison(stale=("nail",)))
    drawn(page, qtbot, 2)
    box = page.panel.reference
    assert [box.itemText(n) for n in range(box.count())] == [
        "no difference", "Intact bone", "Lateral plate", "Nail (out of date)",
    ]  # fmt: skip
    page.panel.show_readings({"lateral_plate": None, "nail": None}, {"nail": "Nail"})
    assert "Nail (out of date): " in page.panel.readings.text()


def test_plans_are_chosen_and_at_most_six(opened, qtbot):
    page = opened(samples.comparison(stale=(), more=6))
    drawn(page, qtbot, 4)
    items = [page.panel.plans.list.item(n) for n in range(page.panel.plans.list.count())]
    assert len(items) == 9
    for item in items[4:7]:
        item.setCheckState(Qt.CheckState.Checked)
    assert items[6].checkState() == Qt.CheckState.Unchecked
    assert "At most 6" in page.panel.plans.words.text()
    items[-1].setCheckState(Qt.CheckState.Checked)
    drawn(page, qtbot, 7)
    assert page.table.columnCount() == 2 + 6
    for item in items[1:]:
        item.setCheckState(Qt.CheckState.Unchecked)
    drawn(page, qtbot, 1)
    assert "two or more" in page.panel.plans.words.text()
    assert [v.isVisible() for v in page.views.views] == [True] + 6 * [False]


def test_healing_stages_can_be_chosen_when_there_are_several(opened, qtbot, page):
    assert not page.panel.stage.isVisible()
    staged = opened(samples.comparison(staged=True, stale=()))
    drawn(staged, qtbot, 2)
    assert staged.panel.stage.isVisible()
    choose(staged.panel.stage, "soft")
    drawn(staged, qtbot, 2)
    assert "soft callus" in staged.views.words.text()
    assert "at the stage soft callus" in staged.table_words.text()
    assert "own fracture" in staged.table_words.text()


def test_keys_of_the_page(page, qtbot):
    window = page.window()
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window, timeout=5000)
    qtbot.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert not page.views.link.isChecked()
    qtbot.keyClick(window, Qt.Key.Key_Space, Qt.KeyboardModifier.ControlModifier)
    assert page.views.playing
    page.left()
    assert not any(page.desk.actions[c].isEnabled() for c in page._commands)


def test_double_click_shows_one_view_alone(page, qtbot):
    view = page.views.views[1]
    qtbot.mouseDClick(view.interactor, LEFT, pos=QPoint(5, 5))
    assert [v.isVisible() for v in page.views.views] == [False, True]
    qtbot.mouseDClick(view.interactor, LEFT, pos=QPoint(5, 5))
    assert [v.isVisible() for v in page.views.views] == [True, True]


def test_charts_are_drawn_when_seen_in_the_colours_of_the_theme(page, qtbot, monkeypatch):
    def lightness():
        return page.charts.picture.pixmap().toImage().pixelColor(3, 3).lightness()

    page.tabs.setCurrentWidget(page.charts)
    qtbot.waitUntil(lambda: not page.charts.picture.pixmap().isNull(), timeout=10000)
    assert lightness() < 60
    monkeypatch.setattr(compare_charts, "theme", lambda: theme.LIGHT)
    theme.themes().changed.emit()
    qtbot.waitUntil(lambda: lightness() > 200, timeout=10000)
    before = page.charts.maker()()
    choose(page.charts.kind, "loads")
    assert page.charts.measure.isEnabled()
    qtbot.waitUntil(lambda: page.charts._png not in (b"", before), timeout=10000)


def test_pictures_and_reports_are_exported(page, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(going_out, "before_leaving", lambda _case, _what, _purpose: ())
    views, chart = tmp_path / "views.png", tmp_path / "chart.png"
    page.take.save_picture(views)
    page.take.save_chart(chart)
    qtbot.waitUntil(lambda: len(page.desk.said_words) == 2, timeout=10000)
    assert "views.png" in " ".join(page.desk.said_words)
    with Image.open(views) as image:
        assert image.text["Description"] == "Not for clinical use"
        pixels = np.asarray(image.convert("RGB")).astype(int)
    assert (np.abs(pixels - (176, 0, 32)).max(axis=-1) < 40).sum() > 100, "the notice is burned in"
    with Image.open(chart) as image:
        assert image.width > 300
    page.take.save_picture(tmp_path / "no" / "folder.png")
    qtbot.waitUntil(lambda: bool(page.desk.errors), timeout=10000)
    assert page.desk.errors[-1].code == "report.unwritable"
    for kind in ("html", "pdf"):
        page.take.write_report(kind, tmp_path / f"report.{kind}")
    assert [a["format"] for _, a, _ in page.desk.jobs.started] == ["html", "pdf"]
    assert {k for k, _, _ in page.desk.jobs.started} == {"report"}


@pytest.mark.parametrize(
    ("comparison", "words"),
    [
        (samples.comparison(solved=False), "No plan has been simulated yet"),
        (samples.comparison(solved=False, plans=False), "There is no plan yet"),
        (InputError("case.not_meshed", "No mesh.", hint="Mesh it."), "prepare the bone"),
    ],
)
def test_empty_states_say_what_to_do(opened, qtbot, comparison, words):
    page = opened(comparison)
    qtbot.waitUntil(lambda: words in page.empty.words.text(), timeout=5000)
    qtbot.mouseClick(page.empty_button, LEFT)
    assert page.desk.gone == ["simulate"]
    assert not page.take.isEnabled()


def test_a_change_of_the_case_is_read_again_and_choices_stay(page, qtbot):
    choose(page.panel.field, "strain_p3")
    drawn(page, qtbot, 2)
    page.desk.session.case = samples.comparison(stale=("lateral_plate", "nail"))
    page.desk.session.changed.emit(frozenset({"plans"}))
    qtbot.waitUntil(lambda: page.comparison is page.desk.session.case, timeout=5000)
    drawn(page, qtbot, 2)
    assert page.panel.field.currentData() == "strain_p3"
    assert all("OUT OF DATE" in v.details.text() for v in page.views.views)
    page.left()
    page.desk.session.case = samples.comparison()
    page.desk.session.changed.emit(frozenset({"results"}))
    qtbot.wait(50)
    assert page.comparison is not page.desk.session.case, "read when the page is entered again"
    page.entered()
    qtbot.waitUntil(lambda: page.comparison is page.desk.session.case, timeout=5000)


def test_closing_leaves_no_thread_no_timer_and_no_listener(qtbot, monkeypatch, tmp_path):
    monkeypatch.setattr(compare_page, "load_comparison", read)
    threads = threading.active_count()
    for _ in range(3):
        window = QWidget()
        window.resize(1200, 800)
        desk = Desk(Actions(window))
        desk.session, desk.jobs = OpenCase(samples.comparison(), tmp_path), Jobs()
        page = ComparePage(desk)
        in_window(page, window)
        window.show()
        page.entered()
        drawn(page, qtbot, 2)
        page.panel.play.setChecked(True)
        page.left()
        page.release()
        assert len(desk.session.changed) == 0
        assert not page.views.playing
        window.close()
        window.deleteLater()
        qtbot.wait(50)
    assert threading.active_count() <= threads
