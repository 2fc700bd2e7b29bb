"""Small files are written one after the other, and none is lost at the end."""

from __future__ import annotations

import threading

from surgitwin.core.errors import StorageError
from surgitwin.viewer.writer import Writer

LONG = 10000


def refuse() -> None:
    raise StorageError("storage.full", "The disk is full.")


def test_every_task_runs_in_order_off_the_window(qtbot) -> None:
    failed: list[StorageError] = []
    writer = Writer(failed.append)
    done, threads = [], set()

    def task(n: int) -> int:
        threads.add(threading.get_ident())
        return n

    for n in range(5):
        writer.ask(lambda n=n: task(n), done.append)
    writer.ask(refuse)
    own: list[StorageError] = []
    writer.ask(refuse, failed=own.append)
    qtbot.waitUntil(lambda: not writer.busy, timeout=LONG)
    assert done == [0, 1, 2, 3, 4]
    assert [e.code for e in failed] == [e.code for e in own] == ["storage.full"]
    assert threading.get_ident() not in threads


def test_what_waits_at_the_end_is_still_written(qtbot) -> None:
    failed: list[StorageError] = []
    writer = Writer(failed.append)
    gate, written = threading.Event(), []
    writer.ask(lambda: (gate.wait(5), written.append(0)))
    writer.ask(lambda: written.append(1))
    writer.ask(refuse)
    gate.set()
    writer.finish()
    assert written == [0, 1]
    assert [e.code for e in failed] == ["storage.full"]
    assert not writer.busy
