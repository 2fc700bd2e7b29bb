"""The list of measurements beside the views: jump to, rename, copy, delete; a chart for a measured line."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QModelIndex, QSignalBlocker, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QKeyEvent, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from surgitwin.imaging.measure import profile
from surgitwin.planning.measurements import KINDS, Measurement, as_table
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.tools.measure_store import MeasureStore
from surgitwin.viewer.views.measure_chart import ProfileChart
from surgitwin.viewer.views.scene_mouse import key_name

EMPTY = (
    "No measurements yet.\nChoose the ruler or another measuring tool above the views, then click in a slice."
)
ID = Qt.ItemDataRole.UserRole


class MeasureList(QTreeWidget):
    """Name and value; Delete removes, Enter jumps, F2 renames."""

    def __init__(self, on_key: Callable[[str], bool], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._on_key = on_key
        self.setObjectName("measurements")
        self.setAccessibleName("measurements")
        self.setHeaderLabels(["Name", "Value"])
        self.setRootIsDecorated(False)
        self.setAlternatingRowColors(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self.header().setStretchLastSection(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys of the panel first."""
        name = {"Delete": "delete", "Return": "jump", "Enter": "jump"}.get(key_name(event), "")
        if not (name and self._on_key(name)):
            super().keyPressEvent(event)


class MeasurePanel(QWidget):
    """Lists `store`'s measurements."""

    def __init__(self, desk: Desk, store: MeasureStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("measurePanel")
        self._desk, self.store = desk, store
        self.list = MeasureList(self._key, self)
        self.empty = QLabel(EMPTY, self)
        self.empty.setWordWrap(True)
        set_role(self.empty, "muted")
        self.chart = ProfileChart(self)
        self.numbers = QLabel(self)
        self.numbers.setWordWrap(True)
        self.numbers.setTextFormat(Qt.TextFormat.PlainText)
        self.numbers.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        title = QLabel("Measurements", self)
        set_role(title, "heading")
        column.addWidget(title)
        column.addLayout(self._buttons())
        column.addWidget(self.empty)
        column.addWidget(self.list, 1)
        column.addWidget(self.numbers)
        column.addWidget(self.chart)
        self.list.currentItemChanged.connect(lambda now, _old: self._chosen(now))
        self.list.itemDoubleClicked.connect(lambda item, _column: store.go_to(item.data(0, ID)))
        self.list.itemChanged.connect(self._renamed)
        store.changed.connect(self.refresh)
        self._rows: tuple[Measurement, ...] | None = None
        self._charted: Measurement | None = None
        self.refresh()

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.buttons = {}
        for name, icon, tip, run in (
            ("jump", "crosshair", "Go there in all views (Enter)", lambda: self._key("jump")),
            ("copy", "duplicate", "Copy all values as a table for a spreadsheet", self.copy),
            ("delete", "remove", "Delete the chosen measurement (Delete)", lambda: self._key("delete")),
        ):
            button = self.buttons[name] = QToolButton(self)
            button.setObjectName(f"measure_{name}")
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            set_icon(button, icon)
            set_role(button, "flat")
            button.clicked.connect(lambda _=False, run=run: run())
            row.addWidget(button)
        self.eye = QToolButton(self)
        self.eye.setObjectName("measure_show")
        self.eye.setCheckable(True)
        self.eye.setChecked(True)
        self.eye.setToolTip("Show or hide all measurements in the views")
        self.eye.setAccessibleName("show measurements in the views")
        set_icon(self.eye, "eye")
        set_role(self.eye, "flat")
        self.eye.toggled.connect(self.store.show)
        row.addWidget(self.eye)
        row.addStretch(1)
        return row

    def refresh(self) -> None:
        """The list as the store has it; a value that changes while dragging is only written anew."""
        rows = self.store.all
        if rows != self._rows:
            with QSignalBlocker(self.list):
                if [m.id for m in rows] != [m.id for m in self._rows or ()]:
                    self.list.clear()
                    for m in rows:
                        item = QTreeWidgetItem(self.list)
                        item.setData(0, ID, m.id)
                        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
                for n, m in enumerate(rows):
                    self._fill(self.list.topLevelItem(n), m)
            self._rows = rows
        with QSignalBlocker(self.list):
            at = next((n for n, m in enumerate(rows) if m.id == self.store.selected), -1)
            chosen = self.list.topLevelItem(at) if at >= 0 else None
            if chosen is not None:
                self.list.setCurrentItem(chosen)
            else:
                self.list.setCurrentIndex(QModelIndex())
        self.empty.setVisible(not rows)
        self.list.setVisible(bool(rows))
        for name in ("jump", "delete"):
            self.buttons[name].setEnabled(bool(self.store.selected))
        self.buttons["copy"].setEnabled(bool(rows))
        self._details()

    def _fill(self, item: QTreeWidgetItem | None, m: Measurement) -> None:
        if item is None:
            return
        item.setText(0, m.name)
        item.setText(1, m.text)
        item.setToolTip(1, "\n".join(f"{v.name}: {v.text}" for v in m.values) or m.problem)
        patch = QPixmap(12, 12)
        patch.fill(QColor.fromRgbF(*m.rgb))
        item.setIcon(0, QIcon(patch))

    def _details(self) -> None:
        """All numbers of the chosen measurement, and its curve when it is a line of values."""
        m = self.store.get(self.store.selected)
        if m == self._charted:
            return
        self._charted = m
        words = ""
        if m is not None and len(m.values) > 1:
            words = "\n".join(f"{v.name}: {v.text}" for v in m.values)
        self.numbers.setText(words)
        self.numbers.setVisible(bool(words))
        curve = None
        volume = self.store.model.volume
        if m is not None and m.kind == "profile" and not m.problem:
            curve = profile(volume, np.asarray(m.points_mm[0]), np.asarray(m.points_mm[1]))
        self.chart.show_profile(curve, volume.unit_text, m.rgb if m is not None else (1, 1, 1))

    def _chosen(self, item: QTreeWidgetItem | None) -> None:
        self.store.select(str(item.data(0, ID)) if item is not None else "")

    def _renamed(self, item: QTreeWidgetItem, column: int) -> None:
        key = str(item.data(0, ID))
        found = self.store.get(key)
        if column == 0 and found is not None:
            self._desk.attempt(lambda: self.store.rename(key, item.text(0)))
            self._rows = None
            self.refresh()

    def _key(self, name: str) -> bool:
        key = self.store.selected
        found = self.store.get(key)
        if found is None:
            return False
        if name == "delete":
            self._desk.attempt(lambda: self.store.delete(key))
        elif name == "jump":
            self.store.go_to(key)
            self._desk.say(f"{found.name} ({KINDS[found.kind].title.lower()}): {found.text}")
        return True

    def copy(self) -> None:
        """All values onto the clipboard."""
        QGuiApplication.clipboard().setText(as_table(self.store.all))
        self._desk.say("Copied: all measurements as a table. Paste them into a spreadsheet.")

    def release(self) -> None:
        """Stop listening."""
        self.store.changed.disconnect(self.refresh)
