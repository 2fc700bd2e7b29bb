"""The Import page (placeholder of the skeleton: its helper replaces this file)."""

from __future__ import annotations

from pathlib import Path

from surgitwin.viewer.pages.base import Page


class ImportPage(Page):
    """Placeholder."""

    step, title = "import", "Import"

    def take(self, paths: list[Path]) -> None:
        """Look at what was dropped on the window: folders, files, zips."""
