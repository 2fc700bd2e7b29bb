"""Images without identity and consent with real events."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import dicom_factory as factory
import pytest

pytestmark = [
    pytest.mark.gui,
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
if not os.environ.get("DISPLAY"):
    pytest.skip("needs a display: run under xvfb-run -a", allow_module_level=True)

from PySide6.QtCore import Qt  # noqa: E402
from PySide6.QtGui import QAction  # noqa: E402
from PySide6.QtWidgets import QApplication, QMenu  # noqa: E402

from surgitwin.exchange.consent import consent_of, make_consent  # noqa: E402
from surgitwin.planning.images.new_case import new_case  # noqa: E402
from surgitwin.planning.privacy.consent import consent_change, record_consent  # noqa: E402
from surgitwin.planning.session import Session  # noqa: E402
from surgitwin.planning.settings import read_settings  # noqa: E402
from surgitwin.viewer import preferences, theme  # noqa: E402
from surgitwin.viewer.deidentify.consent_dialog import ConsentDialog  # noqa: E402
from surgitwin.viewer.deidentify.dialog import DeidentifyDialog  # noqa: E402
from surgitwin.viewer.deidentify.going_out import PICTURES, write_out  # noqa: E402
from surgitwin.viewer.deidentify.purpose import purpose_of  # noqa: E402
from surgitwin.viewer.latest import Latest  # noqa: E402
from surgitwin.viewer.main_window import MainWindow  # noqa: E402

LEFT = Qt.MouseButton.LeftButton
LONG = 30000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    theme.apply(QApplication.instance(), "dark")
    grid = factory.grid_like((5, 8, 6))
    factory.write_series(tmp_path / "cd", factory.ramp(grid), grid)
    return tmp_path / "cd"


def picture(widget, name: str) -> None:
    if os.environ.get("SURGITWIN_PICTURES"):
        widget.grab().save(str(Path(os.environ["SURGITWIN_PICTURES"]) / f"{name}.png"))


def test_preview_then_write(qtbot, folder: Path, tmp_path: Path) -> None:
    dialog = DeidentifyDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitExposed(dialog)
    assert not dialog.write_button.isEnabled()
    qtbot.keyClicks(dialog.source, str(folder))
    qtbot.mouseClick(dialog.try_button, LEFT)
    qtbot.waitUntil(lambda: dialog.changes.rowCount() > 5 and not dialog.work.busy, timeout=LONG)
    assert "Nothing is written yet" in dialog.said.text()
    cells = [dialog.changes.item(r, c).text() for r in range(dialog.changes.rowCount()) for c in range(5)]
    assert "PatientName" in cells
    assert not any("Secret" in c for c in cells)
    picture(dialog, "deidentify_preview")
    dialog.boxes["shift_dates"].setChecked(True)
    qtbot.keyClicks(dialog.out, str(tmp_path / "out"))
    qtbot.mouseClick(dialog.write_button, LEFT)
    qtbot.waitUntil(lambda: "images written" in dialog.said.text() and not dialog.work.busy, timeout=LONG)
    assert len(list((tmp_path / "out").rglob("*.dcm"))) == 5
    qtbot.mouseClick(dialog.write_button, LEFT)
    qtbot.waitUntil(lambda: dialog.errors.isVisible() and not dialog.work.busy, timeout=LONG)
    assert "not an empty folder" in dialog.errors.words.text()
    picture(dialog, "deidentify_refused")
    dialog.close()


def test_consent_is_recorded_and_can_be_undone(qtbot, folder: Path, tmp_path: Path) -> None:
    case = new_case(tmp_path / "a.twin", folder)
    session = Session.open(case.folder.path)
    dialog = ConsentDialog(session)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitExposed(dialog)
    assert not dialog.ok.isEnabled()  # there is nothing to withdraw
    dialog.boxes["teaching"].setChecked(True)
    qtbot.mouseClick(dialog.ok, LEFT)
    assert dialog.errors.isVisible()  # nobody is named
    qtbot.keyClicks(dialog.by, "Dr. Nowak")
    picture(dialog, "consent")
    qtbot.mouseClick(dialog.ok, LEFT)
    assert not dialog.isVisible()
    assert consent_of(session.case.state).scope == ("teaching",)
    session.undo()
    assert consent_of(session.case.state) is None
    session.close()


def test_a_consent_in_force_is_shown_whole_and_withdrawn_by_unticking(
    qtbot, folder: Path, tmp_path: Path
) -> None:
    case = new_case(tmp_path / "a.twin", folder)
    record_consent(case, make_consent(("research",), "Dr. Nowak", "2024-01-17", "2031-05-01"))
    session = Session.open(case.folder.path)
    dialog = ConsentDialog(session)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.by.setText("Dr. Lis")
    assert dialog.record().until == "2031-05-01"  # the last day is not lost
    assert dialog.ok.text() == "Record"
    dialog.boxes["research"].setChecked(False)
    assert dialog.ok.text() == "Record withdrawal"
    qtbot.mouseClick(dialog.ok, LEFT)
    kept = consent_of(session.case.state)
    assert (kept.scope, kept.until, kept.by) == ((), "", "Dr. Lis")
    session.close()


def test_a_case_is_written_without_identity(qtbot, folder: Path, tmp_path: Path) -> None:
    new_case(tmp_path / "old.twin", folder)
    dialog = DeidentifyDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitExposed(dialog)
    dialog.source.setText(str(tmp_path / "old.twin"))
    dialog.out.setText(str(tmp_path / "new.twin"))
    assert not dialog.try_button.isEnabled()
    assert not dialog.boxes["deface"].isEnabled()
    qtbot.mouseClick(dialog.write_button, LEFT)
    qtbot.waitUntil(lambda: dialog.changes.rowCount() > 2 and not dialog.work.busy, timeout=LONG)
    assert (tmp_path / "new.twin" / "case.json").is_file()
    picture(dialog, "deidentify_case")


def test_import_without_identity_and_purpose_of_exports(
    qtbot, folder: Path, tmp_path: Path, monkeypatch
) -> None:
    for name in ("STATE", "CASES"):
        monkeypatch.setenv(f"SURGITWIN_{name}", str(tmp_path / name.lower()))
    monkeypatch.setenv("SURGITWIN_SETTINGS", str(tmp_path / "settings.toml"))
    preferences.read_again()
    window = MainWindow()
    qtbot.addWidget(window, before_close_func=lambda w: w.close())
    window.show()
    qtbot.waitExposed(window)
    page = window.pages["import"]
    page.take([folder])
    qtbot.waitUntil(lambda: page.stack.currentWidget() is page.choice, timeout=LONG)
    form = page.choice.form
    form.without.setChecked(True)
    assert "2" not in form.name.text()
    assert read_settings().import_without_identity
    picture(window, "import_without")
    qtbot.mouseClick(page.choice.take, LEFT)
    qtbot.waitUntil(lambda: window.desk.session is not None, timeout=LONG)
    assert window.desk.session.case.state["deidentified"]
    refused = []
    window.desk.error_said.connect(refused.append)
    menu = window.findChild(QMenu, "menu_purpose")
    menu.findChild(QAction, "purpose_research").trigger()
    assert purpose_of(window.desk) == "research"
    out = tmp_path / "views.png"
    writer = Latest(window, window.desk.say_error)
    write = partial(write_out, window.desk, writer, PICTURES, partial(out.write_bytes, b"1"), lambda: "Saved")
    write()
    qtbot.waitUntil(lambda: bool(refused), timeout=LONG)
    assert not out.exists()
    assert refused[0].code == "consent.outside_scope"
    _, changes = consent_change(window.desk.session.case.state, make_consent(("research",), "Dr A"))
    window.desk.session.edit("Consent", state=changes)
    write()
    qtbot.waitUntil(out.is_file, timeout=LONG)
    menu.aboutToShow.emit()
    menu.popup(window.mapToGlobal(window.rect().center()))
    picture(menu, "purpose_menu")
    menu.close()
    window.save()
    preferences.read_again()
