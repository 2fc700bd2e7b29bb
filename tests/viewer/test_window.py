"""The window as a whole, by mouse and keys: steps, open, save, discard, recover, lock, undo."""

import os
import shutil

import pytest

pytestmark = pytest.mark.gui
if not os.environ.get("DISPLAY"):
    pytest.skip("needs a display: run under xvfb-run -a", allow_module_level=True)

from opened_window import opened_window  # noqa: E402
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl  # noqa: E402
from PySide6.QtGui import QDragEnterEvent, QDropEvent  # noqa: E402
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QToolButton  # noqa: E402

from surgitwin.core.errors import StorageError  # noqa: E402
from surgitwin.planning.case import Case  # noqa: E402
from surgitwin.planning.session import find_draft  # noqa: E402
from surgitwin.planning.session.draft import write_draft  # noqa: E402
from surgitwin.viewer.main_window import MainWindow  # noqa: E402


@pytest.fixture
def window(qtbot):
    with opened_window(qtbot) as made:
        yield made


@pytest.fixture
def path(meshed_case, tmp_path):
    return meshed_case.copy(tmp_path / "a.twin")


@pytest.fixture
def opened(window, path, qtbot):
    window.open_path(path)
    qtbot.waitUntil(lambda: window.desk.session is not None, timeout=30000)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=5000)
    return window


def texts(window):
    return " | ".join(x.text() for x in window.findChildren(QLabel) if x.isVisible())


def box(window, name, qtbot):
    qtbot.waitUntil(lambda: window.findChild(QMessageBox, name) is not None, timeout=10000)
    return window.findChild(QMessageBox, name)


def click(qtbot, dialog, words):
    button = next(b for b in dialog.buttons() if b.text().replace("&", "") == words)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def note(window, words):
    window.desk.session.edit("Note", state={"plan_notes": {"nail": words}})


def test_an_empty_window_says_what_to_do_first(window):
    tiles = window.step_bar.tiles
    assert list(tiles) == ["import", "anatomy", "plans", "simulate", "compare"]
    assert all(t.isVisible() for t in tiles.values())
    assert tiles["import"].words.text() == "No case is open."
    assert "Import a scan first." in tiles["plans"].words.text()
    assert "NOT FOR CLINICAL USE" in texts(window)
    window.go_to("plans")
    assert window.page.step == "import"


def test_a_meshed_case_opens_on_its_next_step_with_side_and_words(opened, qtbot):
    assert opened.page.step == "simulate"
    tiles = opened.step_bar.tiles
    assert tiles["plans"].words.text() == "2 plans."
    assert tiles["simulate"].words.text() == "Not simulated yet."
    assert tiles["simulate"].mend.text() == "Simulate"
    assert tiles["compare"].words.text() == "Needs two simulated plans."
    assert "LEFT" in texts(opened)
    qtbot.mouseClick(tiles["plans"].button, Qt.MouseButton.LeftButton)
    assert opened.page.step == "plans"
    qtbot.keyClick(opened, Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    assert opened.page.step == "anatomy"


def test_the_views_show_bone_fracture_and_implants(opened, qtbot):
    director = opened.desk.director
    qtbot.waitUntil(lambda: bool(director.layers("implant:0")), timeout=10000)
    for group in ("bone", "marks", "gap"):
        assert director.layers(group)
    assert opened.desk.views.scene.interactor.isVisible() or opened.page.centre is not None
    first = director.layers("implant:0")[0].name
    opened.desk.set_active_plan("plate" if opened.desk.active_plan == "nail" else "nail")
    qtbot.waitUntil(lambda: director.layers("implant:0")[0].name != first, timeout=10000)


def test_undo_and_redo_by_keys_with_the_name_of_the_step(opened, qtbot):
    note(opened, "long")
    assert opened.actions_["undo"].text() == "Undo note"
    assert "*" in opened.windowTitle()
    assert "(not saved)" in texts(opened)
    qtbot.keyClick(opened, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert "plan_notes" not in opened.desk.session.case.state
    assert opened.actions_["redo"].text() == "Redo note"
    assert not opened.actions_["undo"].isEnabled()
    assert "Nothing to undo" in opened.actions_["undo"].toolTip()
    qtbot.keyClick(
        opened, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    assert opened.desk.session.case.state["plan_notes"] == {"nail": "long"}


def test_save_by_key_reaches_the_disk_and_leaves_no_draft(opened, path, qtbot):
    note(opened, "long")
    with qtbot.waitSignal(opened.keeper.saved, timeout=10000):
        qtbot.keyClick(opened, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert Case.open(path).state["plan_notes"] == {"nail": "long"}
    assert find_draft(path) is None
    assert not opened.desk.session.dirty


def test_closing_asks_and_cancel_keeps_everything(opened, qtbot):
    note(opened, "long")
    opened.close()
    click(qtbot, box(opened, "unsaved", qtbot), "Cancel")
    assert opened.isVisible()
    assert opened.desk.session.case.state["plan_notes"] == {"nail": "long"}


@pytest.mark.parametrize(("answer", "kept"), [("Save", True), ("Discard", False)])
def test_closing_saves_or_discards(opened, path, qtbot, answer, kept):
    note(opened, "long")
    opened.close()
    click(qtbot, box(opened, "unsaved", qtbot), answer)
    qtbot.waitUntil(lambda: not opened.isVisible(), timeout=15000)
    assert ("plan_notes" in Case.open(path).state) is kept
    assert find_draft(path) is None
    assert not (path / ".lock").exists()


def test_a_draft_is_written_by_itself_and_offered_after_a_crash(opened, path, tmp_path, qtbot):
    opened.keeper._timer.setInterval(50)
    with qtbot.waitSignal(opened.keeper.drafted, timeout=10000):
        note(opened, "long")
    crashed = tmp_path / "crashed.twin"
    shutil.copytree(path, crashed)
    (crashed / ".lock").unlink()
    opened.drop_case()
    opened.open_path(crashed)
    question = box(opened, "recovery", qtbot)
    assert "Note" in question.text()
    click(qtbot, question, "Recover")
    qtbot.waitUntil(lambda: opened.desk.session is not None, timeout=30000)
    assert opened.desk.session.case.state["plan_notes"] == {"nail": "long"}
    assert opened.desk.session.dirty


def test_recovery_can_be_declined(window, path, qtbot):
    from surgitwin.planning.session import Session

    session = Session.open(path)
    session.edit("Note", state={"plan_notes": {"nail": "x"}})
    write_draft(session.snapshot())
    session.close()
    window.open_path(path)
    click(qtbot, box(window, "recovery", qtbot), "Open as last saved")
    qtbot.waitUntil(lambda: window.desk.session is not None, timeout=30000)
    assert "plan_notes" not in window.desk.session.case.state
    assert find_draft(path) is None


def test_a_second_window_reads_only(opened, path, qtbot):
    other = MainWindow()
    other.show()
    other.open_path(path)
    click(qtbot, box(other, "locked", qtbot), "Open for reading only")
    qtbot.waitUntil(lambda: other.desk.session is not None, timeout=30000)
    assert "(read only)" in texts(other)
    assert other.desk.attempt(lambda: note(other, "x")) is False
    assert "open for reading only" in texts(other)
    assert not other.step_bar.tiles["simulate"].mend.isEnabled()
    other.close()
    assert (path / ".lock").exists(), "the reader must not free the writer's lock"
    other.deleteLater()


def test_a_dropped_case_opens(window, path, qtbot):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(50, 50), Qt.DropAction.CopyAction, mime, left, none)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    drop = QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, mime, left, none)
    QApplication.sendEvent(window, drop)
    qtbot.waitUntil(lambda: window.desk.session is not None, timeout=30000)


def test_a_folder_that_is_no_case_is_refused_in_words(window, tmp_path, qtbot):
    window.open_path(tmp_path)
    qtbot.waitUntil(lambda: "is not a SurgiTwin case" in texts(window), timeout=10000)
    qtbot.mouseClick(window.findChild(QToolButton, "closeError"), Qt.MouseButton.LeftButton)
    assert not window.error_card.isVisible()


def test_history_lists_the_steps_and_a_click_goes_back_several(opened, qtbot):
    for n in range(3):
        note(opened, str(n))
    qtbot.keyClick(opened, Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier)
    steps = opened.history.list
    assert [steps.item(n).text() for n in range(steps.count())] == ["As opened", "Note", "Note", "Note"]
    spot = steps.visualItemRect(steps.item(1)).center()
    qtbot.mouseClick(steps.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert opened.desk.session.case.state["plan_notes"] == {"nail": "0"}
    assert "Taken back" in steps.item(3).toolTip()


def test_an_edit_made_while_a_save_runs_is_saved_too_before_closing(opened, path, qtbot):
    note(opened, "first")
    opened.save()
    note(opened, "second")
    opened.close()
    click(qtbot, box(opened, "unsaved", qtbot), "Save")
    qtbot.waitUntil(lambda: not opened.isVisible(), timeout=15000)
    assert Case.open(path).state["plan_notes"] == {"nail": "second"}


def test_a_save_that_fails_closes_nothing_and_can_be_tried_again(opened, path, qtbot, monkeypatch):
    def full(snapshot):
        raise StorageError("storage.full", "The disk is full.", hint="Make room.", where="here")

    note(opened, "first")
    monkeypatch.setattr("surgitwin.viewer.keeper.write_saved", full)
    opened.close()
    click(qtbot, box(opened, "unsaved", qtbot), "Save")
    qtbot.waitUntil(lambda: "The disk is full." in texts(opened), timeout=10000)
    assert opened.isVisible()
    assert opened.split.isEnabled()
    monkeypatch.undo()
    opened.save()
    qtbot.waitUntil(lambda: not opened.desk.session.dirty, timeout=10000)
    assert opened.isVisible(), "a plain save closes nothing"
    note(opened, "second")
    opened.close()
    click(qtbot, box(opened, "unsaved", qtbot), "Discard")
    qtbot.waitUntil(lambda: not opened.isVisible(), timeout=15000)
    assert Case.open(path).state["plan_notes"] == {"nail": "first"}


def test_a_fault_while_saving_is_told(opened, qtbot, monkeypatch):
    def fault(snapshot):
        raise RuntimeError("planted")

    note(opened, "first")
    monkeypatch.setattr("surgitwin.viewer.keeper.write_saved", fault)
    with qtbot.captureExceptions():
        opened.save()
        qtbot.waitUntil(lambda: "window.fault" in texts(opened), timeout=10000)
    assert opened.desk.session.dirty


def test_taking_everything_back_leaves_no_draft(opened, path, qtbot):
    note(opened, "first")
    with qtbot.waitSignal(opened.keeper.drafted, timeout=10000):
        opened.keeper.draft()
    assert find_draft(path) is not None
    qtbot.keyClick(opened, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: find_draft(path) is None, timeout=5000)
