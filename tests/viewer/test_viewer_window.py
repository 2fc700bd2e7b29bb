"""The window with real mouse and key events; needs a display (run under xvfb-run)."""

import dataclasses
import os
import threading
import time

import numpy as np
import pytest
import viewer_samples as samples

pytestmark = pytest.mark.gui
if not os.environ.get("DISPLAY"):
    pytest.skip("needs a display: run under xvfb-run -a", allow_module_level=True)

from PySide6.QtCore import QPoint, QPointF, Qt  # noqa: E402
from PySide6.QtGui import QWheelEvent  # noqa: E402
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QDialog, QLabel, QTableWidget  # noqa: E402

from surgitwin.core.errors import InputError  # noqa: E402
from surgitwin.viewer.case_view import CaseView  # noqa: E402
from surgitwin.viewer.main_window import open_case  # noqa: E402


@pytest.fixture
def window(qtbot):
    made = open_case(samples.case())
    qtbot.addWidget(made, before_close_func=lambda w: w.close())
    qtbot.waitUntil(lambda: made.four_up is not None, timeout=20000)
    qtbot.waitExposed(made)
    qtbot.wait(50)
    made.prepared.model.set_axes("scanner")
    return made


def wheel(view, notches, modifiers=Qt.KeyboardModifier.NoModifier):
    middle = QPointF(view.width() / 2, view.height() / 2)
    event = QWheelEvent(
        middle, view.mapToGlobal(middle), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton,
        modifiers, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view, event)


def texts(window):
    return " | ".join(x.text() for x in window.findChildren(QLabel) if x.isVisible())


def test_header_says_side_notice_and_virtual_fracture(window):
    said = texts(window)
    for words in ("LEFT", "NOT FOR CLINICAL USE", "VIRTUAL FRACTURE", "Uncalibrated CT", "sample.twin"):
        assert words in said
    assert window.side.font().pointSize() >= 20 or "22pt" in window.styleSheet()
    assert "Not for clinical use" in window.windowTitle()


def test_wheel_changes_the_slice_and_ctrl_wheel_zooms(window):
    model, view = window.prepared.model, window.four_up.slices["axial"]
    k = model.volume.grid.lps_to_index(model.crosshair_mm)[2]
    wheel(view, 1)
    assert model.volume.grid.lps_to_index(model.crosshair_mm)[2] == pytest.approx(round(k) + 1, abs=1e-6)
    wheel(view, 1, Qt.KeyboardModifier.ControlModifier)
    assert model.planes["axial"].zoom > 1.1
    assert model.planes["coronal"].zoom == 1.0


def test_click_moves_the_linked_crosshair_to_that_point(window, qtbot):
    model, views = window.prepared.model, window.four_up.slices
    bead = model.volume.grid.index_to_lps((30, 20, 12))
    model.set_crosshair(model.volume.grid.index_to_lps((10, 60, 12)))
    at = views["axial"].position_of(bead).toPoint()
    qtbot.mouseClick(views["axial"], Qt.MouseButton.LeftButton, pos=at)
    pixel = model.geometry("axial", views["axial"].pixel_size())[3]
    assert np.abs(model.crosshair_mm - bead).max() <= pixel
    for name in ("sagittal", "coronal"):
        spot = views[name].position_of(model.crosshair_mm)
        size = views[name].pixel_size()
        assert 0 <= spot.x() <= size[0]
        assert 0 <= spot.y() <= size[1]
    assert "3000 HU" in window.probe.text()


def test_patient_right_is_on_the_left_of_the_screen(window):
    view = window.four_up.slices["axial"]
    left = view.point_at(QPointF(5, view.height() / 2))
    right = view.point_at(QPointF(view.width() - 5, view.height() / 2))
    assert left[0] < right[0], "LPS x grows to the patient's left"
    assert window.prepared.model.letters("axial")["left"].startswith("R")


def test_drag_pans_with_shift_and_zooms_with_the_right_button(window, qtbot):
    model, view = window.prepared.model, window.four_up.slices["coronal"]
    bead = model.crosshair_mm
    before = view.position_of(bead)
    start, end = QPoint(100, 100), QPoint(130, 90)
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, start)
    qtbot.mouseMove(view, end)
    qtbot.waitUntil(lambda: model.planes["coronal"].shift_mm != (0.0, 0.0), timeout=2000)
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=end)
    after = view.position_of(bead)
    assert (after.x() - before.x(), after.y() - before.y()) == pytest.approx((30, -10), abs=1.5)
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_R)
    assert model.planes["coronal"].shift_mm == (0.0, 0.0)


def test_keys_window_presets_and_slices(window, qtbot):
    model, view = window.prepared.model, window.four_up.slices["axial"]
    qtbot.keyClick(view, Qt.Key.Key_2)
    assert (model.window, model.level) == (400, 50)
    qtbot.keyClick(view, Qt.Key.Key_5)
    assert (model.window, model.level) == model.first_window
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert model.slice_text("axial") == "slice 1 of 40"
    qtbot.keyClick(view, Qt.Key.Key_Up)
    assert model.slice_text("axial") == "slice 2 of 40"
    qtbot.keyClick(view, Qt.Key.Key_End)
    assert model.slice_text("axial") == "slice 40 of 40"


def test_double_click_maximises_and_restores(window, qtbot):
    views = window.four_up.slices
    qtbot.mouseDClick(views["sagittal"], Qt.MouseButton.LeftButton)
    assert window.four_up.maximised == "sagittal"
    assert not views["axial"].isVisible()
    assert views["sagittal"].isVisible()
    qtbot.mouseDClick(views["sagittal"], Qt.MouseButton.LeftButton)
    assert all(v.isVisible() for v in views.values())


def test_bone_axes_come_first_and_switch(window):
    box = window.findChild(QComboBox, "axes")
    assert box.currentData() == "bone"
    box.setCurrentIndex(box.findData("scanner"))
    assert window.prepared.model.letters("sagittal")["top"] != "Prox"
    box.setCurrentIndex(box.findData("bone"))
    assert window.prepared.model.letters("sagittal")["top"] == "Prox"


def test_segment_eye(window):
    window.findChild(QCheckBox, "eye_femur").setChecked(False)
    assert window.prepared.model.visible == {1: False}


def test_3d_shows_results_deformation_and_clip(window, qtbot):
    controls, scene = window.scene_controls, window.four_up.scene
    controls.field.setCurrentIndex(controls.field.findData("risk_factor"))
    assert scene.scene.scale.style.name == "risk_factor"
    assert scene.bar.isVisible()
    bone = next(x for x in scene.scene.layers if x.name == "bone")
    controls.deform.setValue(40)
    moved = np.linalg.norm(np.asarray(bone.data.points) - bone.data.point_data["points0"], axis=1).max()
    assert moved == pytest.approx(window.scene_controls.factor * 1.0, rel=1e-3)
    assert f"{controls.factor:g} times" in scene.title.text()
    controls.clip.setChecked(True)
    assert scene.actors["bone"].mapper.GetClippingPlanes().GetNumberOfItems() == 1
    controls.clip.setChecked(False)
    assert scene.actors["bone"].mapper.GetClippingPlanes().GetNumberOfItems() == 0
    scene.look_from("medial")
    eye = np.asarray(scene.interactor.camera.position) - np.asarray(scene.interactor.camera.focal_point)
    medial = samples.anatomy("left").frame.axes[:, 0]
    assert eye @ medial / np.linalg.norm(eye) == pytest.approx(1, abs=1e-6)
    assert scene._letters["left"].GetInput() == "A" or scene._letters["right"].GetInput() == "A"


def test_compare_has_linked_views_one_scale_and_a_row_per_metric(window, qtbot):
    window.tabs.setCurrentIndex(1)
    qtbot.waitUntil(lambda: window.compare is not None)
    one, two = window.compare.views
    assert one.scene.scale == two.scene.scale
    one.look_from("lateral")
    assert two.interactor.camera.position == pytest.approx(one.interactor.camera.position)
    table = window.findChild(QTableWidget, "metrics")
    assert table.rowCount() == 9
    cells = [table.item(r, c).text() for r in range(9) for c in range(5)]
    assert any("✖ fails" in x for x in cells)
    assert any("✔ meets" in x for x in cells)
    assert any("not given: the gap is under 0.5 mm" in x for x in cells)
    assert any("band" in x for x in cells)
    assert "OUT OF DATE" in table.horizontalHeaderItem(4).text()
    assert "ranks first" in window.findChild(QLabel, "verdict").text()


def test_plans_within_their_bands_are_said_to_be_not_distinguishable(qtbot):
    made = open_case(samples.case(tied=True))
    qtbot.addWidget(made, before_close_func=lambda w: w.close())
    qtbot.waitUntil(lambda: made.four_up is not None, timeout=20000)
    made.tabs.setCurrentIndex(1)
    assert "not distinguishable" in made.findChild(QLabel, "verdict").text()


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (CaseView("empty.twin"), "surgitwin new"),
        (dataclasses.replace(samples.case(), plans=(), compare=None), "No results yet"),
        (
            dataclasses.replace(samples.case(), anatomy=None, labels=None, plans=(), surfaces={}),
            "run Anatomy first",
        ),
    ],
)
def test_empty_states_say_what_to_do(qtbot, source, words):
    made = open_case(source)
    qtbot.addWidget(made, before_close_func=lambda w: w.close())
    qtbot.waitUntil(lambda: words in texts(made), timeout=20000)


def test_loading_error_is_shown_with_code_and_next_step(qtbot):
    def broken(progress):
        raise InputError("dicom.missing_slices", "Slices are missing.", hint="Export again.", where="here")

    made = open_case(broken)
    qtbot.addWidget(made, before_close_func=lambda w: w.close())
    qtbot.waitUntil(lambda: "dicom.missing_slices" in texts(made), timeout=20000)
    assert "Export again." in texts(made)


def test_loading_does_not_block_and_can_be_cancelled(qtbot):
    def endless(progress):
        while True:
            progress("Waiting", 0.5)
            time.sleep(0.01)

    made = open_case(endless)
    qtbot.addWidget(made, before_close_func=lambda w: w.close())
    qtbot.wait(100)
    made._worker.cancel()
    qtbot.waitUntil(lambda: "cancelled" in texts(made), timeout=5000)


def test_closing_leaves_no_thread_and_no_listener(qtbot):
    threads = threading.active_count()
    made = open_case(samples.case())
    qtbot.waitUntil(lambda: made.four_up is not None, timeout=20000)
    model = made.prepared.model
    made.close()
    assert made._worker.isFinished()
    for signal in (model.crosshair_changed, model.window_changed, model.plane_changed, model.axes_changed):
        assert len(signal) == 0
    made.deleteLater()
    qtbot.wait(50)
    assert threading.active_count() <= threads


def test_body_weight_is_asked_only_when_it_is_missing(window, qtbot):
    assert window.findChild(QDialog, "bodyWeight") is None
    made = open_case(dataclasses.replace(samples.case(), body_weight_kg=None))
    qtbot.addWidget(made, before_close_func=lambda w: w.close())
    qtbot.waitUntil(lambda: made.findChild(QDialog, "bodyWeight") is not None, timeout=20000)
    dialog, heard = made.findChild(QDialog, "bodyWeight"), []
    made.body_weight_given.connect(heard.append)
    assert not dialog.ok.isEnabled(), "no weight is assumed"
    dialog.value.setValue(71.5)
    qtbot.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    assert heard == [71.5]


def test_another_load_is_computed_on_demand_and_few_are_kept(window, qtbot):
    controls, store = window.scene_controls, window.prepared.fields
    controls.field.setCurrentIndex(controls.field.findData("displacement"))
    assert store.loads == ("full_stance",)
    scale = window.four_up.scene.scene.scale
    controls.load.setCurrentIndex(controls.load.findData("half_stance"))
    assert "Computing" in window.four_up.scene.title.text()
    qtbot.waitUntil(lambda: window.four_up.scene.scene.scale is not None, timeout=10000)
    assert window.four_up.scene.scene.scale.high == pytest.approx(0.5 * scale.high)
    assert "half stance" in window.four_up.scene.title.text()
    controls.load.setCurrentIndex(controls.load.findData("axial_1000N"))
    qtbot.waitUntil(lambda: "axial_1000N" in store.loads, timeout=10000)
    assert store.loads == ("half_stance", "axial_1000N")


def test_compare_table_shows_the_chosen_load_and_what_only_one_load_has(window, qtbot):
    window.tabs.setCurrentIndex(1)
    qtbot.waitUntil(lambda: window.compare is not None)
    table = window.compare.table
    table.show_load("full_stance")
    shown = [table.item(r, 1).text() for r in range(table.rowCount()) if not table.isRowHidden(r)]
    assert "Full stance" in shown
    assert "axial 1000N" in shown
    assert window.compare.load.currentText() == "Full stance"


def test_eye_and_opacity_of_a_segment_act_on_its_surface(window):
    model, scene = window.prepared.model, window.four_up.scene
    femur = model.labels.segment("femur").label
    before = scene.actors["femur"].prop.opacity
    assert before != pytest.approx(0.7)
    model.set_opacity(femur, 0.7)
    assert scene.actors["femur"].prop.opacity == pytest.approx(0.7)
    model.set_visible(femur, False)
    assert not scene.actors["femur"].visibility
    controls = window.scene_controls
    controls.field.setCurrentIndex(controls.field.findData("displacement"))
    assert not scene.actors["bone"].visibility
    model.set_visible(femur, True)
    assert scene.actors["bone"].visibility


def test_the_window_fits_a_small_screen(window, qtbot):
    """1280 x 800 less a task bar and the window's own frame."""
    window.tabs.setCurrentIndex(1)
    qtbot.waitUntil(lambda: window.compare is not None)
    for tab in (0, 1):
        window.tabs.setCurrentIndex(tab)
        assert window.minimumSizeHint().width() <= 1270
        assert window.minimumSizeHint().height() <= 730


def test_slices_show_implant_and_gap(window):
    drawn = window.prepared.model.outlines("coronal")
    assert drawn, "the crosshair starts in the gap"
