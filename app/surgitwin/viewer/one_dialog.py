"""Dialogs beside the window of which there is one at most."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QWidget


def in_front[D: QDialog](window: QWidget, kind: type[D]) -> D | None:
    """The dialog of this kind if it is open, brought to the front."""
    known = window.findChild(kind)
    if known is not None:
        known.raise_()
        known.activateWindow()
    return known


def show_one[D: QDialog](window: QWidget, kind: type[D], make: Callable[[], D]) -> D:
    """The dialog of this kind, in front; made by `make` when none is open, and gone when it is closed."""
    known = in_front(window, kind)
    if known is not None:
        return known
    dialog = make()
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.show()
    return dialog
