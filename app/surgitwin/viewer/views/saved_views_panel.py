"""Named views of the case: save how the views stand, come back to it, rename, replace, delete."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from surgitwin.planning import saved_views as sv
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.help_finder import set_topic
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.view_memory import capture, restore

EMPTY = "No saved views yet.\nSet up the views as you like, then press + to keep them under a name."
NAME = Qt.ItemDataRole.UserRole


class SavedViewsPanel(QWidget):
    """Lists the saved views of the desk's session."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_topic(self, "saved-views")
        assert desk.session is not None
        self._desk, self._session = desk, desk.session
        self.list = QListWidget(self)
        self.list.setObjectName("savedViews")
        self.list.setAccessibleName("saved views")
        self.list.setToolTip("Double-click: go to the view. F2: rename.")
        self.empty = QLabel(EMPTY, self)
        self.empty.setWordWrap(True)
        set_role(self.empty, "muted")
        title = QLabel("Saved views", self)
        set_role(title, "heading")
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        column.addWidget(title)
        column.addLayout(self._buttons())
        column.addWidget(self.empty)
        column.addWidget(self.list, 1)
        self.list.itemDoubleClicked.connect(lambda item: self.go_to(item.data(NAME)))
        self.list.itemChanged.connect(self._renamed)
        self.list.currentItemChanged.connect(lambda _now, _old: self._enable())
        self._session.changed.connect(self._changed)
        self.refresh()

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.buttons = {}
        for name, icon, tip, run in (
            ("add", "add", "Keep the views as they stand now", self.add),
            ("go", "play", "Go to the chosen view", lambda: self.go_to(self.chosen)),
            ("replace", "save", "Replace the chosen view by the present one", lambda: self._put(self.chosen)),
            ("delete", "remove", "Delete the chosen view", self.delete),
        ):
            button = self.buttons[name] = QToolButton(self)
            button.setObjectName(f"view_{name}")
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            set_icon(button, icon)
            set_role(button, "flat")
            button.clicked.connect(lambda _=False, run=run: run())
            row.addWidget(button)
        row.addStretch(1)
        return row

    @property
    def views(self) -> tuple[sv.SavedView, ...]:
        """What the case keeps."""
        return sv.from_state(self._session.case.state)

    @property
    def chosen(self) -> str:
        """Name of the chosen view, "" without one."""
        item = self.list.currentItem()
        return str(item.data(NAME)) if item is not None else ""

    def add(self) -> None:
        """Keep the present view under a new name, ready to be renamed."""
        name = sv.free_name(self.views)
        self._put(name)

    def _put(self, name: str) -> None:
        views = self._desk.views
        if views is None or not name:
            return
        kept = self.views
        step = "Replace view" if any(v.name == name for v in kept) else "Save view"
        state = sv.to_state(sv.put(kept, capture(views, name)))
        if self._desk.attempt(lambda: self._session.edit(f"{step}: {name}", state=state)):
            self._choose(name)
            self._desk.say(f"The view is kept as {name}. Double-click it to come back; F2 renames it.")

    def go_to(self, name: str) -> None:
        """Put the views as they were kept."""
        found = next((v for v in self.views if v.name == name), None)
        if found is not None and self._desk.views is not None:
            self._desk.say(restore(self._desk.views, found) or f"View: {name}")

    def delete(self) -> None:
        """Take the chosen view away."""
        name = self.chosen
        state = sv.to_state(v for v in self.views if v.name != name)
        if name:
            self._desk.attempt(lambda: self._session.edit(f"Delete view: {name}", state=state))

    def _renamed(self, item: QListWidgetItem) -> None:
        old, new = str(item.data(NAME)), item.text()
        if old == new:
            return

        def rename() -> None:
            state = sv.to_state(sv.renamed(self.views, old, new))
            self._session.edit(f"Rename view: {old}", state=state)

        if not self._desk.attempt(rename):
            self.refresh()
        elif self.list.currentItem() is None:
            self._choose(new.strip())

    def _changed(self, topics: frozenset[str]) -> None:
        if sv.KEY in topics:
            self.refresh()

    def refresh(self) -> None:
        """The list as the case has it."""
        chosen, views = self.chosen, self.views
        with QSignalBlocker(self.list):
            if self.list.count() != len(views):
                self.list.clear()
                for _ in views:
                    item = QListWidgetItem(self.list)
                    item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            for n, view in enumerate(views):
                self.list.item(n).setText(view.name)
                self.list.item(n).setData(NAME, view.name)
        self.empty.setVisible(not views)
        self.list.setVisible(bool(views))
        self._choose(chosen)

    def _choose(self, name: str) -> None:
        for n in range(self.list.count()):
            item = self.list.item(n)
            if item.data(NAME) == name:
                self.list.setCurrentItem(item)
        self._enable()

    def _enable(self) -> None:
        for name in ("go", "replace", "delete"):
            self.buttons[name].setEnabled(bool(self.chosen))

    def release(self) -> None:
        """Stop listening."""
        self._session.changed.disconnect(self._changed)
