"""The whole window on a small case solved by the real chain: it opens at Compare and shows its numbers."""

import os

import numpy as np
import pytest

pytestmark = [pytest.mark.gui, pytest.mark.e2e]
if not os.environ.get("DISPLAY"):
    pytest.skip("needs a display: run under xvfb-run -a", allow_module_level=True)


from opened_window import opened_window  # noqa: E402


@pytest.fixture
def window(qtbot, solved_case, tmp_path):
    with opened_window(qtbot, solved_case.copy(tmp_path / "solved.twin")) as made:
        yield made


@pytest.fixture
def page(window, qtbot):
    window.go_to("compare")
    out = window.pages["compare"]
    drawn(out, qtbot)
    return out


def drawn(page, qtbot):
    def quiet():
        busy = page._reader.busy or page._painter.busy or page._counter.busy
        return page.views is not None and not busy and not page.views._todo and page.views.shown is not None

    qtbot.waitUntil(quiet, timeout=60000)


def test_loads_plans_and_parts_are_named_in_words(page):
    loads = [page.panel.load.itemText(n) for n in range(3)]
    assert loads == [
        "Toe-touch weight-bearing stance",
        "Partial weight-bearing stance (50 %)",
        "Full weight-bearing stance",
    ]
    assert page.panel.load.currentText() == "Full weight-bearing stance"
    table = page.table
    assert table.rowCount() > 10
    cells = {table.item(r, c).text() for r in range(table.rowCount()) for c in range(table.columnCount())}
    assert any(text.startswith("Axial stiffness") for text in cells)
    assert not any("_" in text for text in cells)
    assert "_" not in page.verdict.verdict.text() + page.verdict.order.text() + page.verdict.outcome.text()


def test_two_linked_views_on_one_scale_follow_the_load(page, qtbot):
    one, two = page.views.visible_views
    page.panel.field.setCurrentIndex(page.panel.field.findData("displacement"))
    drawn(page, qtbot)
    assert one.scene.scale == two.scene.scale
    full = one.scene.scale.high
    page.panel.load.setCurrentIndex(page.panel.load.findData("stance_partial"))
    drawn(page, qtbot)
    assert one.scene.scale.high == pytest.approx(0.5 * full, rel=1e-3)
    bone = next(x for x in one.scene.layers if x.name == "bone")
    assert np.isfinite(np.asarray(bone.data.point_data["displacement"])).all()
