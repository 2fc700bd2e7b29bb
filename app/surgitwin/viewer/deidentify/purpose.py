"""What files that leave the open case are for: chosen in the File menu, asked of the consent each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu

from surgitwin.exchange.consent import PURPOSES

if TYPE_CHECKING:
    from surgitwin.viewer.desk import Desk
    from surgitwin.viewer.main_window import MainWindow

PLANNING = "planning"
PROPERTY = "purpose"
"""Where the desk keeps the choice; a case that is opened begins with planning."""


def purpose_of(desk: Desk) -> str:
    """What exports are for now."""
    return str(desk.property(PROPERTY) or PLANNING)


def purpose_menu(window: MainWindow) -> QMenu:
    """The submenu with one purpose ticked."""
    menu = QMenu("E&xports are for", window)
    menu.setObjectName("menu_purpose")
    menu.setToolTipsVisible(True)
    group = QActionGroup(menu)
    for name, words in PURPOSES.items():
        action = menu.addAction(words.capitalize())
        action.setObjectName(f"purpose_{name}")
        action.setCheckable(True)
        action.setChecked(name == PLANNING)
        action.setToolTip("The consent recorded in the case must allow it")
        action.triggered.connect(lambda _on=False, chosen=name: window.desk.setProperty(PROPERTY, chosen))
        group.addAction(action)

    def show() -> None:
        for action in group.actions():
            action.setChecked(action.objectName() == f"purpose_{purpose_of(window.desk)}")

    menu.aboutToShow.connect(show)
    window.desk.opened.connect(lambda: window.desk.setProperty(PROPERTY, PLANNING))
    return menu
