"""The rehearsal by mouse and keys: hide, plan blind, hand in, reveal side by side, look again later."""

import os
import threading

import pytest

pytestmark = pytest.mark.gui
if not os.environ.get("DISPLAY"):
    pytest.skip("needs a display: run under xvfb-run -a", allow_module_level=True)

from PySide6.QtCore import Qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from surgitwin.planning.case import Case  # noqa: E402
from surgitwin.planning.rehearsing import outcome as rehearsal_outcome  # noqa: E402
from surgitwin.planning.rehearsing import rehearsal  # noqa: E402
from surgitwin.viewer.job import Job  # noqa: E402
from surgitwin.viewer.main_window import MainWindow  # noqa: E402
from surgitwin.viewer.rehearsing.panel import (  # noqa: E402
    RehearsalBanner,
    RehearsalDialog,
    show_rehearsal,
)
from surgitwin.viewer.rehearsing.reveal import RevealDialog  # noqa: E402


@pytest.fixture
def opened(qtbot, meshed_case, tmp_path):
    window = MainWindow()
    banner = window.findChild(RehearsalBanner) or RehearsalBanner(window.desk, window)
    window.show()
    window.open_path(meshed_case.copy(tmp_path / "a.twin"))
    qtbot.waitUntil(lambda: window.desk.session is not None, timeout=30000)
    qtbot.wait(200)
    yield window, banner
    window.drop_case()
    window.close()
    window.deleteLater()
    QApplication.processEvents()


def click(button):
    assert button.isEnabled(), button.toolTip()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_a_whole_rehearsal(opened, qtbot, monkeypatch):
    window, banner = opened
    session = window.desk.session
    dialog = show_rehearsal(window.desk, window)
    assert dialog is show_rehearsal(window.desk, window), "one dialog"
    assert not dialog.start_button.isEnabled()
    assert "trainee" in dialog.start_button.toolTip()
    dialog.reference.setCurrentText("plate")
    dialog.trainee.setFocus()
    QTest.keyClicks(dialog.trainee, "Ada")
    click(dialog.start_button)

    assert list(session.case.plans()) == ["nail"]
    assert window.desk.active_plan == "nail"
    assert "hidden" in dialog.words.text()
    assert "plate" not in dialog.words.text()
    assert not banner.isHidden()
    assert not dialog.reveal_button.isEnabled()
    assert "Hand in" in dialog.reveal_button.toolTip()
    assert session.undo_name == "", "undo must not tell the hidden plan"
    qtbot.waitUntil(lambda: not session.dirty, timeout=10000)
    assert list(Case.open(session.path).plans()) == ["nail"], "hidden on disk as well"

    dialog.plan.setCurrentText("nail")
    click(dialog.submit_button)
    assert not dialog.reveal_button.isEnabled()
    qtbot.waitUntil(lambda: dialog.history.rowCount() == 1, timeout=20000)
    qtbot.waitUntil(dialog.reveal_button.isEnabled, timeout=5000)
    assert dialog.history.item(0, 1).text() == "Ada"
    assert dialog.history.item(0, 5).text() == "hidden"
    dialog.history.selectRow(0)
    assert "hidden" in dialog.look.toolTip()

    click(dialog.reveal_button)
    assert sorted(session.case.plans()) == ["nail", "plate"]
    assert banner.isHidden()
    qtbot.waitUntil(lambda: window.findChild(RevealDialog) is not None, timeout=20000)
    reveal = window.findChild(RevealDialog)
    qtbot.waitUntil(reveal.isVisible, timeout=10000)
    qtbot.wait(300)
    assert len(reveal.views) == 2
    assert reveal.differences.rowCount() >= 1
    assert reveal.criteria.item(0, 0).text() == "Checks without simulation"
    reveal.views[0].look_from("lateral")
    reveal._follow(reveal.views[0])
    one, other = (v.camera_state() for v in reveal.views)
    assert one == other
    if os.environ.get("SURGITWIN_PICTURES"):
        qtbot.wait(500)
        window.screen().grabWindow(0).save(os.environ["SURGITWIN_PICTURES"] + "/reveal.png")
    reveal.close()
    qtbot.waitUntil(lambda: window.findChild(RevealDialog) is None, timeout=5000)
    qtbot.waitUntil(lambda: not session.dirty, timeout=10000)
    assert rehearsal.attempts(Case.open(session.path).state)[0].revealed

    dialog.history.selectRow(0)
    click(dialog.look)
    qtbot.waitUntil(lambda: window.findChild(RevealDialog) is not None, timeout=20000)
    again = window.findChild(RevealDialog)
    again.close()
    if os.environ.get("SURGITWIN_PICTURES"):
        qtbot.wait(500)
        window.screen().grabWindow(0).save(os.environ["SURGITWIN_PICTURES"] + "/rehearsal.png")


def test_the_dialog_goes_with_its_case(opened, qtbot):
    window, banner = opened
    show_rehearsal(window.desk, window)
    window.close_case()
    qtbot.waitUntil(lambda: window.findChild(RehearsalDialog) is None, timeout=5000)
    assert show_rehearsal(window.desk, window) is None
    assert banner.isHidden()


def rehearse(dialog, trainee):
    dialog.reference.setCurrentText("plate")
    dialog.trainee.setText(trainee)
    click(dialog.start_button)


def hand_in(qtbot, dialog):
    before = dialog.history.rowCount()
    click(dialog.submit_button)
    qtbot.waitUntil(lambda: dialog.history.rowCount() == before + 1, timeout=20000)


def test_checks_and_comparison_do_not_hold_up_the_window(opened, qtbot, monkeypatch):
    window, _ = opened
    seen = []
    for module in (rehearsal, rehearsal_outcome):
        real = module.check_plan

        def noted(*given, real=real):
            seen.append(threading.current_thread() is threading.main_thread())
            return real(*given)

        monkeypatch.setattr(module, "check_plan", noted)
    dialog = show_rehearsal(window.desk, window)
    rehearse(dialog, "Ann")
    hand_in(qtbot, dialog)
    assert seen == [False]
    qtbot.waitUntil(dialog.reveal_button.isEnabled, timeout=5000)
    click(dialog.reveal_button)
    qtbot.waitUntil(lambda: window.findChild(RevealDialog) is not None, timeout=20000)
    window.findChild(RevealDialog).close()
    assert seen == [False, False, False]


def test_a_plan_handed_in_is_kept_when_the_dialog_is_closed(opened, qtbot):
    window, _ = opened
    session = window.desk.session
    dialog = show_rehearsal(window.desk, window)
    rehearse(dialog, "Ann")
    click(dialog.submit_button)
    dialog.close()
    qtbot.waitUntil(lambda: len(rehearsal.attempts(session.case.state)) == 1, timeout=20000)


def test_no_start_while_a_job_is_under_way(opened):
    window, _ = opened
    session, jobs = window.desk.session, window.desk.jobs
    dialog = show_rehearsal(window.desk, window)
    dialog.trainee.setText("Ann")
    assert dialog.start_button.isEnabled()
    job = Job(999, "solve", {}, "Simulate")
    jobs.jobs.append(job)
    jobs.queued.emit(job)
    assert not dialog.start_button.isEnabled()
    assert dialog.start_button.toolTip() == "Wait until the running job is done."
    dialog.start()
    assert "plate" in session.case.plans()
    job.state = "done"
    jobs.finished.emit(job)
    assert dialog.start_button.isEnabled()


def test_an_old_attempt_does_not_tell_the_reference_that_is_hidden_again(opened, qtbot):
    window, _ = opened
    session = window.desk.session
    dialog = show_rehearsal(window.desk, window)
    rehearse(dialog, "Ann")
    hand_in(qtbot, dialog)
    edit = rehearsal.reveal(session.case)
    session.edit(edit.title, state=edit.state, plans=edit.plans)
    dialog.history.selectRow(0)
    assert dialog.history.item(0, 5).text() == "plate"
    assert dialog.look.isEnabled()
    rehearse(dialog, "Bob")
    dialog.history.selectRow(0)
    assert dialog.history.item(0, 5).text() == "hidden"
    assert not dialog.look.isEnabled()
    assert dialog.look.toolTip() == "The reference plan is still hidden."
