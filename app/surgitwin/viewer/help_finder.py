"""Which help page belongs to what the user is doing: the focused widget, the active tool, the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication, QWidget

from surgitwin.viewer.help_pages import COMMANDS, ORDER, TOOLS

if TYPE_CHECKING:
    from surgitwin.viewer.main_window import MainWindow

FOLDS = {
    "fold_plans": "plans",
    "fold_checks": "checks",
    "fold_implant": "implants",
    "fold_placement": "move-implant",
    "fold_screws": "screws",
    "fold_fracture": "fracture",
    "measurePanel": "measure",
    "historyDock": "save",
    "rehearsalDialog": "rehearsal",
    "registrationDialog": "registration",
    "pairsDialog": "registration",
    "objectsDialog": "own-implants",
    "addObjectDialog": "own-implants",
    "ownImplants": "own-implants",
    "modelsDialog": "models",
    "treePanel": "vessel-tree",
    "treeTable": "vessel-tree",
    "treeCurve": "vessel-tree",
}
"""Name of a part of the window -> topic."""

PROPERTY = "helpTopic"
"""Dynamic property of a widget: the topic for it and what it holds."""


def set_topic(widget: QWidget, topic: str) -> None:
    """F1 inside `widget` opens `topic` (ValueError for one that does not exist)."""
    if topic not in ORDER:
        raise ValueError(f"no help page {topic!r}")
    widget.setProperty(PROPERTY, topic)


def topic_for(window: MainWindow) -> str:
    """Topic of the tool in use, else of the focused widget, else of the page that is shown."""
    model = window.desk.model
    tool = model.tool if model is not None else None
    if tool is not None and type(tool).__name__ in TOOLS:
        return TOOLS[type(tool).__name__]
    for command, topic in COMMANDS.items():
        if command in window.actions_ and window.actions_[command].isChecked():
            return topic
    widget = QApplication.focusWidget()
    while widget is not None:
        found = widget.property(PROPERTY) or FOLDS.get(widget.objectName())
        if found:
            return str(found)
        widget = widget.parentWidget()
    page = window.page
    own = page.property(PROPERTY) if isinstance(page, QWidget) else None
    step = "" if page is None else str(own or page.step)
    return step if step in ORDER else "index"
