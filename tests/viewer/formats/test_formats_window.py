"""An image file dropped on the window: asked, imported, looked at; its segments exported from the menu."""

from __future__ import annotations

import os
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import pyvista as pv

pytestmark = pytest.mark.gui
if not os.environ.get("DISPLAY"):
    pytest.skip("needs a display: run under xvfb-run -a", allow_module_level=True)

from PySide6.QtWidgets import QApplication, QMenu  # noqa: E402

from surgitwin.core.image import LabelMap, Segment  # noqa: E402
from surgitwin.exchange.labels_out import write_nifti_labels  # noqa: E402
from surgitwin.imaging.formats.nrrd import write_labels  # noqa: E402
from surgitwin.imaging.formats.question import Answers  # noqa: E402
from surgitwin.imaging.formats.reader import open_image  # noqa: E402
from surgitwin.planning import case_names, recent, settings  # noqa: E402
from surgitwin.planning.case import Case  # noqa: E402
from surgitwin.planning.images.files import case_from_image  # noqa: E402
from surgitwin.planning.segments.facts import count_rows  # noqa: E402
from surgitwin.viewer import preferences, theme  # noqa: E402
from surgitwin.viewer.formats.export_menu import WAYS, SegmentExport  # noqa: E402
from surgitwin.viewer.formats.image_dialog import ImageDialog  # noqa: E402
from surgitwin.viewer.formats.segment_import import SegmentFileDialog, ask_answers  # noqa: E402
from surgitwin.viewer.main_window import MainWindow  # noqa: E402

LONG = 30000


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(recent.VARIABLE, str(tmp_path / "state"))
    monkeypatch.setenv(case_names.VARIABLE, str(tmp_path / "cases"))
    monkeypatch.setenv(settings.VARIABLE, str(tmp_path / "settings.toml"))
    preferences.read_again()
    yield tmp_path
    preferences.read_again()


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """A VTI: neither frame nor unit nor meaning of values."""
    image = pv.ImageData(dimensions=(30, 20, 10))
    image["v"] = np.arange(6000, dtype=np.int16) - 3000
    image.save(tmp_path / "a.vti")
    return tmp_path / "a.vti"


def pick(box, value: str) -> None:
    box.setCurrentIndex(box.findData(value))


def test_nothing_is_answered_beforehand_and_import_waits_for_answers(qtbot, places, plain) -> None:
    theme.apply(QApplication.instance(), "dark")
    dialog = ImageDialog(open_image(plain))
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.form.answers == Answers()
    assert not dialog.ok.isEnabled()
    boxes = dialog.form.boxes
    pick(boxes["frame"], "ras")
    pick(boxes["values"], "hu")
    pick(boxes["unit"], "um")  # thirty micrometres: no person is so small
    assert dialog.form.accept.isVisible()
    assert not dialog.ok.isEnabled()
    pick(boxes["unit"], "voxel")
    assert dialog.form.voxel_row.isVisible()
    assert not dialog.ok.isEnabled()
    for spin in dialog.form.voxel:
        spin.setValue(2.0)
    assert dialog.ok.isEnabled(), dialog.fault.text()
    assert "60 x 40 x 20 mm" in dialog.verdict.text()
    pick(boxes["unit"], "nobody")
    assert "not known" in dialog.verdict.text()
    dialog.name.setText("")
    assert not dialog.ok.isEnabled()


def test_a_dropped_file_becomes_a_case(qtbot, places, plain) -> None:
    window = MainWindow()
    qtbot.addWidget(window, before_close_func=lambda w: w.close())
    window.show()
    qtbot.waitExposed(window)
    window.pages["import"].take([plain])
    qtbot.waitUntil(lambda: window.findChild(ImageDialog) is not None, timeout=LONG)
    dialog = window.findChild(ImageDialog)
    pick(dialog.form.boxes["frame"], "lps")
    pick(dialog.form.boxes["values"], "other")
    pick(dialog.form.boxes["unit"], "nobody")
    made = dialog.path
    assert not dialog.without.isChecked()
    dialog.without.setChecked(True)
    dialog.ok.click()
    qtbot.waitUntil(lambda: window.desk.session is not None, timeout=LONG)
    case = Case.open(made)
    assert not case.volume.scale_known
    assert case.state["series"]["source"]["answers"]["scale_unknown"] is True
    assert case.state["deidentified"]
    assert not case.state["series"]["source"]["sha256"]
    assert ImageDialog(open_image(plain), window).without.isChecked()  # remembered, as of DICOM images


def test_segments_are_exported_from_the_menu(qtbot, places, tmp_path) -> None:
    image = nib.Nifti1Image(np.full((30, 20, 10), -100, np.int16), np.diag([1.0, 1, 2, 1]))
    image.header.set_xyzt_units("mm")
    nib.save(image, tmp_path / "a.nii")
    case = case_from_image(tmp_path / "a.twin", tmp_path / "a.nii", Answers(values="hu"))
    array = np.zeros(case.volume.grid.shape, np.uint8)
    array[2:8, 5:15, 5:25] = 1
    labels = LabelMap(array, case.volume.grid, (Segment(1, "block", "", (1, 0, 0)),))
    case.updated(
        "test",
        site="general",
        labels={
            "blob": case.folder.put(".nrrd", lambda p: write_labels(labels, p)),
            "hash": labels.hash, "preset": "file", "parameters": {}, "made": ["block"], "added": [],
            "segments": count_rows(labels, case.volume), "segments_of": labels.hash, "input_hash": "1",
        },
    )  # fmt: skip
    window = MainWindow()
    qtbot.addWidget(window, before_close_func=lambda w: w.close())
    window.show()
    menu = window.findChild(QMenu, "menu_export_segments")
    menu.aboutToShow.emit()
    assert not any(a.isEnabled() for a in menu.actions())
    window.open_path(tmp_path / "a.twin")
    qtbot.waitUntil(lambda: window.desk.session is not None, timeout=LONG)
    menu.aboutToShow.emit()
    assert {a.objectName(): a.isEnabled() for a in menu.actions()} == {
        "export_labels": True, "export_seg": True, "export_surfaces": True, "export_mesh": False,
        "export_image": True, "export_objects": False,
    }  # fmt: skip
    said: list[str] = []
    window.desk.said.connect(said.append)
    (tmp_path / "out").mkdir()
    (image_way,) = [w for w in WAYS if w.name == "image"]
    files = {"s.seg.nrrd": WAYS[0], "i.nii.gz": image_way, "t.seg.nrrd": WAYS[0]}
    for name, way in files.items():  # asked while the one before is written
        window.findChild(SegmentExport).write(way, tmp_path / "out" / name, None)
    qtbot.waitUntil(lambda: all(any(f"Saved {n} (" in s for s in said) for n in files), timeout=LONG)
    errors: list[str] = []
    window.desk.error_said.connect(lambda e: errors.append(e.code))
    window.findChild(SegmentExport).write(WAYS[1], tmp_path / "out" / "s.dcm", tmp_path)
    qtbot.waitUntil(lambda: errors == ["usage.source"], timeout=LONG)
    array[2:8, 5:15, 5:10] = 0
    other = LabelMap(np.where(array == 0, 0, 1).astype(np.uint8), case.volume.grid, labels.segments)
    write_nifti_labels(other, tmp_path / "b.nii.gz")
    ask_answers(window, tmp_path / "b.nii.gz")
    dialog = window.findChild(SegmentFileDialog)
    assert dialog.arguments == {"file": str(tmp_path / "b.nii.gz"), "add": True, "surface": {}}
    pick(dialog.way, False)
    dialog.ok.click()
    hash_before = window.desk.session.case.state["labels"]["hash"]
    qtbot.waitUntil(lambda: window.desk.session.case.state["labels"]["hash"] != hash_before, timeout=LONG)
    assert int(np.count_nonzero(window.desk.session.case.labels.array)) == int(np.count_nonzero(array))
