"""How the panel of the second image is reached: a command of the Tools menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surgitwin.viewer.job import no_writing
from surgitwin.viewer.one_dialog import show_one
from surgitwin.viewer.registration.panel import RegistrationDialog

if TYPE_CHECKING:
    from surgitwin.viewer.main_window import MainWindow


def add_registration(window: MainWindow) -> None:
    """Register the command."""
    window.actions_.add(
        "registration",
        "Second &image ...",
        lambda: show_registration(window),
        icon="import",
        tip="Register another scan of this patient and look at both in one slice",
        group="View",
    )


def show_registration(window: MainWindow) -> None:
    """Open the panel, or bring it to the front."""
    if window.desk.session is None:
        window.desk.say_error(no_writing(None))
        return
    show_one(window, RegistrationDialog, lambda: RegistrationDialog(window.desk, window))
