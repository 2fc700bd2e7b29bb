"""One click to mend a step: each id of `planning.steps` starts the job or opens the page that helps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from surgitwin.planning.site import SITES, VESSELS, site_of

if TYPE_CHECKING:
    from surgitwin.viewer.desk import Desk

JOBS: dict[str, tuple[str, dict[str, object], str]] = {
    "segment": ("segment", {"preset": "bone"}, "Segment the bone"),
    "prepare": ("prepare", {}, "Measure and mesh the bone"),
    "propose": ("propose", {"procedure": "fracture_fixation"}, "Propose plans"),
    "solve": ("solve", {}, "Simulate"),
}
"""Mending id -> kind, arguments and title of the job."""
PAGES = {
    "import": "import",
    "segment": "anatomy",
    "prepare": "anatomy",
    "review": "anatomy",
    "propose": "plans",
    "solve": "simulate",
    "compare": "compare",
}


class Mender(QObject):
    """Does what a step's button promises."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk

    def mend(self, what: str) -> None:
        """Start the job of `what` and show its page."""
        if not what:  # the button of a step that was mended meanwhile
            return
        self._desk.go_to(PAGES[what])
        if what == "import":
            self._desk.actions["choose_folder"].trigger()
            return
        if what == "review" and "sign_review" in self._desk.actions:
            self._desk.actions["sign_review"].trigger()
            return
        if what == "solve" and self._desk.simulate is not None:
            self._desk.simulate()
            return
        if what in JOBS and self._desk.jobs is not None and self._desk.session is not None:
            kind, arguments, title = _job(what, site_of(self._desk.session.case))
            self._desk.jobs.start(kind, arguments, title)


def _job(what: str, site: str) -> tuple[str, dict[str, object], str]:
    """Kind, arguments and title of the job that mends `what` in a case about `site`."""
    kind, arguments, title = JOBS[what]
    words = SITES[site]
    if site in VESSELS and what == "segment":
        return kind, {"preset": site}, f"Segment the {words.title.lower()}"
    if site in VESSELS and what == "propose":
        return kind, {"procedure": words.procedure}, title
    return kind, dict(arguments), title
