"""The rehearsal by mouse and keys: hide, plan blind, hand in, reveal side by side, look again later."""

import os

import pytest

pytestmark = pytest.mark.gui
if not os.environ.get("DISPLAY"):
    pytest.skip("needs a display: run under xvfb-run -a", allow_module_level=True)

from PySide6.QtCore import Qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from surgitwin.planning import rehearsal  # noqa: E402
from surgitwin.planning.case import Case  # noqa: E402
from surgitwin.viewer.main_window import MainWindow  # noqa: E402
from surgitwin.viewer.widgets.rehearsal_panel import (  # noqa: E402
    RehearsalBanner,
    RehearsalDialog,
    show_rehearsal,
)
from surgitwin.viewer.widgets.rehearsal_reveal import RevealDialog  # noqa: E402


@pytest.fixture
def opened(qtbot, meshed_case, tmp_path):
    window = MainWindow()
    banner = window.findChild(RehearsalBanner) or RehearsalBanner(window.desk, window)
    window.show()
    window.open_path(meshed_case.copy(tmp_path / "a.twin"))
    qtbot.waitUntil(lambda: window.desk.session is not None, timeout=30000)
    qtbot.wait(200)
    yield window, banner
    window._drop_case(discard=True)
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
    assert dialog.history.rowCount() == 1
    assert dialog.history.item(0, 1).text() == "Ada"
    assert dialog.history.item(0, 5).text() == "hidden"
    dialog.history.selectRow(0)
    assert "hidden" in dialog.look.toolTip()

    click(dialog.reveal_button)
    assert sorted(session.case.plans()) == ["nail", "plate"]
    assert banner.isHidden()
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
    again = window.findChild(RevealDialog)
    assert again is not None
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
