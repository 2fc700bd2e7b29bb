"""What the Anatomy pages of bones and vessels share: the sign-off, and jobs that must end first."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QScrollArea, QWidget

from surgitwin.planning.segments import review
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.pages.base import Page
from surgitwin.viewer.segments.review import ReviewPanel
from surgitwin.viewer.widgets.fold import Fold

JOB_SIGNALS = ("queued", "started", "finished", "failed", "cancelled")


class SignedPage(Page):
    """A page whose anatomy is signed. `folds` holds a fold "Review" with `review` in it."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        assert desk.session is not None
        assert desk.model is not None
        self._session, self._model = desk.session, desk.model
        self.folds: dict[str, Fold] = {}
        self.review = ReviewPanel(desk, self)

    def listen(self) -> None:
        """Follow the jobs, and offer the sign-off as a command; `release` ends both."""
        if self.desk.jobs is not None:
            for signal in JOB_SIGNALS:
                getattr(self.desk.jobs, signal).connect(self._jobs_changed)
        self.desk.actions.add(
            "sign_review", "Review and sign", self.show_review, icon="sign", group="Segments",
            tip="Go to the sign-off of the anatomy",
        )  # fmt: skip

    def release(self) -> None:
        """Stop listening."""
        if self.desk.jobs is not None:
            for signal in JOB_SIGNALS:
                getattr(self.desk.jobs, signal).disconnect(self._jobs_changed)
        self.desk.actions.remove("sign_review")

    def _jobs_changed(self, _job: object) -> None:
        """A job began or ended."""
        raise NotImplementedError

    def show_review(self) -> None:
        """Bring the sign-off into view and let the name be typed."""
        self.folds["Review"].set_open(True)
        area = self.parentWidget()
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parentWidget()
        if area is not None:
            area.ensureWidgetVisible(self.review, 0, 40)
        self.review.name.setFocus()

    def show_standing(self) -> None:
        """Whether the sign-off holds, beside the heading of its fold."""
        standing = review.standing(self._session.case.state)
        said = {"none": ("not signed", "muted"), "valid": ("signed", "ok")}
        self.folds["Review"].set_summary(*said.get(standing, ("changed since signed", "warning")))

    def jobs_of(self, kinds: tuple[str, ...]) -> list[Any]:
        """Jobs of these kinds that run or wait."""
        jobs = self.desk.jobs
        return [] if jobs is None else [j for j in jobs.jobs if not j.over and j.kind in kinds]

    def wait_for(self, kinds: tuple[str, ...]) -> str:
        """Which job of these kinds must end first, in words; "" when none runs."""
        found = self.jobs_of(kinds)
        return f"Wait until this has ended, or cancel it: {found[0].title}." if found else ""
