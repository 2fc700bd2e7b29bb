"""File > Export: label map, DICOM SEG, surfaces, mesh and image; written in a worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QMenu

from surgitwin.planning.output.export import Exported, export_case
from surgitwin.planning.output.file_names import size_words
from surgitwin.viewer.deidentify.going_out import tell
from surgitwin.viewer.deidentify.purpose import purpose_of
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.latest import Latest

if TYPE_CHECKING:
    from surgitwin.viewer.main_window import MainWindow


@dataclass(frozen=True)
class Way:
    """One entry of the menu. kinds: filter of the file dialog, "" for a folder. needs: key of the case's
    state.
    """

    name: str
    words: str
    tip: str
    what: str
    file: str
    kinds: str
    needs: str = "labels"


WAYS = (
    Way("labels", "&Label map ...", "Segments with their names for 3D Slicer or ITK-SNAP", "labels",
        "segments.seg.nrrd", "NRRD for 3D Slicer (*.nrrd);;NIfTI (*.nii.gz *.nii)"),
    Way("seg", "&DICOM SEG ...", "Segments as a DICOM object for the archive; needs the DICOM images again",
        "seg", "segments.dcm", "DICOM (*.dcm)"),
    Way("surfaces", "&Surfaces (STL) ...", "A closed surface of each segment, LPS mm", "surfaces",
        "surfaces", ""),
    Way("objects", "&Own implants (STL) ...", "Each own implant or reference object where it lies, LPS mm",
        "objects", "objects", "", "objects"),
    Way("mesh", "&Mesh ...", "Tetrahedra for simulation programs, LPS mm", "mesh", "mesh.vtu",
        "VTK (*.vtu);;XDMF (*.xdmf);;Abaqus (*.inp);;FEBio (*.feb);;gmsh (*.msh);;Border as STL (*.stl);;"
        "Border as PLY (*.ply)", "mesh"),
    Way("image", "&Image ...", "The voxels for 3D Slicer, ITK-SNAP or ParaView, without what headers said",
        "image", "image.nii.gz",
        "NIfTI (*.nii.gz *.nii);;MetaImage (*.mha);;VTK image (*.vti);;NRRD with UIDs and date (*.nrrd)",
        "image"),
)  # fmt: skip


FIRST = {
    "labels": "Open a case and segment it first.",
    "objects": "Open a case and add an own implant first (Tools > Own implants).",
    "mesh": "Open a case and mesh it first.",
    "image": "Open a case first.",
}
"""What is missing, by the key of the state."""


def export_menu(window: MainWindow) -> QMenu:
    """The submenu; an entry can be used when the open case has what it writes."""
    menu = QMenu("&Export", window)
    menu.setObjectName("menu_export_segments")
    menu.setToolTipsVisible(True)
    set_icon(menu.menuAction(), "export")
    exporter = SegmentExport(window)
    actions = []
    for way in WAYS:
        action = menu.addAction(way.words)
        action.setObjectName(f"export_{way.name}")
        action.setToolTip(way.tip)
        action.triggered.connect(lambda _checked=False, w=way: exporter.ask(w))
        actions.append((action, way))

    def judge() -> None:
        session = window.desk.session
        for action, way in actions:
            ready = session is not None and bool(session.case.state.get(way.needs))
            action.setEnabled(ready)
            action.setToolTip(way.tip if ready else FIRST[way.needs])

    menu.aboutToShow.connect(judge)
    return menu


class SegmentExport(QObject):
    """Asks where to, and for a SEG where the images are; then writes in a worker."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window

    def ask(self, way: Way) -> None:
        """Begin with the place of the file."""
        if way.what == "seg":
            self._folder(
                "Folder with the DICOM images of this case", "", lambda source: self._place(way, source)
            )
        else:
            self._place(way, None)

    def _place(self, way: Way, source: Path | None) -> None:
        session = self._window.desk.session
        if session is None:
            return
        if not way.kinds:
            self._folder(
                "Folder for the surfaces", str(session.path.parent), lambda out: self.write(way, out, None)
            )
            return
        title = way.words.replace("&", "").removesuffix(" ...")
        dialog = QFileDialog(self._window, title, str(session.path.parent / way.file), way.kinds)
        dialog.setObjectName("saveDialog")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(way.file)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.write(way, Path(name), source))
        dialog.open()

    def _folder(self, title: str, start: str, then: Callable[[Path], None]) -> None:
        dialog = QFileDialog(self._window, title, start)
        dialog.setObjectName("folderDialog")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: then(Path(name)))
        dialog.open()

    def write(self, way: Way, out: Path, source: Path | None) -> None:
        """Write what the open case has now."""
        desk = self._window.desk
        if desk.session is None:
            return
        desk.say(f"Writing {out.name} ...")
        task = partial(export_case, desk.session.case, way.what, out, source=source, purpose=purpose_of(desk))
        Latest(desk, desk.say_error).ask(task, self._written)  # one a file: none gives way to the next

    def _written(self, made: Exported) -> None:
        size = size_words(made.size_bytes)
        tell(self._window.desk, f"Saved {made.file.name} ({size}) in {made.file.parent}.", made.warnings)
