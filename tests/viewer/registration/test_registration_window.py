"""The panel of the second image with real clicks: questions of a file, landmark pairs in both images."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

pytestmark = pytest.mark.gui
if not os.environ.get("DISPLAY"):
    pytest.skip("needs a display: run under xvfb-run -a", allow_module_level=True)

from opened_window import opened_window  # noqa: E402
from PySide6.QtCore import Qt  # noqa: E402
from PySide6.QtGui import QAction  # noqa: E402

from surgitwin.core.image import ImageGrid, Segment, Volume  # noqa: E402
from surgitwin.imaging.registration import ErrorEstimate, Registration  # noqa: E402
from surgitwin.planning.case import now  # noqa: E402
from surgitwin.planning.images import registration as step  # noqa: E402
from surgitwin.planning.images.new_case import store_case  # noqa: E402
from surgitwin.segmentation.patch import LabelPatch  # noqa: E402
from surgitwin.viewer.registration import source_box  # noqa: E402
from surgitwin.viewer.registration.pairs_dialog import PairsDialog  # noqa: E402
from surgitwin.viewer.registration.panel import RegistrationDialog  # noqa: E402

LEFT = Qt.MouseButton.LeftButton
LONG = 60000
GRID = ImageGrid((24, 30, 32), np.zeros(3), np.full(3, 4.0), np.eye(3))
PLACES = np.array([[30.0, 40, 40], [90, 44, 40], [40, 90, 48], [70, 60, 70]])


@pytest.fixture
def window(qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("SURGITWIN_STATE", str(tmp_path / "state"))
    array = gaussian_filter(np.random.default_rng(0).normal(0, 900, GRID.shape), 1.5).astype(np.int16)
    state = {"created": now(), "patient": {}, "series": {}, "header": {}, "history": [], "body_weight_kg": 70}
    store_case(tmp_path / "a.twin", state, Volume(array, GRID))
    image = nib.Nifti1Image(np.asarray(array.transpose(2, 1, 0)), np.diag([-4.0, -4.0, 4.0, 1.0]))
    image.header.set_xyzt_units("unknown")
    nib.save(image, tmp_path / "second.nii.gz")
    with opened_window(qtbot, tmp_path / "a.twin", size=(1500, 950)) as made:
        yield made


def click(qtbot: Any, view: Any, point: np.ndarray) -> None:
    view.model.set_crosshair(point)
    qtbot.mouseClick(view, LEFT, pos=view.position_of(point).toPoint())


def test_questions_then_pairs_then_it_may_start(qtbot: Any, window: Any, tmp_path: Path) -> None:
    before = list(window.desk.model.overlays)
    window.actions_["registration"].trigger()
    dialog: RegistrationDialog = window.findChild(RegistrationDialog)
    dialog.take(tmp_path / "second.nii.gz")
    qtbot.waitUntil(lambda: dialog.source.form is not None, timeout=LONG)
    assert not dialog.start.isEnabled()
    boxes = dialog.source.form.boxes
    for name, value in (("unit", "mm"), ("values", "hu")):
        assert dialog.start.toolTip(), name
        boxes[name].setCurrentIndex(boxes[name].findData(value))
    assert dialog.start.isEnabled(), dialog.start.toolTip()
    dialog.begin.setCurrentIndex(dialog.begin.findData("landmarks"))
    assert not dialog.start.isEnabled()
    dialog.begin.activated.emit(dialog.begin.currentIndex())
    qtbot.waitUntil(lambda: bool(dialog.findChildren(PairsDialog)), timeout=LONG)
    (pairs,) = dialog.findChildren(PairsDialog)
    qtbot.waitExposed(pairs)
    first = window.desk.views.slices["axial"]
    for place in PLACES:
        click(qtbot, first, place)
        click(qtbot, pairs.views[0], place)
    assert pairs.table.rowCount() == 5
    fit = pairs.fit
    assert fit.matrix is not None, fit.fault
    assert max(fit.errors_mm) < 2.0  # half a voxel: a click is a whole pixel
    pairs.table.setCurrentCell(1, 0)
    qtbot.mouseClick(pairs.delete, LEFT)
    assert "fit within" in pairs.verdict.text()
    qtbot.mouseClick(pairs.use, LEFT)
    assert window.desk.model.tool is None
    assert dialog.start.isEnabled(), dialog.start.toolTip()
    dialog.close()
    assert window.desk.model.overlays == before


def test_the_list_to_compare_follows_the_segments(qtbot: Any, window: Any) -> None:
    window.actions_["registration"].trigger()
    dialog: RegistrationDialog = window.findChild(RegistrationDialog)
    listed = lambda: [dialog.compare.itemData(n) for n in range(dialog.compare.count())]  # noqa: E731
    assert listed() == [""]
    assert "Choose the second image" in dialog.why.text()
    session = window.desk.session
    colour = (0.9, 0.8, 0.7)
    tibia, fibula = Segment(1, "tibia", "", colour), Segment(2, "fibula", "", colour)
    empty, first = np.zeros(GRID.shape, np.uint8), np.zeros(GRID.shape, np.uint8)
    first[5:9, 5:9, 5:9] = 1
    second = first.copy()
    second[10:12, 5:9, 5:9] = 2
    one = replace(LabelPatch.between(empty, first), segments_before=(), segments_after=(tibia,))
    session.edit_labels("Segment", one)
    qtbot.waitUntil(lambda: listed() == ["", "tibia"], timeout=LONG)
    dialog.compare.setCurrentIndex(1)
    dialog.compare.activated.emit(1)
    more = LabelPatch.between(first, second)
    session.edit_labels("Segment", replace(more, segments_before=(tibia,), segments_after=(tibia, fibula)))
    qtbot.waitUntil(lambda: listed() == ["", "tibia", "fibula"], timeout=LONG)
    assert dialog.compare.currentData() == "tibia"
    dialog.close()


def test_a_folder_still_looked_at_when_the_panel_closes_is_let_go(
    qtbot: Any, window: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, ended = threading.Event(), threading.Event()

    def slow(path: Path) -> list[Any]:
        go_on.wait(10)
        ended.set()
        return []

    monkeypatch.setattr(source_box, "scan", slow)
    window.actions_["registration"].trigger()
    dialog = window.findChild(RegistrationDialog)
    dialog.take(tmp_path)
    dialog.close()
    qtbot.waitUntil(lambda: window.findChild(RegistrationDialog) is None, timeout=LONG)
    go_on.set()
    qtbot.waitUntil(ended.is_set, timeout=LONG)
    qtbot.wait(200)  # a result that still came would raise in its slot, which pytest-qt reports


def test_warnings_of_a_registration_stand_apart_from_its_figures(
    qtbot: Any, window: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Registration(
        np.eye(4), "rigid", "m", 0.1, 0.5, 0.9, ErrorEstimate(0.5, 1.5, 2.0, runs=4, agreeing=4)
    )
    monkeypatch.setattr(step, "register", lambda *_a, **_k: made)
    case = window.desk.session.case
    (entry,) = step.register_image(case, case.volume).state["registrations"]
    case.state["registrations"] = [{**entry, "warnings": ["Use landmarks."]}]
    window.actions_["registration"].trigger()
    box = window.findChild(RegistrationDialog).shown
    qtbot.waitUntil(lambda: window.desk.model.fusion is not None, timeout=LONG)
    assert box.warnings.isVisible()
    assert box.warnings.text() == "Use landmarks."
    assert "Estimated error" in box.words.text()
    assert "Use landmarks." not in box.words.text()
    window.findChild(RegistrationDialog).close()


def test_the_transform_leaves_only_as_the_consent_allows(qtbot: Any, window: Any, tmp_path: Path) -> None:
    error = {
        "landmark_left_out_mm": None, "spread_p95_mm": 1.0, "inverse_p95_mm": None, "target_p95_mm": 1.5,
    }  # fmt: skip
    entry = {
        "matrix": np.eye(4).tolist(), "kind": "rigid", "metric": "m", "before": 0.1, "after": 0.5,
        "overlap": 1.0, "error": error, "warnings": [], "settings": {},
    }  # fmt: skip
    session, desk = window.desk.session, window.desk
    window.actions_["registration"].trigger()
    box = window.findChild(RegistrationDialog).shown
    session.case.state["registrations"] = [entry]
    codes: list[str] = []
    desk.error_said.connect(lambda e: codes.append(e.code))
    window.findChild(QAction, "purpose_teaching").trigger()
    box.write(1, tmp_path / "a.json")
    qtbot.waitUntil(lambda: codes == ["consent.outside_scope"], timeout=LONG)
    assert not (tmp_path / "a.json").exists()
    window.findChild(QAction, "purpose_planning").trigger()
    box.write(1, tmp_path / "a.json")
    qtbot.waitUntil((tmp_path / "a.json").is_file, timeout=LONG)
    window.findChild(RegistrationDialog).close()
