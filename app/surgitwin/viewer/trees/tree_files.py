"""Files of a tree: table, centrelines, report; written in a worker."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QWidget

from surgitwin.planning.case import Case
from surgitwin.planning.segments.tree_rows import write_tree
from surgitwin.planning.segments.tree_table import voxel_of
from surgitwin.viewer.deidentify.going_out import NUMBERS, write_out
from surgitwin.viewer.deidentify.purpose import purpose_of
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.trees.place import TreePlace
from surgitwin.viewer.trees.reading import TreeReading
from surgitwin.viewer.trees.tiles import NO_SCALE

WAYS = (
    ("Table ...", "treeCsv", "Table of the branches", "CSV (*.csv)", ".csv", "chart"),
    ("Lines ...", "treeVtp", "Centrelines with radii, LPS mm", "VTK (*.vtp);;JSON (*.json)", ".vtp",
     "export"),
    ("Report ...", "treeReport", "Report of the tree with its table and picture",
     "PDF (*.pdf);;HTML (*.html)", ".pdf", "report"),
)  # fmt: skip
"""Words, object name, tip, kinds of files, suffix, icon."""


class TreeFiles(QWidget):
    """Three buttons."""

    def __init__(self, place: TreePlace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._place = place
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self.buttons: dict[str, QPushButton] = {}
        for words, name, tip, kinds, suffix, picture in WAYS:
            button = self.buttons[suffix] = QPushButton(words, self)
            button.setObjectName(name)
            button.setToolTip(tip)
            set_icon(button, picture)
            button.clicked.connect(partial(self._ask, tip, kinds, suffix))
            row.addWidget(button)
        place.changed.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        reading = self._place.reading
        metric = reading is not None and reading.tree.metric
        lines = self.buttons[".vtp"]
        lines.setEnabled(metric)
        lines.setToolTip(WAYS[1][2] if metric else NO_SCALE)

    def _ask(self, title: str, kinds: str, suffix: str, _on: bool = False) -> None:
        name = f"{self._place.segment.replace(' ', '_')}-tree{suffix}"
        dialog = QFileDialog(self, title, str(self._place.session.path.parent / name), kinds)
        dialog.setObjectName("saveDialog")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix)
        dialog.selectFile(name)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda chosen: self.write(Path(chosen)))
        dialog.open()

    def write(self, path: Path) -> None:
        """Write what the suffix of `path` says: table, lines, or the report (as a job)."""
        reading, desk = self._place.reading, self._place.desk
        if reading is None:
            return
        if path.suffix.lower() in (".pdf", ".html", ".htm"):
            jobs = desk.jobs
            if jobs is not None:
                asked = {"path": str(path), "purpose": purpose_of(desk)}
                desk.attempt(lambda: jobs.start("report", asked, "Report of the vessel tree"))
            return
        task = partial(_write, self._place.session.case, reading, path)
        writer = Latest(desk, desk.say_error)  # one a file: none gives way to the next
        write_out(desk, writer, NUMBERS, task, lambda: f"Saved {path.name} in {path.parent}.")


def _write(case: Case, reading: TreeReading, path: Path) -> Path:
    """In the worker."""
    write_tree(reading.tree, path, reading.names, voxel_of(case))
    return path
