"""The window on a case about other anatomy: segments and mesh, no operation."""

from __future__ import annotations

import pytest

from small_case import SmallCase, meshed_case
from surgitwin.planning.case import Case
from surgitwin.planning.general_steps import NO_OPERATION
from surgitwin.planning.mesh_step import mesh_case
from surgitwin.planning.segment_step import segment_case
from surgitwin.planning.steps import step_states
from surgitwin.viewer.main_window import MainWindow

pytestmark = pytest.mark.gui


@pytest.fixture(scope="module")
def general(tmp_path_factory) -> Case:
    """The small case segmented by another preset and meshed."""
    small: SmallCase = meshed_case()
    path = small.copy(tmp_path_factory.mktemp("general") / "bones.twin")
    for plan in (path / "plans").iterdir():
        plan.unlink()
    case = segment_case(Case.open(path), preset="bones")
    return mesh_case(case, size_mm=8.0)


def test_pages_words_and_3d_view(general, qtbot) -> None:
    states = {s.step: s for s in step_states(general)}
    assert states["anatomy"].mend == "review"
    assert {states[s].state for s in ("plans", "simulate", "compare")} == {"blocked"}
    window = MainWindow()
    window.errors = []
    window.desk.error_said.connect(window.errors.append)
    window.resize(1400, 900)
    window.show()
    window.open_path(general.folder.path)
    qtbot.waitUntil(lambda: window.desk.session is not None and "compare" in window.pages, timeout=30_000)
    assert not window.errors
    assert window.page is window.pages["anatomy"]  # nothing follows it
    assert window.header.side.text() == "OTHER ANATOMY"
    window.go_to("anatomy")
    page = window.pages["anatomy"]
    assert not page.side.isVisible()
    assert not page.folds["Landmarks"].isVisible()
    assert page.folds["Segments"].isVisible()
    window.go_to("plans")
    assert window.pages["plans"].empty.words.text() == NO_OPERATION
    scene = window.desk.views.scene
    qtbot.waitUntil(lambda: "bone" in scene.groups.names, timeout=20_000)
    window.drop_case()
    window.close()
    window.deleteLater()
