"""Choose a plate or nail: filters, pictures, sizes, whether it fits this bone, where its data come from."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QComboBox, QWidget

from surgitwin.planning.plans.rows import ImplantRow, implant_rows
from surgitwin.viewer.picture_maker import PictureMaker
from surgitwin.viewer.plans.bench import PlanBench
from surgitwin.viewer.plans.fit_browser import FitBrowser, small_mark

PICTURE = QSize(216, 45)
ANY = "any"


class ImplantBrowser(FitBrowser):
    """current: id of the implant that would be replaced, "" to add one."""

    thing = "implant"
    columns = ("Picture", "Implant", "Size", "Fit", "Data")
    fit_column = 3

    def __init__(self, bench: PlanBench, current: str = "", parent: QWidget | None = None) -> None:
        self._rows = {r.id: r for r in implant_rows()}
        self._current = current
        order = list(self._rows)
        at = order.index(current) if current in self._rows else 0
        order = order[at:] + order[:at]
        super().__init__(bench, order, parent)
        self.setObjectName("implantBrowser")
        self.setWindowTitle("Change the implant" if current else "Add an implant")
        self.resize(1080, 640)
        self.list.setIconSize(PICTURE)
        self.pictures = PictureMaker(self)
        self.pictures.arrived.connect(self._show_picture)
        for row in self._rows.values():
            self._add(row)
        self.pictures.want(order)
        self.start(current or order[0])

    def filters(self) -> Sequence[QWidget]:
        """Kind, width and length."""
        self.kind, self.wide, self.length = QComboBox(self), QComboBox(self), QComboBox(self)
        self.kind.addItem("Plates and nails", ANY)
        for kind in dict.fromkeys(r.kind for r in self._rows.values()):
            self.kind.addItem(f"{kind}s", kind)
        self._fill_sizes()
        self.kind.currentIndexChanged.connect(lambda _n: self._fill_sizes())
        boxes = {"Kind": self.kind, "Width or diameter": self.wide, "Length": self.length}
        for name, box in boxes.items():
            box.setAccessibleName(name)
            box.setToolTip(name)
            box.currentIndexChanged.connect(lambda _n: self.show_passing())
        return tuple(boxes.values())

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

    def _add(self, row: ImplantRow) -> None:
        checked = "verified" if row.verified else "not verified"
        item = self.add_row(row.id, ["", row.title, row.size, "", checked])
        item.setSizeHint(0, QSize(PICTURE.width() + 8, PICTURE.height() + 6))
        item.setIcon(4, small_mark("ok", "ok") if row.verified else small_mark("warning", "warning"))
        item.setToolTip(4, _data_words(row))
        self._show_picture(row.id)

    def _show_picture(self, key: str) -> None:
        shot = self.pictures.pixmap(key)
        if shot is not None:
            self._items[key].setIcon(0, QIcon(shot))

    def passes(self, key: str, words: Sequence[str]) -> bool:
        """Whether search and the three filters let the implant pass."""
        row = self._rows[key]
        text = f"{row.title} {row.size} {row.kind} {row.material}".lower()
        return (
            all(w in text for w in words)
            and self.kind.currentData() in (ANY, row.kind)
            and self.wide.currentData() in (ANY, row.width_mm)
            and self.length.currentData() in (ANY, row.length_mm)
        )

    def describe(self, key: str, fit: str) -> str:
        """Size, material, fit, source."""
        row = self._rows[key]
        said = f"{fit}\n" if fit else ""
        return f"{row.title}: {row.size}. {row.material}.\n{said}{_data_words(row)}"

    def done(self, result: int) -> None:
        """Closed in any way: stop drawing and computing."""
        self.pictures.release()
        super().done(result)


def _data_words(row: ImplantRow) -> str:
    said = "Its data were checked against the source" if row.verified else "Its data are not verified"
    if row.unverified:
        said += f" (not seen in a document: {', '.join(row.unverified)})"
    return f"{said}. Source: {row.source}."
