"""Each guard can fail: a planted fault is found, and what is allowed is left alone."""

import os
import subprocess
import sys
import threading
import time

import pytest

pytestmark = [pytest.mark.gui, pytest.mark.unguarded]
if not os.environ.get("DISPLAY"):
    pytest.skip("needs a display: run under xvfb-run -a", allow_module_level=True)

import guards  # noqa: E402
from PySide6.QtCore import QThread, QTimer  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from PySide6.QtWidgets import QApplication, QDialog, QWidget  # noqa: E402

QUICK_S = 0.3


@pytest.fixture
def before(qapp):
    guards.settle(guards.belongings(), 0)
    return guards.belongings()


def test_a_thread_left_running_is_found_and_one_that_ends_is_not(before):
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait, name="planted")
    thread.start()
    try:
        assert guards.settle(before, QUICK_S) == ["thread planted"]
    finally:
        stop.set()
        thread.join()
    assert guards.settle(before) == []


def test_a_qthread_left_running_is_found(before):
    stop = threading.Event()

    class Planted(QThread):
        def run(self):
            stop.wait()

    thread = Planted()
    thread.setObjectName("planted")
    thread.start()
    assert guards.settle(before, QUICK_S) == ["thread Planted planted"]
    stop.set()
    thread.wait()
    assert guards.settle(before) == []


def test_a_running_timer_is_found(before):
    timer = QTimer()
    timer.start(1234)
    assert guards.settle(before, QUICK_S) == ["timer of nobody, every 1234 ms"]
    timer.stop()
    assert guards.settle(before) == []


def test_a_child_process_is_found(before):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        (left,) = guards.settle(before, QUICK_S)
        assert left.startswith(f"process {child.pid}: ")
        assert "time.sleep(60)" in left
    finally:
        child.kill()
        child.wait()
    assert guards.settle(before) == []


def test_a_widget_is_found_shown_or_not_and_a_deleted_one_is_not(before):
    widget, dialog = QWidget(), QDialog()
    dialog.setObjectName("planted")
    dialog.show()
    left = guards.settle(before, QUICK_S)
    assert sorted(left) == ["widget QDialog 'planted'", "widget QWidget ''"]
    widget.deleteLater()
    dialog.deleteLater()
    assert guards.settle(before) == []


def planted(source, name):
    """A function that looks as if it were in the project's file `name`."""
    space = {}
    exec(compile(source, guards.APP + name, "exec"), {"time": time}, space)
    return space


def watched(action):
    """The blocks while `action` runs as an event."""
    with guards.Watchdog(limit_s=0.1) as dog:
        QTimer.singleShot(0, action)
        done = time.monotonic() + 0.6
        while time.monotonic() < done:
            QTest.qWait(10)
    return dog.blocks


def busy(seconds):
    return f"end = time.thread_time() + {seconds}\n    while time.thread_time() < end: pass"


def test_a_busy_slot_is_a_block_and_says_where(qapp):
    source = f"def slow_slot():\n    {busy(0.3)}"
    (block,) = watched(planted(source, "viewer/planted.py")["slow_slot"])
    assert 0.1 < block.seconds < 1.0
    assert "viewer/planted.py" in block.words()
    assert "slow_slot" in block.words()


def test_a_slot_that_sleeps_or_calls_slow_code_of_another_room_is_a_block(qapp):
    sleeping = planted("def slow_slot():\n    time.sleep(0.3)", "viewer/planted.py")["slow_slot"]
    assert len(watched(sleeping)) == 1
    inner = planted("def heavy():\n    time.sleep(0.3)", "planning/planted.py")["heavy"]
    outer = planted("def slot(heavy):\n    heavy()", "viewer/planted.py")["slot"]
    (block,) = watched(lambda: outer(inner))
    assert "planning/planted.py" in block.words()
    assert "through viewer/planted.py" in block.words()


@pytest.mark.parametrize("name", ["paintEvent", "__init__", "show"])
def test_drawing_and_construction_are_not_blamed(qapp, name):
    source = f"def {name}():\n    {busy(0.3)}"
    assert watched(planted(source, "viewer/planted.py")[name]) == []


def test_code_of_tests_and_libraries_is_not_blamed(qapp):
    assert watched(lambda: time.sleep(0.3)) == []
    back = planted("def slot(call):\n    call()", "viewer/planted.py")["slot"]
    assert watched(lambda: back(lambda: time.sleep(0.3))) == [], "the project only calls the test back"
    outside = planted("def measure():\n    time.sleep(0.3)", "planning/planted.py")["measure"]
    assert watched(outside) == [], "a test prepares its case outside the window"


def test_many_short_slots_with_answers_between_are_no_block(qapp):
    short = planted("def slot():\n    time.sleep(0.03)", "viewer/planted.py")["slot"]
    timer = QTimer()
    timer.timeout.connect(lambda: short())
    timer.start(35)
    assert watched(lambda: None) == []
    timer.stop()


def test_a_loop_that_lets_the_window_answer_is_no_block(qapp):
    source = "def slot(answer):\n    for _ in range(30):\n        time.sleep(0.01)\n        answer()"
    slot = planted(source, "viewer/planted.py")["slot"]
    assert watched(lambda: slot(QApplication.processEvents)) == []


def test_the_limit_is_that_of_the_issue():
    assert (0.2 if os.environ.get("CI") else 0.05) == guards.LIMIT_S
