"""How the panel of automatic models is reached: a command of the Tools menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surgitwin.viewer.models.dialog import ModelsDialog
from surgitwin.viewer.one_dialog import show_for_writing

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
    show_for_writing(window, ModelsDialog, lambda: ModelsDialog(window.desk, window))
