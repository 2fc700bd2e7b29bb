"""The Compare page (placeholder of the skeleton: its helper replaces this file)."""

from __future__ import annotations

from surgitwin.viewer.pages.base import Page


class ComparePage(Page):
    """Placeholder."""

    step, title = "compare", "Compare"
