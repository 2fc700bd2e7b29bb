"""The panel of the second image with real clicks: questions of a file, landmark pairs in both images."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

pytestmark = pytest.mark.gui
if not os.environ.get("DISPLAY"):
    pytest.skip("needs a display: run under xvfb-run -a", allow_module_level=True)

from PySide6.QtCore import Qt  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from surgitwin.core.image import ImageGrid, Volume  # noqa: E402
from surgitwin.planning.case import now  # noqa: E402
from surgitwin.planning.images.new_case import store_case  # noqa: E402
from surgitwin.viewer import main_window  # noqa: E402
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
    made = main_window.MainWindow()
    made.resize(1500, 950)
    made.show()
    qtbot.waitExposed(made)
    made.open_path(tmp_path / "a.twin")
    qtbot.waitUntil(lambda: made.desk.session is not None, timeout=LONG)
    yield made
    if made.desk.session is not None:
        made.drop_case()
    made.close()
    made.deleteLater()
    QApplication.processEvents()


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
