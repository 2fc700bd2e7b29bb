"""Opening a case: unsaved work first, recovery after a crash, read-only when another window holds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from surgitwin.core.errors import SurgiTwinError
from surgitwin.core.progress import Progress
from surgitwin.planning.case import Case
from surgitwin.planning.session import Draft, Session, find_draft
from surgitwin.viewer.model import ViewModel
from surgitwin.viewer.worker import FAULT, Worker


@dataclass(frozen=True, eq=False)
class Opened:
    """A case read from disk with the state of its views."""

    session: Session
    model: ViewModel


_CHANGED = (
    "The case was changed since, by a command or another program. Recovering and saving puts the recovered "
    "state in the place of those changes."
)


def read_case(
    path: Path, draft: Draft | None, read_only: bool, progress: Progress, discard: bool = False
) -> Opened:
    """Session and view model of the case at `path`; for a worker thread."""
    progress("Reading the case", 0.1)
    session = Session.open(path, draft=draft, read_only=read_only, discard=discard)
    try:
        progress("Preparing the views", 0.8)
        case = session.case
        model = ViewModel(case.volume)
        if session.labels is not None:
            model.set_labels(session.labels)
        if case.state.get("anatomy"):
            model.set_anatomy(case.anatomy)
        for plane in model.planes:
            model.pixels(plane, (64, 64))
    except BaseException:
        session.close()
        raise
    return Opened(session, model)


class Opener(QObject):
    """Asks what must be asked, then reads; `opened` gives the case, `failed` the reason."""

    opened = Signal(object)
    failed = Signal(object)
    started = Signal(str)
    progressed = Signal(str, float)
    ended = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.worker: Worker | None = None

    def open(self, path: Path) -> None:
        """Read the case at `path`, after asking about unsaved work of a session that crashed."""
        draft = find_draft(path)
        if draft is None or _held(path):
            self._read(path, None, read_only=False)
            return
        box = _question(
            self._window,
            "recovery",
            "Unsaved work was found",
            f"{path.stem} was not closed properly. Its unsaved work of {_local(draft.when)} can be recovered"
            + (f":\n\n{_listed(draft.actions)}" if draft.actions else ".")
            + (f"\n\n{_CHANGED}" if draft.outdated else ""),
        )
        recover = box.addButton("Recover", QMessageBox.ButtonRole.AcceptRole)
        discard = None
        if not draft.saving:  # else the case on disk is half the old one and half this
            discard = box.addButton("Open as last saved", QMessageBox.ButtonRole.DestructiveRole)
            discard.setToolTip("The unsaved work is thrown away.")
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(recover)

        def answered() -> None:
            if box.clickedButton() is recover:
                self._read(path, draft, read_only=False)
            elif discard is not None and box.clickedButton() is discard:
                self._read(path, None, read_only=False, discard=True)

        box.finished.connect(lambda _code: answered())
        box.open()

    def make_and_open(self, path: Path, make: Callable[[Progress], object], words: str) -> None:
        """Let `make` write the case first (the sample, say), with its progress shown."""

        def run(progress: Progress) -> Opened:
            make(progress.part(0.0, 0.95))
            return read_case(path, None, False, progress.part(0.95, 1.0))

        self._start(path, words, run)

    def cancel(self) -> None:
        """Stop reading at the next chance."""
        if self.worker is not None:
            self.worker.cancel()

    def _read(self, path: Path, draft: Draft | None, *, read_only: bool, discard: bool = False) -> None:
        task = partial(read_case, path, draft, read_only, discard=discard)
        self._start(path, f"Opening {path.stem} ...", task)

    def _start(self, path: Path, words: str, task: Callable[[Progress], Opened]) -> None:
        if self.worker is not None:
            return
        self.started.emit(words)
        self.worker = Worker(task, self)
        self.worker.progressed.connect(self.progressed)
        self.worker.finished_with.connect(self.opened)
        self.worker.failed.connect(partial(self._refused, path))
        self.worker.crashed.connect(self._crashed)
        self.worker.finished.connect(self._finished)
        self.worker.start()

    def _crashed(self) -> None:
        self.failed.emit(FAULT)

    def _finished(self) -> None:
        worker, self.worker = self.worker, None
        if worker is not None:
            worker.deleteLater()
        self.ended.emit()

    def _refused(self, path: Path, error: SurgiTwinError) -> None:
        if error.code != "storage.locked":
            self.failed.emit(error)
            return
        box = _question(
            self._window,
            "locked",
            "The case is open elsewhere",
            f"{error.message}\n\nIt can be opened for reading: everything can be looked at, nothing changed.",
        )
        reading = box.addButton("Open for reading only", QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.finished.connect(
            lambda _code: self._read(path, None, read_only=True) if box.clickedButton() is reading else None
        )
        box.open()

    def stop(self) -> None:
        """Give up what is being read."""
        if self.worker is not None:
            self.worker.stop_and_wait(30000)


def ask_unsaved(window: QWidget, session: Session, answered: Callable[[str], None]) -> None:
    """Save, Discard or Cancel; `answered` gets "save", "discard" or "cancel"."""
    box = _question(
        window,
        "unsaved",
        "Save the changes?",
        f"{session.case.name} has changes that are not saved:\n\n{_listed(session.unsaved_actions)}",
    )
    buttons = QMessageBox.StandardButton
    for kind in (buttons.Save, buttons.Discard, buttons.Cancel):
        box.addButton(kind)
    box.setDefaultButton(buttons.Save)

    def given(_code: int) -> None:
        clicked = box.standardButton(box.clickedButton())
        answered({buttons.Save: "save", buttons.Discard: "discard"}.get(clicked, "cancel"))

    box.finished.connect(given)
    box.open()


def _question(window: QWidget, name: str, title: str, words: str) -> QMessageBox:
    box = QMessageBox(QMessageBox.Icon.Question, title, words, parent=window)
    box.setObjectName(name)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return box


def _held(path: Path) -> bool:
    """Whether a living session holds the case: its draft is not ours to recover."""
    try:
        with Case.open(path).folder.locked():
            return False
    except SurgiTwinError:
        return True


def _local(iso: str) -> str:
    return datetime.fromisoformat(iso).astimezone().strftime("%d %B %Y, %H:%M")


def _listed(actions: tuple[str, ...], most: int = 6) -> str:
    """The last few steps as lines."""
    lines = [f"- {a}" for a in actions[-most:]]
    rest = len(actions) - most
    return "\n".join([*([f"({rest} earlier steps)"] if rest > 0 else []), *lines])
