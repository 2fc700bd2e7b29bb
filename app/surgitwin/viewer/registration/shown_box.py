"""The registrations of a case: choose one, see it over the slices, read its error, write it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFormLayout,
    QLabel,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from surgitwin.planning.images.registration import matrix_of, second_image
from surgitwin.planning.images.registration_words import entry_words, error_words
from surgitwin.planning.output.export import export_case
from surgitwin.viewer.deidentify.going_out import tell
from surgitwin.viewer.deidentify.purpose import purpose_of
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.registration.fusion import MODES, Fusion, FusionLook
from surgitwin.viewer.theme import set_role

WIDEST_MM = 60
NARROW_PX = 430
"""Numerical setting: width of the words in a window of 460, which is the least."""


class ShownBox(QWidget):
    """The last one is taken when the list changes; `release` hides the second image."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._session = desk, desk.session
        self._fusion: Fusion | None = None
        self._reading = Latest(desk, desk.say_error)
        self.known = QComboBox(self)
        self.known.setObjectName("registrationKnown")
        self.known.setToolTip("The registrations of this case; the chosen one is shown and exported")
        self.known.currentIndexChanged.connect(lambda _: self._show_chosen())
        self.words, self.warnings = QLabel(self), QLabel(self)
        self.words.setObjectName("registrationWords")
        self.warnings.setObjectName("registrationWarnings")
        for label in (self.words, self.warnings):
            label.setWordWrap(True)
        set_role(self.warnings, "warning")
        self.look = self._look_form()
        self.export = QPushButton("Export the transform ...", self)
        self.export.setObjectName("registrationExport")
        self.export.setAutoDefault(False)
        self.export.clicked.connect(lambda _: self._ask_export())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (self.known, self.words, self.warnings, self.look, self.export):
            column.addWidget(part)
        if self._session is not None:
            self._session.changed.connect(self._changed)
        self._show_last()

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

    def _changed(self, topics: frozenset[str]) -> None:
        if "registrations" in topics:
            self._show_last()

    def _ask_export(self) -> None:
        if self._entry is None:
            return
        kinds = "Matrix with its report (*.json);;ITK transform, as 3D Slicer reads it (*.tfm)"
        dialog = QFileDialog(self, "Export the transform", "second_to_first.json", kinds)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        number = self.known.currentIndex() + 1
        dialog.fileSelected.connect(lambda name: self.write(number, Path(name)))
        dialog.open()

    def write(self, number: int, out: Path) -> None:
        """Write the transform of a registration (from 1) in a worker, when the consent covers it."""
        desk = self._desk
        if self._session is None:
            return
        task = partial(
            export_case, self._session.case, "registration", out, number=number, purpose=purpose_of(desk)
        )
        Latest(desk, desk.say_error).ask(
            task, lambda made: tell(desk, f"Saved {out.name} in {out.parent}.", made.warnings)
        )

    @property
    def _entries(self) -> Sequence[Mapping[str, Any]]:
        return [] if self._session is None else self._session.case.state.get("registrations") or []

    @property
    def _entry(self) -> Mapping[str, Any] | None:
        at = self.known.currentIndex()
        return self._entries[at] if 0 <= at < len(self._entries) else None

    def _show_last(self) -> None:
        """List the registrations and take the last one."""
        self.known.blockSignals(True)
        self.known.clear()
        for n, entry in enumerate(self._entries, 1):
            self.known.addItem(f"{n}: {entry_words(entry)}")
        self.known.setCurrentIndex(self.known.count() - 1)
        self.known.blockSignals(False)
        self.known.setVisible(self.known.count() > 0)
        self._show_chosen()

    def _show_chosen(self) -> None:
        """Tell of a registration and show it; without one the slices show the first image alone."""
        entry, session = self._entry, self._session
        self.look.setEnabled(entry is not None)
        self.export.setEnabled(entry is not None)
        if entry is None or session is None:
            self.words.setText("No second image is registered.")
            set_role(self.words, "muted")
            self.warnings.hide()
            self._put(None)
            return
        self.words.setText(_words(entry))
        set_role(self.words, "")
        self.warnings.setText("\n".join(entry["warnings"]))
        self.warnings.setVisible(bool(entry["warnings"]))
        self._fit()
        case, chosen = session.case, entry
        self._reading.ask(lambda: Fusion(second_image(case, chosen), matrix_of(chosen)), self._put)

    def _fit(self) -> None:
        """As high as the words and the warnings need in the narrowest window."""
        for label in (self.words, self.warnings):
            label.setMinimumHeight(label.heightForWidth(NARROW_PX))

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

    def release(self) -> None:
        """Stop listening; the slices show the first image alone. What is still read comes too late."""
        self._reading.release()
        if self._session is not None:
            self._session.changed.disconnect(self._changed)
            self._session = None
        if self._desk.model is not None:
            self._desk.model.set_fusion(None)


def _words(entry: Mapping[str, Any]) -> str:
    name = f"{entry['modality']} {entry['description']}".strip()
    head = f"{name}: {entry['kind']}, overlap {entry['overlap']:.0%}."
    return f"{head}\nEstimated error: {error_words(entry)}."
