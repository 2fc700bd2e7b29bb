"""The Anatomy page: segment, correct by hand, check side and landmarks, sign."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from surgitwin.planning.segments.looks import KEY, look_of
from surgitwin.planning.site import is_general
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.look import START_OPACITY
from surgitwin.viewer.objects.entry import objects_button
from surgitwin.viewer.pages.signed_page import SignedPage
from surgitwin.viewer.plans.reduce_box import ReduceBox
from surgitwin.viewer.segments.edit_runner import EditRunner
from surgitwin.viewer.segments.label_editor import LabelEditor
from surgitwin.viewer.segments.landmarks import LandmarkPanel
from surgitwin.viewer.segments.preset import PresetPanel
from surgitwin.viewer.segments.previews import Preview
from surgitwin.viewer.segments.segment_list import SegmentList
from surgitwin.viewer.segments.side import SideCard
from surgitwin.viewer.segments.stale import READ_ONLY, StaleBanner, why_not_signed
from surgitwin.viewer.segments.surfaces import SegmentSurfaces
from surgitwin.viewer.segments.tools import SegmentTools
from surgitwin.viewer.theme import set_role, themes
from surgitwin.viewer.trees.panel import TreePanel
from surgitwin.viewer.vessel.site_box import SiteBox
from surgitwin.viewer.widgets.fold import Fold

MAKE_SEGMENTS = ("segment", "reduce")
CHANGE_ANATOMY = (*MAKE_SEGMENTS, "measure", "prepare", "mesh")
"""Kinds of jobs after which segments, or side, landmarks and mesh, are others."""


class AnatomyPage(SignedPage):
    """Panel of the step; logic is in `LabelEditor` and `planning.segments`."""

    step, title = "anatomy", "Anatomy"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.editor = LabelEditor(self._session, self._model)
        self.runner = EditRunner(desk, self.editor, self)
        self.preview = Preview(self._model)
        self.surfaces = SegmentSurfaces(desk, self)
        self._shown = False
        self.site, self.side = SiteBox(desk, self), SideCard(desk, self)
        self.preset = PresetPanel(desk, self.preview, self)
        self.list = SegmentList(desk, self.editor, self.runner, self)
        self.tools = SegmentTools(desk, self.editor, self.runner, self.preview, self)
        self.tree = TreePanel(desk, self.surfaces, self) if is_general(self._session.case) else None
        self.reduce = ReduceBox(desk, self)
        self.landmarks = LandmarkPanel(desk, self)
        self.stale = StaleBanner(self._prepare, self)
        self._lay_out()
        self._session.changed.connect(self._changed)
        self._model.labels_changed.connect(self._labels_changed)
        self._model.segments_changed.connect(self._segments_changed)
        self.editor.changed.connect(self._chosen_changed)
        self.surfaces.counted.connect(self.list.show_volumes)
        self.runner.busy_changed.connect(self._busy)
        themes().changed.connect(self.refresh)
        self.listen()
        self.tools.set_usable(False)
        self._labels_changed()

    def _lay_out(self) -> None:
        self.working, self.working_words = QWidget(self), QLabel(self)
        set_role(self.working_words, "warning")
        self.working_words.setWordWrap(True)
        self.stop = QPushButton("Cancel", self.working)
        self.stop.setObjectName("cancelEdit")
        self.stop.setToolTip("Give this change up")
        set_icon(self.stop, "cancel")
        self.stop.clicked.connect(lambda _: self.runner.cancel())
        row = QHBoxLayout(self.working)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.working_words, 1)
        row.addWidget(self.stop)
        self.working.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 6)
        for title, content in (
            ("Segment automatically", self.preset),
            ("Segments", self.list),
            ("Correct by hand", self.tools),
            ("Reduce a fragment", self.reduce),
            ("Landmarks", self.landmarks),
            ("Review", self.review),
        ):
            opened = content is not self.preset or not self._session.labels or self.preset.has_notes
            fold = self.folds[title] = Fold(title, self, open_=opened)
            fold.column.addWidget(content)
            if content is self.list and is_general(self._session.case):
                fold.column.addWidget(objects_button(self.desk, self))
            if self.tree is not None and content is self.tools:
                self._add_tree(self.tree)
        self.folds["Correct by hand"].column.addWidget(self.working)
        self.folds["Segment automatically"].toggled.connect(self._preset_folded)
        column.addWidget(self.site)
        column.addWidget(self.side)
        column.addWidget(self.stale)
        for fold in self.folds.values():
            column.addWidget(fold)
        column.addStretch(1)

    def _add_tree(self, tree: TreePanel) -> None:
        fold = self.folds["Vessel tree"] = Fold("Vessel tree", self, open_=tree.wanted)
        fold.column.addWidget(tree)
        tree.summary_changed.connect(fold.set_summary)

    def _preset_folded(self, opened: bool) -> None:
        if not opened:
            self.preset.live.setChecked(False)

    # ---- page ----------------------------------------------------------------------------------

    def entered(self) -> None:
        """Show segments in 3D in place of the mesh, marks in the slices, and let the tools work."""
        self._shown = True
        director, views = self.desk.director, self.desk.views
        if director is not None and views is not None:
            others = {n for n in views.scene.groups.names if n.startswith("implant:")}
            director.hide(frozenset({"bone", "gap", *others}))
        self.surfaces.show(True)
        self.landmarks.show_marks(True)
        self.preset.show_marks(True)
        if self.tree is not None:
            self.tree.show_tree(True)
        self.tools.set_usable(True)
        self.refresh()

    def left(self) -> None:
        """Put tools and previews away."""
        self._shown = False
        self.reduce.stop()
        self.tools.set_usable(False)
        self.preset.live.setChecked(False)
        self.preview.show(None)
        self.landmarks.show_marks(False)
        self.preset.show_marks(False)
        if self.tree is not None:
            self.tree.show_tree(False)
        self._model.set_highlight(None)
        self.surfaces.show(self._unmeshed())
        if self.desk.director is not None:
            self.desk.director.hide(frozenset())

    def release(self) -> None:
        """Stop listening and computing."""
        if self._shown:
            self.left()
        self.surfaces.show(False)
        self._session.changed.disconnect(self._changed)
        self._model.labels_changed.disconnect(self._labels_changed)
        self._model.segments_changed.disconnect(self._segments_changed)
        self.editor.changed.disconnect(self._chosen_changed)
        themes().changed.disconnect(self.refresh)
        super().release()
        self.runner.stop()
        self.tools.release()
        self.reduce.release()
        self.side.release()
        if self.tree is not None:
            self.tree.release()
        self.surfaces.release()

    # ---- following -----------------------------------------------------------------------------

    def _changed(self, topics: frozenset[str]) -> None:
        if "voxels" in topics:
            self.surfaces.follow(self._session.changed_box)
            self.tools.voxels_changed()
        if KEY in topics:
            self._apply_looks()
            self.list.refresh()
        if topics & {"labels", "anatomy", "review", "mesh", "anatomy_labels", "plans"}:
            self.refresh()
        if "mesh" in topics and not self._shown:
            self.surfaces.show(self._unmeshed())

    def _unmeshed(self) -> bool:
        """Whether the segments are all that other pages can show in 3D."""
        return not self._session.case.state.get("mesh")

    def _labels_changed(self) -> None:
        """Another label map or table is shown: looks of the case again, rows again."""
        self._apply_looks()
        self.editor.follow()
        self.list.refresh()
        self.surfaces.follow(None)

    def _segments_changed(self) -> None:
        self.list.refresh()
        self.surfaces.restyle()

    def _chosen_changed(self) -> None:
        self.list.refresh()

    def _apply_looks(self) -> None:
        """The case's looks into the views' model."""
        state = self._session.case.state
        for segment in self.editor.segments:
            if segment.label not in self._model.looks:
                continue
            look = look_of(state, segment.name)
            changes: dict[str, Any] = {
                "visible": look.visible, "filled": look.filled, "locked": look.locked,
                "rgb": look.rgb or segment.rgb,
            }  # fmt: skip
            if look.opacity is not None:
                changes["opacity"] = look.opacity
            else:
                changes |= {"opacity_given": False}
                self._model.looks[segment.label] = replace(
                    self._model.looks[segment.label], opacity=START_OPACITY
                )
            self._model.set_segment_look(segment.label, **changes)

    def _busy(self, words: str) -> None:
        self.working_words.setText(f"{words} ..." if words else "")
        self.working.setVisible(bool(words))
        self.tools.refresh()

    def _jobs_changed(self, _job: object) -> None:
        titles = [j.title for j in self.jobs_of(MAKE_SEGMENTS)]
        self.editor.blocked = (
            f"New segments are being made: {titles[0][:1].lower()}{titles[0][1:]}." if titles else ""
        )
        if titles and self.editor.drawing:
            self.editor.cancel()
        self.tools.refresh()
        self.refresh()

    # ---- states --------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Side, banner, landmarks, review and what can be started now."""
        state = self._session.case.state
        anatomy = state.get("anatomy")
        wait = self._why_wait()
        self.site.refresh()
        self.side.refresh(anatomy, wait)
        of_femur = not is_general(self._session.case)
        self.side.setVisible(of_femur)
        for title in ("Reduce a fragment", "Landmarks"):
            self.folds[title].setVisible(of_femur)
        self.preset.refresh(wait, bool(state.get("labels")))
        if self.tree is not None:
            self.tree.refresh(wait or self.wait_for(("tree",)))
        self.stale.refresh(self._session.case, wait)
        self.landmarks.refresh(anatomy)
        self.review.refresh(why_not_signed(self._session.case, self._session.read_only))
        self.list.refresh()
        self._summaries()

    def _summaries(self) -> None:
        """What the folded parts hold, beside their headings."""
        state = self._session.case.state
        rows = ((state.get("anatomy") or {}).get("landmarks") or {}).values()
        estimated = sum(1 for r in rows if r["estimated"])
        moved = sum(1 for r in rows if r.get("by_hand"))
        words = [f"{n} {what}" for n, what in ((estimated, "estimated"), (moved, "by hand")) if n]
        self.folds["Landmarks"].set_summary(", ".join(words))
        self.folds["Segment automatically"].set_summary("notes" if self.preset.has_notes else "", "warning")
        self.show_standing()

    def _why_wait(self) -> str:
        if self._session.read_only:
            return READ_ONLY
        return self.wait_for(CHANGE_ANATOMY)

    def _prepare(self) -> None:
        jobs = self.desk.jobs
        if jobs is not None:
            self.desk.attempt(partial(jobs.start, "prepare", {}, "Measure and mesh the bone"))
