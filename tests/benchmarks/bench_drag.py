"""What one mouse event of a drag costs, against rebuilding the implant's layers as no drag should.

    xvfb-run -a .venv/bin/python tests/benchmarks/bench_drag.py CASE.twin     (a meshed case with plans)

"event" is the work of the window's thread for one move of the mouse: hit and drag maths, the moved actor, its
outlines in three slices, handles. "rebuild" is making the solids' surfaces, outlines and actors again.
Drawing by the graphics card comes on top of both and is measured apart. "follow" is what the worker does in
between: the implant laid on the bone again, screws refitted, checks.
"""
# ruff: noqa: RUF005 - an array and a tuple are added up here, not joined

from __future__ import annotations

import sys
import time
from pathlib import Path
from statistics import median

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from surgitwin.implants import build
from surgitwin.planning.case import Case
from surgitwin.planning.plans.implant_follow import Step, follow
from surgitwin.scene.handles import strokes
from surgitwin.scene.model import solids_layers
from surgitwin.viewer import main_window, page_sets
from surgitwin.viewer.pages.plans_page import PlansPage
from surgitwin.viewer.tools.hands import screen_of
from surgitwin.viewer.tools.implant_tool import ImplantTool

LIMIT_MS = 16.0
EVENTS = 60


def spin(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.002)


def opened(path: Path) -> main_window.MainWindow:
    page_sets.BONE_PAGES = (PlansPage,)
    main_window.MainWindow._first_step = lambda self: "plans"
    window = main_window.MainWindow()
    window.show()
    window.open_path(path)
    while window.desk.session is None:
        spin(0.05)
    return window


def timed(call, times: int) -> float:
    """Median in ms."""
    spent = []
    for n in range(times):
        start = time.perf_counter()
        call(n)
        spent.append(1e3 * (time.perf_counter() - start))
    return median(spent)


def measure(window: main_window.MainWindow, plan: str, where: str, free: bool) -> dict[str, float]:
    desk = window.desk
    desk.set_active_plan(plan)
    tool = ImplantTool(desk)
    desk.model.set_tool(tool)
    while tool.hold.held is None or not desk.director.layers("implant:0"):
        spin(0.05)
    spin(0.5)
    view = desk.views.scene if where == "scene" else desk.views.slices[where]
    widget = view.interactor if where == "scene" else view
    gizmo = tool._gizmos()[0]
    line = screen_of(view, where).project(strokes(gizmo, gizmo.handle("slide"), screen_of(view, where))[0])
    start = 0.3 * line[0] + 0.7 * line[-1]
    held = Qt.KeyboardModifier.ShiftModifier if free else Qt.KeyboardModifier.NoModifier

    def send(kind: QEvent.Type, px: np.ndarray, button: Qt.MouseButton, buttons: Qt.MouseButton) -> None:
        at = QPointF(*px.tolist())
        modifiers = held if kind == QEvent.Type.MouseMove else Qt.KeyboardModifier.NoModifier
        event = QMouseEvent(kind, at, widget.mapToGlobal(at), button, buttons, modifiers)
        QApplication.sendEvent(widget, event)

    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    send(QEvent.Type.MouseButtonPress, start, left, left)

    def move(n: int) -> None:
        send(QEvent.Type.MouseMove, start + (0, 5 + n % 20), none, left)
        for name in desk.views.slices:  # the outlines that the slices draw then
            desk.model.outlines(name)

    event = timed(move, EVENTS)
    draw = timed(lambda _n: desk.views.scene.draw(), 5)
    grabbed = tool._grabbed
    motion = grabbed.drag.to(start + (0, 12))
    followed = timed(lambda _n: follow(grabbed.held, Step("slide", motion, not free)), 5)
    tool.cancel()

    def rebuild(_n: int) -> None:
        layers = solids_layers(build(grabbed.held.placed))
        desk.views.scene.set_layers("implant:0", layers)
        desk.model.set_outlined(layers, "implant:0")
        for name in desk.views.slices:
            desk.model.outlines(name)

    again = timed(rebuild, 9)
    desk.model.set_tool(None)
    return {"event": event, "rebuild": again, "ratio": again / event, "follow": followed, "draw": draw}


def main(path: Path) -> int:
    application = QApplication([])
    shape = Case.open(path).volume.array.shape
    window = opened(path)
    sys.stdout.write(f"{path.name}, image {shape}\n")
    slowest = 0.0
    for plan in window.desk.session.case.plans():
        for where in ("coronal", "scene"):
            for free in (False, True):
                row = measure(window, plan, where, free)
                slowest = max(slowest, row["event"])
                words = ", ".join(f"{k} {v:.1f}{'' if k == 'ratio' else ' ms'}" for k, v in row.items())
                sys.stdout.write(f"{plan:8} {where:8} {'free' if free else 'on bone':8} {words}\n")
    window.drop_case()
    spin(0.5)
    window.close()
    application.processEvents()
    good = slowest < LIMIT_MS
    sys.stdout.write(
        f"slowest event {slowest:.1f} ms, limit {LIMIT_MS:g} ms: {'met' if good else 'missed'}\n"
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
