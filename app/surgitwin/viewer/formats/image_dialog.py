"""One small dialog for an image file: what it says, what it leaves open, and the name of its case."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from surgitwin.core.errors import SurgiTwinError
from surgitwin.imaging.formats.file_image import FileImage
from surgitwin.imaging.formats.question import Answers
from surgitwin.imaging.formats.settle import Settled, settle
from surgitwin.planning.case_names import SUFFIX, cases_folder, free_path, name_fault
from surgitwin.planning.privacy.deidentify_new import Anonymous
from surgitwin.viewer.formats.answer_form import AnswerForm
from surgitwin.viewer.preferences import change, preferences
from surgitwin.viewer.theme import set_role


class ImageDialog(QDialog):
    """Emits `wanted` (image file, case folder, answers, how identity is left out or None). No answer is
    chosen beforehand or remembered; whether identity is left out is remembered, as of DICOM images.
    """

    wanted = Signal(Path, Path, object, object)

    def __init__(self, image: FileImage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("imageDialog")
        self.setWindowTitle("Import an image file")
        self.setMinimumWidth(560)
        self._image = image
        size = " x ".join(str(n) for n in image.shape[::-1])
        said = f"{image.format}, {size} voxels. {' '.join(image.facts)}"
        self.about = QLabel(f"{image.path.name}\n{said.strip()}", self)
        self.form = AnswerForm(settle(image, Answers()).open, image.unit, self)
        self.name = QLineEdit(free_path(cases_folder(), f"{image.format} image").stem, self)
        self.name.setObjectName("imageCaseName")
        self.name.setAccessibleName("name of the new case")
        self.without = QCheckBox("Without the patient's &identity", self)
        self.without.setObjectName("imageWithout")
        self.without.setToolTip(
            "Keep no description, date, sex or age of the file, and no hash of it, in the case"
        )
        self.without.setChecked(preferences().import_without_identity)
        self.verdict, self.fault = QLabel(self), QLabel(self)
        for label, role in ((self.about, "muted"), (self.verdict, ""), (self.fault, "warning")):
            label.setWordWrap(True)
            set_role(label, role)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, parent=self
        )
        self.ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.ok.setText("Import")
        self.ok.setObjectName("imageImport")
        names = QFormLayout()
        names.addRow("&Name of the case", self.name)
        names.addRow("", self.without)
        column = QVBoxLayout(self)
        column.addWidget(self.about)
        column.addWidget(self.form)
        column.addLayout(names)
        column.addWidget(self.verdict)
        column.addWidget(self.fault)
        column.addWidget(buttons)
        buttons.accepted.connect(self._take)
        buttons.rejected.connect(self.reject)
        self.form.changed.connect(self._judge)
        self.name.textChanged.connect(self._judge)
        self._judge()

    @property
    def path(self) -> Path:
        """Where the case will be."""
        return cases_folder() / f"{self.name.text().strip()}{SUFFIX}"

    def _judge(self) -> None:
        """Say what the answers make of the image, and what is still open."""
        try:
            settled = settle(self._image, self.form.answers)
        except SurgiTwinError as error:
            self._show(None, f"{error.message} {error.hint}")
            return
        size = [q for q in settled.open if q.id == "accept_size"]
        self.form.show_size(size[0].text if size else "")
        if self.form.half_given:
            self._show(None, "Give the size of a voxel along i, j and k.")
            return
        missing = [q.text for q in settled.open if q.id != "accept_size"]
        fault = missing[0] if missing else name_fault(cases_folder(), self.name.text())
        self._show(settled, fault, blocked=bool(size))

    def _show(self, settled: Settled | None, fault: str, blocked: bool = False) -> None:
        self.verdict.setText("" if settled is None or blocked else _words(settled))
        self.verdict.setVisible(bool(self.verdict.text()))
        self.fault.setText(fault)
        self.fault.setVisible(bool(fault))
        self.ok.setEnabled(not fault and not blocked)
        self.ok.setToolTip(fault or "Make a case from this image (Enter)")
        self.adjustSize()

    def _take(self) -> None:
        if self.ok.isEnabled():
            without = self.without.isChecked()
            if without != preferences().import_without_identity:
                change(import_without_identity=without)
            anonymous = Anonymous() if without else None
            self.wanted.emit(self._image.path, self.path, self.form.answers, anonymous)
            self.accept()


def _words(settled: Settled) -> str:
    """How large the image is under the answers, "" while that is open."""
    if settled.grid is None:
        return ""
    if not settled.scale_known:
        return "Its size is not known: it can be looked at and segmented, and nothing is measured on it."
    size = np.array(settled.grid.shape[::-1]) * settled.grid.spacing_mm
    return f"So it measures {' x '.join(f'{v:.4g}' for v in size)} mm."
