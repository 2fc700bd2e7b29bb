"""The question before a patient, study or series leaves the catalogue."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget


def forget_box(window: QWidget, kind: str, name: str) -> QMessageBox:
    """`accepted` comes when it is to be forgotten."""
    box = QMessageBox(window)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setObjectName("forgetStudies")
    box.setWindowTitle("Forget")
    box.setText(f"Take this {kind} out of the catalogue?\n\n{name}")
    box.setInformativeText("Copied images are deleted. Linked images stay where they are.")
    yes = box.addButton("Forget", QMessageBox.ButtonRole.DestructiveRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    yes.clicked.connect(box.accepted)
    return box
