"""The root's landmarks: where they come from, how far they were moved, jump to one, take a move back."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from surgitwin.anatomy.root.types import HINGES, LANDMARKS, RootAnatomy, RootLandmark
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.theme import set_role, theme
from surgitwin.viewer.vessel.place import VesselPlace
from surgitwin.viewer.vessel.root_frames import landmark_title
from surgitwin.viewer.vessel.root_tiles import RootTiles

NAME = Qt.ItemDataRole.UserRole
UNSURE = 0.5
"""Proposals with less confidence are marked (setting of the screen)."""


class LandmarksBox(QWidget):
    """Call `refresh` when the anatomy changed."""

    def __init__(self, place: VesselPlace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._place = place
        self.words = QLabel(
            "Drag a point in any of the three views. What was proposed stays as a grey ring.", self
        )
        self.words.setWordWrap(True)
        set_role(self.words, "muted")
        self.list = QListWidget(self)
        self.list.setObjectName("rootLandmarks")
        self.list.setAccessibleName("Landmarks of the root")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.here, self.back = QPushButton("Put at the crosshair", self), QPushButton("Take back", self)
        self.here.setObjectName("landmarkHere")
        self.back.setObjectName("landmarkBack")
        set_icon(self.here, "crosshair")
        set_icon(self.back, "reset")
        row = QHBoxLayout()
        row.addWidget(self.here)
        row.addWidget(self.back)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (self.words, self.list):
            column.addWidget(part)
        column.addLayout(row)
        self.list.itemClicked.connect(lambda _item: self._go())
        self.list.itemActivated.connect(lambda _item: self._go())
        self.list.currentItemChanged.connect(lambda *_: self._show_buttons())
        self.here.clicked.connect(lambda _on: self._put_here())
        self.back.clicked.connect(lambda _on: self._place.put_landmark(self.chosen, None))

    @property
    def chosen(self) -> str:
        """Name of the chosen landmark, "" without one."""
        item = self.list.currentItem()
        return "" if item is None else str(item.data(NAME))

    @property
    def summary(self) -> tuple[str, str]:
        """Words and role beside the heading: how many hinge points were confirmed by hand."""
        root = self._place.anatomy
        if not isinstance(root, RootAnatomy):
            return "", "muted"
        moved = sum(1 for h in HINGES if root.landmarks[h].corrected_mm is not None)
        return (f"{moved} of 3 hinge points by hand", "ok" if moved == 3 else "warning")

    def refresh(self) -> None:
        """The landmarks of the root as it is now."""
        root, chosen = self._place.anatomy, self.chosen
        self.list.blockSignals(True)
        self.list.clear()
        if isinstance(root, RootAnatomy):
            for name in LANDMARKS:
                if name in root.landmarks:
                    self.list.addItem(_item(name, root.landmarks[name]))
                    if name == chosen:
                        self.list.setCurrentRow(self.list.count() - 1)
        self.list.blockSignals(False)
        height = self.list.sizeHintForRow(0) if self.list.count() else 22
        self.list.setFixedHeight(max(self.list.count(), 1) * height + 6)
        self._show_buttons()

    def _mark(self) -> RootLandmark | None:
        root = self._place.anatomy
        return root.landmarks.get(self.chosen) if isinstance(root, RootAnatomy) else None

    def _show_buttons(self) -> None:
        mark = self._mark()
        locked = self._place.session.read_only
        words = landmark_title(self.chosen).lower() if self.chosen else ""
        self.here.setEnabled(mark is not None and not locked)
        self.back.setEnabled(mark is not None and mark.corrected_mm is not None and not locked)
        self.here.setToolTip(
            f"The {words} goes where the crosshair is" if words else "Choose a landmark first"
        )
        self.back.setToolTip(f"The {words} as it was proposed" if words else "Choose a landmark first")

    def _go(self) -> None:
        mark, tiles, root = self._mark(), self._place.tiles, self._place.anatomy
        if mark is None or mark.point_mm is None or not isinstance(root, RootAnatomy):
            return
        self._place.model.set_crosshair(mark.point_mm)
        if isinstance(tiles, RootTiles):
            tiles.look_at(mark.point_mm)

    def _put_here(self) -> None:
        self._place.put_landmark(self.chosen, self._place.model.crosshair_mm)


def _item(name: str, mark: RootLandmark) -> QListWidgetItem:
    if mark.point_mm is None:
        words, role = "not found: put it by hand", "warning"
    elif mark.moved_mm is not None:
        words, role = f"by hand, moved {mark.moved_mm:.1f} mm", "ok"
    elif mark.corrected_mm is not None:
        words, role = "by hand", "ok"
    elif mark.confidence < UNSURE:
        words, role = "proposed, not sure", "warning"
    else:
        words, role = "proposed", "text"
    out = QListWidgetItem(f"{landmark_title(name)}: {words}")
    out.setData(NAME, name)
    out.setForeground(QColor(getattr(theme(), role)))
    sure = "" if mark.proposed_mm is None else f"\nConfidence of the proposal: {100 * mark.confidence:.0f} %"
    out.setToolTip(f"{mark.rule}{sure}\nClick to go there.")
    return out
