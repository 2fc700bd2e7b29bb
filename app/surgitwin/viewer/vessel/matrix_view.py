"""The picture grid of sizes and depths: read at a glance, click a cell to open it, tick some to compare."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from surgitwin.viewer.theme import set_role, theme
from surgitwin.viewer.vessel.compare_model import MOST_PANES
from surgitwin.viewer.vessel.matrix_model import CellNumber, MatrixCell, MatrixPicture
from surgitwin.viewer.views.colour_bar import ColourBar

LINE_PX = 17
LEAST_PICTURE_PX = 30
SPARE_PX = 16
TICK_PX = 16
ROLES = {"fail": "error", "uncertain": "warning", "missing": "muted"}
STATES = {"none": "not deployed", "out of date": "OUT OF DATE", "current": ""}


class CellView(QWidget):
    """One plan: its unrolled contact, key numbers with bars, a tick to compare it."""

    opened = Signal(str)
    ticked = Signal(str, bool)

    def __init__(self, cell: MatrixCell, cusps: tuple[tuple[float, str], ...], parent: QWidget) -> None:
        super().__init__(parent)
        self.cell, self.cusps, self.on = cell, cusps, False
        self.setObjectName(f"cell_{cell.name}")
        self.setAccessibleName(f"{cell.title}, {cell.level} {STATES[cell.state]}".strip())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(QSize(170, LEAST_PICTURE_PX + 44 + LINE_PX * len(cell.numbers)))
        self._image: QImage | None = None
        if cell.picture is not None:
            rows, columns, _ = cell.picture.shape
            data = np.ascontiguousarray(cell.picture)
            self._image = QImage(data.data, columns, rows, 3 * columns, QImage.Format.Format_RGB888).copy()

    # ---- places -------------------------------------------------------------------------------------

    @property
    def _tick_box(self) -> QRectF:
        return QRectF(self.width() - TICK_PX - 8, 6, TICK_PX, TICK_PX)

    @property
    def _picture_box(self) -> QRectF:
        height = self.height() - 44 - LINE_PX * len(self.cell.numbers)
        return QRectF(8, 26, self.width() - 16, max(height, LEAST_PICTURE_PX))

    def _number_box(self, n: int) -> QRectF:
        top = self.height() - 8 - LINE_PX * (len(self.cell.numbers) - n)
        return QRectF(8, top, self.width() - 16, LINE_PX)

    # ---- painting -----------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Frame, title, tick, picture, numbers."""
        look = theme()
        with QPainter(self) as pen:
            pen.setRenderHint(QPainter.RenderHint.Antialiasing)
            edge = look.accent if self.on or self.hasFocus() else look.border
            pen.setPen(QPen(QColor(edge), 2 if self.on else 1))
            pen.setBrush(QColor(look.panel))
            pen.drawRoundedRect(QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5), 5, 5)
            stale = self.cell.state == "out of date"
            pen.setPen(QColor(look.stale if stale else look.text))
            font = QFont(self.font())
            font.setBold(True)
            pen.setFont(font)
            state = STATES[self.cell.state]
            words = f"{self.cell.title}  ·  {self.cell.level}" + (f"  ·  {state}" if state else "")
            room = int(self._tick_box.left() - 14)
            pen.drawText(
                QRectF(9, 5, room, 18), Qt.AlignmentFlag.AlignVCenter,
                pen.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room),
            )  # fmt: skip
            pen.setFont(self.font())
            self._paint_tick(pen)
            self._paint_picture(pen)
            for n, number in enumerate(self.cell.numbers):
                self._paint_number(pen, self._number_box(n), number)

    def _paint_tick(self, pen: QPainter) -> None:
        look, box = theme(), self._tick_box
        pen.setPen(QPen(QColor(look.accent if self.on else look.muted), 1.4))
        pen.setBrush(QColor(look.accent) if self.on else Qt.BrushStyle.NoBrush)
        pen.drawRoundedRect(box, 3, 3)
        if self.on:
            pen.setPen(QPen(QColor(look.on_accent), 2))
            x, y = box.left(), box.top()
            pen.drawPolyline(
                [
                    QPoint(int(x + 3), int(y + 8)),
                    QPoint(int(x + 7), int(y + 12)),
                    QPoint(int(x + 13), int(y + 4)),
                ]
            )

    def _paint_picture(self, pen: QPainter) -> None:
        look, box = theme(), self._picture_box
        if self._image is None:
            pen.setPen(QColor(look.muted))
            pen.drawText(box, Qt.AlignmentFlag.AlignCenter, "Not deployed yet")
            return
        pen.setOpacity(0.4 if self.cell.state == "out of date" else 1.0)
        pen.drawImage(box, self._image)
        pen.setOpacity(1.0)
        font = QFont(self.font())
        font.setPointSizeF(8)
        pen.setFont(font)
        for share, letter in self.cusps:
            x = box.left() + share * box.width()
            pen.setPen(QColor(0, 0, 0, 200))
            pen.drawText(QRectF(x - 9, box.bottom() - 15, 20, 14), Qt.AlignmentFlag.AlignCenter, letter)
            pen.setPen(QColor("#ffffff"))
            pen.drawText(QRectF(x - 10, box.bottom() - 16, 20, 14), Qt.AlignmentFlag.AlignCenter, letter)
        pen.setFont(self.font())

    def _paint_number(self, pen: QPainter, box: QRectF, number: CellNumber) -> None:
        look = theme()
        if number.share is not None:
            bar = QColor(look.accent)
            bar.setAlpha(60)
            wide = box.width() * min(max(number.share, 0.0), 1.0)
            pen.fillRect(QRectF(box.left(), box.top() + 2, wide, box.height() - 4), bar)
        pen.setPen(QColor(look.muted))
        pen.drawText(box.adjusted(3, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, number.words)
        pen.setPen(QColor(getattr(look, ROLES.get(number.light, "text"))))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        pen.drawText(box.adjusted(0, 0, -3, 0), flags, number.text)

    # ---- hands --------------------------------------------------------------------------------------

    def set_on(self, on: bool) -> None:
        """Tick or untick, without telling."""
        self.on = on
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The tick takes the plan into the comparison, the rest of the cell opens it."""
        if event.button() != Qt.MouseButton.LeftButton or not self.rect().contains(
            event.position().toPoint()
        ):
            return
        if self._tick_box.adjusted(-6, -6, 6, 6).contains(event.position()):
            self.ticked.emit(self.cell.name, not self.on)
        else:
            self.opened.emit(self.cell.name)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return opens, Space ticks."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit(self.cell.name)
        elif event.key() == Qt.Key.Key_Space:
            self.ticked.emit(self.cell.name, not self.on)
        else:
            super().keyPressEvent(event)

    def event(self, event: object) -> bool:  # type: ignore[override]
        """A tip for the number under the mouse."""
        if isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.tip_at(event.pos()), self)
            return True
        return super().event(event)  # type: ignore[arg-type]

    def tip_at(self, at: QPoint) -> str:
        """What is said at a place."""
        for n, number in enumerate(self.cell.numbers):
            if self._number_box(n).contains(at):
                return number.tip
        if self._tick_box.contains(at):
            return f"Compare up to {MOST_PANES} plans with linked cameras"
        if self._picture_box.contains(at) and self._image is not None:
            return (
                "Contact pressure on the unrolled wall: round the vessel from left to right, flow upwards.\n"
                "White line: annulus. Blue line: lower end of the membranous septum.\n"
                "L, R, N: hinge points; S: membranous septum. Grey: no contact."
            )
        return f"{self.cell.tip}\nClick: open in 3D"


class MatrixView(QWidget):
    """opened: plan of a cell that was clicked. ticks_changed: plans that are ticked, as they were ticked."""

    opened = Signal(str)
    ticks_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("matrix")
        self.cells: dict[str, CellView] = {}
        self.ticks: list[str] = []
        self._labels: list[QLabel] = []
        self.bar = ColourBar(self)
        self.words = QLabel(
            "Contact pressure on the unrolled wall. Click a cell for 3D, tick two to four to compare them.",
            self,
        )
        self.words.setWordWrap(True)
        set_role(self.words, "muted")
        self._place = QWidget(self)
        self._grid = QGridLayout(self._place)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(5)
        self._scroll = QScrollArea(self)  # on a small screen the rows keep a height that can be read
        self._scroll.setWidget(self._place)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        row = QHBoxLayout()
        row.addWidget(self._scroll, 1)
        row.addWidget(self.bar)
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 2, 2, 2)
        column.addWidget(self.words)
        column.addLayout(row, 1)

    def show_matrix(self, picture: MatrixPicture) -> None:
        """Show this grid in place of the former one; ticks of plans that are still there stay."""
        for widget in (*self._labels, *self.cells.values()):
            self._grid.removeWidget(widget)
            widget.setParent(None)
            widget.deleteLater()
        self._labels, self.cells = [], {}
        self.bar.set_scale(picture.scale)
        for c, words in enumerate(picture.columns):
            self._label(words, 0, c + 1)
        for r, words in enumerate(picture.rows):
            self._label(words, r + 1, 0)
            for c, cell in enumerate(picture.cells[r]):
                if cell is not None:
                    self._cell(cell, picture, r + 1, c + 1)
        for c in range(1, len(picture.columns) + 1):
            self._grid.setColumnStretch(c, 1)
        for r in range(1, len(picture.rows) + 1):
            self._grid.setRowStretch(r, 1)
        self.set_ticks([n for n in self.ticks if n in self.cells])

    @property
    def whole_px(self) -> int:
        """Height at which every row is seen."""
        return self._place.sizeHint().height() + self.words.sizeHint().height() + SPARE_PX

    def _label(self, words: str, row: int, column: int) -> None:
        label = QLabel(words, self._place)
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        label.setWordWrap(True)
        if row:
            label.setFixedWidth(64)
        set_role(label, "heading")
        self._grid.addWidget(label, row, column)
        self._labels.append(label)

    def _cell(self, cell: MatrixCell, picture: MatrixPicture, row: int, column: int) -> None:
        view = CellView(cell, picture.cusps, self._place)
        view.opened.connect(self.opened)
        view.ticked.connect(self._ticked)
        self._grid.addWidget(view, row, column)
        self.cells[cell.name] = view

    def _ticked(self, name: str, on: bool) -> None:
        ticks = [n for n in self.ticks if n != name] + ([name] if on else [])
        self.set_ticks(ticks[-MOST_PANES:])
        self.ticks_changed.emit(tuple(self.ticks))

    def set_ticks(self, names: list[str]) -> None:
        """Tick exactly these plans, without telling."""
        self.ticks = list(names)
        for name, view in self.cells.items():
            view.set_on(name in self.ticks)
