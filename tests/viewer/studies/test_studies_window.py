"""The Studies window with real events: add, search, import, forget; 10,000 series; an archive."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
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

import pydicom  # noqa: E402
from pydicom.dataset import Dataset  # noqa: E402
from pynetdicom import AE, evt  # noqa: E402
from pynetdicom.sop_class import (  # noqa: E402
    CTImageStorage,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    Verification,
)
from PySide6.QtCore import Qt  # noqa: E402
from PySide6.QtWidgets import QApplication, QMessageBox  # noqa: E402

from many_series import many_series  # noqa: E402
from surgitwin.exchange.catalogue import Catalogue, search  # noqa: E402
from surgitwin.exchange.network import Peer, keep_peer  # noqa: E402
from surgitwin.viewer import theme  # noqa: E402
from surgitwin.viewer.main_window import MainWindow  # noqa: E402
from surgitwin.viewer.studies.dialog import StudiesDialog  # noqa: E402
from surgitwin.viewer.studies.peer_form import PeerForm  # noqa: E402
from surgitwin.viewer.studies.pictures import pixmap, seen_pictures  # noqa: E402
from surgitwin.viewer.studies.send_dialog import SendDialog  # noqa: E402
from surgitwin.viewer.widgets.help_panel import HelpPanel  # noqa: E402

LONG = 30000
LEFT = Qt.MouseButton.LeftButton
GRID = factory.grid_like((8, 24, 20))


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("STATE", "CASES", "CATALOGUE"):
        monkeypatch.setenv(f"SURGITWIN_{name}", str(tmp_path / name.lower()))
    monkeypatch.setenv("SURGITWIN_PEERS", str(tmp_path / "peers.toml"))
    return tmp_path


@pytest.fixture
def dialog(qtbot, places: Path) -> StudiesDialog:
    theme.apply(QApplication.instance(), "dark")
    made = StudiesDialog(Catalogue.open())
    qtbot.addWidget(made, before_close_func=lambda d: d.release())
    made.show()
    qtbot.waitExposed(made)
    return made


def study(folder: Path, name: str, **tags: str) -> list[Path]:
    def edit(dataset, _k) -> None:
        dataset.PatientName, dataset.PatientID, dataset.StudyDate = name, f"ID-{name}", "20260102"
        for key, value in tags.items():
            setattr(dataset, key, value)

    return factory.write_series(folder, factory.ramp(GRID), GRID, edit=edit)


def wait_rows(qtbot, dialog: StudiesDialog, count: int) -> None:
    qtbot.waitUntil(
        lambda: dialog.local.model.rowCount() == count and not dialog.local.work.busy, timeout=LONG
    )


def test_from_the_import_page_to_a_series(qtbot, places: Path) -> None:
    theme.apply(QApplication.instance(), "dark")
    window = MainWindow()
    qtbot.addWidget(window, before_close_func=lambda w: w.close())
    window.show()
    qtbot.waitExposed(window)
    study(places / "cd" / "a", "Adler^Eva")
    study(places / "cd" / "b", "Berg^Max", Modality="MR")
    qtbot.mouseClick(window.pages["import"].start.drop.studies, LEFT)
    qtbot.waitUntil(lambda: window.findChild(StudiesDialog) is not None, timeout=LONG)
    dialog = window.findChild(StudiesDialog)
    tab = dialog.local
    qtbot.waitUntil(lambda: tab.middle.currentWidget() is tab.empty, timeout=LONG)
    qtbot.keyClick(tab.words, Qt.Key.Key_F1)
    assert window.findChild(HelpPanel).topic == "studies"
    tab.add([places / "cd"])
    wait_rows(qtbot, dialog, 2)
    assert "2 series taken up" in tab.work.words.text()
    assert tab.count.text() == "2 series of 2 patients"
    qtbot.keyClicks(tab.words, "eva adler")
    wait_rows(qtbot, dialog, 1)
    kind, listed = tab.model.listed(tab.tree.currentIndex())
    assert (kind, listed.name) == ("series", "Adler, Eva")
    assert tab.take.isEnabled()
    qtbot.mouseClick(tab.take, LEFT)
    page = window.pages["import"]
    qtbot.waitUntil(lambda: page.stack.currentWidget() is page.choice, timeout=LONG)
    assert "One series found" in page.choice.heading.text()
    qtbot.waitUntil(lambda: window.findChild(StudiesDialog) is None, timeout=LONG)
    window.actions_["studies"].trigger()
    qtbot.waitUntil(lambda: window.findChild(StudiesDialog) is not None, timeout=LONG)


def test_what_cannot_be_imported_says_why(qtbot, dialog: StudiesDialog, places: Path) -> None:
    files = study(places / "cd", "Adler^Eva")
    files[3].unlink()
    tab = dialog.local
    tab.add([places / "cd"])
    wait_rows(qtbot, dialog, 1)
    qtbot.waitUntil(lambda: "cannot be used" in tab.take.toolTip(), timeout=LONG)
    assert not tab.take.isEnabled()
    tab.add([places / "none"])
    qtbot.waitUntil(dialog.errors.isVisible, timeout=LONG)
    assert "does not exist" in dialog.errors.words.text()


def test_forgetting_asks_first(qtbot, dialog: StudiesDialog, places: Path) -> None:
    study(places / "cd", "Adler^Eva")
    tab = dialog.local
    tab.copies.setChecked(True)
    tab.add([places / "cd"])
    wait_rows(qtbot, dialog, 1)
    shutil.rmtree(places / "cd")
    tab.tree.setCurrentIndex(tab.model.index(0, 0))
    qtbot.mouseClick(tab.remove, LEFT)
    box = dialog.findChild(QMessageBox, "forgetStudies")
    assert "Adler, Eva" in box.text()
    button = next(b for b in box.buttons() if b.text() == "Forget")
    qtbot.mouseClick(button, LEFT)
    wait_rows(qtbot, dialog, 0)
    assert not search(Catalogue.open())
    assert not list(Catalogue.open().store.rglob("*.dcm"))


def test_an_import_can_be_stopped(qtbot, dialog: StudiesDialog, places: Path, monkeypatch) -> None:
    def slow(_catalogue, _paths, _mode, progress):
        while True:
            progress("Reading headers", 0.5)

    monkeypatch.setattr("surgitwin.viewer.studies.local_tab.add", slow)
    tab = dialog.local
    tab.add([places])
    qtbot.waitUntil(lambda: tab.work.bar.value() == 500, timeout=LONG)
    assert not tab.add_folder.isEnabled()
    qtbot.mouseClick(tab.work.cancel, LEFT)
    qtbot.waitUntil(lambda: not tab.work.busy, timeout=LONG)
    assert "Stopped" in tab.work.words.text()


def test_ten_thousand_series_do_not_stall_the_window(qtbot, dialog: StudiesDialog, places: Path) -> None:
    many_series(Catalogue.open(), 10_000)
    tab = dialog.local
    tab.refresh()
    wait_rows(qtbot, dialog, 2_500)
    assert tab.count.text() == "10000 series of 2500 patients"
    tab.tree.expandAll()
    tab.tree.scrollToBottom()
    qtbot.wait(100)
    qtbot.keyClicks(tab.words, "patient 0042,")
    wait_rows(qtbot, dialog, 1)
    tab.words.clear()
    wait_rows(qtbot, dialog, 2_500)


@pytest.fixture
def archive(places: Path) -> Iterator[int]:
    """A small archive that has one study."""
    files = study(places / "pacs", "Adler^Eva", StudyDescription="Knee")
    first = pydicom.dcmread(files[0])

    def rows(event):
        row = Dataset()
        row.QueryRetrieveLevel = event.identifier.QueryRetrieveLevel
        row.StudyInstanceUID, row.SeriesInstanceUID = first.StudyInstanceUID, first.SeriesInstanceUID
        row.PatientName, row.StudyDescription, row.Modality = "Adler^Eva", "Knee", "CT"
        yield 0xFF00, row

    def give(_event):
        yield len(files)
        for file in files:
            yield 0xFF00, pydicom.dcmread(file)

    service = AE(ae_title="PACS")
    for context in (
        Verification, CTImageStorage, StudyRootQueryRetrieveInformationModelFind,
        StudyRootQueryRetrieveInformationModelGet,
    ):  # fmt: skip
        service.add_supported_context(context, scp_role=True, scu_role=True)
    server = service.start_server(
        ("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_FIND, rows), (evt.EVT_C_GET, give)]
    )
    yield server.server_address[1]
    server.shutdown()
    service.shutdown()


def test_from_an_archive(qtbot, dialog: StudiesDialog, archive: int) -> None:
    tab = dialog.pacs
    dialog.tabs.setCurrentWidget(tab)
    qtbot.waitUntil(lambda: "No archive yet" in tab.work.words.text(), timeout=LONG)
    qtbot.mouseClick(tab.new, LEFT)
    form = dialog.findChild(PeerForm)
    form.fields["name"].setText("radiology")
    form._keep()
    assert "neither a host nor a URL" in form.fault.text()
    for name, value in (("host", "127.0.0.1"), ("ae_title", "PACS")):
        form.fields[name].setText(value)
    form.port.setValue(archive)
    form._keep()
    qtbot.waitUntil(lambda: tab.chosen is not None and not tab.work.busy, timeout=LONG)
    qtbot.mouseClick(tab.verify, LEFT)
    qtbot.waitUntil(lambda: "It answers" in tab.work.words.text(), timeout=LONG)
    qtbot.waitUntil(lambda: not tab.work.busy, timeout=LONG)
    tab.search()
    qtbot.waitUntil(lambda: tab.rows.topLevelItemCount() == 1 and not tab.work.busy, timeout=LONG)
    tab.rows.topLevelItem(0).setExpanded(True)
    qtbot.waitUntil(lambda: tab.rows.topLevelItem(0).childCount() == 1 and not tab.work.busy, timeout=LONG)
    qtbot.mouseClick(tab.take, LEFT)
    qtbot.waitUntil(lambda: dialog.tabs.currentWidget() is dialog.local, timeout=LONG)
    wait_rows(qtbot, dialog, 1)
    assert search(Catalogue.open())[0].copied
    assert dialog.local.take.isEnabled()


def test_a_series_is_sent_without_identity_unless_told_otherwise(qtbot, dialog, places: Path) -> None:
    came: list[bytes] = []

    def keep(event) -> int:
        came.append(event.encoded_dataset())
        return 0x0000

    study(places / "cd", "Adler^Eva")
    dialog.local.add([places / "cd"])
    wait_rows(qtbot, dialog, 1)
    ae = AE("ARCHIVE")
    ae.add_supported_context(CTImageStorage)
    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, keep)])
    try:
        keep_peer(Peer("archive", "ARCHIVE", "127.0.0.1", server.server_address[1]))
        dialog.local.tree.setCurrentIndex(dialog.local.model.first_series())
        qtbot.mouseClick(dialog.local.send, LEFT)
        asked = dialog.findChild(SendDialog)
        qtbot.waitUntil(lambda: asked.go.isEnabled(), timeout=LONG)
        assert asked.clean.isChecked()
        assert "no consent" in asked.consent.text()
        assert asked.consent.isVisible()
        picture_of(asked, "send")
        qtbot.mouseClick(asked.go, LEFT)
        qtbot.waitUntil(lambda: len(came) == 8 and not asked.work.busy, timeout=LONG)
        assert "taken out" in asked.outcome.text()
        assert not any(b"Adler" in c for c in came)
        picture_of(asked, "sent")
        asked.close()
    finally:
        server.shutdown()
    qtbot.wait(300)
    picture_of(dialog, "studies_letters")


def test_plain_sending_is_asked_for_each_way(qtbot, dialog, places: Path) -> None:
    """Of an archive with TLS for one service only, and never kept from the archive before."""
    study(places / "cd", "Adler^Eva")
    dialog.local.add([places / "cd"])
    wait_rows(qtbot, dialog, 1)
    keep_peer(Peer("a", "ARCHIVE", "pacs.example", 104))
    keep_peer(Peer("b", "ARCHIVE", "pacs.example", 2762, tls=True, url="http://pacs.example/dicom-web"))
    dialog.local.tree.setCurrentIndex(dialog.local.model.first_series())
    qtbot.mouseClick(dialog.local.send, LEFT)
    asked = dialog.findChild(SendDialog)
    qtbot.waitUntil(lambda: asked.go.isEnabled(), timeout=LONG)
    assert asked.plain.isVisible()
    asked.plain.setChecked(True)
    asked.peer.setCurrentIndex(1)
    assert not asked.plain.isVisible()
    assert not asked.plain.isChecked()
    asked.way.setCurrentIndex(asked.way.findData("web"))
    assert asked.plain.isVisible()
    assert not asked.plain.isChecked()
    asked.close()


def test_thumbnails_say_which_side_is_which(qtbot, dialog, places: Path) -> None:
    study(places / "cd", "Adler^Eva")
    dialog.local.add([places / "cd"])
    wait_rows(qtbot, dialog, 1)
    catalogue = Catalogue.open()
    (row,) = search(catalogue)
    (seen,) = seen_pictures(catalogue, [row.id]).values()
    assert (seen.left, seen.right) == ("R", "L")
    assert pixmap(seen).toImage() != pixmap(seen._replace(left="", right="")).toImage()


def picture_of(widget, name: str) -> None:
    if os.environ.get("SURGITWIN_PICTURES"):
        widget.grab().save(str(Path(os.environ["SURGITWIN_PICTURES"]) / f"{name}.png"))
