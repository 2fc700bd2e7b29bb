"""Sliders of the vessel views: level and turn in a root, place and turn in an artery."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from surgitwin.anatomy.root.types import RootAnatomy
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.vessel.place import VesselPlace
from surgitwin.viewer.vessel.root_tiles import RootTiles
from surgitwin.viewer.widgets.number import Number

BELOW_MM, ABOVE_MM = -20.0, 40.0


class AimBox(QWidget):
    """Follows the views, and moves them."""

    def __init__(self, place: VesselPlace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._place = place
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.along = self._along(0.0, 1.0)
        self.turn = Number(
            "Turn", "°", 0.0, 360.0, 0.0, self, decimals=0, tip="Turns the long axis or the reformats"
        )
        self.turn.setObjectName("aimTurn")
        self.turn.changed.connect(self._turned)
        self.to_centre = QPushButton(self)
        self.to_centre.setObjectName("aimCentre")
        set_icon(self.to_centre, "reset")
        self.to_centre.clicked.connect(lambda _on: self._centre())
        self.show_views = QPushButton("Show the vessel views", self)
        self.show_views.setObjectName("showVesselViews")
        set_icon(self.show_views, "vessel-views")
        self.show_views.clicked.connect(lambda _on: place.tiles.show())
        row = QHBoxLayout()
        row.addWidget(self.to_centre)
        row.addWidget(self.show_views)
        self._column.addWidget(self.turn)
        self._column.addLayout(row)
        place.tiles.aimed.connect(self.follow)
        self.refresh()

    @property
    def _is_root(self) -> bool:
        return isinstance(self._place.tiles, RootTiles)

    def _along(self, low: float, high: float) -> Number:
        words, tip = (
            ("Level", "Distance of the section from the annulus plane, positive towards the aorta")
            if self._is_root
            else ("Place", "Distance of the section from the start, along the vessel")
        )
        out = Number(words, "mm", low, high, low, self, decimals=1, tip=tip)
        out.setObjectName("aimAlong")
        out.changed.connect(self._moved)
        self._column.insertWidget(0, out)
        return out

    def refresh(self) -> None:
        """Limits of the anatomy as it is now."""
        anatomy = self._place.anatomy
        self.setEnabled(anatomy is not None)
        self.to_centre.setText("To the annulus" if self._is_root else "To the narrowing")
        if anatomy is None:
            return
        if isinstance(anatomy, RootAnatomy):
            low, high = BELOW_MM, ABOVE_MM
        else:
            low, high = 0.0, anatomy.tube.course.length_mm
        self.along.setParent(None)
        self.along.deleteLater()
        self.along = self._along(low, high)
        self.follow()

    def follow(self) -> None:
        """Show where the views look."""
        tiles, anatomy = self._place.tiles, self._place.anatomy
        if anatomy is None:
            return
        if isinstance(tiles, RootTiles):
            self.along.set_value(tiles.aim.level_mm)
            self.turn.set_value(float(np.degrees(tiles.aim.turn_rad)))
        else:
            self.along.set_value(tiles.cursor.s_mm - float(anatomy.tube.course.s_mm[0]))
            self.turn.set_value(float(np.degrees(tiles.cursor.angle_rad)))

    def _moved(self, value: float) -> None:
        tiles, anatomy = self._place.tiles, self._place.anatomy
        if isinstance(tiles, RootTiles):
            tiles.set_aim(level_mm=value)
        elif anatomy is not None:
            tiles.set_aim(s_mm=value + float(anatomy.tube.course.s_mm[0]))

    def _turned(self, value: float) -> None:
        tiles = self._place.tiles
        if isinstance(tiles, RootTiles):
            tiles.set_aim(turn_rad=float(np.radians(value)))
        else:
            tiles.set_aim(angle_rad=float(np.radians(value)))

    def _centre(self) -> None:
        tiles, anatomy = self._place.tiles, self._place.anatomy
        if isinstance(tiles, RootTiles):
            tiles.set_aim(level_mm=0.0)
        elif anatomy is not None and not isinstance(anatomy, RootAnatomy) and anatomy.lesions:
            tiles.set_aim(s_mm=anatomy.lesions[0].throat_mm)

    def release(self) -> None:
        """Stop following."""
        self._place.tiles.aimed.disconnect(self.follow)
