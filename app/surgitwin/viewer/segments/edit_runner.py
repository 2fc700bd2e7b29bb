"""Edits that take longer than a stroke: computed in a thread, then one step of undo, or a preview."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from surgitwin.core.progress import Progress
from surgitwin.segmentation.patch import LabelPatch, Labels
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.segments.label_editor import LabelEditor
from surgitwin.viewer.worker import Worker

Work = Callable[[Labels, Progress], LabelPatch]


class EditRunner(QObject):
    """One edit at a time; meanwhile the editor is busy and refuses others.

    `busy_changed(words)`: what is computed, "" when nothing.
    """

    busy_changed = Signal(str)

    def __init__(self, desk: Desk, editor: LabelEditor, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk, self._editor = desk, editor
        self._worker: Worker | None = None
        self._running: set[Worker] = set()

    def start(self, name: str, work: Work, nothing: str = "Nothing changed.") -> None:
        """Compute `work(labels, progress)` and make it one step called `name`; when empty, `nothing` is said.

        Raises UsageError as `LabelEditor.require_array`.
        """

        def done(patch: LabelPatch) -> None:
            if self._desk.attempt(lambda: self._commit(name, patch, nothing)):
                return

        self.compute(name, work, done)

    def _commit(self, name: str, patch: LabelPatch, nothing: str) -> None:
        if not self._editor.commit(name, patch):
            self._desk.say(nothing)

    def compute(self, name: str, work: Work, done: Callable[[LabelPatch], object]) -> None:
        """Compute `work(labels, progress)` and give the patch to `done`. Raises as `start`."""
        array = self._editor.require_array()
        before = self._editor.session.case.state.get("labels")

        def run(progress: Progress) -> LabelPatch:
            progress(name)
            patch = work(array, progress)
            _ = patch.touched  # found here and not in the window's thread
            return patch

        def arrived(patch: LabelPatch) -> None:
            self._editor.busy = False
            if self._editor.session.case.state.get("labels") is not before:
                self._desk.say(f"{name}: the segments changed meanwhile; try again.")
            else:
                done(patch)

        self._editor.busy = True
        self.busy_changed.emit(name)
        worker = self._worker = Worker(run, self)
        worker.finished_with.connect(lambda patch: arrived(patch) if worker is self._worker else None)
        worker.failed.connect(lambda e: self._desk.say_error(e) if worker is self._worker else None)
        worker.progressed.connect(lambda _words, share: self._tell(worker, name, share))
        worker.finished.connect(lambda: self._ended(worker))
        self._running.add(worker)
        worker.start()

    def _tell(self, worker: Worker, name: str, share: float) -> None:
        if worker is self._worker and share >= 0:
            self.busy_changed.emit(f"{name}: {100 * share:.0f} %")

    def _ended(self, worker: Worker) -> None:
        self._running.discard(worker)
        worker.deleteLater()
        if worker is self._worker:
            self._free()

    def _free(self) -> None:
        self._worker, self._editor.busy = None, False
        self.busy_changed.emit("")

    def cancel(self) -> None:
        """Give up what is computed: its result is not taken, and tools are free at once."""
        if self._worker is not None:
            self._worker.cancel()
            self._free()

    @property
    def busy(self) -> bool:
        """Whether something is computed."""
        return self._worker is not None

    def stop(self) -> None:
        """Wait for what runs; its result is not taken."""
        self.cancel()
        for worker in tuple(self._running):
            worker.stop_and_wait(60000)
