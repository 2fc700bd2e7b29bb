"""About the program: version, notice, licence, what it is built from."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from surgitwin import NOTICE, __version__
from surgitwin.viewer.theme import set_role

BUILT_FROM = (
    ("PySide6-Essentials", "Qt for Python", "LGPL-3.0"),
    ("vtk", "VTK", "BSD-3-Clause"),
    ("pyvista", "PyVista", "MIT"),
    ("SimpleITK", "SimpleITK", "Apache-2.0"),
    ("pydicom", "pydicom", "MIT"),
    ("numpy", "NumPy", "BSD-3-Clause"),
    ("scipy", "SciPy", "BSD-3-Clause"),
    ("scikit-image", "scikit-image", "BSD-3-Clause"),
    ("mmgpy", "Mmg (mmgpy)", "LGPL-3.0, MIT"),
    ("netgen-mesher", "Netgen", "LGPL-2.1"),
    ("dolfinx-solver-real", "DOLFINx with PETSc", "LGPL-3.0, BSD-2-Clause"),
    ("reportlab", "ReportLab", "BSD-3-Clause"),
)
"""Package, name, licence of the larger parts; every part is in packaging/requirements.txt."""


class AboutDialog(QDialog):
    """One page of text that can be copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("aboutDialog")
        self.setWindowTitle("About SurgiTwin")
        title = QLabel(f"SurgiTwin {__version__}", self)
        set_role(title, "title")
        notice = QLabel(NOTICE.upper(), self)
        notice.setObjectName("notice")
        words = QLabel(
            "Plans an operation on the patient's own anatomy from CT, simulates the candidates and compares "
            "them. A research program: it is not a medical device, and its results must not be used to treat "
            "a patient.\n\nLicence: Apache License 2.0. It comes without any warranty.\n\nBuilt from:",
            self,
        )
        parts = QLabel("\n".join(_part(*row) for row in BUILT_FROM), self)
        for label in (words, parts):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        set_role(parts, "muted")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, parent=self)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(10)
        for widget in (title, notice, words, parts, buttons):
            column.addWidget(widget)
        self.setMinimumWidth(460)


def _part(package: str, name: str, licence: str) -> str:
    try:
        return f"{name} {version(package)} ({licence})"
    except PackageNotFoundError:
        return f"{name} ({licence}), not installed"
