"""Place a landmark by hand: click or drag on a slice, or click on the bone in the 3D view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPen

from surgitwin.planning.segments import landmarks as landmark_edit
from surgitwin.viewer.tools.base import SCENE, Tool, ViewEvent

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from surgitwin.viewer.desk import Desk


class LandmarkTool(Tool):
    """Moves one landmark; the step of undo is made when the mouse is let go."""

    def __init__(self, desk: Desk, name: str) -> None:
        self._desk, self.name = desk, name
        self.title = f"Move {landmark_edit.title(name).lower()}"
        self.words = f"Click or drag to where the {landmark_edit.title(name).lower()} is. Escape ends."
        self._at: ViewEvent | None = None

    def press(self, event: ViewEvent) -> bool:
        """The landmark goes under the mouse."""
        if event.button != "left" or event.point_mm is None:
            return False
        self.move(event)
        return True

    def move(self, event: ViewEvent) -> None:
        """It follows."""
        self._at = event if event.point_mm is not None else self._at
        if event.where != SCENE:
            event.view.update()

    def release(self, event: ViewEvent) -> None:
        """It stays there: one step of undo."""
        at, self._at = self._at, None
        if at is None or at.point_mm is None:
            return
        self._desk.attempt(lambda: self._commit(np.asarray(at.point_mm)))

    def _commit(self, point_mm: Any) -> None:
        session, model = self._desk.session, self._desk.model
        assert session is not None
        assert model is not None
        anatomy = landmark_edit.move(session.case.state["anatomy"], self.name, point_mm)
        session.edit(f"Move {landmark_edit.title(self.name).lower()}", state={"anatomy": anatomy})
        model.set_crosshair(point_mm)
        away = landmark_edit.moved_mm(anatomy, self.name)
        self._desk.say(f"{landmark_edit.title(self.name)}: {away:.1f} mm from its automatic place.")

    def paint(self, view: Any, painter: QPainter) -> None:
        """A ring where it would go."""
        if self._at is None or self._at.view is not view:
            return
        painter.setPen(QPen(QColor("#ffffff"), 2))
        painter.drawEllipse(QPointF(*self._at.pixel), 6, 6)

    def cancel(self) -> None:
        """It stays where it was."""
        at, self._at = self._at, None
        if at is not None and at.where != SCENE:
            at.view.update()
