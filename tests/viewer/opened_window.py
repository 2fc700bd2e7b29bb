"""The main window on a case, put away again after the test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QApplication

from surgitwin.viewer.main_window import MainWindow

OPEN_MS = 60000
"""Numerical setting: no case of the tests takes longer to open, on a busy machine."""


@contextmanager
def opened_window(
    qtbot: Any,
    case: Path | None = None,
    *,
    step: str | None = None,
    size: tuple[int, int] | None = None,
    rest_ms: int = 0,
) -> Iterator[Any]:
    """A shown `MainWindow`; the case, if any, is open and the page `step` is in front.

    rest_ms: how long the import page is left alone at the end with what it looks up (recent cases).
    """
    window = MainWindow()
    try:
        if size is not None:
            window.resize(*size)
        window.show()
        qtbot.waitExposed(window)
        if case is not None:
            window.open_path(case)
            qtbot.waitUntil(lambda: window.desk.session is not None, timeout=OPEN_MS)
        if step is not None:
            window.go_to(step)
        yield window
    finally:
        if window.desk.session is not None:
            window.drop_case()
        qtbot.wait(rest_ms)
        window.close()
        window.deleteLater()
        QApplication.processEvents()
