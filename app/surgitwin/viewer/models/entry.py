"""How the panel of automatic models is reached: a command of the Tools menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surgitwin.viewer.job import no_writing
from surgitwin.viewer.models.dialog import ModelsDialog
from surgitwin.viewer.one_dialog import show_one

if TYPE_CHECKING:
    from surgitwin.viewer.main_window import MainWindow


def add_models(window: MainWindow) -> None:
    """Register the command."""
    window.actions_.add(
        "automatic_model",
        "&Automatic model ...",
        lambda: show_models(window),
        icon="propose",
        tip="Segments of a trained network that is installed beside this program (TotalSegmentator, MONAI)",
        group="Steps",
    )


def show_models(window: MainWindow) -> None:
    """Open the panel, or bring it to the front; needs an open case that may be changed."""
    session = window.desk.session
    if session is None or session.read_only:
        window.desk.say_error(no_writing(session))
        return
    show_one(window, ModelsDialog, lambda: ModelsDialog(window.desk, window))
