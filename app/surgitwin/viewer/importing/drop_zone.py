"""The place to drop images on, with the buttons that do the same."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.theme import set_role

FILES = "Zip archives and DICOM (*.zip *.dcm *.ima *.dicom)"
IMAGES = "Images of other formats (*.nii *.nii.gz *.nrrd *.nhdr *.mha *.mhd *.vti)"


class DropZone(QFrame):
    """Emits `chosen` with the paths that were dropped or picked, never an empty list; `studies_wanted`."""

    chosen = Signal(list)
    studies_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dropZone")
        self.setAcceptDrops(True)
        set_role(self, "drop")
        mark = QLabel(self)
        mark.setAlignment(Qt.AlignmentFlag.AlignCenter)
        set_icon(mark, "import", "accent", 64)
        self.title = QLabel("Drop a scan here", self)
        set_role(self.title, "title")
        text = QLabel(
            "A folder with DICOM images, single files, a CD, a zip archive, or a NIfTI, NRRD, MetaImage or "
            "VTI image. It can be dropped anywhere on this window; nothing leaves this computer.",
            self,
        )
        set_role(text, "muted")
        for label in (self.title, text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
        self.folder = QPushButton("Choose a folder ...", self)
        self.files = QPushButton("Choose files ...", self)
        self.folder.setObjectName("chooseFolder")
        self.files.setObjectName("chooseFiles")
        set_role(self.folder, "primary")
        set_icon(self.folder, "folder", "on_accent")
        set_icon(self.files, "zip")
        self.folder.setToolTip("Look for series in a folder and everything below it")
        self.files.setToolTip("A zip archive, single DICOM files, or one NIfTI, NRRD, MetaImage or VTI image")
        self.folder.clicked.connect(self.ask_folder)
        self.files.clicked.connect(self._choose_files)
        self.studies = QPushButton("Studies and PACS ...", self)
        self.studies.setObjectName("openStudies")
        set_icon(self.studies, "study")
        self.studies.setToolTip("Series that were added before, found by words; and those of a PACS")
        self.studies.clicked.connect(self.studies_wanted)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.folder)
        buttons.addWidget(self.files)
        buttons.addWidget(self.studies)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(10)
        column.addStretch(1)
        for widget in (mark, self.title, text):
            column.addWidget(widget)
        column.addLayout(buttons)
        column.addStretch(1)

    def ask_folder(self) -> None:
        """Ask for a folder."""
        dialog = QFileDialog(self.window(), "Folder with the CT scan")
        dialog.setObjectName("folderDialog")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(lambda name: self.chosen.emit([Path(name)]))
        dialog.open()

    def _choose_files(self) -> None:
        dialog = QFileDialog(self.window(), "Zip archive, DICOM files or an image")
        dialog.setObjectName("filesDialog")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilters([FILES, IMAGES, "All files (*)"])
        dialog.filesSelected.connect(lambda names: self.chosen.emit([Path(n) for n in names]))
        dialog.open()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files light the zone up."""
        if event.mimeData().hasUrls():
            set_role(self, "drop-active")
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Back to the quiet frame."""
        set_role(self, "drop")

    def dropEvent(self, event: QDropEvent) -> None:
        """Take what was dropped."""
        set_role(self, "drop")
        paths = [Path(u.toLocalFile()) for u in event.mimeData().urls() if u.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.chosen.emit(paths)
