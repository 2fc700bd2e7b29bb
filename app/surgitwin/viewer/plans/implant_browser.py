"""Choose a plate or nail: filters, pictures, sizes, whether it fits this bone, where its data come from."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
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

from surgitwin.planning.plans.rows import ImplantRow, implant_rows
from surgitwin.procedures.base import Fit
from surgitwin.viewer.icons import icon
from surgitwin.viewer.picture_maker import PictureMaker
from surgitwin.viewer.plans.bench import PlanBench
from surgitwin.viewer.theme import set_role

FIT_MARKS = {
    "fits": ("ok", "ok", "Fits"),
    "tight": ("warning", "warning", "Look at"),
    "no": ("error", "error", "No"),
}
KEY = Qt.ItemDataRole.UserRole
PICTURE = QSize(216, 45)
COLUMNS = ("Picture", "Implant", "Size", "Fit", "Data")
ANY = "any"
MARK_PX = 18
AT_ONCE = 8
"""So many implants are judged before the list is brought up to date."""


class ImplantBrowser(QDialog):
    """`chosen` gives a catalogue id. current: id of the implant that would be replaced, "" to add one."""

    chosen = Signal(str)

    def __init__(self, bench: PlanBench, current: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("implantBrowser")
        self.setWindowTitle("Change the implant" if current else "Add an implant")
        self._bench, self._current = bench, current
        self._rows = {r.id: r for r in implant_rows()}
        self._fits: dict[str, Fit] = {}
        self._items: dict[str, QTreeWidgetItem] = {}
        order = list(self._rows)
        at = order.index(current) if current in self._rows else 0
        self._order = order[at:] + order[:at]
        self._over = False
        self.pictures = PictureMaker(self)
        self.pictures.arrived.connect(self._show_picture)
        self._build()
        self._fill()
        self._filter()
        self._ask_fits()
        self._select(current or next(iter(self._rows)))

    def _build(self) -> None:
        self.kind, self.wide, self.length = QComboBox(self), QComboBox(self), QComboBox(self)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText("Search")
        self.search.setClearButtonEnabled(True)
        self.fitting = QCheckBox("Only what fits", self)
        self.kind.addItem("Plates and nails", ANY)
        for kind in dict.fromkeys(r.kind for r in self._rows.values()):
            self.kind.addItem(f"{kind}s", kind)
        for name, box in (("Kind", self.kind), ("Width or diameter", self.wide), ("Length", self.length)):
            box.setAccessibleName(name)
            box.setToolTip(name)
        filters = QHBoxLayout()
        for part in (self.search, self.kind, self.wide, self.length, self.fitting):
            filters.addWidget(part)
        self.list = QTreeWidget(self)
        self.list.setObjectName("implantList")
        self.list.setColumnCount(len(COLUMNS))
        self.list.setHeaderLabels(list(COLUMNS))
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setIconSize(PICTURE)
        self.list.setAlternatingRowColors(True)
        for n in range(3):
            self.list.header().setSectionResizeMode(n, QHeaderView.ResizeMode.ResizeToContents)
        self.list.header().setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        self.list.header().setSectionResizeMode(4, QHeaderView.ResizeMode.ResizeToContents)
        self.list.header().setStretchLastSection(False)
        self.details = QLabel(self)
        self.details.setWordWrap(True)
        self.details.setTextFormat(Qt.TextFormat.PlainText)
        self.details.setMinimumHeight(92)
        self.details.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.count = QLabel(self)
        set_role(self.count, "muted")
        self.use = QPushButton("Use this implant", self)
        self.use.setObjectName("implantUse")
        set_role(self.use, "primary")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        buttons.addButton(self.use, QDialogButtonBox.ButtonRole.AcceptRole)
        low = QHBoxLayout()
        low.addWidget(self.count, 1)
        low.addWidget(buttons)
        column = QVBoxLayout(self)
        column.addLayout(filters)
        column.addWidget(self.list, 1)
        column.addWidget(self.details)
        column.addLayout(low)
        self.resize(1080, 640)
        buttons.rejected.connect(self.reject)
        self.use.clicked.connect(self._use)
        self.list.itemDoubleClicked.connect(lambda *_: self._use())
        self.list.currentItemChanged.connect(lambda *_: self._show_details())
        self.kind.currentIndexChanged.connect(lambda _n: self._fill_sizes())
        for box in (self.kind, self.wide, self.length):
            box.currentIndexChanged.connect(lambda _n: self._filter())
        self.search.textChanged.connect(lambda _t: self._filter())
        self.fitting.toggled.connect(lambda _on: self._filter())
        self._fill_sizes()

    def _fill_sizes(self) -> None:
        """The widths and lengths of the chosen kind."""
        kind = self.kind.currentData()
        rows = [r for r in self._rows.values() if kind in (ANY, r.kind)]
        for box, words, values in (
            (self.wide, "Any width", sorted({r.width_mm for r in rows})),
            (self.length, "Any length", sorted({r.length_mm for r in rows})),
        ):
            box.blockSignals(True)
            box.clear()
            box.addItem(words, ANY)
            for value in values:
                box.addItem(f"{value:g} mm", value)
            box.blockSignals(False)

    def _fill(self) -> None:
        for row in self._rows.values():
            item = QTreeWidgetItem(
                ["", row.title, row.size, "...", "verified" if row.verified else "not verified"]
            )
            item.setData(0, KEY, row.id)
            item.setSizeHint(0, QSize(PICTURE.width() + 8, PICTURE.height() + 6))
            item.setIcon(4, _mark("ok", "ok") if row.verified else _mark("warning", "warning"))
            item.setToolTip(4, _data_words(row))
            self._items[row.id] = item
            self.list.addTopLevelItem(item)
            self._show_picture(row.id)
        self.pictures.want(self._order)

    # ---- what is shown ------------------------------------------------------------------------------

    def _show_picture(self, key: str) -> None:
        shot = self.pictures.pixmap(key)
        if shot is not None:
            self._items[key].setIcon(0, QIcon(shot))

    def _ask_fits(self) -> None:
        """The next few that are not known yet, from the marked one on."""
        waiting = [key for key in self._order if key not in self._fits][:AT_ONCE]
        if waiting:
            self._bench.ask_fits(waiting, self._show_fits)

    def _show_fits(self, fits: Mapping[str, Fit]) -> None:
        if self._over:
            return
        self._fits |= fits
        for key, fit in fits.items():
            mark, role, word = FIT_MARKS[fit.verdict]
            self._items[key].setText(3, f"{word}: {fit.reason}")
            self._items[key].setToolTip(3, fit.reason)
            self._items[key].setIcon(3, _mark(mark, role))
        self._filter()
        self._show_details()
        self._ask_fits()

    def _filter(self) -> None:
        words = self.search.text().lower().split()
        kind, width, length = (b.currentData() for b in (self.kind, self.wide, self.length))
        shown = 0
        for key, row in self._rows.items():
            text = f"{row.title} {row.size} {row.kind} {row.material}".lower()
            fits = not self.fitting.isChecked() or key not in self._fits or self._fits[key].verdict != "no"
            good = (
                all(w in text for w in words)
                and kind in (ANY, row.kind)
                and width in (ANY, row.width_mm)
                and length in (ANY, row.length_mm)
                and fits
            )
            self._items[key].setHidden(not good)
            shown += good
        self.count.setText(f"{shown} of {len(self._rows)} implants")

    def _select(self, key: str) -> None:
        if key in self._items:
            self.list.setCurrentItem(self._items[key])
            self.list.scrollToItem(self._items[key])

    @property
    def selected(self) -> str:
        """Id of the marked implant, "" when none is or it is hidden by a filter."""
        item = self.list.currentItem()
        return "" if item is None or item.isHidden() else str(item.data(0, KEY))

    def _show_details(self) -> None:
        row = self._rows.get(self.selected)
        self.use.setEnabled(row is not None)
        self.use.setToolTip("" if row is not None else "Mark an implant in the list.")
        if row is None:
            self.details.setText("")
            return
        fit = self._fits.get(row.id)
        said = "" if fit is None else f"{FIT_MARKS[fit.verdict][2]}: {fit.reason}\n"
        self.details.setText(f"{row.title}: {row.size}. {row.material}.\n{said}{_data_words(row)}")

    def _use(self) -> None:
        if self.selected:
            self.chosen.emit(self.selected)
            self.accept()

    def done(self, result: int) -> None:
        """Closed in any way: stop drawing and computing."""
        self._over = True
        self.pictures.release()
        super().done(result)


def _mark(name: str, role: str) -> QIcon:
    """A mark that stays small in a list whose icons are as large as pictures."""
    return QIcon(icon(name, role).pixmap(MARK_PX, MARK_PX))


def _data_words(row: ImplantRow) -> str:
    said = "Its data were checked against the source" if row.verified else "Its data are not verified"
    if row.unverified:
        said += f" (not seen in a document: {', '.join(row.unverified)})"
    return f"{said}. Source: {row.source}."
