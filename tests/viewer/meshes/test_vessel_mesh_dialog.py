"""The dialog of a vessel's mesh: what is asked, the job, numbers, 3D, a file, undo."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.gui
if not os.environ.get("DISPLAY"):
    pytest.skip("needs a display: run under xvfb-run -a", allow_module_level=True)

import meshio  # noqa: E402
from opened_window import opened_window  # noqa: E402
from PySide6.QtCore import Qt  # noqa: E402

from surgitwin.core.image import ImageGrid, LabelMap, Segment, Volume  # noqa: E402
from surgitwin.imaging import write_labels  # noqa: E402
from surgitwin.planning.case import Case, now  # noqa: E402
from surgitwin.planning.images.new_case import store_case  # noqa: E402
from surgitwin.viewer.meshes.dialog import VesselMeshDialog  # noqa: E402
from surgitwin.viewer.meshes.form import BOTH  # noqa: E402
from surgitwin.viewer.meshes.result import GROUP  # noqa: E402

LEFT = Qt.MouseButton.LeftButton
LONG = 60000
HALF = 14.0


def tube_case(path: Path) -> Path:
    """A straight vessel of 4 mm radius along z in an image of 1 mm voxels, beside a bone."""
    grid = ImageGrid((40, 24, 24), np.array([-12.0, -12, -20]), np.ones(3), np.eye(3))
    k, j, i = np.indices(grid.shape)
    x, y, z = (grid.index_to_lps(np.stack([i, j, k], -1).reshape(-1, 3)).T).reshape(3, *grid.shape)
    array = ((np.hypot(x, y) < 4) & (np.abs(z) < HALF)).astype(np.uint8) * 2
    array[2:6, 2:4, 2:4] = 1
    labels = LabelMap(array, grid, (Segment(1, "rib", "", (1, 1, 1)), Segment(2, "aorta", "", (1, 0, 0))))
    state = {
        "created": now(), "patient": {}, "series": {}, "header": {}, "body_weight_kg": 70.0, "history": [],
        "site": "general",
    }  # fmt: skip
    store_case(path, state, Volume(np.zeros(grid.shape, np.int16), grid))
    case = Case.open(path)
    blob = case.folder.put(".nrrd", lambda p: write_labels(labels, p))
    case.updated("segments", labels={"blob": blob, "hash": labels.hash})
    return path


@pytest.fixture
def window(qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("SURGITWIN_STATE", str(tmp_path / "state"))
    with opened_window(qtbot, tube_case(tmp_path / "a.twin"), size=(1280, 800)) as made:
        yield made


def test_wall_and_blood_from_the_dialog(qtbot: Any, window: Any, tmp_path: Path) -> None:
    window.actions_["vessel_mesh"].trigger()
    dialog: VesselMeshDialog = window.findChild(VesselMeshDialog)
    form = dialog.form
    assert form.segment.currentText() == "aorta"  # by its name, not the first
    assert not form.form.isRowVisible(form.wall)
    form.kind.setCurrentIndex(form.kind.findData(BOTH))
    assert form.form.isRowVisible(form.wall)
    assert not form.ends.isEnabled()  # no tree was measured
    for z in (-10.0, 10.0):
        window.desk.model.set_crosshair([0, 0, z])
        qtbot.mouseClick(form.cut, LEFT)
    form.largest.setValue(1.0)
    form.least.setValue(3.0)
    assert "larger" in dialog.start.toolTip()
    assert not dialog.start.isEnabled()
    form.largest.setValue(2.0)
    form.least.setValue(0.8)
    form.layers.setValue(2)
    qtbot.mouseClick(dialog.start, LEFT)
    assert dialog.cancel.isVisible()
    scene = window.desk.views.scene
    qtbot.waitUntil(lambda: dialog.found.isVisible() and GROUP in scene.groups.names, timeout=LONG)
    step = window.desk.session.case.state["vessel_mesh"]
    assert [p["name"] for p in step["parts"]] == ["boundary_layer", "core", "wall"]
    assert len(step["ends"]) == 2
    assert dialog.found.table.rowCount() == 3
    assert float(dialog.found.table.item(2, 3).text()) > 0.01
    out = tmp_path / "both.vtu"
    for shown in (False, True):
        dialog.found.shown.setChecked(shown)  # is drawn again
    dialog.found.write(out)
    for shown in (False, True):
        dialog.found.shown.setChecked(shown)  # what is drawn next takes no file's turn
    qtbot.waitUntil(out.is_file, timeout=LONG)
    read = meshio.read(out)
    assert set(read.point_data) >= {"interface", "outer", "end_1", "wall_end_2"}
    assert sum(len(c.data) for c in read.cells) == sum(p["n_cells"] for p in step["parts"])
    window.undo()
    qtbot.waitUntil(lambda: not dialog.found.isVisible(), timeout=LONG)
    assert GROUP not in scene.groups.names
    dialog.close()
