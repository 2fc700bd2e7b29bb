"""The objects of the case as a list: ticked ones are shown, a double click renames."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from surgitwin.planning.objects.record import OwnObject
from surgitwin.planning.objects.words import object_words

ROLE = Qt.ItemDataRole.UserRole


class ObjectList(QListWidget):
    """Emits ids: `chosen_changed`; `show_asked` with the new tick; `rename_asked` with the new name."""

    chosen_changed = Signal(str)
    show_asked = Signal(str, bool)
    rename_asked = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("objectList")
        self.setAccessibleName("objects")
        self.setToolTip("Tick: shown. Click to choose, double-click to rename.")
        self.setMaximumHeight(110)
        self._known: dict[str, OwnObject] = {}
        self.currentItemChanged.connect(lambda *_: self.chosen_changed.emit(self.chosen))
        self.itemChanged.connect(self._edited)

    @property
    def chosen(self) -> str:
        """Id of the chosen object, "" without one."""
        item = self.currentItem()
        return "" if item is None else str(item.data(ROLE))

    def show_objects(self, known: Sequence[OwnObject], choose: str = "") -> None:
        """List them; `choose`, else the same one, else the last, is chosen. Emits nothing."""
        wanted = choose or self.chosen
        self._known = {own.id: own for own in known}
        self.blockSignals(True)
        self.clear()
        for own in known:
            self._add(own)
        ids = list(self._known)
        self.setCurrentRow(ids.index(wanted) if wanted in ids else len(ids) - 1)
        self.blockSignals(False)

    def _add(self, own: OwnObject) -> None:
        row = QListWidgetItem(own.name, self)
        row.setData(ROLE, own.id)
        row.setToolTip(f"{object_words(own)}, from {own.file or 'a file'} ({own.format}, {own.unit})")
        row.setFlags(row.flags() | Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsUserCheckable)
        row.setCheckState(Qt.CheckState.Checked if own.visible else Qt.CheckState.Unchecked)
        pixels = QPixmap(14, 14)
        pixels.fill(QColor.fromRgbF(*own.rgb))
        row.setIcon(QIcon(pixels))

    def _edited(self, item: QListWidgetItem) -> None:
        own = self._known.get(str(item.data(ROLE)))
        if own is None:
            return
        visible = item.checkState() == Qt.CheckState.Checked
        if visible != own.visible:
            self.show_asked.emit(own.id, visible)
        elif item.text() != own.name:
            self.rename_asked.emit(own.id, item.text())
