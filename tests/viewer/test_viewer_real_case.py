"""The window on a small case solved by the real chain, opened the way `surgitwin open` does."""

import os
from functools import partial
from pathlib import Path

import numpy as np
import pytest

pytestmark = [pytest.mark.gui, pytest.mark.e2e]
if not os.environ.get("DISPLAY"):
    pytest.skip("needs a display: run under xvfb-run -a", allow_module_level=True)

from PySide6.QtWidgets import QDialog  # noqa: E402

from surgitwin.core.progress import SILENT  # noqa: E402
from surgitwin.planning.case import Case  # noqa: E402
from surgitwin.viewer.app import load_view, store_body_weight  # noqa: E402
from surgitwin.viewer.main_window import open_case  # noqa: E402


@pytest.fixture
def window(qtbot, solved_case):
    made = open_case(partial(load_view, Path(solved_case.path)))
    qtbot.addWidget(made, before_close_func=lambda w: w.close())
    qtbot.waitUntil(lambda: made.four_up is not None, timeout=60000)
    return made


def test_a_solved_case_opens_with_side_plans_loads_and_words(window):
    controls, case = window.scene_controls, window.prepared.case
    assert window.side.text() in ("LEFT", "RIGHT")
    assert [controls.load.itemText(n) for n in range(3)] == [
        "Toe-touch weight-bearing stance",
        "Partial weight-bearing stance (50 %)",
        "Full weight-bearing stance",
    ]
    assert controls.load.currentText() == "Full weight-bearing stance"
    assert "VIRTUAL FRACTURE" in window.notice_line.text()
    assert "uncalibrated" in window.notice_line.text().lower()
    assert all(":" in p.title for p in case.plans)
    assert window.findChild(QDialog, "bodyWeight") is None


def test_fields_of_a_lighter_load_come_from_the_worker_and_scale(window, qtbot):
    controls, scene = window.scene_controls, window.four_up.scene
    controls.field.setCurrentIndex(controls.field.findData("displacement"))
    full = scene.scene.scale.high
    assert scene.scene.scale.label == "Displacement [mm]"
    controls.load.setCurrentIndex(controls.load.findData("stance_partial"))
    qtbot.waitUntil(lambda: scene.scene.scale is not None, timeout=30000)
    assert scene.scene.scale.high == pytest.approx(0.5 * full, rel=1e-3)
    bone = next(x for x in scene.scene.layers if x.name == "bone")
    assert np.isfinite(np.asarray(bone.data.point_data["displacement"])).all()


def test_compare_names_plans_and_parts_in_words(window, qtbot):
    window.tabs.setCurrentIndex(1)
    qtbot.waitUntil(lambda: window.compare is not None)
    table = window.compare.table
    cells = {table.item(r, c).text() for r in range(table.rowCount()) for c in range(3)}
    assert "Axial stiffness" in cells
    assert not any("_" in text for text in cells)
    one, two = window.compare.views
    assert one.scene.scale == two.scene.scale


def test_a_typed_body_weight_is_kept_in_the_case(window, meshed_case, tmp_path):
    copy = meshed_case.copy(tmp_path / "copy.twin")
    store_body_weight(window, copy, 64.5)
    assert Case.open(copy).state["body_weight_kg"] == 64.5
    assert "64.5 kg" in window.statusBar().currentMessage()
    store_body_weight(window, copy, 4000.0)
    assert "outside" in window.statusBar().currentMessage()
    assert Case.open(copy).state["body_weight_kg"] == 64.5
    assert load_view(copy, SILENT).body_weight_kg == 64.5
