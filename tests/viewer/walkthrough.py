"""From an empty window to the PDF, as a newcomer would go: used by a test and by the user guide."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hands import Hands
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QFileDialog, QLineEdit

from surgitwin.planning.solving.results import result_state


def walk(window: Any, hands: Hands, images: Path, out: Path, body_weight_kg: float | None = None) -> Path:
    """The whole way with the images in the folder `images`; returns the PDF. out: for case and reports."""
    hands.picture("start")
    import_scan(window, hands, images, out, body_weight_kg)
    anatomy(window, hands)
    plans(window, hands)
    simulate(window, hands)
    return compare(window, hands, out)


def import_scan(window: Any, hands: Hands, images: Path, out: Path, body_weight_kg: float | None) -> None:
    """Drop the folder, look at the series, make the case."""
    hands.drop(images)
    choice = window.pages["import"].choice
    hands.wait(choice.isVisible, "the scan to be looked at", 60)
    hands.wait(choice.take.isEnabled, "a series to be chosen", 20)
    hands.pause(800)
    hands.picture("import")
    hands.type("caseFolderField", str(out))
    if body_weight_kg is not None:
        hands.type("importWeight", f"{body_weight_kg:g}")
    hands.click(choice.take)
    hands.wait(lambda: window.desk.session is not None, "the case to open", 120)
    hands.wait(lambda: window.page.step == "anatomy", "the Anatomy page", 5)
    hands.pause(800)
    hands.picture("anatomy-empty")


def done(window: Any) -> bool:
    """Whether nothing is computed; a failed job stops the walk with its reason."""
    failed = [j for j in window.jobs.jobs if j.state == "failed"]
    assert not failed, f"{failed[0].title}: {failed[0].error}"
    return not window.jobs.busy


def anatomy(window: Any, hands: Hands) -> None:
    """Segment and mesh by the steps' own buttons, correct by hand, undo, sign."""
    hands.click("mend_anatomy")
    hands.pause(1500)
    hands.picture("segmenting")
    hands.wait(lambda: done(window), "the segmentation", 300)
    hands.pause(1500)
    session, view = window.desk.session, window.desk.views.slices["axial"]
    before = session.case
    hands.keys(Qt.Key.Key_B)
    centre = view.position_of(window.desk.model.crosshair_mm)
    hands.drag(view, centre + QPointF(25, 0), centre + QPointF(25, 30))
    hands.wait(lambda: session.undo_name.startswith("Paint"), "the stroke", 5)
    hands.picture("brush")
    hands.keys(Qt.Key.Key_Escape, on=view)
    hands.keys(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert session.case is before, f"after undo the last step is {session.undo_name!r}"
    hands.click("mend_anatomy")
    hands.wait(lambda: done(window), "measures and mesh", 600)
    hands.pause(1500)
    hands.type("reviewName", "Dr Example")
    if session.case.state.get("review") is None:
        hands.click("signReview")
    assert session.case.state["review"]["name"] == "Dr Example"
    hands.pause(500)
    hands.picture("anatomy-reviewed")


def plans(window: Any, hands: Hands) -> None:
    """Propose, move the nail by its number, copy a plan and change it, look at the difference."""
    desk, session = window.desk, window.desk.session
    hands.click("go_plans")
    hands.click("mend_plans")
    hands.wait(lambda: done(window) and len(session.case.plans()) >= 2, "the proposal", 120)
    hands.wait(lambda: bool(desk.director.layers("implant:0")), "the implant to be drawn", 20)
    hands.pause(1500)
    hands.picture("plans-proposed")
    desk.set_active_plan("plate")
    hands.pause(1500)
    hands.click("plan_duplicate")
    copy = desk.active_plan
    assert copy != "plate"
    hands.click("implant_slide_down")
    hands.wait(lambda: "lide" in session.undo_name or "ove" in session.undo_name, "the slide", 10)
    hands.pause(1500)
    hands.picture("plans-moved")
    hands.click("plan_difference")
    hands.pause(600)
    hands.picture("plans-difference")
    hands.keys(Qt.Key.Key_Escape, on=hands.find("planDifference"))
    hands.click("plan_delete")
    assert copy not in session.case.plans()


def simulate(window: Any, hands: Hands) -> None:
    """Everything that is missing."""
    hands.click("go_simulate")
    hands.pause(800)
    hands.click("runSelected")
    running = 12
    hands.wait(lambda: window.jobs.running and window.jobs.running.fraction, "the first progress", 60)
    hands.pause(running * 1000)
    hands.picture("simulating")
    hands.wait(lambda: done(window), "the simulation", 1800)
    case = window.desk.session.case
    assert all(result_state(case, name) == "current" for name in case.plans())
    hands.pause(800)
    hands.picture("simulated")


def compare(window: Any, hands: Hands, out: Path) -> Path:
    """Fields side by side, the numbers, the charts, and the report as HTML and PDF."""
    page = window.pages["compare"]
    hands.click("go_compare")
    hands.wait(lambda: page.views is not None and not page.views.busy.text(), "the results", 120)
    hands.pause(1500)
    hands.picture("compare")
    for n, name in enumerate(("numbers", "charts"), 1):
        page.tabs.setCurrentIndex(n)
        if name == "charts":
            hands.wait(lambda: not page.charts.picture.pixmap().isNull(), "the chart", 60)
        hands.pause(1200)
        hands.picture(f"compare-{name}")
    page.tabs.setCurrentIndex(0)
    for kind in ("html", "pdf"):
        save(hands, kind, out / f"report.{kind}")
        hands.wait(lambda: done(window), f"the report as {kind.upper()}", 300)
        assert (out / f"report.{kind}").stat().st_size > 50_000
    hands.keys(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: not window.desk.session.dirty, "the save", 60)
    hands.picture("report-written")
    return out / "report.pdf"


def save(hands: Hands, kind: str, to: Path) -> None:
    """Choose a file name in the dialog of an export button."""
    hands.click(f"export_{kind}")
    dialog = hands.find("saveDialog")
    assert isinstance(dialog, QFileDialog)
    field = dialog.findChild(QLineEdit)
    hands.type(field, str(to))
    hands.pause(200)
