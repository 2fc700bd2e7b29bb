"""Questions of the dialog of objects: which file, where to, which colour. None of them stops the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog, QDialog, QFileDialog, QWidget

from surgitwin.planning.objects.record import Rgb

FILES = "Surfaces and solids (*.stl *.obj *.ply *.vtp *.step *.stp);;All files (*)"
REPORTS = "PDF (*.pdf);;HTML (*.html)"


def ask_file(parent: QWidget, folder: Path, then: Callable[[Path], object]) -> None:
    """Which surface to read."""
    dialog = QFileDialog(parent, "Own implant from a file", str(folder), FILES)
    dialog.setObjectName("objectFile")
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.fileSelected.connect(lambda name: then(Path(name)))
    _open(dialog)


def ask_report(parent: QWidget, folder: Path, then: Callable[[Path], object]) -> None:
    """Where the report shall go."""
    dialog = QFileDialog(parent, "Report with the own objects", str(folder / "report.pdf"), REPORTS)
    dialog.setObjectName("saveDialog")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix("pdf")
    dialog.selectFile("report.pdf")
    dialog.fileSelected.connect(lambda name: then(Path(name)))
    _open(dialog)


def ask_colour(parent: QWidget, rgb: Rgb, then: Callable[[Rgb], object]) -> None:
    """Another colour for an object, 0..1."""
    dialog = QColorDialog(QColor.fromRgbF(*rgb), parent)
    dialog.colorSelected.connect(lambda c: then((c.redF(), c.greenF(), c.blueF())))
    _open(dialog)


def _open(dialog: QDialog) -> None:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
