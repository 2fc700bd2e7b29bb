"""The list of presets in the window: greyed with the reason, steps, settings, clicks, notes after the run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.gui
if not os.environ.get("DISPLAY"):
    pytest.skip("needs a display: run under xvfb-run -a", allow_module_level=True)

from opened_window import opened_window  # noqa: E402
from PySide6.QtCore import Qt  # noqa: E402

import preset_phantoms as ph  # noqa: E402
from study import contrast_ct, write_series  # noqa: E402
from surgitwin.planning.images.new_case import new_case  # noqa: E402

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(scope="module")
def hip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case with an image of two bones and nothing else."""
    folder = tmp_path_factory.mktemp("hip")
    (folder / "dicom").mkdir()
    volume, _truth = ph.image(ph.HIP, (1.5, 1.5, 1.5), noise=20)
    header = contrast_ct(
        patient_name="Phantom^Hip",
        patient_id="HIP",
        study="Hip",
        series="hip",
        body_part="HIP",
        model="balls",
    )
    write_series(volume, header, folder / "dicom")
    new_case(folder / "hip.twin", folder / "dicom")
    return folder / "hip.twin"


@pytest.fixture
def window(qtbot: Any, hip: Path, tmp_path: Path) -> Iterator[Any]:
    case = Path(shutil.copytree(hip, tmp_path / "a.twin"))
    with opened_window(qtbot, case, step="anatomy", size=(1500, 950)) as made:
        yield made


def test_steps_clicks_and_notes_of_a_preset(window: Any, qtbot: Any) -> None:
    panel = window.page.preset
    rows = panel.choice.model()
    greyed = {rows.item(n).data(Qt.ItemDataRole.UserRole): rows.item(n) for n in range(rows.rowCount())}
    assert not greyed["mr_bone"].isEnabled()
    assert "needs MR" in greyed["mr_bone"].toolTip()
    assert greyed["bones"].isEnabled()
    panel.choice.choose("mr_bone")
    assert panel.choice.currentData() == "bone"
    panel.choice.choose("cortical_trabecular")
    panel.more.setChecked(True)
    assert "Source" in panel.numbers["joint_hu"].slider.toolTip()
    panel.numbers["cortex_mm"].field.setValue(6.0)
    assert panel.parameters == {"cortex_mm": 6.0}
    qtbot.mouseClick(panel.points.buttons["bone"], LEFT)
    assert window.desk.model.tool is panel.points._tool
    panel.points.put("bone", np.zeros(3))
    assert panel.points.clicks == {"bone": [[0.0, 0.0, 0.0]]}
    qtbot.mouseClick(panel.start, LEFT)
    qtbot.waitUntil(lambda: not window.desk.jobs.busy, timeout=60000)
    qtbot.waitUntil(lambda: bool(window.desk.session.case.state.get("labels")), timeout=20000)
    labels = window.desk.session.case.state["labels"]
    assert [r["name"] for r in labels["segments"]][:2] == ["cortical_bone", "trabecular_bone"]
    assert labels["parameters"] == {"cortex_mm": 6.0}
    # The case is about other anatomy now: another page, which gives clicks and settings back.
    qtbot.waitUntil(lambda: window.page is not None and window.page.preset is not panel, timeout=20000)
    again = window.page.preset
    qtbot.waitUntil(lambda: "Simulated iodinated" in again.notes.text(), timeout=20000)
    assert again.choice.currentData() == "cortical_trabecular"
    assert again.points.clicks == {"bone": [[0.0, 0.0, 0.0]]}
    assert again.parameters == {"cortex_mm": 6.0}
    assert again.add.isVisibleTo(again)
    picture = os.environ.get("SURGITWIN_PICTURES")
    if picture:
        qtbot.wait(800)
        window.grab().save(picture)


def test_a_needed_click_is_asked_for_before_the_start(window: Any) -> None:
    panel = window.page.preset
    panel.choice.choose("vertebra")
    assert not panel.start.isEnabled()
    assert "first" in panel.start.toolTip()
    panel.points.put("vertebra", np.zeros(3))
    assert panel.start.isEnabled()
    panel.points._drop("vertebra")
    assert not panel.start.isEnabled()
