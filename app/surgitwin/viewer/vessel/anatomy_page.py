"""The Anatomy page of a vessel case: segment from two clicks, check landmarks and measures, sign."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from surgitwin.anatomy.root.types import RootAnatomy
from surgitwin.planning.segments import review
from surgitwin.planning.vessels.anatomy_facts import facts_of
from surgitwin.planning.vessels.anatomy_store import KEY
from surgitwin.planning.vessels.answers import KEY as ANSWERS
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.help_finder import set_topic
from surgitwin.viewer.pages.base import Page
from surgitwin.viewer.segments.review import ReviewPanel
from surgitwin.viewer.segments.stale import READ_ONLY
from surgitwin.viewer.theme import set_role, themes
from surgitwin.viewer.vessel.aim_box import AimBox
from surgitwin.viewer.vessel.clicks_box import ClicksBox
from surgitwin.viewer.vessel.facts_table import FactsTable
from surgitwin.viewer.vessel.landmarks_box import LandmarksBox
from surgitwin.viewer.vessel.notices_box import NoticesBox
from surgitwin.viewer.vessel.questions_box import QuestionsBox
from surgitwin.viewer.vessel.site_box import SiteBox
from surgitwin.viewer.widgets.fold import Fold

JOB_SIGNALS = ("queued", "started", "finished", "failed", "cancelled")
DRAGGED = "While you drag:"


class VesselAnatomyPage(Page):
    """Panel of the step; the views are those of `desk.vessel`."""

    step, title = "anatomy", "Anatomy"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        assert desk.session is not None
        assert desk.model is not None
        assert desk.vessel is not None
        self._session, self.place = desk.session, desk.vessel
        self._preview: RootAnatomy | None = None
        self.site, self.clicks = SiteBox(desk, self), ClicksBox(desk, self)
        self.aim, self.notices = AimBox(self.place, self), NoticesBox(desk.model, self)
        self.facts, self.questions = FactsTable("vesselFacts", self), QuestionsBox(desk, self)
        self.landmarks = LandmarksBox(self.place, self)
        self.review = ReviewPanel(desk, self)
        self.dragging = QLabel(DRAGGED, self)
        set_role(self.dragging, "warning")
        self.dragging.hide()
        self.to_plans = QPushButton("On to the plans", self)
        set_role(self.to_plans, "link")
        self.to_plans.clicked.connect(lambda _on: desk.go_to("plans"))
        self._lay_out()
        set_topic(self, "vessel")
        set_topic(self.landmarks, "annulus")
        self._session.changed.connect(self._changed)
        self.place.changed.connect(self.refresh)
        self.place.previewed.connect(self._show_preview)
        themes().changed.connect(self.refresh)
        if desk.jobs is not None:
            for signal in JOB_SIGNALS:
                getattr(desk.jobs, signal).connect(self._jobs_changed)
        desk.actions.add(
            "sign_review", "Review and sign", self.show_review, icon="sign", group="Segments",
            tip="Go to the sign-off of the anatomy",
        )  # fmt: skip
        self.refresh()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 6)
        column.addWidget(self.site)
        self.folds: dict[str, Fold] = {}
        measured = bool(self._session.case.state.get(KEY))
        for title, parts, is_open in (
            ("Segment from two clicks", (self.clicks,), not measured),
            ("Look at this", (self.notices,), True),
            ("Views", (self.aim,), True),
            ("Landmarks", (self.landmarks,), True),
            ("Measures", (self.dragging, self.facts), True),
            ("The patient", (self.questions,), True),
            ("Review", (self.review,), False),
        ):
            fold = self.folds[title] = Fold(title, self, open_=is_open)
            for part in parts:
                fold.column.addWidget(part)
            column.addWidget(fold)
        column.addWidget(self.to_plans)
        column.addStretch(1)

    # ---- page ---------------------------------------------------------------------------------------

    def entered(self) -> None:
        """Marks in the slices; the device of the plan in hand is put away."""
        self.clicks.show_marks(True)
        self.place.show_plan(False)
        self.refresh()

    def left(self) -> None:
        """Marks away."""
        self.clicks.show_marks(False)

    def show_review(self) -> None:
        """Bring the sign-off into view and let the name be typed."""
        self.folds["Review"].set_open(True)
        area = self.parentWidget()
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parentWidget()
        if area is not None:
            area.ensureWidgetVisible(self.review, 0, 40)
        self.review.name.setFocus()

    # ---- following ----------------------------------------------------------------------------------

    def _changed(self, topics: frozenset[str]) -> None:
        if topics & {KEY, ANSWERS, "review", "labels", "plans", "site"}:
            self.refresh()

    def _jobs_changed(self, _job: object) -> None:
        self.refresh()

    def _show_preview(self, root: RootAnatomy | None) -> None:
        """Measures while a landmark is dragged."""
        self._preview = root
        self._show_facts()

    def _show_facts(self) -> None:
        found = self._preview or self.place.anatomy
        self.dragging.setVisible(self._preview is not None)
        self.facts.show_facts(() if found is None else facts_of(found))

    def refresh(self) -> None:
        """Everything as the case is now."""
        anatomy, state = self.place.anatomy, self._session.case.state
        measured = anatomy is not None
        self.site.refresh()
        self.clicks.refresh(self._why_wait())
        self.aim.refresh()
        self.landmarks.refresh()
        self.questions.refresh()
        self._show_facts()
        notices = () if anatomy is None else anatomy.notices
        self.notices.show_notices(notices, "" if anatomy is None else anatomy.indicative)
        for title in ("Views", "Measures", "Review"):
            self.folds[title].setVisible(measured)
        self.folds["Look at this"].setVisible(measured and bool(self.notices.list.count()))
        self.folds["Landmarks"].setVisible(isinstance(anatomy, RootAnatomy))
        self.folds["The patient"].setVisible(bool(self.questions.questions))
        self.to_plans.setVisible(measured)
        self.review.refresh(self._why_not_signed(measured))
        self._summaries(measured, state)

    def _summaries(self, measured: bool, state: object) -> None:
        self.folds["Segment from two clicks"].set_summary("done" if measured else "to do")
        self.folds["Landmarks"].set_summary(*self.landmarks.summary)
        if measured and self.place.anatomy is not None and self.place.anatomy.indicative:
            self.folds["Measures"].set_summary("indicative only", "warning")
        else:
            self.folds["Measures"].set_summary("")
        left = self.questions.open
        self.folds["The patient"].set_summary(
            f"{left} not answered" if left else "answered", "warning" if left else "ok"
        )
        standing = review.standing(self._session.case.state)
        said = {"none": ("not signed", "muted"), "valid": ("signed", "ok")}
        self.folds["Review"].set_summary(*said.get(standing, ("changed since signed", "warning")))

    def _why_wait(self) -> str:
        if self._session.read_only:
            return READ_ONLY
        jobs = self.desk.jobs
        found = [] if jobs is None else [j for j in jobs.jobs if not j.over and j.kind == "segment"]
        return f"Wait until this has ended, or cancel it: {found[0].title}." if found else ""

    def _why_not_signed(self, measured: bool) -> str:
        if self._session.read_only:
            return READ_ONLY
        return "" if measured else "The vessel is not measured yet."

    def release(self) -> None:
        """Stop listening and computing."""
        self._session.changed.disconnect(self._changed)
        self.place.changed.disconnect(self.refresh)
        self.place.previewed.disconnect(self._show_preview)
        themes().changed.disconnect(self.refresh)
        jobs = self.desk.jobs
        if jobs is not None:
            for signal in JOB_SIGNALS:
                getattr(jobs, signal).disconnect(self._jobs_changed)
        self.desk.actions.remove("sign_review")
        self.clicks.release()
        self.aim.release()
