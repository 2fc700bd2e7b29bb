"""The window on a case about other anatomy: segments and mesh, no operation."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from small_case import SmallCase, meshed_case
from surgitwin.planning.case import Case
from surgitwin.planning.meshes.step import mesh_case
from surgitwin.planning.segments.bone import segment_case
from surgitwin.planning.sites.general_steps import NO_OPERATION
from surgitwin.planning.steps import step_states
from surgitwin.viewer.main_window import MainWindow

pytestmark = pytest.mark.gui


@pytest.fixture(scope="module")
def segmented(tmp_path_factory) -> Path:
    """The small case segmented by another preset."""
    small: SmallCase = meshed_case()
    path = small.copy(tmp_path_factory.mktemp("general") / "bones.twin")
    for plan in (path / "plans").iterdir():
        plan.unlink()
    segment_case(Case.open(path), preset="bones")
    return path


@pytest.fixture(scope="module")
def general(segmented, tmp_path_factory) -> Case:
    """One bone meshed: specks of a few voxels of 3 mm ask for a lattice 12 times as large, two minutes."""
    path = tmp_path_factory.mktemp("meshed") / "bones.twin"
    shutil.copytree(segmented, path)
    return mesh_case(Case.open(path), size_mm=6.0, tissues=("bone_2",))


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
    assert not any(n.startswith("segment:") for n in scene.groups.names), "the mesh is shown in their place"
    window.drop_case()
    window.close()
    window.deleteLater()


def test_segments_stay_in_the_3d_view_until_there_is_a_mesh(segmented, qtbot) -> None:
    """Without a mesh the other pages would show nothing at all."""
    assert not Case.open(segmented).state.get("mesh")
    window = MainWindow()
    window.resize(1400, 900)
    window.show()
    window.open_path(segmented)
    qtbot.waitUntil(lambda: window.desk.session is not None and "compare" in window.pages, timeout=30_000)
    surfaces, scene = window.pages["anatomy"].surfaces, window.desk.views.scene

    def segments() -> set[str]:
        return {n for n in scene.groups.names if n.startswith("segment:")}

    window.go_to("plans")
    qtbot.waitUntil(lambda: bool(segments()) and not surfaces.busy, timeout=20_000)
    assert "bone" not in scene.groups.names
    window.drop_case()
    window.close()
    window.deleteLater()
