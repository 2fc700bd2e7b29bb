"""Implants, the cut and fragments dragged with real mouse events, in slices and in 3D, by known pixels."""
# ruff: noqa: RUF005 - an array and a tuple are added up here, not joined

import os

import numpy as np
import pytest

pytestmark = pytest.mark.gui
if not os.environ.get("DISPLAY"):
    pytest.skip("needs a display: run under xvfb-run -a", allow_module_level=True)

from opened_window import opened_window  # noqa: E402
from PySide6.QtCore import QEvent, QPointF, Qt  # noqa: E402
from PySide6.QtGui import QMouseEvent  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from surgitwin.implants import item, screw  # noqa: E402
from surgitwin.planning.plans.bone_axes import below_lesser, plane_numbers  # noqa: E402
from surgitwin.scene.cut_handles import grips, reach_mm  # noqa: E402
from surgitwin.scene.handles import strokes  # noqa: E402
from surgitwin.viewer import main_window, page_sets  # noqa: E402
from surgitwin.viewer.pages.plans_page import PlansPage  # noqa: E402
from surgitwin.viewer.tools.cut_tool import CutTool  # noqa: E402
from surgitwin.viewer.tools.hands import screen_of  # noqa: E402
from surgitwin.viewer.tools.implant_tool import ImplantTool  # noqa: E402

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
FREE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def desk(qtbot, meshed_case, tmp_path, monkeypatch):
    monkeypatch.setattr(page_sets, "BONE_PAGES", (PlansPage,))
    monkeypatch.setattr(main_window.MainWindow, "_first_step", lambda self: "plans")
    monkeypatch.setenv("SURGITWIN_PICTURES", str(tmp_path / "pictures"))
    case = meshed_case.copy(tmp_path / "a.twin")
    with opened_window(qtbot, case, step="plans", rest_ms=600) as window:
        window.desk.set_active_plan("plate")
        qtbot.waitUntil(lambda: bool(window.desk.director.layers("implant:0")), timeout=20000)
        qtbot.wait(100)
        yield window.desk


def settle(desk):
    """The bone has said where the implant goes, and the step is made."""
    tool = desk.model.tool
    for _ in range(1000):
        QTest.qWait(10)
        if not isinstance(tool, ImplantTool) or not (tool._latest.busy or tool._nudger.busy):
            return
    raise AssertionError("the implant's worker did not come to an end")


class Hand:
    """A mouse over one view: the slice widget, or the interactor of the 3D view."""

    def __init__(self, desk, where):
        self.desk, self.where = desk, where
        self.view = desk.views.scene if where == "scene" else desk.views.slices[where]
        self.widget = self.view.interactor if where == "scene" else self.view

    @property
    def screen(self):
        return screen_of(self.view, self.where)

    def send(self, kind, px, button, buttons, held=FREE):
        at = QPointF(*(float(v) for v in px))
        event = QMouseEvent(kind, at, self.widget.mapToGlobal(at), button, buttons, held)
        QApplication.sendEvent(self.widget, event)

    def press(self, px):
        self.send(QEvent.Type.MouseMove, px, NONE, NONE)
        self.send(QEvent.Type.MouseButtonPress, px, LEFT, LEFT)

    def move(self, px, held=FREE):
        self.send(QEvent.Type.MouseMove, px, NONE, LEFT, held)

    def release(self, px, held=FREE):
        self.send(QEvent.Type.MouseButtonRelease, px, LEFT, NONE, held)

    def drag(self, start, way, held=FREE, steps=5):
        self.press(start)
        for n in range(1, steps + 1):
            self.move(np.asarray(start) + np.asarray(way) * n / steps, held)
            QApplication.processEvents()
        self.release(np.asarray(start) + np.asarray(way), held)
        settle(self.desk)


def implant_tool(desk, qtbot):
    tool = ImplantTool(desk)
    desk.model.set_tool(tool)
    qtbot.waitUntil(lambda: tool.hold.held is not None, timeout=20000)
    qtbot.wait(50)
    return tool


def grip_px(tool, hand, name):
    """A pixel on a handle: beyond the middle of its first line, away from the others."""
    gizmo = next(g for g in tool._gizmos() if any(h.name == name for h in g.handles))
    line = hand.screen.project(strokes(gizmo, gizmo.handle(name), hand.screen)[0])
    return np.round(0.3 * line[0] + 0.7 * line[-1]) if len(line) == 2 else np.round(line[0])


def moved(desk, before):
    """Way of the implant along the bone, and across it, mm."""
    frame = desk.session.case.anatomy.frame
    way = frame.vector_from_lps(desk.plan.implants[0].pose[:3, 3] - before.implants[0].pose[:3, 3])
    return way[2], way[:2]


def catalogue_lengths(plan):
    placed = plan.implants[0]
    p = placed.parameters
    made = screw(str(p.get("screw") or p.get("bolt"))).lengths_mm
    return all(x in made for x in p["lengths_mm"]) and item(placed.catalogue_id) is not None


@pytest.mark.parametrize("where", ["coronal", "scene"])
@pytest.mark.parametrize("plan", ["plate", "nail"])
def test_implant_slides_along_the_bone_by_the_pixels_of_the_mouse(desk, qtbot, where, plan):
    desk.set_active_plan(plan)
    tool, hand = implant_tool(desk, qtbot), Hand(desk, where)
    before = desk.plan
    start = grip_px(tool, hand, "slide")
    previews = []
    tool.previewed.connect(previews.append)
    mm = hand.screen.mm_per_px(tool._gizmos()[0].origin_mm)
    hand.drag(start, (0, -12))
    along, _ = moved(desk, before)
    assert along == pytest.approx(12 * mm, rel=0.06, abs=0.3)
    assert catalogue_lengths(desk.plan)
    assert desk.session.undo_name.startswith(f"Move the {plan} ")
    assert previews[-1] is None
    assert desk.session.undo()
    assert desk.plan is before
    assert desk.session.redo()
    assert desk.plan is not before


def test_preview_moves_the_drawn_implant_and_its_outline_and_checks_follow(desk, qtbot):
    tool, hand = implant_tool(desk, qtbot), Hand(desk, "coronal")
    data = {x.name: x.data for x in desk.director.layers("implant:0")}
    previews = []
    tool.previewed.connect(previews.append)
    start = grip_px(tool, hand, "slide")
    hand.press(start)
    hand.move(start + (0, -10))
    qtbot.waitUntil(lambda: bool(previews), timeout=5000)
    assert previews[0].findings
    assert previews[0].plan.hash != desk.plan.hash
    matrix = desk.views.scene.groups._moves["implant:0"]
    assert matrix == pytest.approx(tool._grabbed.held.matrix_to(previews[-1].plan))
    assert desk.model.outlined._moves["implant:0"] == pytest.approx(matrix)
    assert {x.name: x.data for x in desk.views.scene.groups.layers("implant:0")} == data, "nothing is rebuilt"
    assert desk.session.undo_name == ""
    hand.release(start + (0, -10))
    settle(desk)
    assert len(desk.session.history.done) == 1


def test_escape_gives_the_drag_up(desk, qtbot):
    tool, hand = implant_tool(desk, qtbot), Hand(desk, "coronal")
    before, start = desk.plan, grip_px(tool, hand, "slide")
    hand.press(start)
    hand.move(start + (0, 25))
    qtbot.wait(100)
    qtbot.keyClick(hand.widget, Qt.Key.Key_Escape)
    hand.release(start + (0, 25))
    assert desk.plan is before
    assert desk.session.history.done == []
    assert "implant:0" not in desk.views.scene.groups._moves
    assert desk.model.tool is tool, "the first Escape ends the drag, not the tool"


def test_plate_turned_by_its_ring_stays_on_the_bone_and_shift_leaves_it(desk, qtbot):
    tool, hand = implant_tool(desk, qtbot), Hand(desk, "axial")
    before = desk.plan
    ring = tool._gizmos()[1]
    middle = hand.screen.project(ring.origin_mm)
    start = middle + (0, -50)
    hand.drag(start, (50 * np.sin(np.radians(30)), 50 * (1 - np.cos(np.radians(30)))))
    way, angle = tool.hold.held.__class__(tool.hold._context, before, 0).moved(desk.plan)
    assert angle == pytest.approx(30, abs=5)
    assert way > 3
    away = next(f.value for f in tool.hold.held.findings(desk.plan) if f.code == "plate.clearance")
    assert away == pytest.approx(desk.plan.options["standoff_mm"], abs=0.1), "the plate lies on the bone"
    assert catalogue_lengths(desk.plan)
    qtbot.waitUntil(lambda: "implant:0" not in desk.views.scene.groups._moves, timeout=10000)
    coronal = Hand(desk, "coronal")
    start = grip_px(tool, coronal, "slide")
    now = desk.plan
    coronal.drag(start, (30, 0), held=FREE)
    assert abs(moved(desk, now)[0]) < 0.2 * 30 * coronal.screen.pixel_mm, "across, it hardly slides"
    now = desk.plan
    coronal.drag(np.round(coronal.screen.project(tool._gizmos()[0].origin_mm)), (20, 0), held=SHIFT)
    _, across = moved(desk, now)
    assert np.linalg.norm(across) == pytest.approx(20 * coronal.screen.pixel_mm, rel=0.1)
    assert catalogue_lengths(desk.plan)


def test_control_moves_in_whole_millimetres(desk, qtbot):
    tool, hand = implant_tool(desk, qtbot), Hand(desk, "coronal")
    desk.set_active_plan("nail")
    qtbot.waitUntil(lambda: tool.hold.held is not None, timeout=5000)
    held = tool.hold.held
    hand.drag(grip_px(tool, hand, "slide"), (0, 9), held=CTRL)
    way, _ = held.moved(desk.plan)
    assert round(way) > 0
    assert way == pytest.approx(round(way), abs=0.02)


def test_arrow_keys_nudge_and_grow_into_one_step(desk, qtbot):
    tool, hand = implant_tool(desk, qtbot), Hand(desk, "coronal")
    before = desk.plan
    for _ in range(4):
        qtbot.keyClick(hand.widget, Qt.Key.Key_Up)
    settle(desk)
    assert moved(desk, before)[0] == pytest.approx(4, abs=0.3)
    qtbot.keyClick(hand.widget, Qt.Key.Key_Down, CTRL)
    settle(desk)
    assert moved(desk, before)[0] == pytest.approx(3.9, abs=0.3)
    assert len(desk.session.history.done) == 1
    assert desk.session.undo_name.startswith("Move the plate 3.9 mm")
    desk.session.undo()
    qtbot.keyClick(hand.widget, Qt.Key.Key_Up)
    settle(desk)
    assert len(desk.session.history.done) == 1
    assert "1.0 mm" in desk.session.undo_name
    assert tool.hold.held.plan is desk.plan


def test_a_click_in_3d_selects_the_nail_inside_the_glass_bone(desk, qtbot):
    desk.set_active_plan("nail")
    tool, hand = implant_tool(desk, qtbot), Hand(desk, "scene")
    tool.hold.select(None)
    tool.hold.selected = None
    centre = desk.plan.implants[0].pose[:3, 3] - 30 * desk.plan.implants[0].pose[:3, 2]
    px = np.round(hand.screen.project(centre))
    hand.press(px)
    hand.release(px)
    assert tool.hold.selected == 0
    assert desk.session.history.done == []


def cut_tool(desk):
    tool = CutTool(desk)
    desk.model.set_tool(tool)
    QApplication.processEvents()
    return tool


@pytest.mark.parametrize("where", ["coronal", "scene"])
def test_cut_is_dragged_tilted_and_widened(desk, qtbot, where):
    tool, hand = cut_tool(desk), Hand(desk, where)
    anatomy, before = desk.session.case.anatomy, desk.plan.fracture
    place = grips(tool._held.cut, hand.screen)
    mm = hand.screen.mm_per_px(place["move"])
    hand.drag(np.round(hand.screen.project(place["move"])), (0, 10))
    below = below_lesser(anatomy, desk.plan.fracture.plane.point_mm)
    assert below - below_lesser(anatomy, before.plane.point_mm) == pytest.approx(10 * mm, rel=0.05)
    assert (
        desk.session.undo_name == f"Move the cut {10 * mm:.1f} mm" or "Move the cut" in desk.session.undo_name
    )
    cut = tool._held.cut
    place = grips(cut, hand.screen)
    name = max((n for n in place if n.startswith("tilt")), key=lambda n: hand.screen.project(place[n])[0])
    start = np.round(hand.screen.project(place[name]))
    hand.drag(start, (0, -8))
    tilt = plane_numbers(anatomy, desk.plan.fracture.plane).tilt_front_deg
    was = plane_numbers(anatomy, cut.plane).tilt_front_deg
    assert abs(tilt - was) == pytest.approx(
        np.degrees(np.arctan2(8 * mm, reach_mm(cut, hand.screen))), abs=2.5
    )
    place = grips(tool._held.cut, hand.screen)
    gap = desk.plan.fracture.gap_mm
    hand.drag(np.round(hand.screen.project(place["gap"])), (0, -5))
    assert desk.plan.fracture.gap_mm - gap == pytest.approx(2 * 5 * mm, rel=0.3)
    for _ in range(3):
        desk.session.undo()
    assert desk.plan.fracture is before


def test_cut_drag_is_given_up_by_escape_and_the_gap_ends_at_its_limit(desk, qtbot):
    tool, hand = cut_tool(desk), Hand(desk, "coronal")
    before = desk.plan
    start = np.round(hand.screen.project(grips(tool._held.cut, hand.screen)["gap"]))
    hand.press(start)
    hand.move(start + (0, -20))
    assert "gap" in desk.views.scene.groups._moves
    qtbot.keyClick(hand.widget, Qt.Key.Key_Escape)
    hand.release(start + (0, -20))
    assert desk.plan is before
    assert "gap" not in desk.views.scene.groups._moves
    hand.drag(start, (0, 400))
    assert desk.plan.fracture.gap_mm == tool._held.cut.gap_range_mm[0]
