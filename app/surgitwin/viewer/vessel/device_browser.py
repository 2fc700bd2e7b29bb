"""Choose a valve or a stent: sizes, whether it fits this patient, where its data come from."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
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

from surgitwin.implants import Item, catalogue, item
from surgitwin.procedures.base import Fit
from surgitwin.viewer.icons import icon
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.vessel.bench import VesselBench

FIT_MARKS = {
    "fits": ("ok", "ok", "Fits"),
    "tight": ("warning", "warning", "Look at"),
    "no": ("error", "error", "No"),
}
KEY = Qt.ItemDataRole.UserRole
COLUMNS = ("Device", "Fit", "Data")
AT_ONCE = 12
"""So many devices are judged before the list is brought up to date."""


class DeviceBrowser(QDialog):
    """`chosen` gives a catalogue id. current: of the device in the plan; only its kind is offered."""

    chosen = Signal(str)

    def __init__(self, bench: VesselBench, current: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("deviceBrowser")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Choose a device")
        self._bench, self._current = bench, current
        kind = type(item(current))
        self._items: dict[str, Item] = {k: i for k, i in catalogue().items() if type(i) is kind}
        self._over = False
        self._rows: dict[str, QTreeWidgetItem] = {}
        self._fits: dict[str, Fit] = {}
        self._build()
        for key, found in self._items.items():
            self._rows[key] = self._row(key, found)
        self.list.setCurrentItem(self._rows[current])
        self._todo = sorted(self._items, key=lambda k: k != current)
        self._ask()

    def _build(self) -> None:
        self.resize(760, 560)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText("Search")
        self.search.setClearButtonEnabled(True)
        self.fitting = QCheckBox("Only what fits", self)
        top = QHBoxLayout()
        top.addWidget(self.search, 1)
        top.addWidget(self.fitting)
        self.list = QTreeWidget(self)
        self.list.setObjectName("deviceList")
        self.list.setHeaderLabels(list(COLUMNS))
        self.list.setRootIsDecorated(False)
        self.list.setAlternatingRowColors(True)
        self.list.setIconSize(QSize(18, 18))
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self.list.header().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.list.header().setSectionResizeMode(2, QHeaderView.ResizeMode.ResizeToContents)
        self.list.header().setStretchLastSection(False)
        self.details = QLabel(self)
        self.details.setWordWrap(True)
        self.details.setTextFormat(Qt.TextFormat.PlainText)
        self.details.setMinimumHeight(70)
        self.details.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.use = QPushButton("Use this device", self)
        self.use.setObjectName("deviceUse")
        set_role(self.use, "primary")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        buttons.addButton(self.use, QDialogButtonBox.ButtonRole.AcceptRole)
        column = QVBoxLayout(self)
        column.addLayout(top)
        column.addWidget(self.list, 1)
        column.addWidget(self.details)
        column.addWidget(buttons)
        self.search.textChanged.connect(lambda _t: self._filter())
        self.fitting.toggled.connect(lambda _on: self._filter())
        self.list.currentItemChanged.connect(lambda *_: self._show_details())
        self.list.itemDoubleClicked.connect(lambda *_: self._use())
        buttons.accepted.connect(self._use)
        buttons.rejected.connect(self.reject)

    def _row(self, key: str, found: Item) -> QTreeWidgetItem:
        row = QTreeWidgetItem(
            self.list, [found.title, "...", "verified" if found.verified else "not verified"]
        )
        row.setData(0, KEY, key)
        return row

    def _ask(self) -> None:
        """The fit of the next few devices."""
        if self._todo:
            some, self._todo = self._todo[:AT_ONCE], self._todo[AT_ONCE:]
            self._bench.ask_fits(some, self._arrived)

    def _arrived(self, fits: dict[str, Fit]) -> None:
        if self._over:
            return
        self._fits.update(fits)
        for key, fit in fits.items():
            mark, role, word = FIT_MARKS[fit.verdict]
            self._rows[key].setIcon(1, icon(mark, role))
            self._rows[key].setText(1, f"{word}: {fit.reason}" if fit.reason else word)
            self._rows[key].setToolTip(1, fit.reason)
        self._filter()
        self._show_details()
        self._ask()

    def _filter(self) -> None:
        words = self.search.text().casefold().split()
        for key, row in self._rows.items():
            text = f"{key} {self._items[key].title}".casefold()
            fit = self._fits.get(key)
            out = self.fitting.isChecked() and (fit is None or fit.verdict == "no")
            row.setHidden(out or not all(w in text for w in words))

    @property
    def picked(self) -> str:
        """The catalogue id in the list, "" without one."""
        row = self.list.currentItem()
        return "" if row is None else str(row.data(0, KEY))

    def _show_details(self) -> None:
        found, fit = self._items.get(self.picked), self._fits.get(self.picked)
        self.use.setEnabled(found is not None and self.picked != self._current)
        if found is None:
            self.details.setText("")
            return
        checked = "" if found.verified else " (not verified)"
        lines = [f"{found.title} ({found.id})", f"Source: {found.source}{checked}"]
        if fit is not None and fit.reason:
            lines.insert(1, f"{FIT_MARKS[fit.verdict][2]}: {fit.reason}")
        self.details.setText("\n".join(lines))

    def _use(self) -> None:
        if self.use.isEnabled():
            self.chosen.emit(self.picked)
            self.accept()

    def done(self, result: int) -> None:
        """Closed: what is still being judged is not wanted any more."""
        self._over = True
        super().done(result)
