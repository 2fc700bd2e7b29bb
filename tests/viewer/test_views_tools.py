"""Views and measuring tools with real mouse and keys on an open case; needs a display."""

import dataclasses
import os

import numpy as np
import pytest

pytestmark = pytest.mark.gui
if not os.environ.get("DISPLAY"):
    pytest.skip("needs a display: run under xvfb-run -a", allow_module_level=True)

from PIL import Image  # noqa: E402
from PySide6.QtCore import QPoint, QPointF, Qt  # noqa: E402
from PySide6.QtGui import QGuiApplication, QWheelEvent  # noqa: E402
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget  # noqa: E402

from surgitwin.core.frame import rotation_about  # noqa: E402
from surgitwin.core.image import LabelMap  # noqa: E402
from surgitwin.planning import measurements as ms  # noqa: E402
from surgitwin.planning.session import Session  # noqa: E402
from surgitwin.planning.window_state import remembered  # noqa: E402
from surgitwin.scene.model import anatomy_layers, surface_layer  # noqa: E402
from surgitwin.viewer.actions import Actions  # noqa: E402
from surgitwin.viewer.desk import Desk  # noqa: E402
from surgitwin.viewer.model import ViewModel  # noqa: E402
from surgitwin.viewer.views.four_up import FourUp  # noqa: E402
from surgitwin.viewer.views.view_bar import ViewBar  # noqa: E402

NONE, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton


class Place(QWidget):
    """The views of one case as the window holds them."""

    def __init__(self, session):
        super().__init__()
        self.desk = desk = Desk(Actions(self), self)
        desk.session = session
        desk.model = self.model = ViewModel(session.case.volume)
        self.model.set_labels(LabelMap(session.label_array, self.model.grid, session.labels.segments))
        self.model.set_anatomy(session.case.anatomy)
        desk.views = self.views = FourUp(self.model, self)
        self.bar = ViewBar(desk, self)
        column = QVBoxLayout(self)
        column.addWidget(self.bar)
        column.addWidget(self.views, 1)
        self.said, self.errors = [], []
        desk.said.connect(self.said.append)
        desk.error_said.connect(self.errors.append)
        self.resize(1300, 900)
        anatomy = session.case.anatomy
        self.views.scene.set_frame(anatomy.frame, anatomy.side, True)
        self.views.scene.set_layers("bone", [surface_layer("femur", session.case.surface)])
        self.views.scene.set_layers("marks", anatomy_layers(anatomy))

    @property
    def kept(self):
        return ms.from_state(self.desk.session.case.state)

    def release(self):
        self.bar.release()
        self.views.release()


@pytest.fixture
def place(qtbot, meshed_case, tmp_path, monkeypatch):
    monkeypatch.setenv("SURGITWIN_STATE", str(tmp_path / "state"))
    session = Session.open(meshed_case.copy(tmp_path / "v.twin"))
    made = Place(session)
    qtbot.addWidget(made, before_close_func=lambda w: w.release())
    made.show()
    qtbot.waitExposed(made)
    made.model.set_axes("scanner")
    made.model.set_crosshair(made.model.centre_mm)
    made.model.step("axial", 1)
    qtbot.wait(50)
    yield made
    session.close()


def at(view, point):
    return view.position_of(np.asarray(point, float)).toPoint()


def drag(qtbot, view, start, end, modifiers=NONE):
    qtbot.mousePress(view, LEFT, modifiers, start)
    for share in (0.3, 0.7, 1.0):
        qtbot.mouseMove(view, start + (end - start) * share)
        qtbot.wait(5)
    qtbot.mouseRelease(view, LEFT, modifiers, end)


def offset(place, right, down):
    """A point beside the crosshair on the axial slice, in mm."""
    axes = place.model.axes.axes
    return place.model.crosshair_mm + right * axes[:, 0] + down * axes[:, 1]


def test_a_distance_between_two_clicks_is_kept_and_undone(place, qtbot):
    view, session = place.views.slices["axial"], place.desk.session
    place.desk.actions["measure_distance"].trigger()
    assert any("first point" in words for words in place.said)
    one, two = offset(place, -20, 0), offset(place, 20, 30)
    qtbot.mouseClick(view, LEFT, pos=at(view, one))
    qtbot.mouseMove(view, at(view, two))
    assert any("second point" in words for words in place.said)
    qtbot.mouseClick(view, LEFT, pos=at(view, two))
    (kept,) = place.kept
    assert kept.values[0].value == pytest.approx(50, abs=2 * view.mm_per_px())
    assert session.undo_name == "Measure: Distance 1"
    session.undo()
    assert place.kept == ()
    assert place.bar.store.selected == ""
    session.redo()
    assert len(place.kept) == 1


def test_an_end_is_dragged_without_a_tool_as_one_undo_step(place, qtbot):
    view, session, store = place.views.slices["axial"], place.desk.session, place.bar.store
    store.add("distance", [offset(place, 0, 0), offset(place, 30, 0)], "axial")
    drag(qtbot, view, at(view, offset(place, 30, 0)), at(view, offset(place, 60, 0)))
    assert place.kept[0].values[0].value == pytest.approx(60, abs=2 * view.mm_per_px())
    assert session.undo_name == "Move Distance 1"
    session.undo()
    assert place.kept[0].values[0].value == pytest.approx(30, abs=1e-6)
    before = place.model.crosshair_mm
    drag(qtbot, view, at(view, offset(place, 5, 25)), at(view, offset(place, 8, 28)))
    assert not np.allclose(place.model.crosshair_mm, before), "beside every point the crosshair moves"


def test_angle_area_and_lines(place, qtbot):
    view = place.views.slices["axial"]

    def click(*spots):
        for right, down in spots:
            qtbot.mouseClick(view, LEFT, pos=at(view, offset(place, right, down)))

    place.desk.actions["measure_angle"].trigger()
    click((40, 0), (0, 0), (0, 40))
    place.desk.actions["measure_lines"].trigger()
    click((-40, -20), (40, -20), (-30, 0), (30, 60))
    place.desk.actions["measure_area"].trigger()
    click((-30, -30), (-10, -30), (-10, -10), (-30, -10))
    qtbot.keyClick(view, Qt.Key.Key_Return)
    angle, lines, area = place.kept
    assert angle.values[0].value == pytest.approx(90, abs=2)
    assert lines.values[0].value == pytest.approx(45, abs=2)
    assert area.values[0].value == pytest.approx(400, rel=0.1)
    assert [m.kind for m in place.kept] == ["angle", "lines", "area"]


def test_a_distance_is_measured_with_the_keyboard_alone(place, qtbot):
    place.bar.measure_panel.list.setFocus()
    place.desk.actions["measure_distance"].trigger()
    view = place.views.slices["axial"]
    assert place.focusWidget() is view
    start = place.model.crosshair_mm.copy()
    qtbot.keyClick(view, Qt.Key.Key_Space)
    for _ in range(5):
        qtbot.keyClick(view, Qt.Key.Key_Right, CTRL)
        qtbot.keyClick(view, Qt.Key.Key_Down, CTRL)
    qtbot.keyClick(view, Qt.Key.Key_Space)
    (kept,) = place.kept
    step = float(place.model.grid.spacing_mm.min())
    assert kept.points_mm[0] == pytest.approx(start)
    assert kept.values[0].value == pytest.approx(5 * step * np.sqrt(2))


def test_escape_first_drops_points_then_ends_the_tool(place, qtbot):
    view, model = place.views.slices["axial"], place.model
    place.desk.actions["measure_angle"].trigger()
    qtbot.mouseClick(view, LEFT, pos=at(view, offset(place, 0, 0)))
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert model.tool is not None
    assert model.tool.points == []
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert model.tool is None
    assert place.desk.actions["tool_none"].isChecked()
    assert place.kept == ()


def test_region_statistics_are_those_of_the_voxels(place, qtbot):
    view, model = place.views.slices["axial"], place.model
    place.desk.actions["measure_rectangle"].trigger()
    drag(qtbot, view, at(view, offset(place, -15, -15)), at(view, offset(place, 15, 15)))
    (kept,) = place.kept
    grid, values = model.grid, {v.name: v.value for v in kept.values}
    k, j, i = np.indices(grid.shape)
    centres = grid.index_to_lps(np.stack([i, j, k], -1).reshape(-1, 3))
    p = np.asarray(kept.points_mm)
    a, b, d = p[1] - p[0], p[2] - p[0], centres - p[0]
    inside = (np.abs(d @ a) <= a @ a) & (np.abs(d @ b) <= b @ b)
    inside &= np.abs(d @ model.axes.axes[:, 2]) < model.axes.step_mm[2] / 2
    expected = place.model.volume.array.reshape(-1)[inside]
    assert values["voxels"] == len(expected)
    assert values["mean"] == pytest.approx(expected.mean())
    assert values["highest"] == expected.max()
    assert values["area"] == pytest.approx(900, rel=0.06)


def test_a_line_of_values_shows_its_chart_and_the_list_jumps_copies_and_deletes(place, qtbot):
    store, panel, model = place.bar.store, place.bar.measure_panel, place.model
    place.desk.actions["measure_panel"].trigger()
    assert panel.isVisible()
    assert panel.empty.isVisible()
    made = store.add("profile", [offset(place, -30, 0), offset(place, 30, 0)], "axial")
    assert panel.chart.isVisible()
    assert panel.chart.value_at(panel.chart.width() / 2 + 18)[0] == pytest.approx(30, abs=1)
    model.set_crosshair(model.grid.index_to_lps((2, 2, 2)))
    panel.list.setCurrentItem(panel.list.topLevelItem(0))
    qtbot.keyClick(panel.list, Qt.Key.Key_Return)
    assert model.crosshair_mm == pytest.approx(made.centre_mm)
    panel.list.topLevelItem(0).setText(0, "Cortex")
    assert place.kept[0].name == "Cortex"
    panel.copy()
    assert "Cortex\tValues along a line\tmean" in QGuiApplication.clipboard().text()
    qtbot.keyClick(panel.list, Qt.Key.Key_Delete)
    assert place.kept == ()
    assert not panel.chart.isVisible()


def test_a_distance_on_the_bone_in_the_3d_view(place, qtbot):
    scene = place.views.scene
    place.desk.actions["measure_distance"].trigger()
    anatomy = place.desk.session.case.anatomy
    ends = [anatomy.frame.to_lps((0.0, 0.0, s.z_mm)) for s in anatomy.stations[20:60:39]]
    for end in ends:
        x, y = scene.pixel_of(end)
        qtbot.mouseClick(scene.interactor, LEFT, pos=QPoint(round(x), round(y)))
    (kept,) = place.kept
    assert kept.plane == "scene"
    away = np.linalg.norm(ends[1] - ends[0])
    assert kept.values[0].value == pytest.approx(away, abs=0.2 * away)
    assert "measurements" in scene.groups.names
    x, y = scene.pixel_of(ends[0])
    before = np.array(scene.interactor.camera.position)
    qtbot.mousePress(scene.interactor, LEFT, NONE, QPoint(3, 60))
    qtbot.mouseMove(scene.interactor, QPoint(40, 90))
    qtbot.mouseRelease(scene.interactor, LEFT, NONE, QPoint(40, 90))
    assert not np.allclose(before, scene.interactor.camera.position), "beside the bone the view turns"


def test_a_click_on_the_bone_in_3d_brings_the_slices_there(place, qtbot):
    scene, model = place.views.scene, place.model
    goal = place.desk.session.case.anatomy.frame.to_lps((0.0, 0.0, -100.0))
    x, y = scene.pixel_of(goal)
    qtbot.mouseClick(scene.interactor, LEFT, pos=QPoint(round(x), round(y)))
    z = place.desk.session.case.anatomy.frame.axes[:, 2]
    assert float((model.crosshair_mm - goal) @ z) == pytest.approx(0, abs=2)


def test_window_tool_and_the_best_window_of_a_region(place, qtbot):
    view, model = place.views.slices["axial"], place.model
    model.preset(1)
    place.desk.actions["tool_window"].trigger()
    drag(qtbot, view, QPoint(100, 100), QPoint(200, 150))
    assert model.window == pytest.approx(1800 * 1.4, rel=0.01)
    assert model.level == pytest.approx(400 + 0.2 * 1800, rel=0.01)
    assert place.bar._menus[0].text() == "By hand"
    drag(qtbot, view, at(view, offset(place, -60, -60)), at(view, offset(place, 60, 60)), CTRL)
    low, high = model.level - model.window / 2, model.level + model.window / 2
    assert -1100 < low < high < 2500
    qtbot.mouseDClick(view, LEFT, pos=QPoint(50, 50))
    assert (model.window, model.level) == model.first_window
    qtbot.keyClick(view, Qt.Key.Key_2)
    assert place.bar._menus[0].text() == "Soft tissue"


def test_slab_axes_and_crosshair_from_the_bar(place, qtbot):
    model, (_, axes, slab) = place.model, place.bar._menus
    slab.menu().actions()[2].trigger()
    assert model.planes["coronal"].slab.thickness_mm == 10
    assert slab.text() == "10 mm"
    slab.menu().actions()[0].trigger()
    assert model.planes["axial"].slab.thickness_mm == 0
    implant = axes.menu().actions()[2]
    assert not implant.isEnabled()
    assert "Choose one in Plans" in implant.toolTip()
    axes.menu().actions()[1].trigger()
    assert model.axes_name == "bone"
    place.desk.actions["show_crosshair"].trigger()
    assert not model.crosshair_shown
    qtbot.keyClick(place.views.slices["axial"], Qt.Key.Key_X)
    assert model.crosshair_shown


def test_the_slices_follow_the_implant_of_the_plan_in_hand(place):
    model, desk = place.model, place.desk
    desk.set_active_plan("nail")
    nail = desk.plan.implants[0]
    axes = place.bar._menus[1]
    assert axes.menu().actions()[2].isEnabled()
    axes.menu().actions()[2].trigger()
    assert model.axes_name == "implant"
    assert abs(model.axes.axes[:, 2] @ nail.pose[:3, 2]) == pytest.approx(1)
    turned = nail.pose.copy()
    turned[:3, :3] = turned[:3, :3] @ rotation_about((1, 0, 0), 0.2)
    moved = dataclasses.replace(nail, pose=turned)
    plan = dataclasses.replace(desk.plan, implants=(moved,))
    desk.session.edit("Turn the nail", plans={"nail": plan})
    assert abs(model.axes.axes[:, 2] @ turned[:3, 2]) == pytest.approx(1)
    desk.set_active_plan("")
    assert model.axes_name == "bone"


def test_layouts_are_remembered_and_a_double_click_goes_back(place, qtbot):
    views = place.views
    place.desk.actions["layout_wide"].trigger()
    qtbot.waitUntil(lambda: views.scene.width() > views.slices["axial"].width(), timeout=2000)
    assert views.slices["coronal"].isVisible()
    assert remembered("views.layout", "") == "wide"
    qtbot.mouseDClick(views.slices["sagittal"], LEFT)
    assert views.maximised == "sagittal"
    assert not views.scene.isVisible()
    qtbot.mouseDClick(views.slices["sagittal"], LEFT)
    assert views.layout_name == "wide"
    place.desk.actions["layout_scene"].trigger()
    assert not views.slices["axial"].isVisible()
    qtbot.mouseDClick(views.scene.interactor, LEFT)
    assert views.layout_name == "wide"


def test_a_saved_view_comes_back_with_everything(place, qtbot):
    model, views, panel = place.model, place.views, place.bar.views_panel
    place.desk.actions["views_panel"].trigger()
    model.set_axes("bone")
    model.set_crosshair(model.grid.index_to_lps((20, 22, 30)))
    model.zoom("coronal", 2.0)
    model.preset(2)
    views.set_layout("wide")
    views.scene.look_from("lateral")
    label = model.labels.segments[0].label
    model.set_visible(label, False)
    want = (model.crosshair_mm.copy(), views.scene.camera_state())
    qtbot.mouseClick(panel.buttons["add"], LEFT)
    assert panel.chosen == "View 1"
    model.set_axes("scanner")
    model.set_crosshair(model.centre_mm)
    model.preset(1)
    model.set_visible(label, True)
    views.set_layout("four")
    views.scene.look_from("anterior")
    qtbot.mouseClick(panel.buttons["go"], LEFT)
    assert model.axes_name == "bone"
    assert model.crosshair_mm == pytest.approx(want[0])
    assert model.planes["coronal"].zoom == pytest.approx(2)
    assert (model.window, model.level) == (400, 50)
    assert views.layout_name == "wide"
    assert views.scene.camera_state()["position_mm"] == pytest.approx(want[1]["position_mm"])
    assert not model.looks[label].visible
    panel.list.item(0).setText("Fracture")
    assert [v.name for v in panel.views] == ["Fracture"]
    qtbot.mouseClick(panel.buttons["delete"], LEFT)
    assert panel.views == ()
    place.desk.session.undo()
    assert [v.name for v in panel.views] == ["Fracture"]


def test_wheel_in_small_turns_of_a_touchpad_adds_up(place):
    view, model = place.views.slices["axial"], place.model
    text = model.slice_text("axial")

    def turn(angle):
        middle = QPointF(view.width() / 2, view.height() / 2)
        QApplication.sendEvent(
            view,
            QWheelEvent(
                middle, view.mapToGlobal(middle), QPoint(), QPoint(0, angle), Qt.MouseButton.NoButton, NONE,
                Qt.ScrollPhase.NoScrollPhase, False,
            ),
        )  # fmt: skip

    for _ in range(3):
        turn(30)
    assert model.slice_text("axial") == text
    turn(30)
    assert model.slice_text("axial") != text


def test_the_picture_carries_the_notice(place, tmp_path, qtbot):
    place.bar.save_picture(tmp_path / "views.png")
    qtbot.waitUntil(lambda: any("Picture saved" in words for words in place.said), timeout=20000)
    image = np.asarray(Image.open(tmp_path / "views.png"))
    assert image.shape[1] >= place.views.width() - 10
    foot = image[-30:, :, :].astype(int)
    assert (foot[..., 0] - foot[..., 1] > 100).any(), "the notice is red at the foot"
    assert Image.open(tmp_path / "views.png").text["Description"] == "Not for clinical use"
    place.bar.save_picture(tmp_path / "no such folder" / "x.png")
    qtbot.waitUntil(lambda: bool(place.errors), timeout=20000)
    assert place.errors[-1].code == "storage.failed"


def test_nothing_listens_after_release(qtbot, meshed_case, tmp_path, monkeypatch):
    monkeypatch.setenv("SURGITWIN_STATE", str(tmp_path / "state"))
    session = Session.open(meshed_case.copy(tmp_path / "w.twin"))
    made = Place(session)
    qtbot.addWidget(made)
    made.show()
    made.release()
    model = made.model
    for name in ("crosshair_changed", "window_changed", "plane_changed", "axes_changed", "tool_changed",
                 "overlays_changed", "voxels_changed", "labels_changed", "outlines_changed"):  # fmt: skip
        assert len(getattr(model, name)) == 0, name
    assert len(session.changed) == 0
    assert list(made.desk.actions) == []
    session.close()
