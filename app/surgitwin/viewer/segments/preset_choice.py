"""The list of presets: what each makes; those that cannot read this image are greyed with the reason."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QWidget

from surgitwin.core.image import Volume
from surgitwin.segmentation.presets import Preset, listed


class PresetChoice(QComboBox):
    """`currentData` is the preset's name. reasons: why a preset cannot be used on the image, "" where it
    can.
    """

    def __init__(self, volume: Volume, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("preset")
        self.setAccessibleName("preset")
        self.setMaxVisibleItems(20)
        self.reasons: dict[str, str] = {}
        rows = QStandardItemModel(self)
        for preset in listed():
            why = self.reasons[preset.name] = preset.why_not(volume)
            item = QStandardItem(f"{preset.title} ({preset.modality})")
            item.setData(preset.name, Qt.ItemDataRole.UserRole)
            item.setEnabled(not why)
            item.setToolTip(why or _words(preset))
            rows.appendRow(item)
        self.setModel(rows)
        usable = [name for name, why in self.reasons.items() if not why]
        if usable:
            self.choose(usable[0])
        else:  # an image of no known kind: the list stays readable, and the reason stands on the button
            self.setCurrentIndex(0)

    def choose(self, name: str) -> None:
        """Show the preset called `name` where it is in the list and can be used."""
        at = self.findData(name)
        if at >= 0 and not self.reasons[name]:
            self.setCurrentIndex(at)


def _words(preset: Preset) -> str:
    return preset.makes or preset.title
