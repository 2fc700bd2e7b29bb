"""Python's cyclic garbage is collected in the window's thread only."""

from __future__ import annotations

import gc

from PySide6.QtCore import QCoreApplication, QObject, QTimer

NAME = "garbageCollector"
PERIOD_MS = 500
OLD_EVERY = 20
"""The oldest generation is looked through once in so many rounds that had something to do."""


class Collector(QObject):
    """Collects from a timer instead of from whichever thread happens to allocate.

    A dead widget or VTK object in a reference cycle that a worker's allocation would free outside the
    window's thread brings the program down. What was imported before the first window is never looked at
    again (frozen), which keeps a round short.
    """

    def __init__(self, application: QCoreApplication) -> None:
        super().__init__(application)
        self._rounds = 0
        self._timer = QTimer(self)
        self._timer.setObjectName(NAME)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def collect(self) -> None:
        """One round: nothing where little was allocated since the last."""
        young, limit = gc.get_count()[0], gc.get_threshold()[0]
        if young <= limit:
            return
        self._rounds += 1
        gc.collect(2 if self._rounds % OLD_EVERY == 0 else 1)


def collect_in_window_thread() -> None:
    """Take collection over for the rest of the program; call it in the window's thread. Again: no effect."""
    application = QCoreApplication.instance()
    if application is None or application.findChild(QObject, NAME + "Owner") is not None:
        return
    gc.collect()
    gc.freeze()
    gc.disable()
    Collector(application).setObjectName(NAME + "Owner")
