"""How the Studies window is reached: a command of the File menu and a button of the Import page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from surgitwin.exchange.catalogue import Catalogue
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.one_dialog import in_front, show_one
from surgitwin.viewer.pages.import_page import ImportPage
from surgitwin.viewer.studies.dialog import StudiesDialog

if TYPE_CHECKING:
    from surgitwin.viewer.main_window import MainWindow


def add_studies(window: MainWindow) -> None:
    """Register the command."""
    window.actions_.add(
        "studies",
        "&Studies ...",
        lambda: show_studies(window),
        shortcut="Ctrl+Shift+I",
        icon="study",
        tip="Series on this computer, found by words; and those of a PACS",
        group="File",
    )


def show_studies(window: MainWindow) -> None:
    """Open the Studies window, or bring it to the front. The catalogue is opened in a worker."""
    if in_front(window, StudiesDialog) is not None:
        return
    opening = Latest(window.desk, window.desk.say_error)
    opening.ask(Catalogue.open, lambda found: _show(window, found))


def _show(window: MainWindow, catalogue: Catalogue) -> None:
    def make() -> StudiesDialog:
        dialog = StudiesDialog(catalogue, window)
        dialog.paths_wanted.connect(lambda paths: _import(window, paths))
        dialog.help_wanted.connect(lambda: _help(window))
        return dialog

    show_one(window, StudiesDialog, make)


def _help(window: MainWindow) -> None:
    """The help page beside the work, with the window in front: the dialog stays open."""
    from surgitwin.viewer.menus import show_help

    show_help(window, "studies")
    window.raise_()
    window.activateWindow()


def _import(window: MainWindow, paths: list[Path]) -> None:
    """Look at the files on the Import page, as if they had been dropped."""
    window.go_to("import")
    page = window.pages["import"]
    if isinstance(page, ImportPage):
        page.take(paths)
