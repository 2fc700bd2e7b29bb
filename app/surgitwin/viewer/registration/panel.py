"""The panel of the second image: choose it, register it, look at it over the slices, or take it back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from surgitwin.core.image import Volume
from surgitwin.imaging.registration import BEGINS
from surgitwin.planning.site import BONE, site_of
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.registration.pairs_dialog import PairsDialog, open_pairs
from surgitwin.viewer.registration.pairs_list import PairList
from surgitwin.viewer.registration.shown_box import ShownBox
from surgitwin.viewer.registration.source_box import SourceBox
from surgitwin.viewer.theme import set_role

KINDS = (("rigid", "Turn and shift (rigid)"), ("affine", "Also stretch (affine)"))
RUNS = "It runs in the background for a minute or two; the job bar shows how far it is and cancels it."
LANDMARKS, FILE = "landmarks", "file"


class RegistrationDialog(QDialog):
    """Beside the work: the slices stay usable. The job bar shows progress and cancels; undo takes it back."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("registrationDialog")
        self.setWindowTitle("Second image")
        self.setMinimumWidth(460)
        self._desk, self._session = desk, desk.session
        self._compare_chosen = False
        self._start: Path | None = None
        self._pairs = PairList()
        self._pairs_of: Path | None = None
        self._reading_second = Latest(desk, desk.say_error)
        column = QVBoxLayout(self)
        self.source = SourceBox(desk, self)
        column.addLayout(self._source_form())
        self.shown = ShownBox(desk, self)
        column.addWidget(self.shown)
        desk.closing.connect(self.close)
        self.source.changed.connect(self._judge)
        if self._session is not None:
            self._session.changed.connect(self._changed)
        self._judge()

    def _source_form(self) -> QFormLayout:
        form = QFormLayout()
        form.addRow("Second image", self.source)
        self.kind = QComboBox(self)
        for key, words in KINDS:
            self.kind.addItem(words, key)
        form.addRow("&Transform", self.kind)
        self.compare = QComboBox(self)
        self.compare.setObjectName("registrationMask")
        self.compare.setToolTip("A bone keeps its form; the soft tissue round it moves between two scans.")
        self.compare.activated.connect(lambda _: setattr(self, "_compare_chosen", True))
        self._list_segments()
        form.addRow("&Compare", self.compare)
        self.begin = QComboBox(self)
        self.begin.setObjectName("registrationBegin")
        for begin, words in BEGINS.items():
            self.begin.addItem(words, begin)
        self.begin.addItem("Landmark pairs ...", LANDMARKS)
        self.begin.addItem("A transform from a file ...", FILE)
        self.begin.activated.connect(lambda _: self._begin_chosen())
        self.begin.currentIndexChanged.connect(lambda _: self._judge())
        form.addRow("&Begin at", self.begin)
        self.began = QLabel(self)
        self.began.setWordWrap(True)
        set_role(self.began, "muted")
        form.addRow(self.began)
        self.same = QCheckBox("Both are of one person although their codes differ", self)
        self.same.setObjectName("registrationSamePatient")
        form.addRow(self.same)
        self.start = QPushButton("Register", self)
        self.start.setObjectName("registrationStart")
        self.start.clicked.connect(self._register)
        form.addRow(self.start)
        self.why = QLabel(self)
        self.why.setObjectName("registrationWhy")
        self.why.setWordWrap(True)
        set_role(self.why, "muted")
        form.addRow(self.why)
        return form

    def _list_segments(self) -> None:
        """What can be compared: the choice stays, and begins with the bone of a case about one."""
        session, before = self._session, self.compare.currentData()
        labels = None if session is None else session.labels
        names = [] if labels is None else [s.name for s in labels.segments]
        if [self.compare.itemData(n) for n in range(self.compare.count())] == ["", *names]:
            return  # a stroke of the brush
        self.compare.clear()
        self.compare.addItem("Whole image", "")
        for name in names:
            self.compare.addItem(f"{name.replace('_', ' ').capitalize()} and 10 mm round it", name)
        if not self._compare_chosen and session is not None and site_of(session.case) == BONE and names:
            before = names[0]
        self.compare.setCurrentIndex(max(0, self.compare.findData(before)))

    def _changed(self, topics: frozenset[str]) -> None:
        if "labels" in topics:
            self._list_segments()

    def take(self, path: Path) -> None:
        """Use the image at `path`."""
        self.source.take(path)

    def _begin_chosen(self) -> None:
        """Ask for the landmarks or the file."""
        chosen = self.begin.currentData()
        if chosen == LANDMARKS and not self.source.why_not and not self.findChildren(PairsDialog):
            self.began.setText("Reading the second image ...")
            self._reading_second.ask(self.source.read, self._open_pairs)
        elif chosen == FILE:
            dialog = QFileDialog(self, "A transform to begin at", "", "Transforms (*.json *.tfm *.txt *.h5)")
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.fileSelected.connect(lambda name: self.take_start(Path(name)))
            dialog.open()

    def _open_pairs(self, volume: Volume) -> None:
        self.began.setText("")
        dialog = open_pairs(self._desk, volume, self._pairs, self.kind.currentData(), self)
        dialog.used.connect(lambda _: self._judge())

    def take_start(self, path: Path) -> None:
        """Begin at the transform of a file."""
        self._start = path
        self._judge()

    def _judge(self) -> None:
        """What keeps the registration from starting, on its button."""
        chosen, why, began = self.begin.currentData(), self.source.why_not, ""
        if self.source.path != self._pairs_of:  # places of another image
            self._pairs, self._pairs_of = PairList(), self.source.path
        if chosen == LANDMARKS:
            fit = self._pairs.fit(self.kind.currentData())
            began = fit.words
            if not why and fit.matrix is None:
                why = "Choose the landmark pairs: click Begin at, Landmark pairs."
        elif chosen == FILE:
            began = "" if self._start is None else self._start.name
            why = why or ("" if self._start is not None else "Choose the file with the transform.")
        self.began.setText(began)
        self.began.setVisible(bool(began))
        self.start.setEnabled(not why)
        self.start.setToolTip(why or RUNS)
        shown = self.source.fault.text()  # said beside the image already
        self.why.setText("" if why and why == shown else why or RUNS)

    def _register(self) -> None:
        if self._desk.jobs is None or not self.start.isEnabled():
            return
        mask, begin, pairs = self.compare.currentData(), self.begin.currentData(), self._pairs.pairs
        arguments: dict[str, Any] = {
            **self.source.arguments,
            "kind": self.kind.currentData(),
            "mask": [mask] if mask else [],
            "same_patient": self.same.isChecked(),
        }
        if begin == LANDMARKS:
            arguments["pairs"] = {"fixed_mm": pairs.fixed_mm.tolist(), "moving_mm": pairs.moving_mm.tolist()}
        elif begin == FILE:
            arguments["start"] = str(self._start)
        else:
            arguments["begin"] = begin
        self._desk.jobs.start("register", arguments, "Register the second image")

    def done(self, result: int) -> None:
        """Closing hides the second image."""
        for pairs in self.findChildren(PairsDialog):
            pairs.close()
        if self._session is not None:
            self._session.changed.disconnect(self._changed)
            self._session = None
        self.shown.release()
        self.source.release()
        super().done(result)
