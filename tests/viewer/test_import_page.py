"""The Import page with real events: drop, cancel, refuse, import, recent and sample cases, settings."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import dicom_factory as factory
import pytest

pytestmark = pytest.mark.gui
if not os.environ.get("DISPLAY"):
    pytest.skip("needs a display: run under xvfb-run -a", allow_module_level=True)

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl  # noqa: E402
from PySide6.QtGui import QDragEnterEvent, QDropEvent  # noqa: E402
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QMenu, QPushButton, QWidget  # noqa: E402

from small_case import small_study  # noqa: E402
from surgitwin.core.progress import Progress  # noqa: E402
from surgitwin.planning import case_names, recent, samples, settings  # noqa: E402
from surgitwin.planning.case import Case  # noqa: E402
from surgitwin.viewer import preferences, theme  # noqa: E402
from surgitwin.viewer.main_window import MainWindow  # noqa: E402
from surgitwin.viewer.widgets.about_dialog import AboutDialog  # noqa: E402
from surgitwin.viewer.widgets.help_panel import HelpPanel  # noqa: E402
from surgitwin.viewer.widgets.settings_dialog import SettingsDialog  # noqa: E402

LONG = 30000


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Everything that the program remembers goes below the test's folder."""
    monkeypatch.setenv(recent.VARIABLE, str(tmp_path / "state"))
    monkeypatch.setenv(case_names.VARIABLE, str(tmp_path / "cases"))
    monkeypatch.setenv(settings.VARIABLE, str(tmp_path / "settings.toml"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    preferences.read_again()
    yield tmp_path
    preferences.read_again()


@pytest.fixture
def window(qtbot, places: Path):
    theme.apply(QApplication.instance(), "dark")
    made = MainWindow()
    qtbot.addWidget(made, before_close_func=lambda w: w.close())
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def page(window):
    return window.pages["import"]


def series(folder: Path, **more):
    grid = factory.grid_like((8, 24, 20))
    return factory.write_series(folder, factory.ramp(grid), grid, **more)


def drop(target: QWidget, *paths: Path) -> None:
    """What the desktop sends when files are dropped in the middle of a widget."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(p)) for p in paths])
    at = QPointF(target.rect().center())
    given = (data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(at.toPoint(), Qt.DropAction.CopyAction, *given)
    QApplication.sendEvent(target, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(target, QDropEvent(at, Qt.DropAction.CopyAction, *given))


def zipped(folder: Path, packed: Path) -> Path:
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(folder.rglob("*.dcm")):
            archive.write(file, file.relative_to(folder.parent))
    return packed


def wait_choice(qtbot, page) -> None:
    qtbot.waitUntil(lambda: page.stack.currentWidget() is page.choice, timeout=LONG)


def wait_open(qtbot, window) -> None:
    qtbot.waitUntil(lambda: window.desk.session is not None and window.opener.worker is None, timeout=LONG)


def texts(widget: QWidget) -> str:
    return " | ".join(x.text() for x in widget.findChildren(QLabel) if x.isVisible())


def test_an_empty_start_says_what_to_do(window, page) -> None:
    assert window.panel_scroll.isHidden()
    said = texts(window)
    for words in ("Drop a scan here", "No case yet", "Try a sample", "Thigh bone, CT only"):
        assert words in said
    assert window.minimumSizeHint().width() <= 1366
    assert window.minimumSizeHint().height() <= 768


def test_a_dropped_folder_becomes_a_case(qtbot, window, page, places: Path) -> None:
    def known(dataset, _k) -> None:
        dataset.ImageLaterality = "R"

    series(places / "cd" / "a", edit=known)
    drop(window, places / "cd")
    wait_choice(qtbot, page)
    choice = page.choice
    assert "One series found" in choice.heading.text()
    shown = [choice.tree.topLevelItem(0).text(0), choice.title.text(), choice.facts.text()]
    assert shown[0].startswith("Secret, Person\nID ID-4711")
    assert "8 slices" in shown[2]
    assert "says right" in choice.form.side_words.text()
    assert choice.form.weight.value() == 68.5
    qtbot.waitUntil(lambda: choice.preview.sagittal.has_picture, timeout=LONG)
    assert choice.take.isEnabled()
    choice.form.name.setText("Mrs/ X")
    assert not choice.take.isEnabled()
    assert "Try:" in choice.form.fault_words.text()
    assert choice.take.toolTip() == choice.form.fault_words.text()
    choice.form.name.setText("first")
    choice.form.weight.setValue(80)
    qtbot.mouseClick(choice.take, Qt.MouseButton.LeftButton)
    wait_open(qtbot, window)
    case = Case.open(places / "cases" / "first.twin")
    assert case.state["body_weight_kg"] == 80
    assert "Secret" not in (places / "cases" / "first.twin" / "case.json").read_text()
    assert window.page.step == "anatomy"
    window.go_to("import")
    assert page.start.imported.isVisible()
    assert "80 kg as given" in page.start.imported.words.text()
    assert page.start.drop.title.text() == "Drop another scan here"
    qtbot.waitUntil(lambda: len(page.cases) == 1, timeout=LONG)
    assert page.cases[0].name == "first"
    assert not list(places.glob("surgitwin-import-*")), "nothing unpacked is left behind"


def test_the_step_asks_for_a_folder(qtbot, window, page, places: Path) -> None:
    series(places / "cd")
    qtbot.mouseClick(window.step_bar.tiles["import"].mend, Qt.MouseButton.LeftButton)
    dialog = window.findChild(QFileDialog, "folderDialog")
    assert dialog.isVisible()
    dialog.fileSelected.emit(str(places / "cd"))
    dialog.close()
    wait_choice(qtbot, page)


def test_a_dropped_zip_and_a_choice_by_keyboard(qtbot, window, page, places: Path) -> None:
    def numbered(number: int):
        def edit(dataset, _k) -> None:
            dataset.SeriesNumber, dataset.SeriesDescription = number, f"series {number}"
            dataset.StudyInstanceUID = "1.2.3"

        return edit

    for n in (1, 2):
        series(places / "cd" / f"S{n}", edit=numbered(n))
    (places / "cd" / "S2" / "0003.dcm").unlink()
    drop(page.start.drop, zipped(places / "cd", places / "cd.zip"))
    wait_choice(qtbot, page)
    choice = page.choice
    assert "2 series found, 1 can be used" in choice.heading.text()
    assert choice.title.text().endswith("series 1")
    assert choice.form.isVisible()
    qtbot.keyClick(choice.tree, Qt.Key.Key_Down)
    assert choice.title.text().endswith("series 2")
    assert "1 slices are missing" in choice.advice.text()
    assert not choice.take.isEnabled()
    assert "cannot be used" in choice.take.toolTip()
    assert not choice.form.isVisible()
    item = choice.tree.currentItem()
    assert item.foreground(0).color().name() == theme.theme().disabled
    qtbot.keyClick(choice.tree, Qt.Key.Key_Up)
    qtbot.keyClick(choice.tree, Qt.Key.Key_Return)
    wait_open(qtbot, window)
    assert window.desk.session.case.state["series"]["description"] == "series 1"
    qtbot.waitUntil(lambda: not list(places.glob("surgitwin-import-*")), timeout=LONG)


def test_what_holds_no_images_says_so_and_the_page_stays(qtbot, window, page, places: Path) -> None:
    (places / "letters").mkdir()
    (places / "letters" / "a.txt").write_text("no image")
    drop(window, places / "letters")
    qtbot.waitUntil(window.error_card.isVisible, timeout=LONG)
    assert "holds no DICOM image" in window.error_card.words.text()
    assert page.stack.currentWidget() is page._home
    (places / "bad.zip").write_bytes(b"PK nothing")
    window.error_card.hide()
    drop(window, places / "bad.zip")
    qtbot.waitUntil(window.error_card.isVisible, timeout=LONG)
    assert "damaged" in window.error_card.words.text()
    qtbot.waitUntil(lambda: not list(places.glob("surgitwin-import-*")), timeout=LONG)


def test_a_scan_can_be_stopped(qtbot, window, page, places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(_paths, _place, progress: Progress):
        while True:
            progress("Reading headers", 0.5)

    monkeypatch.setattr("surgitwin.viewer.importing.flow.look", slow)
    series(places / "cd")
    drop(window, places / "cd")
    qtbot.waitUntil(page.busy.isVisible, timeout=LONG)
    qtbot.waitUntil(lambda: page.busy.bar.value() == 500, timeout=LONG)
    qtbot.mouseClick(page.busy.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.stack.currentWidget() is page._home, timeout=LONG)
    qtbot.waitUntil(lambda: not page.flow.busy, timeout=LONG)


def test_an_import_can_be_cancelled_and_is_not_disturbed_by_a_drop(
    qtbot, window, page, places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(_path, _series, *, body_weight_kg, resample, anonymous, progress: Progress):
        while True:
            progress("Reading slices", 0.5)

    monkeypatch.setattr("surgitwin.viewer.pages.import_page.case_from_series", slow)
    series(places / "cd")
    page.take([zipped(places / "cd", places / "cd.zip")])
    wait_choice(qtbot, page)
    (place,) = places.glob("surgitwin-import-*")
    qtbot.mouseClick(page.choice.take, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(window.busy.isVisible, timeout=LONG)
    drop(window, places / "cd")
    assert not page.flow.busy
    assert list(place.rglob("*.dcm")), "the images that are being imported stay"
    qtbot.mouseClick(window.busy.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(page.choice.isVisible, timeout=LONG)
    assert not (places / "cases").exists()
    drop(window, places / "cd")
    qtbot.waitUntil(lambda: page.choice.heading.text().startswith("cd:"), timeout=LONG)


def test_a_new_drop_takes_the_place_of_the_old_one(qtbot, window, page, places: Path) -> None:
    series(places / "one")
    series(places / "two")
    page.take([places / "one"])
    page.take([places / "two"])
    wait_choice(qtbot, page)
    assert page.choice.heading.text().startswith("two")
    qtbot.mouseClick(page.choice.other, Qt.MouseButton.LeftButton)
    assert page.stack.currentWidget() is page._home


def test_recent_cases_open_and_go_away(qtbot, window, page, places: Path) -> None:
    from surgitwin.imaging import scan
    from surgitwin.planning.images.new_case import case_from_series

    series(places / "cd")
    case_from_series(places / "known.twin", scan(places / "cd")[0])
    recent.remember(places / "gone.twin")
    recent.remember(places / "known.twin")
    page.entered()
    qtbot.waitUntil(lambda: len(page.cases) == 2, timeout=LONG)
    known, gone = page.start.recent.cards.values()
    assert known.picture.pixmap().width() > 10
    assert not gone.isEnabled()
    assert "Not there any more" in gone.accessibleName()
    away = [b for b in page.start.recent.findChildren(QWidget) if b.accessibleName().startswith("take gone")]
    qtbot.mouseClick(away[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: [c.name for c in page.cases] == ["known"], timeout=LONG)
    menu = window.findChild(QMenu, "menu_recent")
    menu.aboutToShow.emit()
    assert [a.text() for a in menu.actions()] == ["known"]
    (known,) = page.start.recent.cards.values()
    qtbot.mouseClick(known, Qt.MouseButton.LeftButton)
    wait_open(qtbot, window)
    assert window.desk.session.case.name == "known"


def test_a_sample_is_one_click_away(
    qtbot, window, page, places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "sample_study", lambda _name: small_study())
    titles = [a.text() for a in window.findChild(QMenu, "menu_samples").actions()]
    assert titles == [s.title for s in samples.SAMPLES]
    qtbot.mouseClick(page.start.samples["femur"], Qt.MouseButton.LeftButton)
    wait_open(qtbot, window)
    assert window.desk.session.path == places / "cases" / "Sample thigh bone.twin"


def test_a_dropped_case_is_opened(qtbot, window, places: Path) -> None:
    from surgitwin.imaging import scan
    from surgitwin.planning.images.new_case import case_from_series

    series(places / "cd")
    case_from_series(places / "known.twin", scan(places / "cd")[0])
    drop(window, places / "known.twin")
    wait_open(qtbot, window)
    assert window.desk.session.case.name == "known"


def test_settings_are_seen_at_once_kept_on_ok_and_undone_on_cancel(qtbot, window, places: Path) -> None:
    for accept in (False, True):
        dialog = SettingsDialog(window.desk.writer, window)
        qtbot.addWidget(dialog)
        dialog.open()
        dialog.theme_box.setCurrentIndex(dialog.theme_box.findData("light"))
        assert theme.theme().name == "light"
        dialog.cores.setValue(1)
        dialog.autosave.setValue(5)
        dialog.ok.click() if accept else dialog.reject()
        qtbot.waitUntil(lambda shown=dialog: not shown.isVisible(), timeout=LONG)
        assert theme.theme().name == ("light" if accept else "dark")
    assert settings.read_settings() == settings.Settings(cores=1, theme="light", autosave_s=5)
    assert preferences.preferences().cores == 1
    window.actions_["toggle_theme"].trigger()
    qtbot.waitUntil(lambda: not window.desk.writer.busy, timeout=LONG)
    assert settings.read_settings().theme == "dark"


def test_settings_that_cannot_be_kept_say_so(qtbot, window, places: Path) -> None:
    (places / "settings.toml").mkdir()
    dialog = SettingsDialog(window.desk.writer, window)
    qtbot.addWidget(dialog)
    dialog.open()
    dialog.ok.click()
    qtbot.waitUntil(dialog.fault.isVisible, timeout=LONG)
    assert dialog.isVisible()
    assert "settings.toml" in dialog.fault.text()


def test_about_says_licence_and_notice(qtbot, window) -> None:
    dialog = AboutDialog(window)
    qtbot.addWidget(dialog)
    dialog.open()
    said = texts(dialog)
    for words in ("Apache License 2.0", "NOT FOR CLINICAL USE", "VTK"):
        assert words in said


def test_f1_explains_the_page_and_the_keys_are_listed(qtbot, window) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=LONG)
    qtbot.keyClick(window, Qt.Key.Key_F1)
    qtbot.waitUntil(lambda: window.findChild(HelpPanel) is not None, timeout=LONG)
    panel = window.findChild(HelpPanel)
    assert panel.isVisible()
    assert panel.topic == "import"
    window.actions_["shortcuts"].trigger()
    said = panel.browser.toPlainText()
    for words in ("Save", "Ctrl+S", "Import a scan", "Ctrl+I"):
        assert words in said


def cut(widget: QWidget) -> list[str]:
    """Words of labels and buttons that have less room than they need."""
    found = []
    for one in widget.findChildren(QWidget):
        if not one.isVisible():
            continue
        if isinstance(one, QLabel) and one.text():
            needs = one.heightForWidth(one.width()) if one.wordWrap() else one.sizeHint().height()
            narrow = not one.wordWrap() and one.width() < one.sizeHint().width()
            if narrow or one.height() < needs:
                found.append(f"{one.text()[:40]} {one.size().toTuple()} needs {needs}")
        elif isinstance(one, QPushButton) and one.text() and one.width() < one.minimumSizeHint().width():
            found.append(one.text())
    return found


@pytest.mark.parametrize("scale", [1.0, 1.25, 2.0])
def test_no_text_is_cut_at_any_size_of_text(
    qtbot, window, page, places: Path, monkeypatch: pytest.MonkeyPatch, scale: float
) -> None:
    recent.remember(places / "a case with a rather long name that somebody gave it.twin")
    monkeypatch.setattr(theme, "base_pt", lambda _app: 10.0 * scale)
    theme.apply(QApplication.instance(), "light")
    window.resize(1366, 768)
    page.entered()
    qtbot.waitUntil(lambda: len(page.cases) == 1, timeout=LONG)
    qtbot.wait(100)
    assert cut(page.start) == []
    series(places / "cd")
    page.take([places / "cd"])
    wait_choice(qtbot, page)
    qtbot.wait(100)
    assert cut(page.choice) == []
    monkeypatch.setattr(theme, "base_pt", lambda _app: 10.0)
    theme.apply(QApplication.instance(), "dark")


def test_a_tilted_stack_is_imported_when_the_box_is_ticked(qtbot, window, page, places: Path) -> None:
    def lean(dataset, k) -> None:
        dataset.ImagePositionPatient[1] += 0.7 * k

    series(places / "cd", edit=lean)
    drop(window, places / "cd")
    wait_choice(qtbot, page)
    choice = page.choice
    assert choice.resample.isVisible()
    assert "tilt of" in choice.resample.words.text()
    assert not choice.take.isEnabled()
    assert "Tick the box" in choice.take.toolTip()
    qtbot.waitUntil(lambda: choice.preview.sagittal.has_picture, timeout=LONG)
    choice.form.name.setText("tilted")
    choice.resample.box.click()
    assert choice.take.isEnabled()
    qtbot.mouseClick(choice.take, Qt.MouseButton.LeftButton)
    wait_open(qtbot, window)
    case = Case.open(places / "cases" / "tilted.twin")
    assert case.state["series"]["resampled"]["method"] == "linear"
    window.go_to("import")
    assert "Resampled on import" in page.start.imported.words.text()
