"""Own implants in the window with real clicks: a file's questions, the handles, the numbers, undo."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvista as pv

pytestmark = pytest.mark.gui
if not os.environ.get("DISPLAY"):
    pytest.skip("needs a display: run under xvfb-run -a", allow_module_level=True)

from opened_window import opened_window  # noqa: E402
from PySide6.QtCore import QPoint, Qt  # noqa: E402

from object_samples import store_box_case  # noqa: E402
from surgitwin.viewer.objects import actions  # noqa: E402
from surgitwin.viewer.objects.add_dialog import AddDialog  # noqa: E402
from surgitwin.viewer.objects.dialog import ObjectsDialog  # noqa: E402
from surgitwin.viewer.objects.entry import show_objects  # noqa: E402

LEFT = Qt.MouseButton.LeftButton
LONG = 60000


@pytest.fixture
def window(qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("SURGITWIN_STATE", str(tmp_path / "state"))
    store_box_case(tmp_path / "a.twin")
    pv.Cube(x_length=10, y_length=6, z_length=8).triangulate().save(tmp_path / "Anna_Muster.stl")
    with opened_window(qtbot, tmp_path / "a.twin", size=(1280, 800)) as made:
        yield made


def test_from_the_file_to_the_numbers(qtbot: Any, window: Any, tmp_path: Path) -> None:
    window.go_to("anatomy")
    session, model = window.desk.session, window.desk.model
    corner = np.array([9.5, -5.5, 40.625])  # on a face of the bone
    model.set_crosshair(corner)
    button = window.pages["anatomy"].findChild(object, "ownImplants")
    button.click()
    dialog = window.findChild(ObjectsDialog)
    dialog.take(tmp_path / "Anna_Muster.stl")
    qtbot.waitUntil(lambda: dialog.findChild(AddDialog) is not None, timeout=LONG)
    asked = dialog.findChild(AddDialog)
    assert not asked.ok.isEnabled()  # nothing is assumed: unit and frame are open
    asked.unit.setCurrentIndex(asked.unit.findData("m"))
    asked.frame.setCurrentIndex(asked.frame.findData("own"))
    assert not asked.ok.isEnabled()  # 10 m
    assert asked.accept_size.isVisible()
    asked.unit.setCurrentIndex(asked.unit.findData("mm"))
    qtbot.mouseClick(asked.ok, LEFT)
    qtbot.waitUntil(lambda: dialog.numbers.table.rowCount() == 1, timeout=LONG)
    assert session.history.done[-1].name == "Add Implant 1"
    np.testing.assert_allclose(dialog.own.middle_mm, model.crosshair_mm, atol=1e-6)
    assert dialog.numbers.table.item(0, 1).text() == "5.0 mm deep"
    assert dialog.numbers.table.item(0, 2).text() == "240.0 mm\u00b3, 50.0%"
    assert "not simulated" in dialog.words.text()
    group = f"object:{dialog.own.id}"
    qtbot.waitUntil(lambda: group in window.desk.views.scene.groups.names, timeout=LONG)
    assert model.outlines("axial")

    before = dialog.own.middle_mm
    view = window.desk.views.slices["axial"]
    start = view.position_of(before).toPoint()
    qtbot.mousePress(view, LEFT, pos=start)
    qtbot.mouseMove(view, start + QPoint(20, 0))
    qtbot.mouseMove(view, start + QPoint(40, 0))
    qtbot.mouseRelease(view, LEFT, pos=start + QPoint(40, 0))
    moved = dialog.own.middle_mm - before
    assert abs(moved[0]) > 1
    np.testing.assert_allclose(moved[1:], 0, atol=1e-6)
    assert session.history.done[-1].name == "Move Implant 1"
    window.undo()
    np.testing.assert_allclose(dialog.own.middle_mm, before, atol=1e-9)
    dialog.place.degrees[2].setValue(90)
    qtbot.waitUntil(
        lambda: dialog.numbers.table.rowCount() == 1 and "3.0" in dialog.numbers.table.item(0, 1).text(),
        timeout=LONG,
    )
    dialog.list.item(0).setText("Cage")
    assert dialog.own.name == "Cage"
    dialog.list.item(0).setCheckState(Qt.CheckState.Unchecked)
    assert group not in window.desk.views.scene.groups.names
    qtbot.mouseClick(dialog.delete, LEFT)
    assert session.case.state["objects"] == {}
    window.undo()
    assert dialog.own.name == "Cage"
    dialog.close()
    assert model.tool is None


def asked_about(qtbot: Any, dialog: ObjectsDialog, path: Path, unit: str) -> AddDialog:
    """The questions about a file, answered but for the size."""
    dialog.take(path)
    qtbot.waitUntil(lambda: dialog.findChild(AddDialog) is not None, timeout=LONG)
    asked = dialog.findChild(AddDialog)
    asked.unit.setCurrentIndex(asked.unit.findData(unit))
    asked.frame.setCurrentIndex(asked.frame.findData("own"))
    return asked


def test_a_size_larger_than_the_image_is_asked_before_it_is_drawn(
    qtbot: Any, window: Any, tmp_path: Path
) -> None:
    show_objects(window)
    dialog, scene = window.findChild(ObjectsDialog), window.desk.views.scene
    qtbot.waitUntil(lambda: bool(scene.groups.names), timeout=LONG)
    camera = scene.camera_state()
    asked = asked_about(
        qtbot, dialog, tmp_path / "Anna_Muster.stl", "inch"
    )  # 254 mm: an implant may be so long
    assert not asked.ok.isEnabled()
    assert "254 mm long, longer than anything in the image (101 mm)" in asked.extent.text()
    assert not window.desk.session.case.state.get("objects")
    asked.accept_size.setChecked(True)
    qtbot.mouseClick(asked.ok, LEFT)
    qtbot.waitUntil(lambda: dialog.own is not None, timeout=LONG)
    group = f"object:{dialog.own.id}"
    qtbot.waitUntil(lambda: group in scene.groups.names, timeout=LONG)
    assert scene.camera_state() == camera  # the patient stays in view
    assert scene.groups.layers(group)[0].opacity < 0.5  # and is seen through the body
    scene.look_from("anterior")
    assert scene.camera_state()["half_height_mm"] < 101
    qtbot.waitUntil(lambda: "check the unit" in dialog.numbers.said.text(), timeout=LONG)


def test_reading_shows_how_far_it_is_and_can_be_given_up(
    qtbot: Any, window: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work, go_on = threading.Event(), threading.Event()

    def slow(case: Any, wanted: Any, at_mm: Any, progress: Any) -> Any:
        progress("Looking for holes", 0.5)
        at_work.set()
        go_on.wait(LONG / 1000)
        progress("Keeping the surface", 0.9)
        raise AssertionError("it was given up")

    monkeypatch.setattr(actions, "read_object", slow)
    show_objects(window)
    dialog = window.findChild(ObjectsDialog)
    asked = asked_about(qtbot, dialog, tmp_path / "Anna_Muster.stl", "mm")
    qtbot.mouseClick(asked.ok, LEFT)
    qtbot.waitUntil(lambda: dialog.reading.bar.value() == 500, timeout=LONG)
    assert at_work.is_set()
    assert (dialog.reading.isVisible(), dialog.add.isEnabled()) == (True, False)
    assert dialog.reading.bar.format() == "Looking for holes"
    qtbot.mouseClick(dialog.reading.cancel, LEFT)
    assert (dialog.reading.isVisible(), dialog.add.isEnabled()) == (False, True)
    go_on.set()
    qtbot.waitUntil(lambda: not dialog.actions_.busy_now, timeout=LONG)
    assert not window.desk.session.case.state.get("objects")


def test_an_object_moved_before_it_is_drawn_is_drawn_where_it_lies(
    qtbot: Any, window: Any, tmp_path: Path
) -> None:
    show_objects(window)
    dialog, groups = window.findChild(ObjectsDialog), window.desk.views.scene.groups
    asked = asked_about(qtbot, dialog, tmp_path / "Anna_Muster.stl", "mm")
    qtbot.mouseClick(asked.ok, LEFT)
    qtbot.waitUntil(lambda: dialog.own is not None, timeout=LONG)
    dialog.place.mm[0].setValue(dialog.own.middle_mm[0] + 7)  # the worker still makes the surface
    group = f"object:{dialog.own.id}"
    qtbot.waitUntil(lambda: group in groups.names and not window.desk.objects.busy, timeout=LONG)
    drawn = groups.targets()
    target = next(t for t in drawn if t.name[0] == group)
    move = np.eye(4) if target.matrix is None else np.asarray(target.matrix)
    middle = np.asarray(target.data.points, float).mean(axis=0)
    np.testing.assert_allclose(move[:3, :3] @ middle + move[:3, 3], dialog.own.middle_mm, atol=1e-5)
