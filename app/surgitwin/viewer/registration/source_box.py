"""The second image: a folder or file, its series, and what the file does not say."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from surgitwin.core.errors import SurgiTwinError
from surgitwin.core.image import Volume
from surgitwin.imaging import Series, scan
from surgitwin.imaging.formats.file_image import FileImage
from surgitwin.imaging.formats.question import Answers
from surgitwin.imaging.formats.reader import image_suffix, open_image
from surgitwin.imaging.formats.settle import settle
from surgitwin.planning.images.second_image import read_second
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.formats.answer_form import AnswerForm
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.theme import set_role


class SourceBox(QWidget):
    """`changed` tells that `why_not` and `arguments` may be others now."""

    changed = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._looking = Latest(desk, desk.say_error)
        self.path: Path | None = None
        self._image: FileImage | None = None
        self._looked = False
        self.form: AnswerForm | None = None
        self.name, self.fault = QLabel("none chosen", self), QLabel(self)
        self.fault.setWordWrap(True)
        set_role(self.fault, "warning")
        self.series = QComboBox(self)
        self.series.setObjectName("registrationSeries")
        self.series.currentIndexChanged.connect(lambda _: self.changed.emit())
        self._column, row = QVBoxLayout(self), QHBoxLayout()
        self._column.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.name, 1)
        for words, name, folder in (
            ("Folder ...", "registrationFolder", True),
            ("File ...", "registrationFile", False),
        ):
            button = QPushButton(words, self)
            button.setObjectName(name)
            button.setAutoDefault(False)
            button.clicked.connect(partial(self._ask, folder))
            row.addWidget(button)
        self._column.addLayout(row)
        self._column.addWidget(self.series)
        self._column.addWidget(self.fault)
        self.series.hide()
        self.fault.hide()

    def _ask(self, folder: bool) -> None:
        dialog = QFileDialog(self, "The second image of this patient")
        if folder:
            dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.take(Path(name)))
        dialog.open()

    def take(self, path: Path) -> None:
        """Look at what lies at `path`, in a worker."""
        self.path, self._image, self._looked = path, None, False
        self.name.setText(path.name)
        self.series.clear()
        self.series.hide()
        if self.form is not None:
            self._column.removeWidget(self.form)
            self.form.deleteLater()
            self.form = None
        if path.is_file() and image_suffix(path):
            self._looking.ask(partial(open_image, path), self._opened)
        else:
            self._looking.ask(partial(scan, path), self._scanned)
        self._judge()

    def _opened(self, image: FileImage) -> None:
        self._image, self._looked = image, True
        self.form = AnswerForm(settle(image, Answers()).open, image.unit, self)
        self._column.insertWidget(1, self.form)
        self.form.changed.connect(self._judge)
        self._judge()

    def _scanned(self, found: list[Series]) -> None:
        self._looked = True
        usable = [s for s in found if s.status == "ok"]
        if len(usable) > 1:
            for one in usable:
                self.series.addItem(f"{one.modality} {one.description}".strip(), one.uid)
            self.series.show()
        self._judge()

    def _judge(self) -> None:
        why = self.why_not
        self.fault.setText(why if self.path is not None and self._looked else "")
        self.fault.setVisible(bool(self.fault.text()))
        self.changed.emit()

    def release(self) -> None:
        """The panel closes: what is still looked at comes too late."""
        self._looking.release()

    @property
    def why_not(self) -> str:
        """What is still open, "" when the image can be read."""
        if self.path is None:
            return "Choose the second image first."
        if not self._looked:
            return "The second image is being looked at."
        if self._image is None or self.form is None:
            return ""
        try:
            settled = settle(self._image, self.form.answers)
        except SurgiTwinError as error:
            return f"{error.message} {error.hint}"
        size = [q for q in settled.open if q.id == "accept_size"]
        self.form.show_size(size[0].text if size else "")
        if self.form.half_given:
            return "Give the size of a voxel along i, j and k."
        if not settled.scale_known:
            return "Without a size in mm it cannot be registered."
        return settled.open[0].text if settled.open else ""

    @property
    def arguments(self) -> dict[str, Any]:
        """What the step "register" takes of the source."""
        answers = Answers() if self.form is None else self.form.answers
        uid = self.series.currentData()
        return {"path": str(self.path), "series": uid or None, "answers": answers.said()}

    def read(self) -> Volume:
        """The image; for a worker. Raises what `read_second` raises."""
        given = self.arguments
        return read_second(Path(given["path"]), given["series"], Answers(**given["answers"]))
