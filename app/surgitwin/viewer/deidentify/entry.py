"""How de-identification and consent are reached: commands of the File menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from surgitwin.core.errors import UsageError
from surgitwin.planning.case_names import free_path
from surgitwin.viewer.deidentify.consent_dialog import ConsentDialog
from surgitwin.viewer.deidentify.dialog import DeidentifyDialog
from surgitwin.viewer.one_dialog import show_one

if TYPE_CHECKING:
    from surgitwin.viewer.main_window import MainWindow


def add_deidentify(window: MainWindow) -> None:
    """Register the commands."""
    window.actions_.add(
        "deidentify",
        "Images &without identity ...",
        lambda: show_deidentify(window),
        tip="Write a folder of DICOM images without names, IDs and dates",
        group="File",
    )
    window.actions_.add(
        "deidentify_case",
        "Case withou&t identity ...",
        lambda: show_deidentify_case(window),
        tip="Write the saved case again without UIDs, dates and codes of the patient",
        group="File",
    )
    window.actions_.add(
        "consent",
        "Co&nsent of the patient ...",
        lambda: show_consent(window),
        tip="What the patient agreed to; exports for anything else are refused",
        group="File",
    )


def show_deidentify(window: MainWindow) -> DeidentifyDialog:
    """Open the window, or bring it to the front."""

    def make() -> DeidentifyDialog:
        dialog = DeidentifyDialog(window)
        dialog.help_wanted.connect(lambda: _help(window))
        return dialog

    return show_one(window, DeidentifyDialog, make)


def show_deidentify_case(window: MainWindow) -> None:
    """Open the window for the open case, as it was saved last."""
    session = window.desk.session
    if session is None:
        window.desk.say_error(
            UsageError(
                "deidentify.case",
                "No case is open.",
                hint="Open the case first, or choose its folder under File > Images without identity.",
            )
        )
        return
    dialog = show_deidentify(window)
    dialog.source.setText(str(session.path))
    dialog.out.setText(str(free_path(session.path.parent, "Case without identity")))


def _help(window: MainWindow) -> None:
    from surgitwin.viewer.menus import show_help

    show_help(window, "privacy")


def show_consent(window: MainWindow) -> None:
    """Open the form for the open case."""
    session = window.desk.session
    if session is None:
        window.desk.say_error(
            UsageError(
                "consent.invalid",
                "A consent belongs to a case, and none is open.",
                hint="Open a case first.",
            )
        )
        return
    dialog = ConsentDialog(session, window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
