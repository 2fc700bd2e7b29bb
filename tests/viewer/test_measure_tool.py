"""The measuring tools without a window: events in, measurements out."""

from dataclasses import replace

import numpy as np
import pytest
from viewer_samples import volume

from surgitwin.core.errors import StorageError
from surgitwin.planning import measurements as ms
from surgitwin.viewer.model import ViewModel
from surgitwin.viewer.tools.base import KeyPress, Modifiers, ViewEvent
from surgitwin.viewer.tools.measure_overlay import MeasureOverlay
from surgitwin.viewer.tools.measure_store import MeasureStore
from surgitwin.viewer.tools.measure_tool import MeasureTool
from surgitwin.viewer.tools.window_tool import WindowTool


class Emitter:
    def __init__(self):
        self.listeners = []

    def connect(self, listener):
        self.listeners.append(listener)

    def disconnect(self, listener):
        self.listeners.remove(listener)


class Case:
    def __init__(self):
        self.state = {}


class Session:
    """What of a session the store uses."""

    def __init__(self):
        self.case, self.changed, self.read_only, self.steps = Case(), Emitter(), False, []

    def edit(self, name, *, state):
        if self.read_only:
            raise StorageError("session.read_only", "read only", hint="close it elsewhere")
        self.steps.append(name)
        self.case = Case()
        self.case.state = state
        for listener in list(self.changed.listeners):
            listener(frozenset(state))


@pytest.fixture
def store():
    image, _ = volume("left")
    model = ViewModel(image)
    return MeasureStore(Session(), model)


class Events:
    """Makes events on the axial slice of a model; places in mm beside the crosshair, 2 px a mm."""

    def __init__(self, model, where="axial"):
        self.model, self.where = model, where

    def at(self, right, down, **changes):
        axes = self.model.axes.axes
        point = self.model.crosshair_mm + right * axes[:, 0] + down * axes[:, 1]
        fields = {
            "view": None, "where": self.where, "point_mm": point, "ray": (point, axes[:, 2]),
            "pixel": (2.0 * right, 2.0 * down), "mm_per_px": 0.5,
        }  # fmt: skip
        return ViewEvent(**{**fields, **changes})

    def click(self, tool, *spots):
        for spot in spots:
            assert tool.press(self.at(*spot))
            tool.release(self.at(*spot))

    def drag(self, tool, start, end):
        assert tool.press(self.at(*start))
        for share in np.linspace(0.1, 1, 10):
            here = np.array(start) + share * (np.array(end) - start)
            tool.move(self.at(*here))
        tool.release(self.at(*end))


def test_a_drag_or_two_clicks_measure_the_same(store):
    events = Events(store.model)
    for down, kind in ((0, "distance"), (30, "profile")):
        tool = MeasureTool(store, kind)
        events.click(tool, (0, 0), (8, 6))
        events.drag(tool, (20, 20 + down), (28, 26 + down))
        assert tool.points == []
    lengths = [next(v.value for v in m.values if v.name == "length") for m in store.all]
    assert lengths == pytest.approx([10] * 4)
    assert store.session.steps[0] == "Measure: Distance 1"
    assert len(store.session.steps) == 4, "the third began on a point of the first without moving it"


def test_the_tool_moves_a_point_that_is_dragged(store):
    events = Events(store.model)
    tool = MeasureTool(store, "distance")
    events.click(tool, (0, 0), (30, 0))
    events.drag(tool, (30, 0), (50, 0))
    assert [m.values[0].value for m in store.all] == pytest.approx([50])
    assert store.session.steps[-1] == "Move Distance 1"


def test_words_tell_the_next_step(store):
    tool, events = MeasureTool(store, "angle"), Events(store.model)
    said = [tool.words]
    for spot in ((10, 0), (0, 0)):
        events.click(tool, spot)
        said.append(tool.words)
    assert [w.split(": ")[1].split(".")[0] for w in said] == [
        "Click a point on the first leg", "Click the vertex", "Click the second leg",
    ]  # fmt: skip


def test_an_area_is_clicked_or_drawn_and_closes_at_its_start(store):
    tool, events = MeasureTool(store, "area"), Events(store.model)
    events.click(tool, (0, 0), (20, 0), (20, 10), (0, 10), (1, 1))
    assert store.all[0].values[0].value == pytest.approx(200)
    turn = np.linspace(0, 2 * np.pi, 80)
    ring = 15 * np.stack([np.cos(turn) - 3, np.sin(turn)], 1)
    assert tool.press(events.at(*ring[0]))
    for spot in ring[1:]:
        tool.move(events.at(*spot))
    tool.release(events.at(*ring[-1]))
    assert store.all[1].values[0].value == pytest.approx(np.pi * 225, rel=0.02)


def test_flat_kinds_stay_on_the_slice_where_they_began(store):
    tool, events = MeasureTool(store, "area"), Events(store.model)
    events.click(tool, (0, 0), (20, 0))
    store.model.step("axial", 3)
    events.click(tool, (20, 10))
    assert tool.key(KeyPress(None, "axial", "Return"))
    p = np.asarray(store.all[0].points_mm)
    assert np.ptp(p @ store.model.axes.axes[:, 2]) == pytest.approx(0, abs=1e-9)


def test_keys_take_back_and_drop(store):
    tool, events = MeasureTool(store, "lines"), Events(store.model)
    events.click(tool, (0, 0), (5, 0), (9, 9))
    assert tool.key(KeyPress(None, "axial", "Backspace"))
    assert len(tool.points) == 2
    assert tool.key(KeyPress(None, "axial", "Escape"))
    assert tool.points == []
    assert not tool.key(KeyPress(None, "axial", "Escape")), "the view ends the tool"
    assert store.all == ()


def test_in_3d_only_points_on_a_surface_are_taken(store):
    events = Events(store.model, "scene")
    ruler, area = MeasureTool(store, "distance"), MeasureTool(store, "area")
    assert not ruler.press(events.at(0, 0, point_mm=None))
    assert not area.press(events.at(0, 0))
    events.click(ruler, (0, 0), (3, 4))
    assert store.all[0].plane == "scene"


def test_points_are_grabbed_only_on_their_slice_and_near(store):
    overlay, events = MeasureOverlay(store), Events(store.model)
    made = store.add("distance", [events.at(0, 0).point_mm, events.at(30, 0).point_mm], "axial")
    store.select("")
    assert overlay.grab(events.at(15, 0)) is None
    grabbed = overlay.grab(events.at(31, 1))
    assert store.selected == made.id
    grabbed.move(events.at(40, 0))
    assert store.all[0].values[0].value == pytest.approx(40)
    assert store.session.steps == ["Measure: Distance 1"], "nothing is kept before the release"
    grabbed.release(events.at(40, 0))
    assert store.session.steps[-1] == "Move Distance 1"
    store.model.step("axial", 2)
    assert overlay.grab(events.at(40, 0)) is None
    store.select(made.id)
    assert overlay.key(KeyPress(None, "axial", "Delete"))
    assert store.all == ()
    assert not overlay.key(KeyPress(None, "axial", "Delete"))


def test_a_cancelled_drag_leaves_the_measurement_as_it_was(store):
    overlay, events = MeasureOverlay(store), Events(store.model)
    store.add("distance", [events.at(0, 0).point_mm, events.at(30, 0).point_mm], "axial")
    grabbed = overlay.grab(events.at(30, 0))
    grabbed.move(events.at(90, 0))
    grabbed.cancel()
    assert store.all[0].values[0].value == pytest.approx(30)
    assert len(store.session.steps) == 1


def test_a_read_only_case_says_so_and_keeps_nothing(store):
    failed, events = [], Events(store.model)
    tool = MeasureTool(store, "distance", failed.append)
    store.session.read_only = True
    events.click(tool, (0, 0), (5, 5))
    assert [e.code for e in failed] == ["session.read_only"]
    assert store.all == ()


def test_undo_elsewhere_is_followed(store):
    events, changed = Events(store.model), []
    store.changed.connect(lambda: changed.append(1))
    made = store.add("distance", [events.at(0, 0).point_mm, events.at(30, 0).point_mm], "axial")
    store.hold(made.id, 1, events.at(50, 0).point_mm)
    store.session.edit("Undo", state=ms.to_state(()))
    assert store.all == ()
    assert store.held is None
    assert store.selected == ""
    assert changed


def test_window_drag_is_relative_to_its_start_and_can_be_taken_back(store):
    model, events = store.model, Events(store.model)
    tool = WindowTool(model)
    model.set_window(1000, 100)
    assert tool.press(events.at(0, 0))
    tool.move(events.at(25, -25))
    assert (model.window, model.level) == pytest.approx((1200, -100))
    tool.move(events.at(0, 0))
    assert (model.window, model.level) == pytest.approx((1000, 100))
    tool.move(events.at(25, 0))
    tool.cancel()
    assert (model.window, model.level) == pytest.approx((1000, 100))
    assert not tool.press(events.at(0, 0, modifiers=Modifiers(ctrl=True))), "Ctrl is for the region"


def test_values_of_another_image_are_measured_again():
    image, _ = volume("left")
    case = Case()
    case.state, case.memory = {"image": "a", "image_hash": "one"}, {"volume": ("a", image)}
    session = Session()
    session.case = case
    store = MeasureStore(session, ViewModel(image))
    here = image.grid.index_to_lps(np.array(image.grid.shape[::-1]) // 2)
    row = [
        ms.new((), k, [here, here + np.array([4.0, 0, 0])], "axial", image, "one")
        for k in ("sphere", "distance")
    ]
    case.state = {**case.state, **ms.to_state(row)}
    told = []
    store.changed.connect(lambda: told.append(store.all[0].text))

    def tell(*topics):
        for listener in list(session.changed.listeners):
            listener(frozenset(topics))

    tell(ms.KEY)
    before = store.all[0].values
    assert before[0].name == "mean"
    case.state = {**case.state, "image": "b", "image_hash": "two"}
    tell("image", "image_hash", "labels", "voxels")
    store.model.voxels_changed.emit()
    assert store.all[0].values == (), "the new image is not there yet"
    assert "image changed" in store.all[0].problem
    assert store.all[1].text == "4.0 mm", "a length is of its points"
    brighter = replace(image, array=image.array + np.int16(100))
    case.memory["volume"] = ("b", brighter)
    store.model.set_volume(brighter)
    assert store.all[0].values[0].value == pytest.approx(before[0].value + 100)
    assert store.all[0].image == "two"
    assert told[-1] == store.all[0].text
    case.state, case.memory = {**case.state, "image": "a", "image_hash": "one"}, {"volume": ("a", image)}
    store.model.set_volume(image)
    assert store.all[0].values == before
    store.release()
    again = MeasureStore(session, ViewModel(image))
    assert again.all[0].values == before
