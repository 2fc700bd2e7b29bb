"""Mesh the wall, the blood or both of a vessel as a job, and see what came of it."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QLabel, QPushButton, QVBoxLayout, QWidget

from surgitwin.planning.segments.tree import tree_names
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.job import Job
from surgitwin.viewer.meshes.form import VesselForm
from surgitwin.viewer.meshes.result import MeshResult
from surgitwin.viewer.theme import set_role

KIND = "vessel_mesh"
VESSELS = ("lumen", "vessel", "artery", "aort", "blood")
"""Parts of names by which the segment of a vessel is chosen first."""
JOB_SIGNALS = ("queued", "started", "progressed", "finished", "failed", "cancelled")


class VesselMeshDialog(QDialog):
    """Beside the work. The job bar shows progress and cancels; undo takes the mesh back."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("vesselMeshDialog")
        self.setWindowTitle("Mesh of a vessel")
        self.setMinimumWidth(470)
        self._desk = desk
        self._failure = ""
        self.form, self.found = VesselForm(self), MeshResult(desk, self)
        self.state, self.start = QLabel(self), QPushButton("Mesh", self)
        self.cancel = QPushButton("Cancel", self)
        self.state.setWordWrap(True)
        set_role(self.state, "muted")
        self.start.setObjectName("vesselMeshStart")
        self.cancel.setObjectName("vesselMeshCancel")
        set_icon(self.start, "play", "on_accent")
        set_role(self.start, "primary")
        set_icon(self.cancel, "cancel")
        column = QVBoxLayout(self)
        for part in (self.form, self.state, self.start, self.cancel, self.found):
            column.addWidget(part)
        self.form.changed.connect(self.refresh)
        self.form.wants_cut.connect(self._cut)
        self.start.clicked.connect(lambda _: self.run())
        self.cancel.clicked.connect(lambda _: self._cancel())
        desk.closing.connect(self.close)
        self._session = desk.session
        if self._session is not None:
            self._session.changed.connect(self._case_changed)
        for signal in JOB_SIGNALS:
            getattr(desk.jobs, signal).connect(self._job_changed)
        self._fill()

    def _fill(self) -> None:
        """The segments of the case; a vessel first."""
        session = self._desk.session
        if session is None:
            return
        state, box = session.case.state, self.form.segment
        names = [s.name for s in session.case.labels.segments] if state.get("labels") else []
        kept = box.currentText()
        box.blockSignals(True)
        box.clear()
        box.addItems(names)
        likely = [n for n in names if any(word in n.lower() for word in VESSELS)]
        box.setCurrentText(kept if kept in names else (likely or names or [""])[0])
        box.blockSignals(False)
        self.refresh()

    def _case_changed(self, topics: frozenset[str]) -> None:
        if "labels" in topics:
            self._fill()
        elif topics & {KIND, "trees"}:
            self.refresh()

    def _job_changed(self, job: object) -> None:
        if isinstance(job, Job) and job.kind == KIND:
            error = job.error
            self._failure = "" if error is None else f"{error.message} {error.hint}".strip()
            self.refresh()

    def refresh(self) -> None:
        """What can be started, what runs, what came of it."""
        session, name = self._session, self.form.segment.currentText()
        if session is None:  # none was open, or the dialog is closed
            return
        has_tree = name in tree_names(session.case)
        self.form.ends.setEnabled(has_tree)
        self.form.ends.setToolTip(
            "" if has_tree else "Measure the vessel tree of this segment first (page Anatomy, Vessel tree)."
        )
        running = self._running()
        why = self._why_not(name)
        self.start.setVisible(running is None)
        self.start.setEnabled(not why)
        self.start.setToolTip(why or "Runs in the background")
        self.cancel.setVisible(running is not None)
        words = (why or self._failure) if running is None else f"{running.words or running.title} ..."
        self.state.setText(words)
        self.state.setVisible(bool(words))
        self.found.refresh()

    def _why_not(self, name: str) -> str:
        session = self._desk.session
        if session is None or not name:
            return "Segment a vessel first."
        if not session.case.volume.scale_known:
            return "The image has no scale in mm, so no mesh can be made."
        if self.form.least.value() > self.form.largest.value():
            return "The smallest edge is larger than the largest."
        return ""

    def _running(self) -> Job | None:
        jobs = self._desk.jobs
        found = [] if jobs is None else [j for j in jobs.jobs if j.kind == KIND and not j.over]
        return found[0] if found else None

    def _cut(self) -> None:
        if self._desk.model is not None:
            self.form.add_cut(self._desk.model.crosshair_mm.copy())

    def run(self) -> None:
        """Queue the job."""
        if self._desk.jobs is not None and self.start.isEnabled():
            arguments = self.form.arguments()
            self._desk.jobs.start(KIND, arguments, f"Mesh of the vessel {arguments['segment']}")

    def _cancel(self) -> None:
        job = self._running()
        if job is not None and self._desk.jobs is not None:
            self._desk.jobs.cancel(job)

    def done(self, result: int) -> None:
        """The mesh leaves the 3D view with its dialog; the case keeps it."""
        if self._session is not None:
            self._session.changed.disconnect(self._case_changed)
            self._session = None
            self.found.clear()
        super().done(result)
