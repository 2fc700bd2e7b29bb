"""How own implants are reached: a command of the Tools menu, and a button where implants are chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QPushButton, QWidget

from surgitwin.viewer.job import no_writing
from surgitwin.viewer.objects.dialog import ObjectsDialog
from surgitwin.viewer.one_dialog import show_one
from surgitwin.viewer.theme import set_role

if TYPE_CHECKING:
    from surgitwin.viewer.desk import Desk
    from surgitwin.viewer.main_window import MainWindow

BESIDE_PX, BELOW_PX = 8, 120
"""The dialog opens over the panel of the page, so that the views stay free."""

COMMAND = "own_objects"
TIP = "An implant, guide or reference body from STL, OBJ, PLY, VTP or STEP, placed and measured in the case"


def add_objects(window: MainWindow) -> None:
    """Register the command."""
    window.actions_.add(
        COMMAND, "Own i&mplants ...", lambda: show_objects(window), icon="plate", tip=TIP, group="View"
    )


def show_objects(window: MainWindow) -> None:
    """Open the dialog, or bring it to the front."""
    if window.desk.session is None:
        window.desk.say_error(no_writing(None))
        return
    known = window.findChild(ObjectsDialog)
    dialog = show_one(window, ObjectsDialog, lambda: ObjectsDialog(window.desk, window))
    if known is None:
        dialog.move(window.mapToGlobal(QPoint(BESIDE_PX, BELOW_PX)))


def objects_button(desk: Desk, parent: QWidget) -> QPushButton:
    """A link to the dialog, for the pages."""
    out = QPushButton("Own implant from a file ...", parent)
    out.setObjectName("ownImplants")
    out.setToolTip(TIP)
    set_role(out, "link")
    out.clicked.connect(lambda _: desk.actions[COMMAND].trigger())
    return out
