"""The list that implants and devices are chosen from: search, how each suits the plan in hand, its data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from surgitwin.procedures.base import Fit
from surgitwin.viewer.icons import icon
from surgitwin.viewer.theme import set_role

FIT_MARKS = {
    "fits": ("ok", "ok", "Fits"),
    "tight": ("warning", "warning", "Look at"),
    "no": ("error", "error", "No"),
}
KEY = Qt.ItemDataRole.UserRole
AT_ONCE = 8
"""So many are judged before the list is brought up to date."""
MARK_PX = 18


class Judge(Protocol):
    """The bench: works out in a worker whether items suit the plan in hand."""

    def ask_fits(self, ids: Sequence[str], arrived: Callable[[dict[str, Fit]], object], /) -> None:
        """`arrived` is called in the window's thread with id -> fit."""


class FitBrowser(QDialog):
    """`chosen` gives a catalogue id. A subclass names columns, makes the rows (`add_row`) and says what a
    filter lets pass and what is known of an item."""

    chosen = Signal(str)
    thing = "item"
    columns: tuple[str, ...] = ()
    fit_column = 0

    def __init__(self, bench: Judge, order: Sequence[str], parent: QWidget | None = None) -> None:
        """order: catalogue ids in the order in which they are judged."""
        super().__init__(parent)
        self._bench = bench
        self._todo = list(order)
        self._items: dict[str, QTreeWidgetItem] = {}
        self._fits: dict[str, Fit] = {}
        self._over = False
        self._build_parts()
        self._lay_out()
        self._connect()

    # ---- what a subclass says -------------------------------------------------------------------------

    def filters(self) -> Sequence[QWidget]:
        """What stands between the search and "Only what fits"."""
        return ()

    def passes(self, key: str, words: Sequence[str]) -> bool:
        """Whether the item is shown, whatever its fit. words: of the search, in lower case."""
        raise NotImplementedError

    def describe(self, key: str, fit: str) -> str:
        """The lines below the list. fit: the verdict in words, "" while it is not known."""
        raise NotImplementedError

    def why_not(self, key: str) -> str:
        """Why the marked item cannot be used; "" when it can."""
        return "" if key else "Mark a row of the list."

    # ---- parts ------------------------------------------------------------------------------------------

    def _build_parts(self) -> None:
        self.search = QLineEdit(self)
        self.search.setPlaceholderText("Search")
        self.search.setClearButtonEnabled(True)
        self.fitting = QCheckBox("Only what fits", self)
        self.list = QTreeWidget(self)
        self.list.setObjectName(f"{self.thing}List")
        self.list.setColumnCount(len(self.columns))
        self.list.setHeaderLabels(list(self.columns))
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setAlternatingRowColors(True)
        header, mode = self.list.header(), QHeaderView.ResizeMode
        for n in range(len(self.columns)):
            header.setSectionResizeMode(n, mode.Stretch if n == self.fit_column else mode.ResizeToContents)
        header.setStretchLastSection(False)
        self.details = QLabel(self)
        self.details.setWordWrap(True)
        self.details.setTextFormat(Qt.TextFormat.PlainText)
        self.details.setMinimumHeight(92)
        self.details.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.count = QLabel(self)
        set_role(self.count, "muted")
        self.use = QPushButton(f"Use this {self.thing}", self)
        self.use.setObjectName(f"{self.thing}Use")
        set_role(self.use, "primary")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.buttons.addButton(self.use, QDialogButtonBox.ButtonRole.AcceptRole)

    def _lay_out(self) -> None:
        top, low, column = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        for part in (self.search, *self.filters(), self.fitting):
            top.addWidget(part)
        low.addWidget(self.count, 1)
        low.addWidget(self.buttons)
        column.addLayout(top)
        column.addWidget(self.list, 1)
        column.addWidget(self.details)
        column.addLayout(low)

    def _connect(self) -> None:
        self.buttons.rejected.connect(self.reject)
        self.use.clicked.connect(self._use)
        self.list.itemDoubleClicked.connect(lambda *_: self._use())
        self.list.currentItemChanged.connect(lambda *_: self._show_details())
        self.search.textChanged.connect(lambda _t: self.show_passing())
        self.fitting.toggled.connect(lambda _on: self.show_passing())

    def add_row(self, key: str, texts: Sequence[str]) -> QTreeWidgetItem:
        """One item of the list; its fit is filled in when it is known."""
        row = QTreeWidgetItem(list(texts))
        row.setText(self.fit_column, "...")
        row.setData(0, KEY, key)
        self._items[key] = row
        self.list.addTopLevelItem(row)
        return row

    def start(self, marked: str) -> None:
        """Call when all rows are there: mark one, judge all."""
        self.show_passing()
        self._select(marked)
        self._ask_fits()

    # ---- fits -------------------------------------------------------------------------------------------

    def _ask_fits(self) -> None:
        """The next few that are not known yet."""
        some, self._todo = self._todo[:AT_ONCE], self._todo[AT_ONCE:]
        if some:
            self._bench.ask_fits(some, self._show_fits)

    def _show_fits(self, fits: Mapping[str, Fit]) -> None:
        if self._over:
            return
        self._fits |= fits
        for key, fit in fits.items():
            name, role, _word = FIT_MARKS[fit.verdict]
            row = self._items[key]
            row.setText(self.fit_column, fit_words(fit))
            row.setToolTip(self.fit_column, fit.reason)
            row.setIcon(self.fit_column, small_mark(name, role))
        self.show_passing()
        self._show_details()
        self._ask_fits()

    # ---- what is shown ----------------------------------------------------------------------------------

    def show_passing(self) -> None:
        """Hide what search, filters or the fit leave out; an item not judged yet stays."""
        words = self.search.text().lower().split()
        shown = 0
        for key, row in self._items.items():
            unfit = self.fitting.isChecked() and key in self._fits and self._fits[key].verdict == "no"
            good = not unfit and self.passes(key, words)
            row.setHidden(not good)
            shown += good
        self.count.setText(f"{shown} of {len(self._items)} {self.thing}s")

    def _select(self, key: str) -> None:
        if key in self._items:
            self.list.setCurrentItem(self._items[key])
            self.list.scrollToItem(self._items[key])

    @property
    def selected(self) -> str:
        """Id of the marked item, "" when none is or it is hidden by a filter."""
        row = self.list.currentItem()
        return "" if row is None or row.isHidden() else str(row.data(0, KEY))

    def _show_details(self) -> None:
        key = self.selected
        reason = self.why_not(key)
        self.use.setEnabled(not reason)
        self.use.setToolTip(reason)
        fit = self._fits.get(key)
        self.details.setText(self.describe(key, "" if fit is None else fit_words(fit)) if key else "")

    def _use(self) -> None:
        if not self.why_not(self.selected):
            self.chosen.emit(self.selected)
            self.accept()

    def done(self, result: int) -> None:
        """Closed in any way: what is still being judged is not wanted any more."""
        self._over = True
        super().done(result)


def fit_words(fit: Fit) -> str:
    """The verdict and its reason."""
    word = FIT_MARKS[fit.verdict][2]
    return f"{word}: {fit.reason}" if fit.reason else word


def small_mark(name: str, role: str) -> QIcon:
    """A mark that stays small in a list whose icons are as large as pictures."""
    return QIcon(icon(name, role).pixmap(MARK_PX, MARK_PX))
