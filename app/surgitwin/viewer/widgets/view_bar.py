"""The toolbar above the views (placeholder of the skeleton: its helper replaces this file)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from surgitwin.viewer.desk import Desk


class ViewBar(QWidget):
    """Placeholder."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk

    def release(self) -> None:
        """Stop listening."""
