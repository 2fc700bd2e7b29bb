"""What the dialog of objects does to the case: taken in by a worker, one undo step a change."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import SurgiTwinError
from surgitwin.core.progress import Event, Progress
from surgitwin.planning.objects.edit import with_object, without_object
from surgitwin.planning.objects.peek import Peek, peek
from surgitwin.planning.objects.reading import Wanted, checked_name, read_object
from surgitwin.planning.objects.record import OwnObject, next_id, objects_of
from surgitwin.viewer.deidentify.purpose import purpose_of
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.job import no_writing
from surgitwin.viewer.latest import Latest


class ObjectActions(QObject):
    """added: id of a new object. busy: words and share while a file is read, "" when it is over."""

    added = Signal(str)
    busy = Signal(str, float)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        assert desk.session is not None
        self._desk, self._session = desk, desk.session
        self._reading = Latest(desk, self._refused)
        self._stop = threading.Event()

    @property
    def busy_now(self) -> bool:
        """Whether a worker still reads, also one that was told to stop."""
        return self._reading.busy

    def may_write(self) -> bool:
        """Whether the case may be changed; says why not."""
        if self._session.read_only:
            self._desk.say_error(no_writing(self._session))
        return not self._session.read_only

    def look(self, path: Path, done: Callable[[Peek], object]) -> None:
        """What the file leaves open, in a worker."""
        self.busy.emit(f"Looking at {path.name}", 0.0)
        stop = self._stop = threading.Event()

        def found(seen: Peek) -> None:
            if not stop.is_set():
                self.busy.emit("", 1.0)
                done(seen)

        self._reading.ask(partial(peek, path), found)

    def add(self, wanted: Wanted) -> None:
        """Read the file in a worker, then one undo step. A body in own axes goes to the crosshair."""
        model = self._desk.model
        if model is None:
            return
        at: FloatArray = np.array(model.crosshair_mm)
        self.busy.emit(f"Reading {wanted.path.name}", 0.0)
        stop = self._stop = threading.Event()
        progress = Progress(partial(self._told, stop), stop.is_set)
        task = partial(read_object, self._session.base(), wanted, at, progress)
        self._reading.ask(task, lambda made: None if stop.is_set() else self._arrived(made))

    def _told(self, stop: threading.Event, event: Event) -> None:
        """In the worker's thread: a signal takes it to the window's."""
        if not stop.is_set():
            self.busy.emit(event.message, event.fraction or 0.0)

    def cancel(self) -> None:
        """Give up the file that is read: the worker ends at its next step, nothing is taken in."""
        self._stop.set()
        self.busy.emit("", 1.0)

    def _arrived(self, made: OwnObject) -> None:
        self.busy.emit("", 1.0)
        state = self._session.case.state
        taken = {o.id for o in objects_of(state)}
        own = replace(made, id=next_id(state)) if made.id in taken else made
        if self._change(f"Add {own.name}", with_object(state, own)):
            self.added.emit(own.id)

    def _refused(self, error: SurgiTwinError) -> None:
        if not self._stop.is_set():
            self.busy.emit("", 1.0)
        self._desk.say_error(error)

    def report(self, path: Path) -> None:
        """Write the report of the case, as a job."""
        jobs = self._desk.jobs
        if jobs is not None:
            asked = {"path": str(path), "purpose": purpose_of(self._desk)}
            self._desk.attempt(lambda: jobs.start("report", asked, "Report with the own objects"))

    def keep(self, own: OwnObject, action: str, merge: str = "") -> bool:
        """One undo step with `own` as it is now."""
        return self._change(f"{action} {own.name}", with_object(self._session.case.state, own), merge)

    def rename(self, own: OwnObject, name: str) -> bool:
        """Another name; a known error is shown."""

        def change() -> None:
            done = replace(own, name=checked_name(self._session.case, name, own.id))
            self._session.edit(f"Rename {own.name}", state=with_object(self._session.case.state, done))

        return self._desk.attempt(change)

    def remove(self, own: OwnObject) -> bool:
        """Out of the case."""
        return self._change(f"Remove {own.name}", without_object(self._session.case.state, own))

    def _change(self, name: str, state: dict[str, object], merge: str = "") -> bool:
        return self._desk.attempt(lambda: self._session.edit(name, state=state, merge=merge))
