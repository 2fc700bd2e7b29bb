"""The window on vessel cases: clicks, landmarks, sliders, levels, the grid of plans; needs a display."""

import os
import shutil

import numpy as np
import pytest

pytestmark = pytest.mark.gui
if not os.environ.get("DISPLAY"):
    pytest.skip("needs a display: run under xvfb-run -a", allow_module_level=True)

import vessel_cases as cases  # noqa: E402
from PySide6.QtCore import QPoint, Qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from PySide6.QtWidgets import QLabel  # noqa: E402

from surgitwin.planning.vessels.anatomy_store import KEY  # noqa: E402
from surgitwin.planning.vessels.answers import answers_of  # noqa: E402
from surgitwin.viewer.help_finder import topic_for  # noqa: E402
from surgitwin.viewer.main_window import MainWindow  # noqa: E402
from surgitwin.viewer.vessel.tiles import LAYOUT  # noqa: E402

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """Cases that tests copy: planned and partly deployed."""
    folder = tmp_path_factory.mktemp("vessels")
    cases.deploy(cases.planned_case(folder / "root.twin", "aortic_root"), ["be-23-d2", "be-26-d4"])
    cases.deploy(cases.planned_case(folder / "artery.twin", "artery"))
    cases.bare_case(folder / "bare.twin", "artery")
    return folder


@pytest.fixture
def opened(stored, tmp_path, qtbot, monkeypatch):
    """A function that opens a copy of a stored case in a window and waits for its vessel."""
    monkeypatch.setattr(MainWindow, "_first_step", lambda self: "anatomy")
    made = []

    def build(name):
        path = tmp_path / f"{name}.twin"
        shutil.copytree(stored / f"{name}.twin", path)
        window = MainWindow()
        made.append(window)
        window.errors = []
        window.desk.error_said.connect(window.errors.append)
        window.resize(1400, 900)
        window.show()
        window.open_path(path)
        qtbot.waitUntil(lambda: window.desk.session is not None and "compare" in window.pages, timeout=20000)
        vessel = window.desk.vessel
        known = bool(window.desk.session.case.state.get(KEY))
        qtbot.waitUntil(lambda: not vessel.busy and (vessel.anatomy is not None or not known), timeout=20000)
        wait_still(qtbot, window)
        return window

    yield build
    for window in made:
        window.drop_case()
        window.close()
        window.deleteLater()


def wait_still(qtbot, window):
    """Until the panel beside the views has its width: a view that is resized under the hand moves points."""
    seen = []

    def still():
        seen.append([v.geometry() for v in window.desk.vessel.tiles.views.values()])
        return len(seen) > 5 and all(s == seen[-1] for s in seen[-5:])

    qtbot.waitUntil(still, timeout=5000)


def drag(view, start, end):
    QTest.mousePress(view, LEFT, NONE, start.toPoint())
    for n in range(1, 5):
        QTest.mouseMove(view, (start + (end - start) * (n / 4)).toPoint())
        QTest.qWait(20)
    QTest.mouseRelease(view, LEFT, NONE, end.toPoint())


def settle(qtbot, window):
    qtbot.waitUntil(lambda: not window.desk.vessel.busy, timeout=20000)


def test_a_hinge_point_that_is_dragged_changes_the_measures_and_can_be_undone(opened, qtbot):
    window = opened("root")
    page, vessel = window.pages["anatomy"], window.desk.vessel
    assert window.header.side.text() == "AORTIC ROOT"
    assert window.desk.views.layout_name == LAYOUT
    before = page.facts.facts
    assert before[0].name == "Annulus, area"
    assert "one mm higher" in before[0].source
    view = vessel.tiles.oblique["section"]
    at = vessel.anatomy.landmarks["hinge_left"].point_mm
    x, y, _ = view.frame.chart(at)
    drag(view, view.to_px((x, y)), view.to_px((x + 2.5, y + 1)))
    session = window.desk.session
    qtbot.waitUntil(lambda: session.undo_name == "Move the left hinge", timeout=10000)
    settle(qtbot, window)
    mark = vessel.anatomy.landmarks["hinge_left"]
    assert mark.moved_mm == pytest.approx(np.hypot(2.5, 1), abs=0.4)
    assert np.allclose(mark.proposed_mm, at)
    assert "2 of 3 hinge points by hand" in page.folds["Landmarks"].summary.text()
    shown = [page.landmarks.list.item(n).text() for n in range(page.landmarks.list.count())]
    assert any(t.startswith("Left hinge: by hand, moved 2.") for t in shown)
    window.undo()
    qtbot.waitUntil(lambda: vessel.anatomy.landmarks["hinge_left"].corrected_mm is None, timeout=10000)
    settle(qtbot, window)
    assert page.facts.facts == before
    assert not window.errors


def test_measures_follow_while_a_point_is_dragged(opened, qtbot):
    window = opened("root")
    page, vessel = window.pages["anatomy"], window.desk.vessel
    view = vessel.tiles.oblique["long"]
    mark = next(m for m in view.frame.marks if m.name == "hinge_left")
    vessel.tiles.look_at(mark.point_mm)
    settle(qtbot, window)
    x, y, _ = view.frame.chart(mark.point_mm)
    start, end = view.to_px((x, y)), view.to_px((x, y + 3))
    QTest.mousePress(view, LEFT, NONE, start.toPoint())
    QTest.mouseMove(view, ((start + end) / 2).toPoint())
    QTest.mouseMove(view, end.toPoint())
    qtbot.waitUntil(lambda: page.dragging.isVisible(), timeout=10000)
    QTest.mouseRelease(view, LEFT, NONE, end.toPoint())
    qtbot.waitUntil(lambda: not page.dragging.isVisible(), timeout=10000)
    settle(qtbot, window)
    assert vessel.anatomy.landmarks["hinge_left"].moved_mm == pytest.approx(3.0, abs=0.4)


def test_taking_a_correction_back_and_refused_places(opened, qtbot):
    window = opened("root")
    page, vessel = window.pages["anatomy"], window.desk.vessel
    names = [str(page.landmarks.list.item(n).data(Qt.ItemDataRole.UserRole)) for n in range(7)]
    page.landmarks.list.setCurrentRow(names.index("hinge_left"))
    assert not page.landmarks.back.isEnabled()
    far = vessel.anatomy.landmarks["hinge_right"].point_mm
    vessel.put_landmark("hinge_left", far + 0.2)  # in a line with the others, nearly
    qtbot.waitUntil(lambda: bool(window.errors), timeout=10000)
    settle(qtbot, window)
    assert vessel.anatomy.landmarks["hinge_left"].corrected_mm is None
    good = vessel.anatomy.landmarks["hinge_left"].point_mm + np.array([0, 0, 1.0])
    vessel.put_landmark("hinge_left", good)
    qtbot.waitUntil(lambda: page.landmarks.back.isEnabled(), timeout=10000)
    qtbot.mouseClick(page.landmarks.back, LEFT)
    qtbot.waitUntil(
        lambda: window.desk.session.undo_name == "Take the left hinge back" and not vessel.busy, timeout=10000
    )
    assert vessel.anatomy.landmarks["hinge_left"].corrected_mm is None


def test_answers_are_steps_of_undo(opened, qtbot):
    window = opened("root")
    page, session = window.pages["anatomy"], window.desk.session
    choice = page.questions.choices["pacemaker"]
    choice.setCurrentIndex(choice.findData("yes"))
    choice.activated.emit(choice.currentIndex())
    assert answers_of(session.case) == {"pacemaker": "yes"}
    assert page.folds["The patient"].summary.text() == "1 not answered"
    window.undo()
    assert answers_of(session.case) == {}
    assert choice.currentData() == ""
    settle(qtbot, window)


def test_two_clicks_in_the_slices_start_the_segmentation(opened, qtbot, monkeypatch):
    window = opened("bare")
    page, jobs = window.pages["anatomy"], window.jobs
    asked = []
    monkeypatch.setattr(jobs, "start", lambda *what, **more: asked.append(what))
    qtbot.mouseClick(page.clicks.buttons["start"], LEFT)
    assert topic_for(window) == "vessel"
    view = window.desk.views.slices["axial"]
    assert view.isVisible()
    QTest.mouseClick(view, LEFT, NONE, QPoint(120, 110))
    assert page.clicks.buttons["end"].isChecked()  # the next point is asked for
    assert not page.clicks.start.isEnabled()
    QTest.mouseClick(view, LEFT, NONE, QPoint(160, 130))
    assert window.desk.model.tool is None
    qtbot.mouseClick(page.clicks.start, LEFT)
    kind, arguments, title = asked[0]
    assert (kind, arguments["preset"], title) == ("segment", "artery", "Segment the artery")
    assert set(arguments["clicks"]) == {"start", "end"}
    assert all(len(p) == 3 for p in arguments["clicks"].values())


def test_sliders_move_the_stent_as_one_step_and_the_numbers_follow(opened, qtbot):
    window = opened("artery")
    window.go_to("plans")
    page, session, vessel = window.pages["plans"], window.desk.session, window.desk.vessel
    qtbot.waitUntil(lambda: bool(page.facts.facts) and vessel.ghost is not None, timeout=10000)
    plan = window.desk.plan
    before, sizing = plan.options["position_mm"], page.facts.facts
    number = page.knobs.numbers["position_mm"]
    wanted = [before + shift for shift in (1.0, 2.0, 3.0)]
    for value in wanted:
        number.field.setValue(value)
        qtbot.wait(200)
    last = pytest.approx(wanted[-1], abs=0.3)
    qtbot.waitUntil(lambda: window.desk.plan.options["position_mm"] == last, timeout=10000)
    settle(qtbot, window)
    qtbot.waitUntil(lambda: page.facts.facts != sizing, timeout=10000)
    middle = (vessel.ghost.start_mm + vessel.ghost.end_mm) / 2
    assert middle == pytest.approx(window.desk.plan.options["position_mm"])
    assert any(b.words.startswith("device") for b in vessel.tiles.straight.bands)
    assert session.undo_name.startswith("Position along the vessel")
    window.undo()
    assert window.desk.plan.options["position_mm"] == before
    assert page.plans.list.count() == len(session.case.plans())
    settle(qtbot, window)


def test_the_catalogue_says_what_fits_and_changes_the_device(opened, qtbot):
    window = opened("root")
    window.go_to("plans")
    page = window.pages["plans"]
    qtbot.waitUntil(lambda: not page.bench.busy and page.knobs.choose.isEnabled(), timeout=10000)
    page.knobs.browse()
    dialog = next(w for w in page.knobs.children() if w.objectName() == "deviceBrowser")
    qtbot.waitUntil(lambda: len(dialog._fits) == len(dialog._items), timeout=20000)
    other = next(k for k in dialog._items if k != window.desk.plan.implants[0].catalogue_id)
    dialog._select(other)
    qtbot.mouseClick(dialog.use, LEFT)
    qtbot.waitUntil(lambda: window.desk.plan.implants[0].catalogue_id == other, timeout=10000)
    qtbot.waitUntil(lambda: not page.bench.busy and not window.desk.vessel.busy, timeout=10000)


def test_ticked_plans_are_deployed_at_the_chosen_level_as_one_job(opened, qtbot, monkeypatch):
    window = opened("root")
    asked = []
    monkeypatch.setattr(window.jobs, "start", lambda *what, **more: asked.append(what) or None)
    window.go_to("simulate")
    page = window.pages["simulate"]
    assert page.table.rowCount() == 9
    assert len(page.ticks) == 7  # two are deployed already
    assert page.table.item(0, 2).text().startswith("done")
    qtbot.mouseClick(page.run, LEFT)
    kind, arguments, title, _ = asked[0]
    assert (kind, arguments["level"], len(arguments["plans"])) == ("solve", "L1", 7)
    assert title == "Deploy 7 plans at L1"
    page.levels.radios["L2"].click()
    assert len(page.ticks) == 9
    assert "hour" in page.chosen.text()
    settle(qtbot, window)


def test_the_grid_opens_one_plan_and_compares_two(opened, qtbot):
    window = opened("root")
    window.go_to("compare")
    page = window.pages["compare"]
    qtbot.waitUntil(lambda: page.comparison is not None and not page.busy, timeout=20000)
    assert len(page.matrix.cells) == 9
    done, bare = page.matrix.cells["be-26-d4"], page.matrix.cells["be-29-d6"]
    assert done.cell.picture is not None
    assert bare.cell.picture is None
    words = [n.words for n in done.cell.numbers]
    assert {"Ø in, ann., out", "Leak", "Gap at skirt", "Contact index"} <= set(words)
    assert bare.cell.numbers[0].words == "Oversize, area"
    QTest.mouseClick(done, LEFT, NONE, QPoint(60, 40))
    assert page.top.currentWidget() is page.view_place
    qtbot.waitUntil(
        lambda: page.views is not None and len(page.views.visible_views) == 1 and not page.busy, timeout=20000
    )
    assert window.desk.active_plan == "be-26-d4"
    page.top.setCurrentIndex(0)
    other = page.matrix.cells["be-23-d2"]
    QTest.mouseClick(other, LEFT, NONE, QPoint(other.width() - 14, 14))
    assert set(page.panel.ticks) == {"be-23-d2", "be-26-d4"}
    page.top.setCurrentIndex(1)
    qtbot.waitUntil(
        lambda: len(page.views.visible_views) == 2 and all(v.pane for v in page.views.visible_views),
        timeout=20000,
    )
    assert page.views.link.isChecked()
    assert page.views.shown.scale.style.name == "contact_pressure"
    assert page.table.columnCount() == 4
    qtbot.waitUntil(lambda: not page.busy and not page.views._todo, timeout=10000)


def test_the_curve_and_the_probe_of_stent_plans(opened, qtbot):
    window = opened("artery")
    window.go_to("compare")
    page = window.pages["compare"]
    qtbot.waitUntil(lambda: page.comparison is not None and not page.busy, timeout=20000)
    assert not page.top.isTabVisible(0)  # stents have no grid
    assert page.bottom.tabText(1) == "Lumen area"
    kinds = [line.kind for line in page.chart.lines]
    assert kinds[:2] == ["before", "reference"]
    assert kinds.count("plan") == len(page.comparison.plans)
    page.bottom.setCurrentIndex(1)
    qtbot.waitUntil(lambda: page.chart._picture is not None, timeout=20000)
    qtbot.waitUntil(
        lambda: (
            page.views is not None
            and len(page.views.visible_views) == 2
            and all(v.pane for v in page.views.visible_views)
            and not page.views._todo
        ),
        timeout=20000,
    )
    one = page.comparison.found[page.panel.ticks[0]]
    wall = one.task.wall.points_mm + one.result.displacement_mm
    node = int(np.nanargmax(one.result.pressure_MPa))
    readings = page.views.probe(wall[node])
    assert readings[page.panel.ticks[0]].value == pytest.approx(0.05, abs=0.02)


def test_another_site_brings_other_pages_and_undo_brings_them_back(opened, qtbot):
    window = opened("bare")
    page = window.pages["anatomy"]
    box = page.site.choice
    box.setCurrentIndex(box.findData("aortic_root"))
    box.activated.emit(box.currentIndex())
    qtbot.waitUntil(lambda: window.pages["anatomy"] is not page, timeout=10000)
    assert window.header.side.text() == "AORTIC ROOT"
    assert set(window.pages["anatomy"].clicks.buttons) == {"aorta", "ventricle"}
    assert window.page is window.pages["anatomy"]
    root_page = window.page
    window.undo()
    qtbot.waitUntil(lambda: window.pages["anatomy"] is not root_page, timeout=10000)
    assert set(window.pages["anatomy"].clicks.buttons) == {"start", "end"}
    settle(qtbot, window)


def test_views_scroll_by_wheel_and_the_panel_follows(opened, qtbot):
    window = opened("artery")
    page, tiles = window.pages["anatomy"], window.desk.vessel.tiles
    at = tiles.cursor.s_mm
    straight = tiles.straight
    drag(straight, straight.to_px((0, at)), straight.to_px((0, at + 8)))
    settle(qtbot, window)
    assert page.aim.along.value == pytest.approx(at + 8, abs=0.5)
    page.aim.turn.field.setValue(90)
    assert tiles.cursor.angle_rad == pytest.approx(np.pi / 2)
    settle(qtbot, window)
    qtbot.mouseClick(page.aim.to_centre, LEFT)
    assert tiles.cursor.s_mm == pytest.approx(20.0)
    settle(qtbot, window)


def test_the_window_keeps_its_height_and_the_grid_is_seen_whole(opened, qtbot):
    window = opened("root")
    height = window.height()
    window.go_to("compare")
    page = window.pages["compare"]
    qtbot.waitUntil(lambda: page.comparison is not None and not page.busy, timeout=20000)
    qtbot.waitUntil(lambda: page.top.height() > page.bottom.height(), timeout=5000)
    assert window.height() == height
    settle(qtbot, window)


def test_every_page_begins_at_its_top_and_is_as_high_as_itself(opened, qtbot):
    window = opened("root")
    bar = window.panel_scroll.verticalScrollBar()
    window.go_to("plans")
    settle(qtbot, window)
    qtbot.waitUntil(lambda: bar.maximum() > 0, timeout=5000)
    bar.setValue(bar.maximum())
    window.go_to("simulate")
    qtbot.waitUntil(lambda: bar.maximum() == 0, timeout=5000)  # short: nothing to scroll to
    window.go_to("plans")
    assert bar.value() == 0
    settle(qtbot, window)


def test_published_groups_stand_beside_the_plan_in_hand(opened, qtbot):
    window = opened("root")
    window.go_to("compare")
    page = window.pages["compare"]
    qtbot.waitUntil(lambda: page.comparison is not None and not page.busy, timeout=20000)
    box = page.panel.risks
    for name in ("be-23-d2", "be-26-d4"):
        window.desk.set_active_plan(name)
        rows = {p["name"]: p["risks"] for p in page.comparison.compare["plans"]}
        assert rows[name]
        assert list(box.shown) == list(rows[name])
        assert box.head.text().lower().startswith(name)
    words = " ".join(label.text() for label in box.findChildren(QLabel))
    for risk in box.shown:
        assert risk["words"] in words
        assert risk["source"].rstrip(".") in words
    assert page.flow is None
    settle(qtbot, window)


def test_flow_is_answered_at_once_and_follows_what_is_entered(opened, qtbot, monkeypatch):
    window = opened("artery")
    asked = []
    monkeypatch.setattr(window.jobs, "start", lambda *what, **more: asked.append(what) or None)
    window.go_to("compare")
    page = window.pages["compare"]
    box = page.flow
    qtbot.waitUntil(lambda: box.seen is not None and len(box.seen.rows) == len(box._plans) + 1, timeout=20000)
    assert len(box._plans) >= 1
    assert "which vessel" in box.asks.text()
    box.vessel.setCurrentIndex(box.vessel.findData("coronary"))
    box.vessel.activated.emit(box.vessel.currentIndex())
    assert "myocardium" in box.asks.text()
    box.source.setCurrentIndex(box.source.findData("mass"))
    box.source.activated.emit(box.source.currentIndex())
    box.numbers["mass"].field.setValue(80)
    qtbot.waitUntil(lambda: not box.busy and "80 g" in box.notes.text(), timeout=10000)
    assert not box.asks.isVisible()
    assert "Grey zone of FFR: 0.75 to 0.80" in box.notes.text()
    assert all(f.value.startswith("FFR ") and "(" in f.value for f in box.facts.facts)
    qtbot.mouseClick(box.solve, LEFT)
    kind, arguments, _ = asked[0]
    assert (kind, arguments["mass_g"], arguments["vessel"]) == ("flow", 80.0, "coronary")
    assert arguments["plans"] == list(box._plans)
    assert topic_for(window)
    settle(qtbot, window)


def test_a_preview_that_comes_after_the_drop_is_not_shown(opened, qtbot):
    window = opened("root")
    page, vessel = window.pages["anatomy"], window.desk.vessel
    root = vessel.anatomy
    vessel._dragged("hinge_left", root.landmarks["hinge_left"].point_mm + np.array([0, 0, 1.0]))
    qtbot.waitUntil(page.dragging.isVisible, timeout=10000)
    vessel.put_landmark("hinge_left", root.landmarks["hinge_left"].point_mm + np.array([0, 0, 1.0]))
    qtbot.waitUntil(lambda: not page.dragging.isVisible(), timeout=10000)
    vessel._show_preview(root)
    assert not page.dragging.isVisible()
    settle(qtbot, window)
