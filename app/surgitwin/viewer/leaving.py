"""Leaving the open case: unsaved work is asked about, saved when that is the answer, then the way is free."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from surgitwin.core.errors import SurgiTwinError
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.keeper import Keeper
from surgitwin.viewer.opening import ask_unsaved


class Leaver(QObject):
    """Closes the open case by `drop` once nothing unsaved is left, and then goes on.

    `saving` tells that a save has begun (True) or ended (False): nothing can be edited meanwhile.
    """

    saving = Signal(bool)

    def __init__(self, desk: Desk, drop: Callable[[], None], window: QWidget) -> None:
        super().__init__(window)
        self._desk, self._drop, self._window = desk, drop, window
        self._then: Callable[[], object] = lambda: None
        self._keeper: Keeper | None = None
        self.asking = False
        """Whether a question or a save of this leaving is under way."""

    def leave(self, keeper: Keeper | None, then: Callable[[], object] = lambda: None) -> None:
        """Run `then` once no case is open any more; `keeper` is the one of the open case."""
        session = self._desk.session
        if session is None or not session.dirty:
            self._free(then)
            return
        if self.asking:
            return
        self.asking = True

        def answered(answer: str) -> None:
            if answer == "discard":
                self._free(then)
            elif answer == "save" and keeper is not None:
                self._save(keeper, then)
            else:
                self.asking = False

        ask_unsaved(self._window, session, answered)

    def _free(self, then: Callable[[], object]) -> None:
        self.asking = False
        self._drop()
        then()

    def _save(self, keeper: Keeper, then: Callable[[], object]) -> None:
        self._keeper, self._then = keeper, then
        keeper.saved.connect(self._saved)
        keeper.failed.connect(self._failed)
        self.saving.emit(True)
        keeper.save()

    def _saved(self) -> None:
        """Close the case and go on, unless what was saved is older than what is edited."""
        session = self._desk.session
        if self._keeper is None or session is None:
            return
        if session.dirty:
            self._keeper.save()
            return
        self._end()
        self._free(self._then)

    def _failed(self, _error: SurgiTwinError) -> None:
        """Nothing is closed; the error card says why."""
        self._end()
        self.asking = False

    def _end(self) -> None:
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.saved.disconnect(self._saved)
            keeper.failed.disconnect(self._failed)
        self.saving.emit(False)
