"""The tab with the studies on this computer: search, add, import, forget."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QModelIndex, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from surgitwin.exchange.catalogue import (
    Added,
    Catalogue,
    Filter,
    Listed,
    Removed,
    add,
    forget,
    forget_patient,
    paths_of,
)
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.studies.forget_box import forget_box
from surgitwin.viewer.studies.model import StudiesModel
from surgitwin.viewer.studies.pictures import PICTURE_PX
from surgitwin.viewer.studies.send_dialog import SendDialog
from surgitwin.viewer.studies.tree import Shown, look_up
from surgitwin.viewer.studies.work_line import WorkLine
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.widgets.empty_state import EmptyState

ALL_KINDS = "All kinds"
OPEN_BELOW = 60
"""So few series are shown opened."""

TYPING_MS = 150


class LocalTab(QWidget):
    """Emits `paths_wanted` with the files of a series to import, and `failed` with an error."""

    paths_wanted = Signal(list)
    failed = Signal(object)

    def __init__(self, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("localStudies")
        self.setAcceptDrops(True)
        self._catalogue = catalogue
        self._latest = Latest(self, self.failed.emit)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MS)
        self._typing.timeout.connect(self.refresh)
        self.model = StudiesModel(catalogue, self)
        self.words, self.kinds = QLineEdit(self), QComboBox(self)
        self.usable, self.copies = QCheckBox("Only usable", self), QCheckBox("Copy the images", self)
        self.count, self.work = QLabel("", self), WorkLine(self)
        self.tree, self.middle = QTreeView(self), QStackedWidget(self)
        self.add_folder = QPushButton("Add a folder ...", self)
        self.remove = QPushButton("Forget ...", self)
        self.send = QPushButton("Send ...", self)
        self.take = QPushButton("Import this series", self)
        self._set_up()
        self._lay_out()
        self._connect()
        self._judge()

    def _set_up(self) -> None:
        self.words.setPlaceholderText("Search: name, ID, description, body part, date ...")
        self.words.setClearButtonEnabled(True)
        self.words.setObjectName("studySearch")
        self.words.setAccessibleName("search studies")
        self.kinds.setAccessibleName("kind of image")
        self.kinds.addItem(ALL_KINDS, "")
        self.copies.setToolTip("Put copies into the catalogue: for a CD or a stick. Otherwise the files stay "
                               "where they are and are only listed.")  # fmt: skip
        self.tree.setModel(self.model)
        self.tree.setObjectName("studyTree")
        self.tree.setAccessibleName("patients, studies and series")
        self.tree.setIconSize(QSize(PICTURE_PX, PICTURE_PX))
        self.tree.setAlternatingRowColors(False)
        self.tree.setSelectionMode(QTreeView.SelectionMode.SingleSelection)
        self.tree.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        for column, width in enumerate((430, 80, 140, 60, 200)):
            self.tree.setColumnWidth(column, width)
        set_role(self.count, "muted")
        set_role(self.take, "primary")
        set_icon(self.take, "import", "on_accent")
        set_icon(self.add_folder, "folder")
        set_icon(self.remove, "remove")
        self.remove.setToolTip("Take the selected patient, study or series out of the catalogue")
        self.take.setObjectName("importStudy")
        self.send.setObjectName("sendStudy")
        self.send.setToolTip("Send the selected series to an archive, without the patient's identity")
        self.empty = EmptyState(
            "study", "No study yet. Add a folder, drop one here, or fetch from a PACS.", self
        )

    def _lay_out(self) -> None:
        top, bottom = QHBoxLayout(), QHBoxLayout()
        row: tuple[tuple[QWidget, int], ...] = ((self.words, 1), (self.kinds, 0), (self.usable, 0))
        for widget, stretch in row:
            top.addWidget(widget, stretch)
        for button in (self.add_folder, self.copies, self.remove, self.send):
            bottom.addWidget(button)
        bottom.addStretch(1)
        bottom.addWidget(self.take)
        self.middle.addWidget(self.tree)
        self.middle.addWidget(self.empty)
        column = QVBoxLayout(self)
        column.addLayout(top)
        column.addWidget(self.middle, 1)
        column.addWidget(self.count)
        column.addWidget(self.work)
        column.addLayout(bottom)

    def _connect(self) -> None:
        self.words.textChanged.connect(lambda _text: self._typing.start())
        self.kinds.activated.connect(lambda _n: self.refresh())
        self.usable.toggled.connect(lambda _on: self.refresh())
        self.tree.selectionModel().currentChanged.connect(lambda _new, _old: self._judge())
        self.tree.activated.connect(lambda _index: self.take.click())
        self.work.failed.connect(self.failed)
        self.work.changed.connect(self._judge)
        self.add_folder.clicked.connect(self.ask_folder)
        self.remove.clicked.connect(self._ask_forget)
        self.take.clicked.connect(self._take)
        self.send.clicked.connect(self._ask_send)

    # ---- the list -----------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Search again; in a worker, and of several wishes the last one."""
        kind = str(self.kinds.currentData() or "")
        wanted = Filter(self.words.text(), (kind,) if kind else (), usable=self.usable.isChecked())
        self._latest.ask(partial(look_up, self._catalogue, wanted), partial(self._show, wanted))

    def _show(self, wanted: Filter, found: Shown) -> None:
        self.model.show_found(found)
        if found.series <= OPEN_BELOW:
            self.tree.expandAll()
        first = self.model.first_series()
        if first.isValid() and found.series <= OPEN_BELOW:
            self.tree.setCurrentIndex(first)
        self._show_kinds(found.modalities)
        nothing = not found.series and wanted == Filter()
        self.middle.setCurrentWidget(self.empty if nothing else self.tree)
        self.count.setText("" if nothing else found.words)
        self._judge()

    def _show_kinds(self, kinds: tuple[str, ...]) -> None:
        have = tuple(self.kinds.itemText(n) for n in range(1, self.kinds.count()))
        if have == kinds:
            return
        chosen = self.kinds.currentData()
        self.kinds.clear()
        self.kinds.addItem(ALL_KINDS, "")
        for kind in kinds:
            self.kinds.addItem(kind, kind)
        self.kinds.setCurrentIndex(max(0, self.kinds.findData(chosen)))

    def show_words(self, words: str) -> None:
        """Search for these."""
        self.words.setText(words)
        self._typing.stop()
        self.refresh()

    def _selected(self) -> tuple[str, Listed | None]:
        index = self.tree.currentIndex()
        return self.model.listed(index) if index.isValid() else ("", None)

    def _judge(self) -> None:
        kind, listed = self._selected()
        if kind != "series" or listed is None:
            reason = "Select a series first."
        elif listed.missing:
            reason = f"{listed.missing} of its files are missing. Connect the drive, or add the folder again."
        elif listed.status == "refused":
            reason = f"It cannot be used. {listed.reason}"
        else:
            reason = ""
        self.take.setEnabled(not reason)
        self.take.setToolTip(reason or "Look at this series and make a case from it (Enter)")
        free = not self.work.busy
        self.add_folder.setEnabled(free)
        self.remove.setEnabled(free and listed is not None)
        self.send.setEnabled(kind == "series" and listed is not None and not listed.missing)

    # ---- what the buttons do ------------------------------------------------------------------------

    def ask_folder(self) -> None:
        """Ask for a folder to add."""
        dialog = QFileDialog(self.window(), "Folder with images to add")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(lambda name: self.add([Path(name)]))
        dialog.open()

    def add(self, paths: list[Path]) -> None:
        """Add folders, files or archives in the background."""
        mode = "copy" if self.copies.isChecked() else "link"
        self.work.run("Looking for files ...", lambda p: add(self._catalogue, paths, mode, p), self._added)  # type: ignore[arg-type]

    def _added(self, done: Added) -> None:
        self.work.words.setText(done.words)
        self.refresh()

    def _take(self) -> None:
        _kind, listed = self._selected()
        if listed is not None:
            self.work.run(
                "Looking for its files ...",
                lambda _progress: list(paths_of(self._catalogue, listed.uid)),
                self.paths_wanted.emit,
            )

    def _ask_send(self) -> None:
        kind, listed = self._selected()
        if kind == "series" and listed is not None:
            dialog = SendDialog(self._catalogue, listed, self.window())
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()

    def _ask_forget(self) -> None:
        kind, listed = self._selected()
        if listed is None:
            return
        index: QModelIndex = self.tree.currentIndex().siblingAtColumn(0)
        wish = self._forgetting(kind, listed)
        box = forget_box(self.window(), kind, str(index.data()))
        box.accepted.connect(lambda: self.work.run("Forgetting ...", lambda _p: wish(), self._forgotten))
        box.open()

    def _forgetting(self, kind: str, listed: Listed) -> Callable[[], Removed]:
        """What forgets the line: all of a patient, a study or a series."""
        if kind == "patient":
            return partial(forget_patient, self._catalogue, listed.patient)
        uid = listed.study_uid if kind == "study" and listed.study_uid else listed.uid
        return partial(forget, self._catalogue, uid)

    def _forgotten(self, gone: Removed) -> None:
        self.work.words.setText(f"{gone.series} series forgotten, {gone.copies} copied files deleted.")
        self.refresh()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Folders and files may be dropped."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Add what was dropped."""
        paths = [Path(u.toLocalFile()) for u in event.mimeData().urls() if u.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.add(paths)

    def release(self) -> None:
        """Stop everything."""
        self._typing.stop()
        self.work.release()
        self._latest.stop()
        self.model.release()
