"""The list of segments with what can be done to each, and the look of the chosen one."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QColorDialog,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from surgitwin.core.image import Segment
from surgitwin.planning.segments.looks import look_of
from surgitwin.segmentation.patch import LabelPatch
from surgitwin.segmentation.table import addable, title
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.segments.edit_runner import EditRunner
from surgitwin.viewer.segments.label_editor import LabelEditor
from surgitwin.viewer.segments.look import LookBar
from surgitwin.viewer.segments.row import SegmentRow
from surgitwin.viewer.theme import set_role

FILTER_FROM = 6
"""With so many segments the field to search them is shown (handling only)."""


class SegmentList(QWidget):
    """Rows of segments; every change is a step of undo. `show_volumes` when they were counted."""

    def __init__(
        self, desk: Desk, editor: LabelEditor, runner: EditRunner, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("segmentList")
        self._desk, self._editor, self._runner = desk, editor, runner
        self.rows: dict[int, SegmentRow] = {}
        self._volumes: dict[int, float] = {}
        self.search = QLineEdit(self)
        self.search.setPlaceholderText("Search segments")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(lambda _: self._filter())
        self._place = QVBoxLayout()
        self._place.setSpacing(1)
        self.look = LookBar(editor, self._change, self)
        self.empty = QLabel("No segments yet. Segment the bone above, or add one here.", self)
        self.empty.setWordWrap(True)
        set_role(self.empty, "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.search)
        column.addWidget(self.empty)
        column.addLayout(self._place)
        column.addLayout(self._buttons())
        column.addWidget(self.look)

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.add = QPushButton("Add", self)
        self.add.setObjectName("addSegment")
        set_icon(self.add, "add")
        self.add.setToolTip("Add a vessel, a nerve or another structure, then paint it")
        self._menu = QMenu(self.add)
        self._menu.aboutToShow.connect(self._fill_menu)
        self.add.setMenu(self._menu)
        self.rename, self.remove = QPushButton("Rename", self), QPushButton("Remove", self)
        for button, name, run in (
            (self.rename, "rename", lambda: self.ask_name(self._editor.chosen)),
            (self.remove, "remove", self._remove),
        ):
            set_icon(button, name)
            button.setObjectName(f"{name}Segment")
            button.clicked.connect(lambda _=False, r=run: r())
        for widget in (self.add, self.rename, self.remove):
            row.addWidget(widget)
        return row

    # ---- showing -------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Everything from the segment table, the looks and the choice as they are now."""
        model, session = self._editor.model, self._editor.session
        segments = self._editor.segments
        if list(self.rows) != [s.label for s in segments]:
            self._make_rows()
        for segment in segments:
            look = model.looks.get(segment.label)
            if look is not None:
                keep_out = look_of(session.case.state, segment.name).keep_out
                self.rows[segment.label].show_state(
                    segment, look, keep_out, segment.label == self._editor.chosen
                )
                self.rows[segment.label].show_volume(self._volumes.get(segment.label))
        self.empty.setVisible(not segments)
        self.search.setVisible(len(segments) >= FILTER_FROM)
        self._show_chosen()
        self._filter()

    def _make_rows(self) -> None:
        for row in self.rows.values():
            self._place.removeWidget(row)
            row.setParent(None)
            row.deleteLater()
        self.rows = {}
        for segment in self._editor.segments:
            row = self.rows[segment.label] = SegmentRow(segment, self)
            row.chosen.connect(self._editor.choose)
            row.rename_asked.connect(self.ask_name)
            row.eye_clicked.connect(self._eye)
            row.lock_clicked.connect(self._lock)
            row.keep_out_clicked.connect(self._keep_out)
            row.colour_clicked.connect(self._ask_colour)
            row.hovered.connect(self._editor.model.set_highlight)
            row.stepped.connect(self._step)
            self._place.addWidget(row)

    def _show_chosen(self) -> None:
        look = self._editor.model.looks.get(self._editor.chosen or 0)
        free = not self._editor.session.read_only
        for widget in (self.look, self.rename, self.remove):
            widget.setEnabled(look is not None and free)
        self.add.setEnabled(free)
        words = self._editor.title(self._editor.chosen)
        self.rename.setToolTip(f"Rename the {words} (F2)" if look else "Choose a segment first")
        self.remove.setToolTip(f"Remove the {words} with its voxels" if look else "Choose a segment first")
        if look is not None:
            self.look.show_look(look)

    def show_volumes(self, volumes_ml: dict[int, float]) -> None:
        """Volume of every label in ml."""
        self._volumes = volumes_ml
        for label, row in self.rows.items():
            row.show_volume(volumes_ml.get(label))

    def _filter(self) -> None:
        wanted = self.search.text().strip().lower()
        for segment in self._editor.segments:
            row = self.rows.get(segment.label)
            if row is not None:
                row.setVisible(wanted in title(segment.name).lower())

    # ---- changing ------------------------------------------------------------------------------

    def _fill_menu(self) -> None:
        self._menu.clear()
        for kind in addable(self._editor.segments):
            self._menu.addAction(kind.title, partial(self._add, kind.name))

    def _add(self, name: str) -> None:
        kind = next(k for k in addable(self._editor.segments) if k.name == name)
        self._desk.attempt(lambda: self._editor.add(kind))

    def _remove(self) -> None:
        segment = self._editor.segment(self._editor.chosen)
        if segment is not None:
            self._desk.attempt(lambda: self._start_removal(segment))

    def _start_removal(self, segment: Segment) -> None:
        """In a thread: all voxels are looked at."""
        name, find = self._editor.removal(segment)

        def done(patch: LabelPatch) -> None:
            self._desk.attempt(lambda: self._editor.remove(segment, patch))

        self._runner.compute(name, lambda array, _: find(array), done)

    def ask_name(self, label: int | None) -> None:
        """Ask for another name of a segment."""
        segment = self._editor.segment(label)
        if segment is None:
            return
        ask = QInputDialog(self)
        ask.setObjectName("renameBox")
        ask.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        ask.setWindowTitle("Rename segment")
        ask.setLabelText(f"New name of {title(segment.name)}:")
        ask.setTextValue(title(segment.name))
        ask.textValueSelected.connect(
            lambda name: self._desk.attempt(lambda: self._editor.rename(segment.label, name))
        )
        ask.open()

    def _words(self, label: int) -> str:
        return self._editor.title(label)

    def _change(self, label: int, name: str, merge: str = "", **changes: object) -> None:
        self._desk.attempt(lambda: self._editor.set_look(label, name, merge, **changes))

    def _eye(self, label: int) -> None:
        shown = self._editor.model.looks[label].visible
        self._change(label, f"{'Hide' if shown else 'Show'} {self._words(label)}", visible=not shown)

    def _lock(self, label: int) -> None:
        locked = self._editor.model.looks[label].locked
        self._change(label, f"{'Unlock' if locked else 'Lock'} {self._words(label)}", locked=not locked)

    def _keep_out(self, label: int) -> None:
        segment = self._editor.segment(label)
        if segment is not None:
            on = look_of(self._editor.session.case.state, segment.name).keep_out
            words = f"{'Take keep out from' if on else 'Keep out of'} {self._words(label)}"
            self._change(label, words, keep_out=not on)

    def _ask_colour(self, label: int) -> None:
        ask = QColorDialog(QColor.fromRgbF(*self._editor.model.looks[label].rgb), self)
        ask.setObjectName("colourBox")
        ask.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        ask.setWindowTitle(f"Colour of {self._words(label)}")
        ask.colorSelected.connect(partial(self._colour, label))
        ask.open()

    def _colour(self, label: int, colour: QColor) -> None:
        rgb = (colour.redF(), colour.greenF(), colour.blueF())
        self._change(label, f"Colour of {self._words(label)}", rgb=rgb)

    def _step(self, label: int, by: int) -> None:
        shown = [n for n, row in self.rows.items() if row.isVisible()]
        at = shown.index(label) + by
        if 0 <= at < len(shown):
            self._editor.choose(shown[at])
            self.rows[shown[at]].setFocus()
