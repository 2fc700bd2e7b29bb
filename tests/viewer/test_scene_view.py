"""The 3D view with real mouse and keys; needs a display."""

import os

import numpy as np
import pytest
import viewer_samples as samples

pytestmark = pytest.mark.gui
if not os.environ.get("DISPLAY"):
    pytest.skip("needs a display: run under xvfb-run -a", allow_module_level=True)

from PySide6.QtCore import QPoint, Qt  # noqa: E402

from surgitwin.scene.fields import FIELDS, ColourScale  # noqa: E402
from surgitwin.scene.groups import Text  # noqa: E402
from surgitwin.scene.model import result_layers, solids_layers, surface_layer  # noqa: E402
from surgitwin.viewer.model import ViewModel  # noqa: E402
from surgitwin.viewer.tools.base import Tool  # noqa: E402
from surgitwin.viewer.views.scene_view import SceneView  # noqa: E402

LEFT, MIDDLE, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton


class Recorder(Tool):
    """Takes presses on implants only."""

    hovers_in_scene = True

    def __init__(self):
        self.heard = []

    def press(self, event):
        self.heard.append(("press", event.picked[0], event.point_mm))
        return event.picked[0] == "implant:0"

    def move(self, event):
        self.heard.append(("move", event.picked[0], event.point_mm))

    def release(self, event):
        self.heard.append(("release", event.picked[0], event.point_mm))

    def key(self, event):
        self.heard.append(("key", event.key, event.where))
        return event.key == "K"


@pytest.fixture
def view(qtbot):
    image, _ = samples.volume("left")
    made = SceneView(model=ViewModel(image))
    qtbot.addWidget(made, before_close_func=lambda w: w.release())
    made.resize(700, 700)
    made.show()
    qtbot.waitExposed(made)
    return made


def filled(view):
    view.set_layers("bone", [surface_layer("femur", samples.surface("left"))])
    anatomy = samples.anatomy("left")
    view.set_frame(anatomy.frame, anatomy.side, True)
    view.set_layers("implant:0", solids_layers(samples.plate("left")))
    view.look_from("anterior")
    return anatomy


def eye(view):
    camera = view.interactor.camera
    away = np.asarray(camera.position) - np.asarray(camera.focal_point)
    return away / np.linalg.norm(away)


def drag(qtbot, view, button, start, end):
    qtbot.mousePress(view.interactor, button, pos=start)
    for share in (0.3, 0.7, 1.0):
        qtbot.mouseMove(view.interactor, start + (end - start) * share)
    qtbot.mouseRelease(view.interactor, button, pos=end)


def test_before_measuring_the_buttons_are_of_the_body_then_of_the_bone(view, qtbot):
    view.set_layers("bone", [surface_layer("femur", samples.surface("left"))])
    words = [b.text() for b in view._view_buttons.values()]
    assert words == ["A", "P", "R", "L", "S", "I"]
    for name, toward in (("anterior", (0, -1, 0)), ("medial", (-1, 0, 0)), ("lateral", (1, 0, 0)),
                         ("proximal", (0, 0, 1))):  # fmt: skip
        qtbot.mouseClick(view._view_buttons[name], LEFT)
        assert eye(view) == pytest.approx(toward, abs=1e-6), f"{view._view_buttons[name].text()} in LPS"
    view.look_from("anterior")
    assert (view._letters.text("left"), view._letters.text("top")) == ("R", "S")
    anatomy = filled(view)
    assert [b.text() for b in view._view_buttons.values()] == ["A", "P", "M", "L", "Prox", "Dist"]
    qtbot.mouseClick(view._view_buttons["medial"], LEFT)
    assert eye(view) == pytest.approx(anatomy.frame.axes[:, 0], abs=1e-6)
    assert view._letters.text("top") == "Prox"


def test_left_turns_right_zooms_middle_pans(view, qtbot):
    filled(view)
    camera = view.interactor.camera
    before = eye(view)
    drag(qtbot, view, LEFT, QPoint(300, 300), QPoint(380, 330))
    assert not np.allclose(eye(view), before)
    before, scale = eye(view), camera.parallel_scale
    drag(qtbot, view, RIGHT, QPoint(300, 300), QPoint(300, 360))
    assert camera.parallel_scale != pytest.approx(scale)
    assert eye(view) == pytest.approx(before)
    focus = np.array(camera.focal_point)
    drag(qtbot, view, MIDDLE, QPoint(300, 300), QPoint(350, 300))
    assert not np.allclose(focus, camera.focal_point)


def test_the_tool_is_offered_the_press_first_with_the_surface_point(view, qtbot):
    filled(view)
    tool = Recorder()
    view.model.set_tool(tool)
    before = eye(view)
    plate = samples.plate("left").solids[0]
    x, y = view.pixel_of(plate.centre_mm)
    at = QPoint(round(x), round(y))
    drag(qtbot, view, LEFT, at, at + QPoint(0, 40))
    assert [h[0] for h in tool.heard if h[0] != "hover"] == ["press", "move", "move", "move", "release"]
    assert tool.heard[0][1] == "implant:0"
    assert np.linalg.norm(np.asarray(tool.heard[0][2]) - plate.centre_mm) < 12
    assert eye(view) == pytest.approx(before), "the view did not turn"
    drag(qtbot, view, LEFT, QPoint(30, 300), QPoint(90, 300))
    assert tool.heard[-1][0] == "press"
    assert not np.allclose(eye(view), before), "what the tool leaves turns the view"


def test_a_moved_group_is_picked_where_it_is_drawn(view):
    filled(view)
    shift = np.eye(4)
    shift[:3, 3] = 30 * samples.anatomy("left").frame.axes[:, 2]
    view.move_group("implant:0", shift)
    plate = samples.plate("left").solids[0]
    end = plate.centre_mm + 45 * plate.axes[:, 2]
    event = view.event_at(view.pixel_of(end + shift[:3, 3]), "left", None)
    assert event.picked[0] == "implant:0"
    view.move_group("implant:0", None)
    event = view.event_at(view.pixel_of(end + shift[:3, 3]), "left", None)
    assert event.picked[0] != "implant:0"


def test_vtk_gets_no_keys_and_the_tool_comes_first(view, qtbot):
    filled(view)
    tool = Recorder()
    view.model.set_tool(tool)
    for key in (Qt.Key.Key_K, Qt.Key.Key_W, Qt.Key.Key_Q, Qt.Key.Key_E):
        qtbot.keyClick(view.interactor, key)
    assert [h[1] for h in tool.heard if h[0] == "key"] == ["K", "W", "Q", "E"]
    assert view.actors["femur"].prop.style.lower() == "surface", "w did not make a wire frame"
    assert view.interactor.render_window is not None, "q did not close the view"
    qtbot.keyClick(view.interactor, Qt.Key.Key_Escape)
    assert view.model.tool is None


def test_perspective_depth_peeling_scale_and_words(view):
    anatomy = filled(view)
    assert view.interactor.renderer.GetUseDepthPeeling()
    assert view.interactor.camera.parallel_projection
    view.perspective.setChecked(True)
    assert not view.interactor.camera.parallel_projection
    assert view.mm_per_px() > 0
    scale = ColourScale(FIELDS["risk_factor"], 0.0, 1.0)
    view.set_layers("bone", result_layers(samples.result("left"), "risk_factor")[:1])
    view.set_scale(scale)
    assert view.bar.isVisible()
    assert view.actors["bone"].mapper.scalar_range == (0.0, 1.0)
    view.set_scale(ColourScale(FIELDS["risk_factor"], 0.0, 0.5))
    assert view.actors["bone"].mapper.scalar_range == (0.0, 0.5)
    view.set_captions(("Plate", "Deformation drawn 5 times as large"))
    assert view.title.text() == "LEFT femur  ·  Plate  ·  Deformation drawn 5 times as large"
    view.set_texts("marks", [Text(tuple(anatomy.frame.origin_mm), "12 mm")])
    picture = view.snapshot()
    assert picture.shape[0] > view.interactor.height()


def test_the_camera_is_put_back_as_it_was(view):
    filled(view)
    view.look_from("lateral")
    state = view.camera_state()
    view.look_from("anterior")
    view.perspective.setChecked(True)
    view.set_camera_state(state)
    assert view.camera_state() == state


def test_a_camera_that_nobody_touched_follows_new_groups(view):
    view.set_layers("bone", [surface_layer("femur", samples.surface("left"))])
    alone = view.interactor.camera.focal_point
    wide = surface_layer("other", samples.surface("right"))
    view.set_layers("other", [wide])
    assert view.interactor.camera.focal_point != pytest.approx(alone)
    view.look_from("anterior")
    kept = view.interactor.camera.focal_point
    view.set_layers("third", [surface_layer("x", samples.surface("left"))])
    view.set_layers("other", [])
    assert view.interactor.camera.focal_point == pytest.approx(kept)
