"""The line and the table of numerical checks below the table of results."""

import os

import pytest

pytestmark = pytest.mark.gui
if not os.environ.get("DISPLAY"):
    pytest.skip("needs a display: run under xvfb-run -a", allow_module_level=True)

from surgitwin.mechanics.numerical_check import Check  # noqa: E402
from surgitwin.planning.solving.numerics_table import Checked  # noqa: E402
from surgitwin.viewer.simulating.numerics_box import NumericsBox  # noqa: E402


def checked(moment):
    verdict = "ok" if moment <= 1e-6 else "bad"
    return Checked(
        "nail",
        "Nail",
        {
            "axial": (
                Check("moment_balance", "Moment balance", moment, "1", 1e-6, verdict, "By the load."),
                Check("discretisation", "Estimated mesh error", 0.08, "1", None, "note", "Part by part."),
            )
        },
    )


def test_the_line_says_all_met_and_the_table_opens_on_demand(qtbot):
    box = NumericsBox()
    qtbot.addWidget(box)
    box.show_checks(())
    assert box.isHidden()
    box.show_checks([checked(1e-9)])
    assert not box.isHidden()
    assert box.words.text() == "Numerical checks: all met."
    assert box.words.property("role") == "muted"
    assert box.table.isHidden()
    box.more.click()
    assert not box.table.isHidden()
    assert [box.table.item(0, n).text() for n in range(3)] == ["Moment balance", "at most 1e-06", "✔ 1.0e-09"]
    assert box.table.item(1, 2).text() == "8 %"
    assert box.table.item(0, 2).toolTip() == "By the load."
    box.more.click()
    assert box.table.isHidden()


def test_what_is_not_met_stands_in_the_line(qtbot):
    box = NumericsBox()
    qtbot.addWidget(box)
    box.show_checks([checked(2e-6)])
    assert "not met by Nail: moment balance (2.0e-06, at most 1e-06)" in box.words.text()
    assert box.words.property("role") == "warning"
