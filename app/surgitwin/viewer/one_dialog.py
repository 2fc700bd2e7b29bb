"""Dialogs beside the window of which there is one at most."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QWidget

from surgitwin.viewer.job import no_writing

if TYPE_CHECKING:
    from surgitwin.viewer.main_window import MainWindow


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


def show_for_writing[D: QDialog](window: MainWindow, kind: type[D], make: Callable[[], D]) -> None:
    """As `show_one` for what changes the case; says why not when none is open that may be changed."""
    session = window.desk.session
    if session is None or session.read_only:
        window.desk.say_error(no_writing(session))
        return
    show_one(window, kind, make)
