"""Shows the present image when it became another one: a fragment was reduced, or that was undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from surgitwin.core.image import Volume
from surgitwin.viewer.latest import Latest

if TYPE_CHECKING:
    from surgitwin.viewer.desk import Desk


class ImageFollower(QObject):
    """Reads the image in a worker after the session's topic "image"; `release` with the open case."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        assert desk.session is not None
        self._desk, self._session = desk, desk.session
        self._latest = Latest(self, desk.say_error)
        self._session.changed.connect(self._changed)

    def _changed(self, topics: frozenset[str]) -> None:
        if "image" in topics:
            case = self._session.case
            self._latest.ask(lambda: case.volume, self._show)

    def _show(self, volume: Volume) -> None:
        if self._desk.model is not None:
            self._desk.model.set_volume(volume)

    def release(self) -> None:
        """Stop listening and reading."""
        self._session.changed.disconnect(self._changed)
        self._latest.stop()
