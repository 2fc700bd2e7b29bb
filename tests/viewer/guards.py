"""Guards of tests of real widgets: nothing may be left behind, and the window must not stand still."""

from __future__ import annotations

import gc
import linecache
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QThread, QTimer
from PySide6.QtWidgets import QApplication

import surgitwin

APP = str(Path(surgitwin.__file__).parent) + os.sep
VIEWER = APP + "viewer" + os.sep
LIMIT_S = 0.200 if os.environ.get("CI") else 0.050
"""How long project code may keep the window from answering: 50 ms, 200 ms where machines are shared."""
CLOSING_S = 30.0
"""How long closing may wait for threads that still read or write (their own limit); the work is over then."""
PERIOD_S = 0.004
LATE_S = 0.015
SETTLE_S = 8.0
"""So long may threads and processes take to end after a test."""
KEPT_PROCESSES = ("resource_tracker", "forkserver")
"""Helpers of multiprocessing that live as long as the program."""
KEPT_WIDGETS = ("QTipLabel", "QDesktopScreenWidget", "QComboBoxPrivateContainer")
"""Qt keeps these for the next time they are needed."""
DRAWING = (
    "_restyle",
    "paintEvent",
    "paintGL",
    "render",
    "Render",
    "_render",
    "draw",
    "screenshot",
    "grab",
    "add_layer",
    "apply_camera",
)
"""Also what hands layers and cameras to VTK (scene/drawing.py)."""
BUILDING = ("__init__", "_build", "_show_case", "show", "showEvent", "<module>")
CLOSING = ("closeEvent", "drop_case", "_end")
DRAW_CALLS = (".Render(", ".render(", ".show(", ".grab(", ".exec(", "screenshot(")
"""In the source line that is executed: the call goes into VTK or Qt, where Python sees no frame."""


# ---- nothing is left behind --------------------------------------------------------------------------


@dataclass(frozen=True)
class Belongings:
    """What is there: threads, running timers, child processes, top-level widgets; key -> words."""

    threads: dict[int, str]
    timers: dict[int, str]
    processes: dict[int, str]
    widgets: dict[int, str]

    def left_since(self, before: Belongings) -> list[str]:
        """What is here and was not there before, in words."""
        out = []
        for kind in ("threads", "timers", "processes", "widgets"):
            old, new = getattr(before, kind), getattr(self, kind)
            out += [
                f"{kind[:-1] if kind != 'processes' else 'process'} {new[k]}" for k in new if k not in old
            ]
        return out


def belongings() -> Belongings:
    """Look around (in the GUI thread)."""
    wrapped = list(shiboken6.getAllValidWrappers())
    threads = {t.ident or 0: t.name for t in threading.enumerate() if not _is_dummy(t) and t.is_alive()}
    for thread in (w for w in wrapped if isinstance(w, QThread)):
        if thread is not QCoreApplication.instance().thread() and thread.isRunning():
            threads[_address(thread)] = f"{type(thread).__name__} {thread.objectName()}".strip()
    timers = {
        _address(t): f"of {_owner(t)}, every {t.interval()} ms"
        for t in wrapped
        if isinstance(t, QTimer) and t.isActive() and t.objectName() != HEARTBEAT
    }
    widgets = {
        _address(w): f"{type(w).__name__} {w.objectName()!r}"
        for w in QApplication.topLevelWidgets()
        if w.metaObject().className() not in KEPT_WIDGETS
    }
    return Belongings(threads, timers, dict(_children()), widgets)


def settle(before: Belongings, seconds: float = SETTLE_S) -> list[str]:
    """Let deferred deletions and endings happen; what is still left since `before`."""
    end = time.monotonic() + seconds
    while True:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QCoreApplication.processEvents()
        left = belongings().left_since(before)
        if not left or time.monotonic() > end:
            return left
        gc.collect()
        time.sleep(0.02)


def _is_dummy(thread: threading.Thread) -> bool:
    """A stand-in for a thread that Python did not start (QThread): it may outlive it."""
    return isinstance(thread, threading._DummyThread) or thread.name.startswith(
        ("Watchdog", "pytest_timeout")
    )


def _children() -> Iterator[tuple[int, str]]:
    for child in psutil.Process().children(recursive=True):
        try:
            line = " ".join(child.cmdline()) or child.name()
            if child.status() != psutil.STATUS_ZOMBIE and not any(k in line for k in KEPT_PROCESSES):
                yield child.pid, f"{child.pid}: {line[:120]}"
        except psutil.NoSuchProcess:
            continue


def _address(thing: object) -> int:
    return int(shiboken6.getCppPointer(thing)[0])


def _owner(timer: QTimer) -> str:
    parent = timer.parent()
    return "nobody" if parent is None else f"{type(parent).__name__} {parent.objectName()!r}"


# ---- the window answers ------------------------------------------------------------------------------

HEARTBEAT = "watchdogHeartbeat"


@dataclass
class Block:
    """One time that project code kept the window from answering."""

    seconds: float
    entry: str = ""
    closing: bool = False
    places: Counter[str] = field(default_factory=Counter)

    def words(self) -> str:
        """How long, and where most samples found it."""
        where = "; ".join(f"{place} ({n} samples)" for place, n in self.places.most_common(3))
        return f"{1000 * self.seconds:.0f} ms, called through {self.entry}, in {where}"


class Watchdog:
    """Samples the GUI thread. A call into `surgitwin.viewer` from outside, during which the event loop never
    ran, is a block when it takes longer than `limit_s` without drawing, construction or first imports.

    Time that the GUI thread was ready but other programs had the processor does not count (Linux); when the
    samples come late for the same reason, only the time that it has really run counts.
    """

    def __init__(self, limit_s: float = LIMIT_S) -> None:
        self.limit_s = limit_s
        self.blocks: list[Block] = []
        self._main = threading.main_thread().ident or 0
        self._native = threading.main_thread().native_id or os.getpid()
        self._beats = 0
        self._dropped: list[object] = []
        self._stop = threading.Event()
        self._timer = QTimer()
        self._timer.setObjectName(HEARTBEAT)
        self._timer.setInterval(2)
        self._timer.timeout.connect(self._beat)
        self._thread = threading.Thread(target=self._watch, name="Watchdog", daemon=True)

    def __enter__(self) -> Watchdog:
        self._timer.start()
        self._thread.start()
        return self

    def __exit__(self, *_what: object) -> None:
        self._stop.set()
        self._thread.join()
        self._timer.stop()
        self._timer.deleteLater()
        self._dropped.clear()

    def _beat(self) -> None:
        self._beats += 1
        self._dropped.clear()

    def _watch(self) -> None:
        entry, beats, counted = 0, -1, Block(0.0)
        last, (ran, waited) = time.monotonic(), self._clock()
        while not self._stop.wait(PERIOD_S):
            now, (runs, waits) = time.monotonic(), self._clock()
            step = now - last - (waits - waited)
            if now - last > LATE_S:  # this thread had to wait itself: what the GUI thread has really run
                step = min(step, runs - ran)
            last, ran, waited = now, runs, waits
            found = _look(self._calls())
            if found is None or found.entry != entry or self._beats != beats:
                self._note(counted)
                counted = Block(0.0)
                entry, beats = (found.entry if found else 0), self._beats
            elif found.place:
                counted.seconds += max(step, 0.0)
                counted.entry = found.through
                counted.places[found.place] += 1
                counted.closing |= found.closing
        self._note(counted)

    def _calls(self) -> list[_Call]:
        """What the GUI thread is in, innermost first.

        Its frames must not be let go here: a function that has returned meanwhile would have its locals
        (painters, widgets) freed in this thread. They go back to the GUI thread, which drops them.
        """
        top = frame = sys._current_frames().get(self._main)
        out, frames = [], []
        while frame is not None:
            out.append(_Call(frame.f_code.co_filename, frame.f_lineno or 0, frame.f_code.co_name, id(frame)))
            frames.append(frame)
            frame = frame.f_back
        if sys._current_frames().get(self._main) is not top:
            self._dropped.append((top, frames))
        return out

    def _note(self, counted: Block) -> None:
        if counted.seconds > max(self.limit_s, CLOSING_S if counted.closing else 0.0):
            self.blocks.append(counted)

    def _clock(self) -> tuple[float, float]:
        """Seconds that the GUI thread ran, and that it was ready but had no processor (0 where not told)."""
        try:
            text = Path(f"/proc/self/task/{self._native}/schedstat").read_text()
        except OSError:
            return time.monotonic(), 0.0
        ran, waited, _ = text.split()
        return int(ran) / 1e9, int(waited) / 1e9


@dataclass(frozen=True)
class _Call:
    """One call on the stack, without its frame."""

    file: str
    line: int
    name: str
    key: int

    @property
    def place(self) -> str:
        return f"{self.file.removeprefix(APP)}:{self.line} {self.name}"


@dataclass(frozen=True)
class _Found:
    """entry: key of the project's outermost call, through: its place. place: who is to blame, "" for drawing
    and construction. closing: the window is being closed."""

    entry: int
    through: str
    place: str
    closing: bool


def _look(calls: list[_Call]) -> _Found | None:
    """What the GUI thread does in the project's name; None when it is elsewhere."""
    inner, entry, excused, closing = None, None, False, False
    for call in calls:
        if call.file.startswith(APP):
            inner = inner or call
            entry = call
            excused |= call.name in DRAWING or (call.file.startswith(VIEWER) and call.name in BUILDING)
            closing |= call.file.startswith(VIEWER) and call.name in CLOSING
        elif inner is None and (call.name in DRAWING or call.file.startswith("<frozen importlib")):
            excused = True
        elif inner is None and _is_test(call.file):
            return None  # the innermost code of people is the test's own, called back by the project
    if inner is None or entry is None or not entry.file.startswith(VIEWER):
        return None
    line = linecache.getline(inner.file, inner.line)
    excused = excused or any(call in line for call in DRAW_CALLS)
    return _Found(entry.key, entry.place, "" if excused else inner.place, closing)


def _is_test(file: str) -> bool:
    return f"{os.sep}tests{os.sep}" in file and "site-packages" not in file
