"""Studies in the window: the box on Simulate tells cost and queues them, Compare shows their tables."""

import os

import pytest

pytestmark = pytest.mark.gui
if not os.environ.get("DISPLAY"):
    pytest.skip("needs a display: run under xvfb-run -a", allow_module_level=True)

from surgitwin.report.data import StudyTable  # noqa: E402
from surgitwin.viewer.simulating.study_box import StudyBox  # noqa: E402
from surgitwin.viewer.simulating.study_tables import NOTHING, StudyTables  # noqa: E402


def test_the_box_asks_for_the_chosen_plan_and_says_why_not(qtbot):
    box = StudyBox()
    qtbot.addWidget(box)
    asked = []
    box.asked.connect(lambda kind, plan: asked.append((kind, plan)))
    box.show_state("24 samples, about 6 min", {"nail": "Nail", "plate": "Plate"}, "")
    assert "6 min" in box.words.text()
    box.plan.setCurrentIndex(1)
    box.show_state("again", {"nail": "Nail", "plate": "Plate"}, "")
    for one in (box.run, box.boundary, box.mesh):
        one.click()
    assert asked == [("study", ""), ("boundary", "plate"), ("mesh_study", "plate")]
    box.show_state("", {}, "There is no plan yet.")
    assert not box.run.isEnabled()
    assert box.run.toolTip() == "There is no plan yet."


def test_tables_of_studies_are_shown_with_their_notes(qtbot):
    shown = StudyTables()
    qtbot.addWidget(shown)
    assert any(label.text() == NOTHING for label in shown.widget().children() if hasattr(label, "text"))
    table = StudyTable(
        "Plate: mesh size", ("Number", "Order"), (("IFS", "2.0"), ("Stiffness", "1.9")), ("Note.",)
    )
    shown.show_tables((table,))
    (made,) = shown.tables
    assert (made.rowCount(), made.columnCount()) == (2, 2)
    assert made.item(1, 1).text() == "1.9"
    assert made.horizontalHeaderItem(1).text() == "Order"
    texts = [label.text() for label in shown.widget().children() if hasattr(label, "text")]
    assert "Plate: mesh size" in texts
    assert "Note." in texts
