"""Opening and closing the window with a case again and again leaves nothing behind and does not grow."""

import contextlib
import ctypes
import gc
import os
import sys
import threading
from collections import Counter
from dataclasses import dataclass

import psutil
import pytest

pytestmark = pytest.mark.gui
if not os.environ.get("DISPLAY"):
    pytest.skip("needs a display: run under xvfb-run -a", allow_module_level=True)

import guards  # noqa: E402
import shiboken6  # noqa: E402
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QThread, Signal  # noqa: E402

from surgitwin.viewer.latest import Latest  # noqa: E402
from surgitwin.viewer.main_window import MainWindow  # noqa: E402

WARM = 3
"""Cycles until caches, fonts, icons and the OpenGL driver have what they keep."""
MB_PER_CYCLE = 3.0
"""Memory may grow by less: driver and allocator are not ours; a leaked case is over 20 MB."""
MB_ONCE = 30.0
"""And by this once, however many cycles: arenas of new threads (34 MB seen over 10 cycles, 88 over 100)."""


@dataclass
class Size:
    """What the process holds."""

    threads: int
    files: int
    children: int
    mb: float
    objects: Counter


def size():
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # glibc only: give back what is free but kept
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    process = psutil.Process()
    kinds = (type(x) for x in gc.get_objects())
    ours = Counter(
        f"{k.__module__}.{k.__qualname__}" for k in kinds if str(k.__module__).startswith("surgitwin.")
    )
    return Size(
        process.num_threads(),
        process.num_fds(),
        len(list(guards._children())),
        process.memory_info().rss / 1e6,
        ours,
    )


def cycle(path, qtbot):
    """Open the window and the case, look at every step, close both."""
    window = MainWindow()
    window.show()
    window.open_path(path)
    qtbot.waitUntil(lambda: window.desk.session is not None, timeout=30000)
    for step in ("anatomy", "plans", "simulate", "compare"):
        window.go_to(step)
        qtbot.wait(20)
    window.close_case()
    assert window.desk.session is None
    window.close()
    window.deleteLater()
    for _ in range(3):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QCoreApplication.processEvents()


def grows(path, qtbot, cycles):
    """What has grown after `cycles`, in words; empty when nothing has."""
    for _ in range(WARM):
        cycle(path, qtbot)
    guards.settle(guards.belongings(), 0.2)
    before = size()
    for _ in range(cycles):
        cycle(path, qtbot)
    guards.settle(guards.belongings(), 0.2)
    after = size()
    out = []
    for what, spare in (("threads", 1), ("files", 2), ("children", 0)):
        old, new = getattr(before, what), getattr(after, what)
        if new > old + spare:
            out.append(f"{what}: {old} to {new}")
    grown = after.objects - before.objects
    out += [f"{kind}: {n} more" for kind, n in grown.items() if n >= cycles]
    if after.mb - before.mb > MB_ONCE + MB_PER_CYCLE * cycles:
        out.append(f"memory: {before.mb:.0f} to {after.mb:.0f} MB")
    said = f"{before.mb:.0f} to {after.mb:.0f} MB, files {before.files} to {after.files}"
    sys.stderr.write(f"{cycles} cycles: {said}\n")
    return out


@pytest.fixture
def path(meshed_case, tmp_path):
    return meshed_case.copy(tmp_path / "a.twin")


def test_ten_cycles_do_not_grow(path, qtbot):
    assert grows(path, qtbot, 10) == []


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_hundred_cycles_do_not_grow(path, qtbot):
    assert grows(path, qtbot, 100) == []


def test_a_planted_leak_is_found(path, qtbot, monkeypatch):
    kind = type("Leaked", (), {"__module__": "surgitwin.planted"})
    kept = []
    monkeypatch.setattr("test_window_cycles.WARM", 1)
    monkeypatch.setattr("test_window_cycles.cycle", lambda *_: kept.append(kind()))
    assert grows(path, qtbot, 5) == ["surgitwin.planted.Leaked: 5 more"]


def test_work_for_the_desk_ends_with_its_case(qtbot):
    class Place(QObject):
        closing = Signal()

    place, done, given = Place(), threading.Event(), []
    latest = Latest(place)
    latest.ask(lambda: done.wait(0.3), given.append)
    place.closing.emit()
    assert not any(w.isRunning() for w in place.findChildren(QThread)), "it would be deleted while running"
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not shiboken6.isValid(latest)
    assert given == []
