"""The Anatomy page by mouse and keys: strokes, scissors, islands, locks, previews, landmarks, review."""

import os
import threading
from functools import partial

import numpy as np
import pytest

pytestmark = pytest.mark.gui
if not os.environ.get("DISPLAY"):
    pytest.skip("needs a display: run under xvfb-run -a", allow_module_level=True)

from opened_window import opened_window  # noqa: E402
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt  # noqa: E402
from PySide6.QtGui import QMouseEvent, QWheelEvent  # noqa: E402
from PySide6.QtWidgets import QApplication, QInputDialog, QMessageBox  # noqa: E402

from surgitwin.planning.segments import review  # noqa: E402
from surgitwin.planning.segments.looks import look_of  # noqa: E402
from surgitwin.segmentation import table  # noqa: E402
from surgitwin.viewer import page_sets  # noqa: E402
from surgitwin.viewer.pages.anatomy_page import AnatomyPage  # noqa: E402
from surgitwin.viewer.pages.base import Page  # noqa: E402
from surgitwin.viewer.segments.palette import TOOLS  # noqa: E402

LEFT, NO_BUTTON = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
FEMUR, CANAL = 1, 2


class _OtherPage(Page):
    """Stands for the other steps, which have tests of their own."""

    step, title = "plans", "Plans"


@pytest.fixture
def window(qtbot, meshed_case, tmp_path, monkeypatch):
    monkeypatch.setattr(page_sets, "BONE_PAGES", (AnatomyPage, _OtherPage))
    with opened_window(qtbot, meshed_case.copy(tmp_path / "a.twin"), step="anatomy") as made:
        settle(made, qtbot)
        yield made


@pytest.fixture
def page(window):
    return window.page


def settle(window, qtbot):
    """Wait until surfaces and computed edits are there."""
    page = window.page
    qtbot.waitUntil(lambda: not page.surfaces.busy and not page.runner.busy, timeout=20000)
    QApplication.processEvents()


def drag(view, places, modifiers=Qt.KeyboardModifier.NoModifier):
    """Press, move and release at widget places (QPointF)."""

    def send(kind, at, button, buttons):
        event = QMouseEvent(kind, at, view.mapToGlobal(at), button, buttons, modifiers)
        QApplication.sendEvent(view, event)

    send(QEvent.Type.MouseButtonPress, places[0], LEFT, LEFT)
    for at in places[1:]:
        send(QEvent.Type.MouseMove, at, NO_BUTTON, LEFT)
    send(QEvent.Type.MouseButtonRelease, places[-1], LEFT, NO_BUTTON)
    QApplication.processEvents()


def labels(window):
    return np.array(window.desk.session.label_array)


def beside_the_bone(window):
    """A place in the axial slice with soft tissue, 30 mm in front of the crosshair."""
    model = window.desk.model
    model.set_axes("scanner")
    return window.desk.views.slices["axial"].position_of(model.crosshair_mm + np.array([0.0, -30.0, 0.0]))


def paint_stroke(window, key="paint"):
    at = beside_the_bone(window)
    window.page.tools.activate(key)
    window.page.editor.set(radius_mm=6.0)
    drag(window.desk.views.slices["axial"], [at, at + QPointF(6, 0), at + QPointF(12, 2)])


def test_the_page_shows_side_segments_volumes_and_marks(window, page):
    assert page.side.side.text() == "LEFT femur"
    assert "Sure" in page.side.words.text() or "Likely" in page.side.words.text()
    rows = page.list.rows
    assert [r.name.text() for r in rows.values()] == ["Femur", "Femur canal", "Other bone"]
    assert rows[FEMUR].volume.text().endswith(" ml")
    assert "segment:1" in window.desk.views.scene.groups.names
    assert "bone" not in window.desk.views.scene.groups.names, "the mesh makes room for the segments"
    assert not page.stale.isVisible()
    window.go_to("plans")
    QApplication.processEvents()
    assert "segment:1" not in window.desk.views.scene.groups.names
    assert "bone" in window.desk.views.scene.groups.names


def test_a_painted_stroke_is_one_step_that_can_be_taken_back(window, page, qtbot):
    before = labels(window)
    triangles = window.desk.views.scene.groups.layers("segment:1")[0].data.n_cells
    paint_stroke(window)
    after = labels(window)
    changed = before != after
    assert changed.sum() > 5
    assert (after[changed] == FEMUR).all()
    assert len(set(np.nonzero(changed)[0])) == 1, "a disc paints one slice"
    assert window.desk.session.undo_name == "Paint femur"
    settle(window, qtbot)
    assert window.desk.views.scene.groups.layers("segment:1")[0].data.n_cells != triangles, "3D follows"
    assert page.stale.isVisible()
    assert "segments changed" in page.stale.words.text()
    assert page.stale.button.isEnabled()
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert np.array_equal(labels(window), before)
    assert not page.stale.isVisible(), "undo makes mesh and anatomy true again"
    qtbot.keyClick(
        window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    assert np.array_equal(labels(window), after)


def test_erase_takes_it_away_again(window, page):
    before = labels(window)
    paint_stroke(window)
    assert not np.array_equal(labels(window), before)
    paint_stroke(window, "erase")
    assert np.array_equal(labels(window), before)
    assert window.desk.session.undo_name == "Erase femur"


def test_the_sphere_goes_through_slices_and_the_wheel_sets_the_radius(window, page):
    before = labels(window)
    at = beside_the_bone(window)
    page.tools.activate("paint")
    page.editor.set(radius_mm=6.0, shape="sphere")
    view = window.desk.views.slices["axial"]
    event = QWheelEvent(
        at, view.mapToGlobal(at), QPoint(), QPoint(0, 120), NO_BUTTON,
        Qt.KeyboardModifier.ShiftModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view, event)
    assert page.editor.radius_mm == pytest.approx(6.9)
    assert page.tools.brush.radius.value == pytest.approx(6.9)
    drag(view, [at, at + QPointF(1, 0)])
    assert len(set(np.nonzero(before != labels(window))[0])) >= 3


def test_no_tool_makes_the_panel_wider_than_it_is(window, page):
    room = window.panel_scroll.viewport().width()
    page.folds["Segment automatically"].set_open(True)
    page.preset.more.setChecked(True)
    for key in ("", *TOOLS):
        page.tools.activate(key)
        QApplication.processEvents()
        assert page.minimumSizeHint().width() <= room, key


def test_escape_puts_the_brush_away(window, page, qtbot):
    page.tools.activate("paint")
    view = window.desk.views.slices["axial"]
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert window.desk.model.tool is None
    assert page.tools.active == ""
    assert not window.desk.actions["paint"].isChecked()


def test_keys_choose_tools_on_this_page_only(window, page, qtbot):
    qtbot.keyClick(window, Qt.Key.Key_B)
    assert page.tools.active == "paint"
    qtbot.keyClick(window, Qt.Key.Key_E)
    assert page.tools.active == "erase"
    window.go_to("plans")
    assert window.desk.model.tool is None
    assert not window.desk.actions["paint"].isEnabled()


def test_a_locked_or_hidden_segment_refuses_and_says_why(window, page, qtbot):
    before = labels(window)
    qtbot.mouseClick(page.list.rows[FEMUR].lock, LEFT)
    assert window.desk.session.undo_name == "Lock femur"
    paint_stroke(window)
    assert np.array_equal(labels(window), before)
    assert "locked" in page.tools.reason.text()
    assert "locked" in window.error_card.words.text()
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not window.desk.model.looks[FEMUR].locked
    assert page.tools.reason.text() == ""
    qtbot.mouseClick(page.list.rows[FEMUR].eye, LEFT)
    assert not window.desk.model.looks[FEMUR].visible
    assert "hidden" in page.tools.reason.text()
    assert "segment:1" not in window.desk.views.scene.groups.names


def test_paint_outside_the_image_says_so(window, page):
    before = labels(window)
    window.desk.model.set_axes("scanner")
    view = window.desk.views.slices["axial"]
    window.desk.model.zoom("axial", 0.3)
    page.tools.activate("paint")
    drag(view, [QPointF(5, 5), QPointF(8, 8)])
    assert np.array_equal(labels(window), before)


def test_islands_are_removed_and_kept_by_a_click(window, page, qtbot):
    before = labels(window)
    paint_stroke(window)
    island = labels(window)
    at = beside_the_bone(window)
    page.tools.activate("island_remove")
    drag(window.desk.views.slices["axial"], [at])
    settle(window, qtbot)
    assert np.array_equal(labels(window), before)
    assert window.desk.session.undo_name == "Remove island of femur"
    window.undo()
    page.tools.activate("island_keep")
    drag(window.desk.views.slices["axial"], [at])
    settle(window, qtbot)
    kept = labels(window)
    assert ((kept == FEMUR) == ((island == FEMUR) & (before != FEMUR))).all()


def test_scissors_cut_through_the_bone(window, page, qtbot):
    model, view = window.desk.model, window.desk.views.slices["coronal"]
    model.set_axes("scanner")
    before = labels(window)
    at = view.position_of(model.crosshair_mm)
    page.tools.activate("scissors")
    half = (
        400.0 / view.mm_per_px if hasattr(view, "mm_per_px") and isinstance(view.mm_per_px, float) else 60.0
    )
    ring = [QPointF(-half, -8), QPointF(half, -8), QPointF(half, 8), QPointF(-half, 8)]
    drag(view, [at + r for r in ring])
    settle(window, qtbot)
    after = labels(window)
    assert window.desk.session.undo_name == "Cut away from femur"
    k = round(float(model.grid.lps_to_index(model.crosshair_mm)[2]))
    assert not (after[k] == FEMUR).any()
    assert (before[k] == FEMUR).any()
    assert ((after == FEMUR) <= (before == FEMUR)).all()
    assert np.array_equal(after == CANAL, before == CANAL), "only the chosen segment is cut"


def test_smooth_and_threshold_have_preview_apply_cancel(window, page, qtbot):
    before = labels(window)
    page.tools.activate("smooth")
    effect = page.tools.effects["smooth"]
    effect.fields["width_mm"].set_value(4.0)
    qtbot.mouseClick(effect.preview_button, LEFT)
    settle(window, qtbot)
    assert page.preview.on
    assert np.array_equal(labels(window), before), "a preview changes nothing"
    qtbot.mouseClick(effect.cancel_button, LEFT)
    assert not page.preview.on
    qtbot.mouseClick(effect.apply_button, LEFT)
    settle(window, qtbot)
    assert window.desk.session.undo_name == "Smooth femur"
    assert not np.array_equal(labels(window), before)
    window.undo()
    page.tools.activate("threshold")
    assert page.preview.on, "the threshold is previewed at once"
    page.tools.effects["threshold"].fields["low"].set_value(20)
    qtbot.mouseClick(page.tools.effects["threshold"].apply_button, LEFT)
    settle(window, qtbot)
    assert window.desk.session.undo_name == "Threshold femur", window.statusBar().currentMessage()
    gained = (labels(window) == FEMUR) & (before != FEMUR)
    assert gained.any()
    assert (window.desk.model.volume.array[gained] >= 20).all()
    page.tools.activate("")
    assert not page.preview.on


def told_thread(work, threads, *arguments):
    threads.append(threading.current_thread())
    return work(*arguments)


def test_a_vessel_is_added_painted_and_leaves_the_mesh_valid(window, page, qtbot, monkeypatch):
    page.list._add("vessel")
    made = page.editor.segment(page.editor.chosen)
    assert made.name == "vessel"
    assert look_of(window.desk.session.case.state, "vessel").keep_out
    assert page.list.rows[made.label].volume.text() in ("", "empty")
    paint_stroke(window)
    assert window.desk.session.undo_name == "Paint vessel"
    assert not page.stale.isVisible(), "the bone itself did not change"
    settle(window, qtbot)
    assert page.list.rows[made.label].volume.text().endswith(" ml")
    page.list.ask_name(made.label)
    box = page.list.findChild(QInputDialog, "renameBox")
    box.setTextValue("Femoral artery")
    box.accept()
    assert page.editor.segment(made.label).name == "Femoral artery"
    assert look_of(window.desk.session.case.state, "Femoral artery").keep_out
    window.go_to("plans")
    QApplication.processEvents()
    assert f"segment:{made.label}" in window.desk.views.scene.groups.names, (
        "what to keep out of stays visible"
    )
    window.go_to("anatomy")
    threads = []
    monkeypatch.setattr(table, "removed", partial(told_thread, table.removed, threads))
    qtbot.mouseClick(page.list.remove, LEFT)
    qtbot.waitUntil(lambda: page.editor.segment(made.label) is None and not page.runner.busy, timeout=5000)
    assert threads, "found by the table"
    assert threading.main_thread() not in threads, "not in the window's thread"
    assert not (labels(window) == made.label).any()


def test_the_bone_cannot_be_removed_or_renamed(window, page, qtbot):
    page.editor.choose(FEMUR)
    qtbot.mouseClick(page.list.remove, LEFT)
    assert page.editor.segment(FEMUR) is not None
    assert "cannot be removed" in window.error_card.words.text()


def test_looks_are_steps_and_come_back(window, page):
    session, model = window.desk.session, window.desk.model
    page.editor.choose(FEMUR)
    page.list.look.opacity.setValue(80)
    assert model.looks[FEMUR].opacity == pytest.approx(0.8)
    assert session.undo_name == "Opacity of femur"
    page.list.look.filled.click()
    assert not model.looks[FEMUR].filled
    page.list._change(FEMUR, "Colour of femur", rgb=(0.1, 0.2, 0.3))
    assert model.looks[FEMUR].rgb == pytest.approx((0.1, 0.2, 0.3))
    for _ in range(3):
        window.undo()
    look = model.looks[FEMUR]
    assert (look.opacity, look.filled, look.opacity_given) == (0.3, True, False)
    assert look.rgb == pytest.approx((0.93, 0.87, 0.74))


def test_preset_preview_follows_the_sliders(window, page, qtbot):
    page.folds["Segment automatically"].set_open(True)
    seed = page.preset.numbers["seed_hu"]
    seed.slider.setValue(seed.slider.value() + 40)
    assert page.preset.live.isChecked()
    assert page.preview.on
    assert page.preset.parameters == {"seed_hu": seed.value}
    qtbot.wait(30)
    qtbot.mouseClick(page.preset.reset, LEFT)
    assert page.preset.parameters == {}
    window.go_to("plans")
    assert not page.preview.on


def test_a_landmark_is_moved_by_hand_and_reset(window, page, qtbot):
    session, model = window.desk.session, window.desk.model
    model.set_axes("scanner")
    rows = page.landmarks.list
    rows.setCurrentRow(0)
    name = page.landmarks.chosen
    start = np.array(session.case.state["anatomy"]["landmarks"][name]["point_mm"])
    qtbot.mouseClick(page.landmarks.move_button, LEFT)
    assert np.allclose(model.crosshair_mm, start, atol=1.0), "choosing goes there"
    view = window.desk.views.slices["axial"]
    at = view.position_of(model.crosshair_mm)
    drag(view, [at, at + QPointF(10, 4), at + QPointF(20, 8)])
    row = session.case.state["anatomy"]["landmarks"][name]
    assert row["by_hand"]
    assert "by hand" in rows.item(0).text()
    assert session.undo_name.startswith("Move ")
    qtbot.mouseClick(page.landmarks.reset, LEFT)
    assert np.allclose(session.case.state["anatomy"]["landmarks"][name]["point_mm"], start)


def test_the_anatomy_is_signed_and_the_signature_ends_with_a_change(window, page, qtbot):
    session = window.desk.session
    assert "Not reviewed" in page.review.words.text()
    qtbot.mouseClick(window.step_bar.tiles["anatomy"].mend, LEFT)
    assert page.review.name.hasFocus(), "the step's button goes to the sign-off"
    qtbot.mouseClick(page.review.button, LEFT)
    assert "needs a name" in window.error_card.words.text()
    page.review.name.setText("Dr. Anna Weber")
    qtbot.mouseClick(page.review.button, LEFT)
    assert review.standing(session.case.state) == "valid"
    assert "Dr. Anna Weber" in page.review.words.text()
    paint_stroke(window)
    assert "changed since" in page.review.words.text()
    assert not page.review.button.isEnabled()
    window.undo()
    assert review.standing(session.case.state) == "valid"


def test_the_other_side_is_asked_before_it_is_measured(window, page, qtbot, monkeypatch):
    started = []
    monkeypatch.setattr(window.desk.jobs, "start", lambda *a: started.append(a))
    qtbot.mouseClick(page.side.correct, LEFT)
    box = page.side.findChild(QMessageBox, "sideBox")
    assert "right femur" in box.text()
    yes = next(b for b in box.buttons() if "It is right" in b.text())
    qtbot.mouseClick(yes, LEFT)
    assert started == [("prepare", {"side": "right"}, "Measure and mesh as right femur")]


def test_the_3d_view_is_painted_with_a_sphere(window, page, qtbot):
    scene = window.desk.views.scene
    before = labels(window)
    page.editor.choose(CANAL)
    page.tools.activate("paint")
    page.editor.set(radius_mm=5.0)
    station = window.desk.session.case.anatomy.stations[10]
    on_bone = window.desk.session.case.anatomy.frame.to_lps([*station.centre_mm, station.z_mm])
    at = QPointF(*scene.pixel_of(on_bone))
    drag(scene.interactor, [at, at + QPointF(3, 2)])
    after = labels(window)
    assert (after[before != after] == CANAL).all()
    assert (before != after).sum() > 3
    assert window.desk.session.undo_name == "Paint femur canal"


def test_segmenting_runs_beside_the_window_and_holds_the_brush(window, page, qtbot):
    session, jobs = window.desk.session, window.desk.jobs
    page.list._add("nerve")
    paint_stroke(window)
    nerve = labels(window) == page.editor.chosen
    page.tools.activate("")
    page.folds["Segment automatically"].set_open(True)
    page.preset.numbers["smoothing_mm"].field.setValue(1.5)
    qtbot.mouseClick(page.preset.start, LEFT)
    assert jobs.busy
    assert not page.preset.start.isEnabled()
    assert "Segment the bone" in page.preset.start.toolTip()
    before = labels(window)
    paint_stroke(window)
    assert np.array_equal(labels(window), before), "no stroke while new segments are made"
    assert "New segments are being made" in page.tools.reason.text()
    qtbot.waitUntil(lambda: not jobs.busy, timeout=120000)
    settle(window, qtbot)
    assert session.undo_name == "Segment the bone"
    assert session.case.state["labels"]["parameters"] == {"smoothing_mm": 1.5}
    assert not np.array_equal(labels(window) == FEMUR, before == FEMUR)
    added = next(s.label for s in session.labels.segments if s.name == "nerve")
    assert np.array_equal(labels(window) == added, nerve), "what was added by hand stays"
    assert page.tools.reason.text() == ""
    assert page.stale.isVisible()
    assert page.stale.button.text() == "Mesh the bone"
    window.undo()
    assert np.array_equal(labels(window), before)
