"""The submenus of File: recent cases and sample cases."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from surgitwin.planning.samples import SAMPLES, why_not
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.pages.import_page import ImportPage

if TYPE_CHECKING:
    from surgitwin.viewer.main_window import MainWindow


def recent_menu(window: MainWindow) -> QMenu:
    """Recent cases; filled when it opens."""
    menu = QMenu("&Recent cases", window)
    menu.setObjectName("menu_recent")
    menu.setToolTipsVisible(True)
    set_icon(menu.menuAction(), "recent")
    menu.aboutToShow.connect(partial(_fill_recent, window, menu))
    return menu


def _fill_recent(window: MainWindow, menu: QMenu) -> None:
    menu.clear()
    page = window.pages.get("import")
    cases = page.cases if isinstance(page, ImportPage) else ()
    for one in cases:
        action = menu.addAction(one.name)
        action.setEnabled(not one.problem)
        action.setToolTip(one.problem or str(one.path))
        action.triggered.connect(lambda _checked=False, path=one.path: window.open_path(path))
    if not cases:
        none = menu.addAction("No case was opened yet")
        none.setEnabled(False)


def sample_menu(window: MainWindow) -> QMenu:
    """Sample cases."""
    menu = QMenu("Sam&ple cases", window)
    menu.setObjectName("menu_samples")
    menu.setToolTipsVisible(True)
    set_icon(menu.menuAction(), "sample")
    for one in SAMPLES:
        action = menu.addAction(one.title)
        action.setObjectName(f"menu_sample_{one.id}")
        reason = why_not(one)
        action.setEnabled(not reason)
        action.setToolTip(reason or one.words)
        action.triggered.connect(lambda _checked=False, key=one.id: _make(window, key))
    return menu


def _make(window: MainWindow, sample_id: str) -> None:
    page = window.pages.get("import")
    if isinstance(page, ImportPage):
        page.take_sample(sample_id)
