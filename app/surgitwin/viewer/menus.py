"""The window's commands and its menus."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QMessageBox

from surgitwin import NOTICE, __version__
from surgitwin.planning.steps import STEPS
from surgitwin.viewer import theme

if TYPE_CHECKING:
    from surgitwin.viewer.main_window import MainWindow

SEPARATOR = "-"
MENUS = {
    "&File": ("import", "open", SEPARATOR, "save", "close_case", SEPARATOR, "quit"),
    "&Edit": ("undo", "redo", SEPARATOR, "history"),
    "&Go": (*(f"go_{s}" for s in STEPS), SEPARATOR, "previous_step", "next_step"),
    "&View": ("toggle_theme",),
    "&Help": ("about",),
}
"""Menu -> ids of commands; pages and helpers add theirs with `extend_menu`."""


def add_actions(window: MainWindow) -> None:
    """Register the window's own commands."""
    a = window.actions_
    a.add(
        "import",
        "&Import a scan",
        lambda: window.go_to("import"),
        shortcut="Ctrl+I",
        icon="import",
        group="File",
    )
    a.add("open", "&Open case ...", lambda: _choose(window), shortcut="Ctrl+O", icon="open", group="File")
    a.add("save", "&Save", window.save, shortcut="Ctrl+S", icon="save", group="File")
    a.add("close_case", "&Close case", window.close_case, shortcut="Ctrl+W", group="File")
    a.add("quit", "&Quit", window.close, shortcut="Ctrl+Q", group="File")
    a.add("undo", "Undo", window.undo, shortcut="Ctrl+Z", icon="undo", group="Edit")
    a.add("redo", "Redo", window.redo, shortcut="Ctrl+Shift+Z", icon="redo", group="Edit")
    a.add("history", "&History", window.toggle_history, shortcut="Ctrl+H", icon="recent", group="Edit")
    for n, step in enumerate(STEPS, 1):
        a.add(
            f"go_{step}",
            step.capitalize(),
            partial(window.go_to, step),
            shortcut=f"Alt+{n}",
            icon=step,
            group="Steps",
        )
    a.add("next_step", "&Next step", lambda: window.next_step(1), shortcut="Ctrl+PgDown", group="Steps")
    a.add(
        "previous_step", "&Previous step", lambda: window.next_step(-1), shortcut="Ctrl+PgUp", group="Steps"
    )
    a.add("toggle_theme", "Dark or light &theme", _toggle_theme, icon="theme", group="View")
    a.add("about", "&About SurgiTwin", lambda: _about(window), group="Help")


def fill_menus(window: MainWindow) -> None:
    """Make the menu bar."""
    for title, ids in MENUS.items():
        menu = window.menuBar().addMenu(title)
        menu.setObjectName(f"menu_{title.replace('&', '')}")
        menu.setToolTipsVisible(True)
        for command in ids:
            if command == SEPARATOR:
                menu.addSeparator()
            else:
                menu.addAction(window.actions_[command])


def menu_of(window: MainWindow, title: str) -> QMenu:
    """The menu called `title` ("File", "Edit" ...), made at the end when there is none."""
    found = window.menuBar().findChild(QMenu, f"menu_{title}")
    if isinstance(found, QMenu):
        return found
    menu = window.menuBar().addMenu(title)
    menu.setObjectName(f"menu_{title}")
    menu.setToolTipsVisible(True)
    return menu


def _choose(window: MainWindow) -> None:
    from pathlib import Path

    dialog = QFileDialog(window, "Open a case (a folder ending in .twin)")
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.fileSelected.connect(lambda name: window.open_path(Path(name)))
    dialog.open()


def _toggle_theme() -> None:
    app = QApplication.instance()
    if isinstance(app, QApplication):
        theme.apply(app, "light" if theme.theme() is theme.DARK else "dark")


def _about(window: MainWindow) -> None:
    text = (
        f"SurgiTwin {__version__}\n\n{NOTICE}.\n\nPlans an operation on the patient's own anatomy, simulates "
        "and compares the candidates. Licence: Apache-2.0."
    )
    box = QMessageBox(QMessageBox.Icon.Information, "About SurgiTwin", text, parent=window)
    box.open()
