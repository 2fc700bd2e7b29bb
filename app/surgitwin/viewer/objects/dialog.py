"""Own implants and reference objects of the case: add, place, read their numbers, hide, rename, remove."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from surgitwin.planning.objects.peek import Peek
from surgitwin.planning.objects.pose import diagonal_mm, put
from surgitwin.planning.objects.record import KEY, NOT_SIMULATED, OwnObject, objects_of
from surgitwin.planning.objects.words import object_words
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.objects.actions import ObjectActions
from surgitwin.viewer.objects.add_dialog import AddDialog
from surgitwin.viewer.objects.asking import ask_colour, ask_file, ask_report
from surgitwin.viewer.objects.numbers_box import NumbersBox
from surgitwin.viewer.objects.object_list import ObjectList
from surgitwin.viewer.objects.place_box import PlaceBox
from surgitwin.viewer.objects.reading_line import ReadingLine
from surgitwin.viewer.objects.tool import ObjectTool
from surgitwin.viewer.theme import set_role

REPORT_TIP = "Pictures, places and numbers of all objects, with the simulated plans if there are any"
ABOUT = "Bodies from your own files: an implant, a guide, or anything to compare with. Add a file to begin."


WIDTH_PX = 424
"""As wide as the panel of a page, over which it opens."""


class ObjectsDialog(QDialog):
    """Beside the work: the views stay usable, and the handles of the chosen object are shown in them."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        assert desk.session is not None
        assert desk.objects is not None
        self.setObjectName("objectsDialog")
        self.setWindowTitle("Own implants")
        self.setMinimumWidth(WIDTH_PX)
        self.resize(WIDTH_PX, 600)
        self._desk, self._session = desk, desk.session
        self._closed = False
        self.actions_ = ObjectActions(desk, self)
        self.tool = ObjectTool(desk, desk.objects)
        self._build()
        self._listen()
        self.actions_.added.connect(self._list_again)
        self.actions_.busy.connect(self._say_busy)
        self.tool.chosen_changed.connect(self._list_again)
        self._session.changed.connect(self._changed)
        desk.closing.connect(self.close)
        self._list_again()
        if desk.model is not None and not self._session.read_only:
            desk.model.set_tool(self.tool)

    # ---- layout -------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.words = QLabel(self)
        self.words.setObjectName("objectWords")
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.list, self.reading = ObjectList(self), ReadingLine(self)
        self.add = self._button("Add from a file ...", "objectAdd", "add", self._ask_file)
        set_role(self.add, "primary")
        self.here = self._button("To the crosshair", "objectHere", "crosshair", self._to_crosshair)
        self.handles = self._button("Handles", "objectHandles", "handle", self._toggle_handles)
        self.handles.setCheckable(True)
        self.handles.setToolTip(ObjectTool.words)
        self.colour = self._button("Colour ...", "objectColour", "theme", self._ask_colour)
        self.delete = self._button("Remove", "objectRemove", "remove", self._remove)
        self.report = self._button("Report ...", "objectReport", "report", self._ask_report)
        self.place, self.numbers = PlaceBox(self), NumbersBox(self._desk, self)
        column = QVBoxLayout(self)
        column.addLayout(_row(self.add, self.delete, self.colour))
        column.addWidget(self.reading)
        column.addWidget(self.list)
        column.addWidget(self.words)
        column.addLayout(_row(self.handles, self.here, self.report))
        column.addWidget(self.place)
        column.addWidget(self.numbers, 1)

    def _listen(self) -> None:
        self.list.chosen_changed.connect(lambda _key: self._chosen())
        self.list.show_asked.connect(self._show)
        self.list.rename_asked.connect(self._rename)
        self.reading.cancelled.connect(self.actions_.cancel)
        self.place.placed.connect(self._typed)
        self.place.ended.connect(self._session.end_merge)
        if self._desk.model is not None:
            self._desk.model.tool_changed.connect(self._tool_changed)

    def _button(self, text: str, name: str, mark: str, run: Callable[[], object]) -> QPushButton:
        out = QPushButton(text, self)
        out.setObjectName(name)
        out.setAutoDefault(False)
        set_icon(out, mark)
        out.clicked.connect(lambda _checked=False: run())
        return out

    # ---- what the user does -------------------------------------------------------------------------

    @property
    def own(self) -> OwnObject | None:
        """The chosen object."""
        return self._known(self.list.chosen)

    def _known(self, key: str) -> OwnObject | None:
        return next((o for o in objects_of(self._session.case.state) if o.id == key), None)

    def _ask_file(self) -> None:
        if self.actions_.may_write():
            ask_file(self, self._session.path.parent, self.take)

    def take(self, path: Path) -> None:
        """Look at a file, ask what it leaves open, add it."""
        self.actions_.look(path, self._ask_answers)

    def _ask_answers(self, found: Peek) -> None:
        dialog = AddDialog(found, diagonal_mm(self._session.case.volume.grid), self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.wanted.connect(self.actions_.add)
        dialog.open()

    def _to_crosshair(self) -> None:
        own, model = self.own, self._desk.model
        if own is not None and model is not None:
            self.actions_.keep(put(own, model.crosshair_mm), "Move")

    def _typed(self, own: OwnObject) -> None:
        self.actions_.keep(own, "Move", f"typed {own.id}")

    def _toggle_handles(self) -> None:
        model = self._desk.model
        if model is not None:
            model.set_tool(None if model.tool is self.tool else self.tool)

    def _ask_colour(self) -> None:
        own = self.own
        if own is not None:
            ask_colour(self, own.rgb, lambda rgb: self.actions_.keep(replace(own, rgb=rgb), "Colour of"))

    def _ask_report(self) -> None:
        ask_report(self, self._session.path.parent, self.actions_.report)

    def _remove(self) -> None:
        own = self.own
        if own is not None and self.actions_.remove(own):
            self._desk.say(f"Removed {own.name}; undo (Ctrl+Z) brings it back.")

    def _show(self, key: str, visible: bool) -> None:
        own = self._known(key)
        words = "Show" if visible else "Hide"
        if own is None or not self.actions_.keep(replace(own, visible=visible), words):
            self._list_again()

    def _rename(self, key: str, name: str) -> None:
        own = self._known(key)
        if own is None or not self.actions_.rename(own, name):
            self._list_again()

    # ---- following ----------------------------------------------------------------------------------

    def _changed(self, topics: frozenset[str]) -> None:
        if KEY in topics:
            self._list_again()
        elif topics & {"labels", "voxels"}:
            self.numbers.show_object(self._session.base(), self.own)

    def _list_again(self, choose: str = "") -> None:
        """The list as the case has it; the same object stays chosen."""
        self.list.show_objects(objects_of(self._session.case.state), choose)
        self._chosen()

    def _chosen(self) -> None:
        own = self.own
        self.tool.choose("" if own is None else own.id)
        read_only = self._session.read_only
        why = "The case is open for reading only." if read_only else "" if own else "Add an object first."
        for button in (self.here, self.colour, self.delete):
            button.setEnabled(not why)
            button.setToolTip(why)
        self.report.setEnabled(own is not None)
        self.report.setToolTip(REPORT_TIP if own is not None else "Add an object first.")
        self.handles.setEnabled(not why)
        self.place.show_object(own, why)
        self.words.setText(ABOUT if own is None else _about(own))
        set_role(self.words, "muted" if own is None else "")
        self.numbers.show_object(self._session.base(), self.own)

    def _tool_changed(self, *_: object) -> None:
        model = self._desk.model
        self.handles.setChecked(model is not None and model.tool is self.tool)

    def _say_busy(self, words: str, share: float) -> None:
        self.add.setEnabled(not words)
        self.reading.show_progress(words, share)

    def done(self, result: int) -> None:
        """Closing puts the handles away; the objects stay in the views."""
        if self._closed:
            return
        self._closed = self.numbers.closed = True
        self.actions_.cancel()
        model = self._desk.model
        if model is not None:
            model.tool_changed.disconnect(self._tool_changed)
            if model.tool is self.tool:
                model.set_tool(None)
        self._session.changed.disconnect(self._changed)
        super().done(result)


def _row(*buttons: QPushButton) -> QHBoxLayout:
    out = QHBoxLayout()
    for button in buttons:
        out.addWidget(button)
    return out


def _about(own: OwnObject) -> str:
    return object_words(own) + (f".\n{NOT_SIMULATED}" if own.kind == "implant" else ".")
