"""Garbage is collected in the window's thread, whoever allocates."""

from __future__ import annotations

import threading
from typing import ClassVar

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from surgitwin.core.progress import Progress
from surgitwin.viewer.collector import collect_in_window_thread
from surgitwin.viewer.worker import Worker

pytestmark = pytest.mark.gui


class _Ring(QObject):
    """Holds itself, so that only the collector frees it; notes where that happens."""

    freed_in: ClassVar[list[int]] = []

    def __init__(self) -> None:
        super().__init__()
        self.me = self

    def __del__(self) -> None:
        _Ring.freed_in.append(threading.get_ident())


def _allocate_a_lot(_progress: Progress) -> int:
    return len([[n] for n in range(300_000)])


def test_rings_die_in_the_window_thread_while_a_worker_allocates(qtbot: QtBot) -> None:
    collect_in_window_thread()
    collect_in_window_thread()  # again: no second collector
    _Ring.freed_in.clear()
    for _ in range(50):
        _Ring()
    worker = Worker(_allocate_a_lot)
    with qtbot.waitSignal(worker.finished, timeout=10_000):
        worker.start()
    in_worker = list(_Ring.freed_in)
    kept = [[n] for n in range(5_000)]  # the timer collects when enough was allocated
    qtbot.waitUntil(lambda: len(_Ring.freed_in) == 50, timeout=5_000)
    assert kept
    assert in_worker == [] or set(in_worker) == {threading.get_ident()}
    assert set(_Ring.freed_in) == {threading.get_ident()}
