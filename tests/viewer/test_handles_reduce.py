"""A fragment is parted off, moved by mouse and numbers, reduced in a process of its own, and taken back."""

import os

import numpy as np
import pytest

pytestmark = pytest.mark.gui
if not os.environ.get("DISPLAY"):
    pytest.skip("needs a display: run under xvfb-run -a", allow_module_level=True)

from opened_window import opened_window  # noqa: E402
from PySide6.QtCore import Qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from surgitwin.scene.cut_handles import grips  # noqa: E402
from surgitwin.viewer import main_window, page_sets  # noqa: E402
from surgitwin.viewer.pages.anatomy_page import AnatomyPage  # noqa: E402
from surgitwin.viewer.tools.hands import slice_screen  # noqa: E402
from surgitwin.viewer.tools.reduce_tool import MOVING  # noqa: E402

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(qtbot, meshed_case, tmp_path, monkeypatch):
    monkeypatch.setattr(page_sets, "BONE_PAGES", (AnatomyPage,))
    monkeypatch.setattr(main_window.MainWindow, "_first_step", lambda self: "anatomy")
    case = meshed_case.copy(tmp_path / "a.twin")
    with opened_window(qtbot, case, step="anatomy", rest_ms=600) as window:
        page = window.pages["anatomy"]
        page.folds["Reduce a fragment"].set_open(True)
        qtbot.wait(200)
        yield page


def drag(view, start, way):
    spot = [np.round(np.asarray(start) + np.asarray(way) * n / 4).astype(int).tolist() for n in range(5)]
    points = [view.rect().topLeft() + type(view.rect().topLeft())(*p) for p in spot]
    QTest.mousePress(view, LEFT, Qt.KeyboardModifier.NoModifier, points[0])
    for point in points[1:]:
        QTest.mouseMove(view, point)
        QApplication.processEvents()
    QTest.mouseRelease(view, LEFT, Qt.KeyboardModifier.NoModifier, points[-1])


def taken(page, qtbot):
    box = page.reduce
    QTest.mouseClick(box.start, LEFT)
    assert box.tool.state == "cut"
    QTest.mouseClick(box.take, LEFT)
    qtbot.waitUntil(lambda: box.tool.held is not None, timeout=20000)
    return box


def test_cut_is_placed_by_hand_and_parts_the_bone(page, qtbot):
    box, model = page.reduce, page.desk.model
    frame = page.desk.session.case.anatomy.frame
    model.set_crosshair(frame.to_lps([0, 0, -80.0]))
    QTest.mouseClick(box.start, LEFT)
    view = page.desk.views.slices["coronal"]
    screen = slice_screen(view)
    centre = grips(box.tool.cut, screen)["move"]
    drag(view, screen.project(centre), (0, 10))
    z = frame.from_lps(box.tool.cut.plane.point_mm)[2]
    assert z == pytest.approx(-80 - 10 * screen.pixel_mm, abs=0.6 * screen.pixel_mm)
    QTest.mouseClick(box.take, LEFT)
    qtbot.waitUntil(lambda: box.tool.held is not None, timeout=20000)
    moving, rest = (
        frame.from_lps(np.asarray(x[0].data.points))[:, 2] for x in (box.tool.held.moving, box.tool.held.rest)
    )
    assert moving.max() == pytest.approx(z, abs=6)
    assert rest.min() == pytest.approx(z, abs=6)
    assert MOVING in page.desk.views.scene.groups.names
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert box.tool.state == "cut"
    assert MOVING not in page.desk.views.scene.groups.names


def test_drag_and_numbers_agree_and_cancel_changes_nothing(page, qtbot):
    box = taken(page, qtbot)
    before = page.desk.session.case
    view = page.desk.views.slices["coronal"]
    screen = slice_screen(view)
    drag(view, screen.project(box.tool.held.gizmo(np.eye(4)).origin_mm), (0, 12))
    assert box.boxes[2].value() == pytest.approx(-12 * screen.pixel_mm, abs=0.2)
    assert box.apply.isEnabled()
    box.boxes[4].setValue(6.0)
    assert box.tool.motion.degrees == pytest.approx((0, 6, 0), abs=1e-6)
    assert page.desk.views.scene.groups._moves[MOVING] == pytest.approx(box.tool.matrix)
    assert page.desk.model.outlined._moves[MOVING] == pytest.approx(box.tool.matrix)
    QTest.mouseClick(box.cancel, LEFT)
    assert page.desk.model.tool is None
    assert page.desk.session.case is before
    assert MOVING not in page.desk.views.scene.groups.names


def test_apply_changes_image_and_segments_as_one_step_that_is_undone(page, qtbot):
    desk, session = page.desk, page.desk.session
    array, labels = desk.model.volume.array, session.label_array.copy()
    box = taken(page, qtbot)
    box.boxes[2].setValue(-9.0)
    box.boxes[4].setValue(5.0)
    QTest.mouseClick(box.apply, LEFT)
    qtbot.waitUntil(lambda: not desk.jobs.busy, timeout=120000)
    assert [j.state for j in desk.jobs.jobs] == ["done"]
    assert session.undo_name == "Reduce the fragment"
    assert session.case.state["mesh"] is None
    assert (session.label_array != labels).any()
    qtbot.waitUntil(lambda: desk.model.volume.array is not array, timeout=10000)
    assert "interpolated" in box.done.text()
    assert "5.0 degrees" in box.done.text()
    assert box.back.isVisible()
    reduced = session.case.state["labels"]["hash"]
    session.undo()
    assert np.array_equal(session.label_array, labels)
    qtbot.waitUntil(lambda: np.array_equal(desk.model.volume.array, array), timeout=10000)
    assert session.case.anatomy is not None
    session.redo()
    assert session.case.state["labels"]["hash"] == reduced
    QTest.mouseClick(box.back, LEFT)
    qtbot.waitUntil(lambda: not desk.jobs.busy, timeout=120000)
    assert np.array_equal(session.label_array, labels)
    assert session.case.state["mesh"] is not None
    assert not box.back.isVisible()
