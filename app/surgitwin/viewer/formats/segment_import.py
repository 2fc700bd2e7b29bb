"""Segments of another program into the open case: the file, what it leaves open, then a job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from surgitwin.imaging.formats.question import FRAME_CHOICES
from surgitwin.imaging.formats.reader import image_suffix
from surgitwin.meshing.files.surface_formats import surface_suffix
from surgitwin.meshing.files.surfaces import MM_PER_UNIT
from surgitwin.viewer.job import no_writing
from surgitwin.viewer.theme import set_role

if TYPE_CHECKING:
    from surgitwin.viewer.main_window import MainWindow

KINDS = (
    "Segments (*.nii *.nii.gz *.nrrd *.nhdr *.mha *.mhd *.vti *.dcm *.stl *.obj *.ply *.vtp *.step *.stp)"
    ";;All files (*)"
)
AS_SAID = "As the file says"
NEW, ADD = "Replace what presets made", "Add to the present segments"
TITLE = "Segments from a file"


class SegmentFileDialog(QDialog):
    """Emits `wanted` with the arguments of the step. Frame and unit are asked for where a format may leave
    them open; nothing is assumed when the file is silent, too.
    """

    wanted = Signal(dict)

    def __init__(self, file: Path, has_segments: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("segmentFileDialog")
        self.setWindowTitle(TITLE)
        self.setMinimumWidth(460)
        self._file = file
        self.frame, self.unit, self.way = (QComboBox(self) for _ in range(3))
        fields = QFormLayout()
        surface = bool(surface_suffix(file))
        placed = surface or bool(image_suffix(file))
        self._field(fields, "Axes &point", self.frame, dict(FRAME_CHOICES), placed)
        self._field(fields, "&Lengths are in", self.unit, {u: u for u in MM_PER_UNIT}, surface)
        self.way.addItem(ADD, True)
        self.way.addItem(NEW, False)
        self.way.setObjectName("answer_way")
        fields.addRow("&Then", self.way)
        fields.setRowVisible(self.way, has_segments)
        about = "Its voxels must be those of the image; nothing is resampled."
        if surface:
            about = "The voxels inside the closed surface become a segment."
        self.about = QLabel(f"{file.name}\n{about}", self)
        self.about.setWordWrap(True)
        set_role(self.about, "muted")
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, parent=self
        )
        self.ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.ok.setText("Take the segments")
        column = QVBoxLayout(self)
        column.addWidget(self.about)
        column.addLayout(fields)
        column.addWidget(buttons)
        buttons.accepted.connect(self._take)
        buttons.rejected.connect(self.reject)

    def _field(
        self, form: QFormLayout, words: str, box: QComboBox, choices: dict[str, str], shown: bool
    ) -> None:
        box.addItem(AS_SAID, "")
        for value, text in choices.items():
            box.addItem(text, value)
        form.addRow(words, box)
        form.setRowVisible(box, shown)

    @property
    def arguments(self) -> dict[str, Any]:
        """What the step "segment" takes."""
        given = {"frame": self.frame.currentData(), "unit": self.unit.currentData()}
        surface = {name: value for name, value in given.items() if value}
        return {"file": str(self._file), "add": bool(self.way.currentData()), "surface": surface}

    def _take(self) -> None:
        self.wanted.emit(self.arguments)
        self.accept()


def ask_segment_file(window: MainWindow) -> None:
    """Choose a file; needs an open case that may be changed."""
    session = window.desk.session
    if session is None or session.read_only:
        window.desk.say_error(no_writing(session))
        return
    dialog = QFileDialog(window, TITLE, str(session.path.parent), KINDS)
    dialog.setObjectName("segmentFile")
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(lambda name: ask_answers(window, Path(name)))
    dialog.open()


def ask_answers(window: MainWindow, file: Path) -> None:
    """Ask what the file may leave open, then start the job."""
    session, jobs = window.desk.session, window.desk.jobs
    if session is None or jobs is None:
        return
    dialog = SegmentFileDialog(file, bool(session.case.state.get("labels")), window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.wanted.connect(lambda arguments: jobs.start("segment", arguments, TITLE))
    dialog.open()
