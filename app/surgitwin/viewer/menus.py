"""The window's commands and its menus."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QMenu

from surgitwin.planning.step_state import STEPS
from surgitwin.viewer import theme
from surgitwin.viewer.deidentify.entry import add_deidentify
from surgitwin.viewer.deidentify.purpose import purpose_menu
from surgitwin.viewer.formats.export_menu import export_menu
from surgitwin.viewer.formats.segment_import import ask_segment_file
from surgitwin.viewer.help_finder import topic_for
from surgitwin.viewer.help_pages import SHORTCUTS
from surgitwin.viewer.importing.menus import recent_menu, sample_menu
from surgitwin.viewer.meshes.entry import add_meshes
from surgitwin.viewer.models.entry import add_models
from surgitwin.viewer.objects.entry import add_objects
from surgitwin.viewer.preferences import change
from surgitwin.viewer.registration.entry import add_registration
from surgitwin.viewer.rehearsing.panel import add_rehearsal
from surgitwin.viewer.studies.entry import add_studies
from surgitwin.viewer.widgets.about_dialog import AboutDialog
from surgitwin.viewer.widgets.help_panel import WIDTH_PX, HelpPanel
from surgitwin.viewer.widgets.settings_dialog import SettingsDialog

if TYPE_CHECKING:
    from surgitwin.viewer.main_window import MainWindow

SEPARATOR = "-"
MENUS = {
    "&File": (
        "import",
        "studies",
        "open",
        "recent_menu",
        "sample_menu",
        SEPARATOR,
        "save",
        "close_case",
        SEPARATOR,
        "segments_from_file",
        "export_menu",
        "purpose_menu",
        "deidentify",
        "deidentify_case",
        "consent",
        SEPARATOR,
        "quit",
    ),
    "&Edit": ("undo", "redo", SEPARATOR, "history", SEPARATOR, "settings"),
    "&Go": (*(f"go_{s}" for s in STEPS), SEPARATOR, "previous_step", "next_step"),
    "&View": ("toggle_theme",),
    "&Tools": (
        "automatic_model",
        "registration",
        "own_objects",
        "vessel_mesh",
        "rehearsal",
    ),
    "&Help": ("help", "shortcuts", SEPARATOR, "about"),
}
"""Menu -> ids of commands or submenus."""

SUBMENUS: dict[str, Callable[[MainWindow], QMenu]] = {
    "recent_menu": recent_menu,
    "sample_menu": sample_menu,
    "export_menu": export_menu,
    "purpose_menu": purpose_menu,
}


def add_actions(window: MainWindow) -> None:
    """Register the window's own commands."""
    a = window.actions_
    add_rehearsal(window.desk, window)
    add_models(window)
    add_registration(window)
    add_meshes(window)
    add_objects(window)
    a.add(
        "import",
        "&Import a scan",
        lambda: window.go_to("import"),
        shortcut="Ctrl+I",
        icon="import",
        group="File",
    )
    add_studies(window)
    add_deidentify(window)
    a.add("open", "&Open case ...", lambda: _choose(window), shortcut="Ctrl+O", icon="open", group="File")
    a.add("save", "&Save", window.save, shortcut="Ctrl+S", icon="save", group="File")
    a.add("close_case", "&Close case", window.close_case, shortcut="Ctrl+W", group="File")
    a.add(
        "segments_from_file",
        "Segments from a &file ...",
        lambda: ask_segment_file(window),
        icon="import",
        tip="A label map, a DICOM SEG or a closed surface of another program",
        group="File",
    )
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
    a.add(
        "toggle_theme",
        "Dark or light &theme",
        lambda: _toggle_theme(window),
        shortcut="Ctrl+T",
        icon="theme",
        group="View",
    )
    a.add(
        "settings",
        "&Settings ...",
        lambda: _show(SettingsDialog(window.desk.writer, window)),
        shortcut="Ctrl+,",
        icon="settings",
        tip="Theme, processor cores, autosave",
        group="Edit",
    )
    a.add(
        "help",
        "&Help",
        lambda: show_help(window),
        shortcut="F1",
        icon="help",
        tip="Explains the tool or the page that is used",
        group="Help",
    )
    a.add(
        "shortcuts",
        "&Keys",
        lambda: show_help(window, SHORTCUTS),
        shortcut="Ctrl+F1",
        tip="All keys in one list",
        group="Help",
    )
    a.add("about", "&About SurgiTwin", lambda: _show(AboutDialog(window)), icon="info", group="Help")


def fill_menus(window: MainWindow) -> None:
    """Make the menu bar."""
    for title, ids in MENUS.items():
        menu = window.menuBar().addMenu(title)
        menu.setObjectName(f"menu_{title.replace('&', '')}")
        menu.setToolTipsVisible(True)
        for command in ids:
            if command == SEPARATOR:
                menu.addSeparator()
            elif command in SUBMENUS:
                menu.addMenu(SUBMENUS[command](window))
            else:
                menu.addAction(window.actions_[command])


def _choose(window: MainWindow) -> None:
    from pathlib import Path

    dialog = QFileDialog(window, "Open a case (a folder ending in .twin)")
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.fileSelected.connect(lambda name: window.open_path(Path(name)))
    dialog.open()


def show_help(window: MainWindow, topic: str = "") -> None:
    """Open the help beside the work; without a topic, about what the user is doing."""
    wanted = topic or topic_for(window)
    panel = window.findChild(HelpPanel)
    if panel is None:
        panel = HelpPanel(lambda: _keys(window), window)
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, panel)
        window.resizeDocks([panel], [WIDTH_PX], Qt.Orientation.Horizontal)
    panel.show_topic(wanted)


def _keys(window: MainWindow) -> list[tuple[str, str, str]]:
    """Group, keys and words of every command."""
    native = QKeySequence.SequenceFormat.NativeText
    return [
        (c.group, c.action.shortcut().toString(native), c.action.text().replace("&", "").removesuffix(" ..."))
        for c in window.actions_
    ]


def _toggle_theme(window: MainWindow) -> None:
    app = QApplication.instance()
    if isinstance(app, QApplication):
        name = "light" if theme.theme() is theme.DARK else "dark"
        theme.apply(app, name)
        window.desk.writer.ask(partial(change, theme=name))


def _show(dialog: QDialog) -> None:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
