"""Correcting a vertebra in the window: clicks and dragged strokes stay, are given back, and change the
result.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.gui
if not os.environ.get("DISPLAY"):
    pytest.skip("needs a display: run under xvfb-run -a", allow_module_level=True)

from opened_window import opened_window  # noqa: E402
from PySide6.QtCore import QPoint, QPointF, Qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402

from study import contrast_ct, write_series  # noqa: E402
from surgitwin.planning.images.new_case import new_case  # noqa: E402
from surgitwin.planning.segments.bone import segment_case  # noqa: E402
from surgitwin.planning.segments.last_run import last_run  # noqa: E402
from vertebra_samples import phantom  # noqa: E402

LEFT = Qt.MouseButton.LeftButton
CLICK = np.array([3.0, -2.0, 2.0])


@pytest.fixture(scope="module")
def spine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case with three vertebrae of the phantom, the middle one segmented from one click."""
    folder = tmp_path_factory.mktemp("spine")
    (folder / "dicom").mkdir()
    header = contrast_ct(
        patient_name="Phantom^Spine",
        patient_id="SPINE",
        study="Spine",
        series="spine",
        body_part="LSPINE",
        model="capsules",
    )
    write_series(phantom(1.5).volume, header, folder / "dicom")
    made = new_case(folder / "spine.twin", folder / "dicom")
    segment_case(made, preset="vertebra", parameters={"closing_mm": 2.0}, points={"vertebra": CLICK})
    return folder / "spine.twin"


@pytest.fixture
def case(spine: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(spine, tmp_path / "a.twin"))


@pytest.fixture
def window(qtbot: Any, case: Path) -> Iterator[Any]:
    with opened_window(qtbot, case, step="anatomy", size=(1280, 800)) as made:
        yield made


def at(view: Any, x: float, y: float, z: float) -> QPoint:
    """Pixel of the slice view at a place in LPS mm."""
    return QPoint(view.position_of(np.array([x, y, z])).toPoint())


def drag(view: Any, *places: QPoint) -> None:
    """Press at the first place, move over the others, let go at the last."""
    QTest.mousePress(view, LEFT, Qt.KeyboardModifier.NoModifier, places[0])
    for a, b in pairwise(places):
        for n in range(1, 9):
            QTest.mouseMove(view, (QPointF(a) + QPointF(b - a) * (n / 8)).toPoint())
            QTest.qWait(5)
    QTest.mouseRelease(view, LEFT, Qt.KeyboardModifier.NoModifier, places[-1])


def test_a_stroke_is_dragged_and_taken_back_and_a_click_stays_a_click(window: Any, qtbot: Any) -> None:
    panel = window.page.preset
    panel.choice.choose("vertebra")
    points, model = panel.points, window.desk.model
    model.set_crosshair(np.zeros(3))
    view = window.desk.views.slices["axial"]
    qtbot.mouseClick(points.buttons["outside"], LEFT)
    drag(view, at(view, -12, 10, 0), at(view, 12, 10, 0))
    stroke = np.array(points.clicks["outside"])
    gaps = np.linalg.norm(np.diff(stroke, axis=0), axis=1)
    assert len(stroke) >= 8
    assert gaps.max() <= 3.01
    np.testing.assert_allclose(stroke[[0, -1], 0], [-12, 12], atol=1.5)
    assert points.places["outside"].text() == "1 stroke"
    QTest.mouseClick(view, LEFT, Qt.KeyboardModifier.NoModifier, at(view, 20, 0, 0))
    assert points.places["outside"].text() == "1 click, 1 stroke"
    QTest.keyClick(view, Qt.Key.Key_Backspace)
    assert points.places["outside"].text() == "1 stroke"
    QTest.keyClick(view, Qt.Key.Key_Backspace)
    assert "outside" not in points.clicks
    # The start is one point: another click moves it, and dragging draws no stroke.
    qtbot.mouseClick(points.buttons["vertebra"], LEFT)
    drag(view, at(view, 10, 0, 0), at(view, 0, 0, 0))
    QTest.mouseClick(view, LEFT, Qt.KeyboardModifier.NoModifier, at(view, 3, -2, 0))
    assert len(points.clicks["vertebra"]) == 1
    np.testing.assert_allclose(points.clicks["vertebra"][0][:2], [3, -2], atol=1.5)


@pytest.mark.parametrize("add", [False, True])
def test_one_more_stroke_and_the_button_correct_an_opened_case(window: Any, qtbot: Any, add: bool) -> None:
    panel, state = window.page.preset, window.desk.session.case.state
    assert panel.choice.currentData() == "vertebra"
    assert panel.points.clicks == {"vertebra": [CLICK.tolist()]}
    assert panel.parameters == {"closing_mm": 2.0}
    before = np.asarray(window.desk.session.case.labels.array) == 1
    window.page.folds["Segment automatically"].set_open(True)
    window.desk.model.set_crosshair(np.array([0.0, 0.0, -8.0]))
    view = window.desk.views.slices["axial"]
    button = panel.points.buttons["outside"]
    qtbot.waitUntil(button.isVisible, timeout=5000)
    qtbot.mouseClick(button, LEFT)
    assert button.isChecked()
    drag(view, at(view, -8, 0, -8), at(view, 8, 0, -8))
    assert button.isChecked()
    stroke = panel.points.clicks["outside"]
    panel.add.setChecked(add)
    qtbot.mouseClick(panel.start, LEFT)

    def done() -> bool:
        labels = window.desk.session.case.state["labels"]
        return not window.desk.jobs.busy and labels["hash"] != state["labels"]["hash"]

    qtbot.waitUntil(done, timeout=60000)
    after = np.asarray(window.desk.session.case.labels.array) == 1
    index = window.desk.model.grid.lps_to_index(np.array(stroke))[:, ::-1]
    where = tuple(np.round(index).astype(int).T)
    assert before[where].all()
    assert not after[where].any()
    panel = window.page.preset
    assert panel.points.clicks == {"vertebra": [CLICK.tolist()], "outside": stroke}
    assert ("replaces an earlier one" in panel.notes.text()) == add
    if add:
        assert window.desk.session.undo()
        assert np.array_equal(np.asarray(window.desk.session.label_array) == 1, before)
        assert "outside" not in last_run(window.desk.session.case.state, "vertebra").points
        window.desk.session.redo()
    picture = os.environ.get("SURGITWIN_PICTURES")
    if picture:
        qtbot.wait(1500)
        window.grab().save(picture)
    qtbot.mouseClick(panel.reset, LEFT)
    assert panel.parameters == {}
    assert panel.points.clicks["outside"] == stroke
