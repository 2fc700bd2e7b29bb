"""Edits of segments in a session: looks, what they make out of date, steps of undo; no window."""

from types import SimpleNamespace

import numpy as np
import pytest

from surgitwin.core.errors import UsageError
from surgitwin.planning.freshness import measured_current, mesh_current
from surgitwin.planning.segments.looks import StoredLook, look_of, renamed, with_look, without
from surgitwin.planning.session import Session
from surgitwin.segmentation import table
from surgitwin.viewer.model import ViewModel
from surgitwin.viewer.segments.label_editor import LabelEditor
from surgitwin.viewer.tools.paint_tool import PaintTool


@pytest.fixture
def editor(meshed_case, tmp_path):
    session = Session.open(meshed_case.copy(tmp_path / "a.twin"))
    model = ViewModel(session.case.volume)
    model.set_labels(session.labels)
    session.changed.connect(lambda topics: model.set_labels(session.labels) if "voxels" in topics else None)
    made = LabelEditor(session, model)
    made.follow()
    yield made
    session.close()


def beside(editor):
    """A point in soft tissue in front of the shaft."""
    anatomy = editor.session.case.anatomy
    station = anatomy.stations[len(anatomy.stations) // 2]
    return anatomy.frame.to_lps([station.centre_mm[0], station.centre_mm[1] + 40, station.z_mm])


def test_looks_are_plain_values_with_defaults():
    assert look_of({}, "femur") == StoredLook()
    state = {"segment_looks": with_look({}, "femur", rgb=(1, 0, 0), locked=True)}
    assert state["segment_looks"]["femur"]["rgb"] == [1.0, 0.0, 0.0]
    assert look_of(state, "femur") == StoredLook(rgb=(1.0, 0.0, 0.0), locked=True)
    assert list(renamed(state, "femur", "tibia")) == ["tibia"]
    assert without(state, "femur") == {}
    assert look_of({"segment_looks": {"femur": {"later": 1}}}, "femur") == StoredLook()


def test_a_vessel_leaves_the_mesh_valid_and_the_femur_does_not(editor):
    session = editor.session
    editor.add(next(k for k in table.kinds() if k.name == "vessel"))
    editor.begin(erase=False)
    editor.draw(beside(editor), None)
    assert session.drawing
    assert editor.end()
    assert not session.drawing
    assert session.undo_name == "Paint vessel"
    assert mesh_current(session.case)
    editor.choose(1)
    editor.begin(erase=False)
    editor.draw(beside(editor) + np.array([0, 0, 20.0]), None)
    editor.end()
    assert not measured_current(session.case)
    session.undo()
    assert mesh_current(session.case)


def test_a_cancelled_stroke_leaves_nothing(editor):
    before = np.array(editor.session.label_array)
    editor.begin(erase=True)
    anatomy = editor.session.case.anatomy
    editor.draw(anatomy.landmarks["shaft_centre"].point_mm, None)
    assert not np.array_equal(before, editor.session.label_array)
    editor.cancel()
    assert np.array_equal(before, editor.session.label_array)
    assert editor.session.undo_name == ""
    assert not editor.session.drawing


def test_a_stroke_that_the_mask_shuts_out_says_so(editor):
    said = []
    desk = SimpleNamespace(say=said.append)
    editor.choose(1)
    editor.set(mask_segment=1, mask_side="inside")
    editor.begin(erase=False)
    editor.draw(beside(editor), None)
    PaintTool(desk, editor, erase=False).release(None)
    assert said == ["Nothing changed: the mask lets the brush change only what is inside the femur."]
    assert editor.session.undo_name == ""


def test_it_says_why_nothing_can_be_done(editor):
    editor.choose(None)
    assert "Choose a segment" in editor.why_not()
    editor.choose(1)
    assert editor.why_not() == ""
    editor.model.set_segment_look(1, locked=True)
    assert "locked" in editor.why_not()
    editor.busy = True
    with pytest.raises(UsageError) as said:
        editor.begin(False)
    assert said.value.code == "edit.busy"
    editor.busy = False
    editor.session.read_only = True
    assert "reading only" in editor.why_not()
    editor.session.read_only = False


def test_settings_are_held_in_their_limits(editor):
    editor.set(radius_mm=1000)
    assert editor.radius_mm == 50.0
    editor.set(radius_mm=0, shape="sphere", overwrite="background", range_hu=(1.0, 2.0))
    assert (editor.radius_mm, editor.shape, editor.overwrite) == (0.5, "sphere", "background")
    with pytest.raises(ValueError, match="no setting"):
        editor.set(colour=1)
