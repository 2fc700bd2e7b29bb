"""The Plans page (placeholder of the skeleton: its helper replaces this file)."""

from __future__ import annotations

from surgitwin.viewer.pages.base import Page


class PlansPage(Page):
    """Placeholder."""

    step, title = "plans", "Plans"
