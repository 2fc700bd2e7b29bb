"""The panel of the second image: choose it, register it, look at it over the slices, or take it back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from surgitwin.planning.registration import error_words, matrix_of, second_image
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.registration.fusion import MODES, Fusion, FusionLook
from surgitwin.viewer.theme import set_role

KINDS = (("rigid", "Turn and shift (rigid)"), ("affine", "Also stretch (affine)"))
WIDEST_MM = 60


class RegistrationDialog(QDialog):
    """Beside the work: the slices stay usable. The job bar shows progress and cancels; undo takes it back."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("registrationDialog")
        self.setWindowTitle("Second image")
        self.setMinimumWidth(460)
        self._desk, self._session = desk, desk.session
        self._path: Path | None = None
        self._fusion: Fusion | None = None
        self._reading = Latest(desk, desk.say_error)
        column = QVBoxLayout(self)
        column.addLayout(self._source_form())
        self.words = QLabel(self)
        self.words.setObjectName("registrationWords")
        self.words.setWordWrap(True)
        column.addWidget(self.words)
        self.look = self._look_form()
        column.addWidget(self.look)
        if self._session is not None:
            self._session.changed.connect(self._changed)
        desk.closing.connect(self.close)
        self._show_last()

    def _source_form(self) -> QFormLayout:
        form = QFormLayout()
        row = QHBoxLayout()
        self.source = QLabel("none chosen", self)
        row.addWidget(self.source, 1)
        for words, name, folder in (
            ("Folder ...", "registrationFolder", True),
            ("File ...", "registrationFile", False),
        ):
            button = QPushButton(words, self)
            button.setObjectName(name)
            button.setAutoDefault(False)
            button.clicked.connect(partial(self._ask, folder))
            row.addWidget(button)
        form.addRow("Second image", row)
        self.kind = QComboBox(self)
        for key, words in KINDS:
            self.kind.addItem(words, key)
        form.addRow("&Transform", self.kind)
        self.compare = QComboBox(self)
        self.compare.setObjectName("registrationMask")
        self.compare.setToolTip("A bone keeps its form; the soft tissue round it moves between two scans.")
        self.compare.addItem("Whole image", "")
        labels = None if self._session is None else self._session.labels
        for segment in labels.segments if labels is not None else ():
            self.compare.addItem(
                f"{segment.name.replace('_', ' ').capitalize()} and 10 mm round it", segment.name
            )
        form.addRow("&Compare", self.compare)
        self.same = QCheckBox("Both are of one person although their codes differ", self)
        self.same.setObjectName("registrationSamePatient")
        form.addRow(self.same)
        self.start = QPushButton("Register", self)
        self.start.setObjectName("registrationStart")
        self.start.setEnabled(False)
        self.start.setToolTip("Choose the second image first.")
        self.start.clicked.connect(self._register)
        form.addRow(self.start)
        return form

    def _look_form(self) -> QWidget:
        box = QWidget(self)
        form = QFormLayout(box)
        form.setContentsMargins(0, 0, 0, 0)
        self.mode = QComboBox(box)
        self.mode.setObjectName("registrationMode")
        self.mode.addItem("Hidden", "")
        for mode in MODES:
            self.mode.addItem(mode.capitalize(), mode)
        self.mode.setCurrentIndex(1)
        self.opacity, self.square = (QSlider(Qt.Orientation.Horizontal, box) for _ in range(2))
        self.opacity.setRange(0, 100)
        self.opacity.setValue(50)
        self.square.setRange(4, WIDEST_MM)
        self.square.setValue(20)
        form.addRow("Show it &over the slices", self.mode)
        form.addRow("O&pacity", self.opacity)
        form.addRow("&Squares", self.square)
        self.mode.currentIndexChanged.connect(self._looked)
        for slider in (self.opacity, self.square):
            slider.valueChanged.connect(self._looked)
        return box

    def _ask(self, folder: bool) -> None:
        dialog = QFileDialog(self, "The second image of this patient")
        if folder:
            dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.take(Path(name)))
        dialog.open()

    def take(self, path: Path) -> None:
        """Use the image at `path`."""
        self._path = path
        self.source.setText(path.name)
        self.start.setEnabled(True)
        self.start.setToolTip("Runs in the background; the job bar shows how far it is.")

    def _register(self) -> None:
        if self._path is None or self._desk.jobs is None:
            return
        mask = self.compare.currentData()
        arguments = {
            "path": str(self._path),
            "kind": self.kind.currentData(),
            "mask": [mask] if mask else [],
            "same_patient": self.same.isChecked(),
        }
        self._desk.jobs.start("register", arguments, "Register the second image")

    def _changed(self, topics: frozenset[str]) -> None:
        if "registrations" in topics:
            self._show_last()

    def _show_last(self) -> None:
        """Tell of the last registration and show it; without one the slices show the first image alone."""
        known = [] if self._session is None else self._session.case.state.get("registrations") or []
        self.look.setEnabled(bool(known))
        if not known or self._session is None:
            self.words.setText("No second image is registered.")
            set_role(self.words, "muted")
            self._put(None)
            return
        entry = known[-1]
        self.words.setText(_words(entry))
        set_role(self.words, "")
        case = self._session.case
        self._reading.ask(lambda: Fusion(second_image(case, entry), matrix_of(entry)), self._put)

    def _put(self, fusion: Fusion | None) -> None:
        if self._desk.model is not None:
            self._fusion = fusion
            self._looked()

    def _looked(self) -> None:
        model, mode = self._desk.model, self.mode.currentData()
        if model is None:
            return
        fusion = self._fusion if mode else None
        if fusion is not None:
            fusion.look = FusionLook(mode, self.opacity.value() / 100, float(self.square.value()))
        self.opacity.setEnabled(mode in ("mixed", "colour"))
        self.square.setEnabled(mode == "checkerboard")
        model.set_fusion(fusion)

    def done(self, result: int) -> None:
        """Closing hides the second image."""
        if self._session is not None:
            self._session.changed.disconnect(self._changed)
            self._session = None
        if self._desk.model is not None:
            self._desk.model.set_fusion(None)
        super().done(result)


def _words(entry: Mapping[str, Any]) -> str:
    name = f"{entry['modality']} {entry['description']}".strip()
    head = f"{name}: {entry['kind']}, overlap {entry['overlap']:.0%}."
    return "\n".join([head, f"Estimated error: {error_words(entry)}.", *entry["warnings"]])
