"""The list of plans to compare: two to six, and the intact bone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from surgitwin.planning.comparing.comparison import MOST_PLANS, Compared, Comparison
from surgitwin.planning.solving.results import INTACT
from surgitwin.viewer.theme import set_role, theme

AT_FIRST = 4
"""Plans that are chosen when the page opens (display only)."""


class ComparePlans(QWidget):
    """Checkable names. changed: another choice; `chosen` tells which."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._before: tuple[str, ...] = ()
        self._seen: set[str] = set()
        self.list = QListWidget(self)
        self.list.setObjectName("comparePlans")
        self.list.setAccessibleName("plans to compare")
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.words = QLabel("", self)
        self.words.setWordWrap(True)
        set_role(self.words, "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.list)
        column.addWidget(self.words)
        self.list.itemChanged.connect(self._ticked)

    def show_plans(self, comparison: Comparison, chosen: Sequence[str] = ()) -> None:
        """Fill the list. Plans keep their tick; `chosen`: names to tick, else new ones up to four."""
        kept = tuple(chosen) or tuple(n for n in self.chosen)
        everyone = [*comparison.plans, comparison.intact]
        solved = [p.name for p in comparison.solved]
        if not kept:
            kept = tuple(solved[:AT_FIRST])
        elif not chosen:
            new = [n for n in solved if n not in self._seen]
            kept = (*kept, *new[: max(AT_FIRST - len(kept), 0)])
        self._seen |= set(solved)
        with QSignalBlocker(self.list):
            self.list.clear()
            for one in everyone:
                self.list.addItem(_item(one, ticked=one.name in kept))
        rows = self.list.count()
        self.list.setFixedHeight(min(rows, 8) * max(self.list.sizeHintForRow(0), 24) + 8)
        self._before = self.chosen
        self._say()

    def _items(self) -> Iterator[QListWidgetItem]:
        return (self.list.item(n) for n in range(self.list.count()))

    @property
    def chosen(self) -> tuple[str, ...]:
        """Names of the ticked plans, in the order of the list."""
        ticked = Qt.CheckState.Checked
        return tuple(str(x.data(Qt.ItemDataRole.UserRole)) for x in self._items() if x.checkState() == ticked)

    def _ticked(self, item: QListWidgetItem) -> None:
        plans = [n for n in self.chosen if n != INTACT]
        if len(plans) > MOST_PLANS:
            with QSignalBlocker(self.list):
                item.setCheckState(Qt.CheckState.Unchecked)
            self._say(f"At most {MOST_PLANS} plans are compared at a time: take another one away first.")
            return
        self._say()
        if self.chosen != self._before:
            self._before = self.chosen
            self.changed.emit()

    def _say(self, words: str = "") -> None:
        count = len([n for n in self.chosen if n != INTACT])
        if not words and count < 2:
            words = "Tick two or more plans to compare them."
        self.words.setText(words)
        self.words.setVisible(bool(words))


def _item(one: Compared, *, ticked: bool) -> QListWidgetItem:
    """A line: name, and in words when it is out of date or not simulated."""
    state = {"out of date": " (out of date)", "none": " (not simulated)"}.get(one.state, "")
    item = QListWidgetItem(one.short + state)
    item.setData(Qt.ItemDataRole.UserRole, one.name)
    item.setToolTip(one.title)
    usable = one.solved
    flags = Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable
    item.setFlags(flags | Qt.ItemFlag.ItemIsEnabled if usable else flags)
    item.setCheckState(Qt.CheckState.Checked if ticked and usable else Qt.CheckState.Unchecked)
    if not usable:
        item.setToolTip(f"{one.title}\nNot simulated yet: run it under Simulate.")
    if one.stale:
        why = "; ".join(one.reasons) or "simulate it again"
        item.setToolTip(f"{one.title}\nOut of date: {why}. It is shown faded and not ranked.")
        item.setForeground(QColor(theme().stale))
    return item
