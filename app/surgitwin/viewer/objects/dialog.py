"""Own implants and reference objects of the case: add, place, read their numbers, hide, rename, remove."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import (
    QColorDialog,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from surgitwin.planning.objects.measure import ObjectNumbers, measure_object
from surgitwin.planning.objects.peek import Peek
from surgitwin.planning.objects.pose import put
from surgitwin.planning.objects.record import KEY, NOT_SIMULATED, OwnObject, objects_of
from surgitwin.planning.objects.words import object_words, volume_words
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.objects.actions import ObjectActions
from surgitwin.viewer.objects.add_dialog import AddDialog
from surgitwin.viewer.objects.numbers_table import NumbersTable
from surgitwin.viewer.objects.place_box import PlaceBox
from surgitwin.viewer.objects.tool import ObjectTool
from surgitwin.viewer.theme import set_role

FILES = "Surfaces and solids (*.stl *.obj *.ply *.vtp *.step *.stp);;All files (*)"
ABOUT = "Bodies from your own files: an implant, a guide, or anything to compare with. Add a file to begin."
ROLE = Qt.ItemDataRole.UserRole


class ObjectsDialog(QDialog):
    """Beside the work: the views stay usable, and the handles of the chosen object are shown in them."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        assert desk.session is not None
        assert desk.objects is not None
        self.setObjectName("objectsDialog")
        self.setWindowTitle("Own implants")
        self.setMinimumWidth(480)
        self.resize(480, 600)
        self._desk, self._session = desk, desk.session
        self._closed = False
        self.actions_ = ObjectActions(desk, self)
        self.tool = ObjectTool(desk, desk.objects)
        self._measuring = Latest(desk, self._not_measured)
        self._build()
        self.actions_.added.connect(self._choose)
        self.actions_.busy.connect(self._say_busy)
        self.tool.chosen_changed.connect(self._choose)
        self._session.changed.connect(self._changed)
        desk.closing.connect(self.close)
        self._list_again()
        if desk.model is not None and not self._session.read_only:
            desk.model.set_tool(self.tool)

    # ---- layout -------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.words = QLabel(self)
        self.words.setObjectName("objectWords")
        self.said = QLabel(self)
        self.said.setObjectName("objectSaid")
        for label in (self.words, self.said):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        set_role(self.said, "warning")
        self.list = QListWidget(self)
        self.list.setObjectName("objectList")
        self.list.setAccessibleName("objects")
        self.list.setToolTip("Tick: shown. Click to choose, double-click to rename.")
        self.list.setMaximumHeight(110)
        self.list.currentItemChanged.connect(lambda *_: self._chosen())
        self.list.itemChanged.connect(self._item_changed)
        self.add = self._button("Add from a file ...", "objectAdd", "add", self._ask_file)
        set_role(self.add, "primary")
        self.here = self._button("To the crosshair", "objectHere", "crosshair", self._to_crosshair)
        self.handles = self._button("Handles", "objectHandles", "handle", self._toggle_handles)
        self.handles.setCheckable(True)
        self.handles.setToolTip(ObjectTool.words)
        self.colour = self._button("Colour ...", "objectColour", "theme", self._ask_colour)
        self.delete = self._button("Remove", "objectRemove", "remove", self._remove)
        self.place, self.table = PlaceBox(self), NumbersTable(self)
        self.place.placed.connect(self._typed)
        self.place.ended.connect(self._session.end_merge)
        column = QVBoxLayout(self)
        first, second = QHBoxLayout(), QHBoxLayout()
        for button in (self.add, self.delete, self.colour):
            first.addWidget(button)
        for button in (self.handles, self.here):
            second.addWidget(button)
        column.addLayout(first)
        column.addWidget(self.list)
        column.addWidget(self.words)
        column.addLayout(second)
        column.addWidget(self.place)
        column.addWidget(self.table, 1)
        column.addWidget(self.said)
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
        item = self.list.currentItem()
        key = "" if item is None else item.data(ROLE)
        return next((o for o in objects_of(self._session.case.state) if o.id == key), None)

    def _ask_file(self) -> None:
        if not self.actions_.may_write():
            return
        dialog = QFileDialog(self, "Own implant from a file", str(self._session.path.parent), FILES)
        dialog.setObjectName("objectFile")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.take(Path(name)))
        dialog.open()

    def take(self, path: Path) -> None:
        """Look at a file, ask what it leaves open, add it."""
        self.actions_.look(path, self._ask_answers)

    def _ask_answers(self, found: Peek) -> None:
        dialog = AddDialog(found, self)
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
        if own is None:
            return
        dialog = QColorDialog(QColor.fromRgbF(*own.rgb), self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.colorSelected.connect(partial(self._coloured, own))
        dialog.open()

    def _coloured(self, own: OwnObject, colour: QColor) -> None:
        rgb = (colour.redF(), colour.greenF(), colour.blueF())
        self.actions_.keep(replace(own, rgb=rgb), "Colour of")

    def _remove(self) -> None:
        own = self.own
        if own is not None and self.actions_.remove(own):
            self._desk.say(f"Removed {own.name}; undo (Ctrl+Z) brings it back.")

    def _item_changed(self, item: QListWidgetItem) -> None:
        """Ticked or renamed in the list."""
        own = next((o for o in objects_of(self._session.case.state) if o.id == item.data(ROLE)), None)
        if own is None:
            return
        visible = item.checkState() == Qt.CheckState.Checked
        done = True
        if visible != own.visible:
            done = self.actions_.keep(replace(own, visible=visible), "Show" if visible else "Hide")
        elif item.text() != own.name:
            done = self.actions_.rename(own, item.text())
        if not done:
            self._list_again()

    # ---- following ----------------------------------------------------------------------------------

    def _changed(self, topics: frozenset[str]) -> None:
        if KEY in topics:
            self._list_again()
        elif topics & {"labels", "voxels"}:
            self._measure()

    def _list_again(self, choose: str = "") -> None:
        """The list as the case has it; the same object stays chosen."""
        item = self.list.currentItem()
        wanted = choose or ("" if item is None else item.data(ROLE))
        known = objects_of(self._session.case.state)
        self.list.blockSignals(True)
        self.list.clear()
        for own in known:
            row = QListWidgetItem(own.name, self.list)
            row.setData(ROLE, own.id)
            row.setToolTip(f"{object_words(own)}, from {own.file or 'a file'} ({own.format}, {own.unit})")
            row.setFlags(row.flags() | Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsUserCheckable)
            row.setCheckState(Qt.CheckState.Checked if own.visible else Qt.CheckState.Unchecked)
            pixels = QPixmap(14, 14)
            pixels.fill(QColor.fromRgbF(*own.rgb))
            row.setIcon(QIcon(pixels))
        ids = [o.id for o in known]
        self.list.setCurrentRow(ids.index(wanted) if wanted in ids else len(ids) - 1)
        self.list.blockSignals(False)
        self._chosen()

    def _choose(self, key: str) -> None:
        self._list_again(key)

    def _chosen(self) -> None:
        own = self.own
        self.tool.choose("" if own is None else own.id)
        read_only = self._session.read_only
        why = "The case is open for reading only." if read_only else "" if own else "Add an object first."
        for button in (self.here, self.colour, self.delete):
            button.setEnabled(not why)
            button.setToolTip(why)
        self.handles.setEnabled(not why)
        self.place.show_object(own, why)
        self.words.setText(ABOUT if own is None else _about(own))
        set_role(self.words, "muted" if own is None else "")
        self._measure()

    def _tool_changed(self, *_: object) -> None:
        model = self._desk.model
        self.handles.setChecked(model is not None and model.tool is self.tool)

    def _say_busy(self, words: str) -> None:
        self.add.setEnabled(not words)
        if words:
            self.said.setText(words)
            self.said.show()
        else:
            self._measure()

    # ---- numbers ------------------------------------------------------------------------------------

    def _measure(self) -> None:
        """Measure the chosen object in a worker; what is shown is never of another place."""
        own = self.own
        self.table.show_numbers(None)
        self.table.setVisible(own is not None and not own.fault)
        self.said.setText("" if own is None else "Measuring ...")
        self.said.setVisible(own is not None)
        if own is not None:
            case, place = self._session.base(), own
            self._measuring.ask(lambda: (place, measure_object(case, place)), self._show_measured)

    def _show_measured(self, answer: tuple[OwnObject, ObjectNumbers]) -> None:
        place, found = answer
        if self._closed or self.own != place:
            return
        notes = [found.fault] if found.fault else []
        if not found.segments and not found.fault:
            notes.append("The case has no segments yet: nothing to measure against.")
        if found.outside_mm3:
            notes.append(f"{volume_words(found.outside_mm3)} of it lie outside the image.")
        self.table.show_numbers(found)
        self.said.setText("\n".join([*notes, *place.notes]))
        self.said.setVisible(bool(self.said.text()))

    def _not_measured(self, error: object) -> None:
        if self._closed:
            return
        self.said.setText(f"{getattr(error, 'message', error)} {getattr(error, 'hint', '')}")
        self.said.show()

    def done(self, result: int) -> None:
        """Closing puts the handles away; the objects stay in the views."""
        if self._closed:
            return
        self._closed = True
        self.actions_.closed = True
        model = self._desk.model
        if model is not None:
            model.tool_changed.disconnect(self._tool_changed)
            if model.tool is self.tool:
                model.set_tool(None)
        self._session.changed.disconnect(self._changed)
        super().done(result)


def _about(own: OwnObject) -> str:
    return object_words(own) + (f".\n{NOT_SIMULATED}" if own.kind == "implant" else ".")
