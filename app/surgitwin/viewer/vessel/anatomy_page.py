"""The Anatomy page of a vessel case: segment from two clicks, check landmarks and measures, sign."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from surgitwin.anatomy.root.types import RootAnatomy
from surgitwin.planning.vessels.anatomy_facts import facts_of
from surgitwin.planning.vessels.anatomy_store import KEY
from surgitwin.planning.vessels.answers import KEY as ANSWERS
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.help_finder import set_topic
from surgitwin.viewer.pages.signed_page import SignedPage
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

DRAGGED = "While you drag:"


class VesselAnatomyPage(SignedPage):
    """Panel of the step; the views are those of `desk.vessel`."""

    step, title = "anatomy", "Anatomy"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        assert desk.vessel is not None
        self.place = desk.vessel
        self._preview: RootAnatomy | None = None
        self.site, self.clicks = SiteBox(desk, self), ClicksBox(desk, self)
        self.aim, self.notices = AimBox(self.place, self), NoticesBox(self._model, self)
        self.facts, self.questions = FactsTable("vesselFacts", self), QuestionsBox(desk, self)
        self.landmarks = LandmarksBox(self.place, self)
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
        self.listen()
        self.refresh()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 6)
        column.addWidget(self.site)
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
        anatomy = self.place.anatomy
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
        self._summaries(measured)

    def _summaries(self, measured: bool) -> None:
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
        self.show_standing()

    def _why_wait(self) -> str:
        if self._session.read_only:
            return READ_ONLY
        return self.wait_for(("segment",))

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
        super().release()
        self.clicks.release()
        self.aim.release()
