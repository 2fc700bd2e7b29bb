"""The panel of automatic models with a program that stands in for TotalSegmentator: consent, job, locked."""

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

from segmentation.test_automatic_models import program  # noqa: E402, F401 - a fixture
from surgitwin.core.image import ImageGrid, Volume  # noqa: E402
from surgitwin.planning.case import now  # noqa: E402
from surgitwin.planning.images.new_case import store_case  # noqa: E402
from surgitwin.planning.segments.looks import look_of  # noqa: E402
from surgitwin.segmentation.automatic.totalsegmentator import NEEDED  # noqa: E402
from surgitwin.viewer.models.dialog import ModelsDialog  # noqa: E402

LEFT = Qt.MouseButton.LeftButton
LONG = 60000


@pytest.fixture
def window(qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("SURGITWIN_STATE", str(tmp_path / "state"))
    grid = ImageGrid((20, 24, 28), np.zeros(3), np.full(3, 2.0), np.eye(3))
    array = np.random.default_rng(0).normal(0, 100, grid.shape).astype(np.int16)
    state = {
        "created": now(),
        "patient": {},
        "series": {},
        "header": {},
        "body_weight_kg": 70.0,
        "history": [],
    }
    store_case(tmp_path / "a.twin", state, Volume(array, grid))
    with opened_window(qtbot, tmp_path / "a.twin", size=(1500, 950)) as made:
        yield made


def opened(qtbot: Any, window: Any) -> ModelsDialog:
    window.actions_["automatic_model"].trigger()
    dialog: ModelsDialog = window.findChild(ModelsDialog)
    qtbot.waitUntil(lambda: dialog.facts is not None, timeout=LONG)
    return dialog


def test_what_is_not_installed_says_how(qtbot: Any, window: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("SURGITWIN_MODELS", str(tmp_path / "none"))
    dialog = opened(qtbot, window)
    assert "no command TotalSegmentator" in dialog.about.text()
    assert "install" in dialog.install.text()
    assert not dialog.start.isEnabled()
    dialog.close()


def test_consent_then_segments_come_locked(qtbot: Any, program: Path, window: Any, tmp_path: Path) -> None:  # noqa: F811
    shutil.rmtree(tmp_path / "weights" / NEEDED[0])
    dialog = opened(qtbot, window)
    dialog.search.setText("aor")
    shown = [i for i in range(dialog.segments.count()) if not dialog.segments.item(i).isHidden()]
    dialog.segments.item(shown[0]).setCheckState(Qt.CheckState.Checked)
    assert dialog.chosen == ["aorta"]
    assert "github.com" in dialog.loads.text()
    assert not dialog.start.isEnabled()
    dialog.consent.setChecked(True)
    assert dialog.start.isEnabled()
    qtbot.mouseClick(dialog.start, LEFT)
    jobs = window.desk.jobs
    qtbot.waitUntil(lambda: bool(jobs.jobs) and jobs.jobs[-1].over, timeout=LONG)
    assert jobs.jobs[-1].state == "done", jobs.jobs[-1].error
    case = window.desk.session.case
    assert [s.name for s in case.labels.segments] == ["aorta"]
    assert look_of(case.state, "aorta").locked
    assert case.state["labels"]["model"]["name"] == "totalsegmentator"
