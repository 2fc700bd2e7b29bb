"""The program's window on a screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QApplication

from surgitwin.core.progress import Progress
from surgitwin.viewer import theme
from surgitwin.viewer.main_window import MainWindow
from surgitwin.viewer.preferences import preferences

COMPUTING = (
    "Computing the sample case: segmentation, meshes, two plans, simulation, report.\n"
    "This takes some minutes the first time. The case opens when it is done."
)


def run(path: Path | None = None, make: Callable[[Progress], object] | None = None) -> int:
    """Show the window until it is closed; returns the exit code of Qt.

    path: case to open, None to begin with Import. make: work that writes the case first (the demo), done in
    the window's worker with its progress shown.
    """
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication([])
    app.setApplicationName("SurgiTwin")
    theme.apply(app, preferences().theme)
    window = MainWindow()
    window.show()
    if path is not None and make is not None:
        window.make_and_open(path, make, COMPUTING)
    elif path is not None:
        window.open_path(path)
    return app.exec()
