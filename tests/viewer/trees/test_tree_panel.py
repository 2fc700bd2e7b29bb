"""The vessel tree in the window: measured by the button, chosen by clicks, followed by all views, undone."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from PySide6.QtCore import Qt

from anatomy.tree import tree_phantoms as phantoms
from surgitwin.core.image import LabelMap, Segment
from surgitwin.core.progress import SILENT
from surgitwin.imaging.formats.nrrd import write_labels, write_volume
from surgitwin.planning.case import Case
from surgitwin.planning.step_task import STEPS
from surgitwin.viewer.main_window import MainWindow
from surgitwin.viewer.segments.table import SegmentTable
from surgitwin.viewer.trees.branch_table import STALE
from surgitwin.viewer.trees.tree_scene import LIT, SECTION, TREE

pytestmark = pytest.mark.gui


def narrowed_y() -> list[phantoms.Piece]:
    stem, left, right = phantoms.y_tree(3.0)
    return [stem, phantoms.Piece(left.a, left.b, left.r, 0.5), right]


@pytest.fixture(scope="module")
def measured(tmp_path_factory) -> Case:
    """A narrowed Y as a case about other anatomy, with its tree."""
    from surgitwin.cli.main import main

    folder = tmp_path_factory.mktemp("tree")
    volume = phantoms.picture(narrowed_y(), 0.6)
    labels = LabelMap(
        phantoms.mask_of(volume).astype(np.uint8),
        volume.grid,
        (Segment(1, "vessel", "59820001", (0.8, 0.2, 0.2)),),
    )
    write_volume(volume, folder / "y.nrrd")
    write_labels(labels, folder / "y.seg.nrrd")
    path = folder / "y.twin"
    words = ["new", path, "--image", folder / "y.nrrd", "--values", "hu", "--accept-size"]
    assert main([str(w) for w in words]) == 0
    assert main(["segment", str(path), "--from", str(folder / "y.seg.nrrd")]) == 0
    case = Case.open(path)
    name = case.labels.segments[0].name
    return STEPS["tree"](case, {"segment": name, "root": [0, 0, 1]}, SILENT)


@pytest.fixture
def window(measured, qtbot, tmp_path):
    import shutil

    path = tmp_path / "y.twin"
    shutil.copytree(measured.folder.path, path, ignore=shutil.ignore_patterns(".lock"))
    made = MainWindow()
    made.errors = []
    made.desk.error_said.connect(made.errors.append)
    made.resize(1400, 900)
    made.show()
    made.open_path(path)
    qtbot.waitUntil(lambda: made.desk.session is not None and "compare" in made.pages, timeout=30_000)
    made.go_to("anatomy")
    yield made
    made.drop_case()
    made.close()
    made.deleteLater()
    assert not made.errors


def still(qtbot, panel) -> None:
    qtbot.waitUntil(lambda: panel.place.reading is not None and not panel.busy, timeout=20_000)


def test_views_of_a_tree_follow_each_other_and_names_are_undone(window, qtbot, tmp_path) -> None:
    panel = window.pages["anatomy"].tree
    still(qtbot, panel)
    place, scene = panel.place, window.desk.views.scene
    qtbot.waitUntil(lambda: {TREE, LIT, SECTION} <= set(scene.groups.names), timeout=10_000)
    assert place.spot.branch in {b.id for b in place.reading.tree.branches if b.lesions}  # the narrowed one
    panel.show_views()
    tiles = panel.tiles
    assert tiles.shown
    assert tiles.table.table.rowCount() == 3
    # The curve: a press in it moves crosshair, section and reformats.
    tiles.curve.scrubbed.emit(11.0)
    assert place.spot.s_mm == pytest.approx(11.0)
    assert place.reading.walk.nearest(window.desk.model.crosshair_mm).branch == place.spot.branch
    assert tiles.straight.s_mm == tiles.curved.s_mm == tiles.curve.cursor_mm == pytest.approx(11.0)
    assert any("mm²" in w for w in tiles.section.words)
    assert not any("narrowed 0 %" in w for w in tiles.section.words)
    # A click in a slice or in 3D comes as a crosshair: the branch there is chosen and its row marked.
    other = next(b for b in place.reading.tree.branches if b.parent is not None and b.id != place.spot.branch)
    window.desk.model.set_crosshair(other.points_mm[len(other.points_mm) // 2] + [0.0, 0.8, 0.0])
    assert place.spot.branch == other.id
    marked = tiles.table.table.selectedItems()[0]
    assert marked.data(Qt.ItemDataRole.UserRole) == other.id
    # A name, typed; its undo.
    marked.setText("LAD")
    qtbot.waitUntil(lambda: place.title(other.id) == "LAD", timeout=10_000)
    window.undo()
    qtbot.waitUntil(lambda: place.title(other.id) == f"Branch {other.id}", timeout=10_000)
    out = tmp_path / "t.csv"
    more = [tmp_path / "t.vtp", tmp_path / "t.json"]  # asked for at once: none may get lost
    for path in (out, *more):
        panel.files.write(path)
    qtbot.waitUntil(lambda: all(p.exists() for p in (out, *more)), timeout=10_000)
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert len(rows) == 3
    percent = [float(r["narrowing_percent"]) for r in rows if r["narrowing_percent"]]
    assert percent == [pytest.approx(50, abs=6)]
    window.go_to("plans")
    assert not {TREE, LIT, SECTION} & set(scene.groups.names)
    assert not tiles.shown


def test_an_edited_segment_is_told_and_measured_again_by_the_button(window, qtbot) -> None:
    page = window.pages["anatomy"]
    panel, session = page.tree, window.desk.session
    still(qtbot, panel)
    from surgitwin.segmentation.patch import LabelPatch

    after = np.array(session.label_array)
    after[:20] = 0
    session.edit_labels("Cut the stem", LabelPatch.between(session.label_array, after))
    qtbot.waitUntil(lambda: panel.state.text() == STALE, timeout=20_000)
    window.undo()
    qtbot.waitUntil(lambda: panel.state.text() != STALE, timeout=20_000)
    panel.least.setValue(1.0)
    panel.start.click()
    assert not panel.start.isEnabled()  # one at a time
    qtbot.waitUntil(lambda: panel.tiles is not None and panel.tiles.shown, timeout=60_000)
    assert panel.place.least_mm == 1.0
    assert len(panel.place.reading.tree.branches) == 3
    still(qtbot, panel)


def test_a_renamed_segment_keeps_its_tree(window, qtbot) -> None:
    panel, session = window.pages["anatomy"].tree, window.desk.session
    still(qtbot, panel)
    place, table = panel.place, SegmentTable(session, window.desk.model)
    blob, old = place.reading.blob, place.segment
    table.rename(table.segments[0].label, "coronary")
    qtbot.waitUntil(lambda: place.reading is not None and place.reading.segment == "coronary", timeout=20_000)
    assert place.segment == "coronary"
    assert (place.reading.blob, place.reading.current) == (blob, True)
    assert list(session.case.state["trees"]) == ["coronary"]
    window.undo()
    qtbot.waitUntil(lambda: place.reading is not None and place.reading.segment == old, timeout=20_000)
    assert list(session.case.state["trees"]) == [old]
