"""What the user must know of the image: metal, false lumen, coarse slices; a click goes to the place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from surgitwin.core.vessel import Notice
from surgitwin.viewer.icons import icon
from surgitwin.viewer.model import ViewModel

PLACE = Qt.ItemDataRole.UserRole


class NoticesBox(QWidget):
    """The list; hidden without a notice."""

    def __init__(self, model: ViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.list = QListWidget(self)
        self.list.setObjectName("vesselNotices")
        self.list.setAccessibleName("Notices about the image")
        self.list.setWordWrap(True)
        self.list.setIconSize(QSize(18, 18))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.list)
        self.list.itemClicked.connect(self._go)
        self.list.itemActivated.connect(self._go)

    def show_notices(self, notices: Sequence[Notice], indicative: str) -> None:
        """Notices, and first why sizes are only indicative."""
        self.list.clear()
        first = [Notice("indicative", f"Sizes are only indicative: {indicative}.")] if indicative else []
        for notice in (*first, *notices):
            item = QListWidgetItem(icon("warning", "warning"), notice.message.replace("..", "."))
            item.setData(PLACE, notice.point_mm)
            item.setToolTip(notice.message + ("" if notice.point_mm is None else "\nClick to go there"))
            self.list.addItem(item)
        lines = sum(1 + len(self.list.item(n).text()) // 42 for n in range(self.list.count()))
        self.list.setFixedHeight(min(14 + 18 * lines, 260))
        self.setVisible(bool(self.list.count()))

    def _go(self, item: QListWidgetItem) -> None:
        place = item.data(PLACE)
        if place is not None:
            self._model.set_crosshair(np.asarray(place, float))
