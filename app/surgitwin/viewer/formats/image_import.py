"""From a dropped image file to its case: header read in a worker, questions asked, case made and opened."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget

from surgitwin.core.progress import Progress
from surgitwin.imaging.formats.file_image import FileImage
from surgitwin.imaging.formats.question import Answers
from surgitwin.imaging.formats.reader import image_suffix, open_image
from surgitwin.planning.images.files import case_from_image
from surgitwin.planning.privacy.deidentify_new import Anonymous
from surgitwin.viewer.formats.image_dialog import ImageDialog
from surgitwin.viewer.latest import Latest

if TYPE_CHECKING:
    from surgitwin.viewer.desk import Desk


def image_file(paths: Sequence[Path]) -> Path | None:
    """The one image file of another format among what was dropped (a header may come with its voxels)."""
    found = [p for p in paths if image_suffix(p)]
    return found[0] if len(found) == 1 else None


class ImageImport(QObject):
    """`ask(path)` begins; the desk is told of a file that cannot be read."""

    def __init__(self, desk: Desk, home: QWidget) -> None:
        super().__init__(home)
        self._desk, self._home = desk, home
        self._latest = Latest(home, desk.say_error)

    def ask(self, path: Path) -> None:
        """Read what the file says, then ask what it leaves open."""
        self._desk.error_over.emit()
        self._latest.ask(partial(open_image, path), self._opened)

    def _opened(self, image: FileImage) -> None:
        dialog = ImageDialog(image, self._home.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.wanted.connect(self._make)
        dialog.open()

    def _make(self, file: Path, case: Path, answers: Answers, anonymous: Anonymous | None) -> None:
        def make(progress: Progress) -> object:
            return case_from_image(case, file, answers, anonymous=anonymous, progress=progress)

        self._desk.make_and_open(case, make, f"Importing {file.name} ...")

    def release(self) -> None:
        """The window closes."""
        self._latest.stop()
