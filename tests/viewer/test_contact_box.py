"""How the implant touches the bone: chosen by mouse on the Plans page, one undo step each."""

import os

import pytest

pytestmark = pytest.mark.gui
if not os.environ.get("DISPLAY"):
    pytest.skip("needs a display: run under xvfb-run -a", allow_module_level=True)

from opened_window import opened_window  # noqa: E402

from surgitwin.planning.solving.contact_models import EXPLAINED, ModelRow, own_model  # noqa: E402
from surgitwin.viewer import main_window, page_sets  # noqa: E402
from surgitwin.viewer.pages.plans_page import PlansPage  # noqa: E402


@pytest.fixture
def page(qtbot, meshed_case, tmp_path, monkeypatch):
    monkeypatch.setattr(page_sets, "BONE_PAGES", (PlansPage,))
    monkeypatch.setattr(main_window.MainWindow, "_first_step", lambda self: "plans")
    monkeypatch.setenv("SURGITWIN_PICTURES", str(tmp_path / "pictures"))
    with opened_window(qtbot, meshed_case.copy(tmp_path / "a.twin")) as window:
        window.desk.set_active_plan("plate")
        yield window.page


def test_a_model_is_chosen_and_undone(page, qtbot):
    box, bench = page.contact, page.bench
    before = own_model(bench.plan)
    box.model.setCurrentIndex(box.model.findData("glued"))
    box.model.activated.emit(box.model.currentIndex())
    assert own_model(bench.plan) == "glued"
    assert box.words.text() == EXPLAINED["glued"]
    assert not box.friction.isEnabled()
    assert "Grown in" in page.folds["contact"].summary.text()
    bench.session.undo()
    qtbot.waitUntil(lambda: own_model(bench.plan) == before)
    assert box.model.currentData() == before


def test_friction_belongs_to_contact(page, qtbot):
    box, bench = page.contact, page.bench
    box.model.setCurrentIndex(box.model.findData("contact"))
    box.model.activated.emit(box.model.currentIndex())
    assert box.friction.isEnabled()
    box.friction.setValue(0.2)
    assert bench.plan.options["friction"] == 0.2
    assert "Not verified" in box.friction.toolTip()


def test_the_three_models_stand_side_by_side_once_all_are_simulated(page):
    box = page.contact
    assert not box.table.isVisibleTo(box)
    values = {"none": 2.9, "contact": 0.04, "glued": 0.0}
    box._fill([ModelRow("contact_overlap", "mm", "stance_full", values)])
    assert box.table.isVisibleTo(box)
    assert [box.table.item(1, k).text() for k in range(3)] == ["2.9", "0.04", "0"]
    assert "mm" in box.table.item(0, 0).text()


def test_one_click_asks_for_all_three(page, monkeypatch):
    asked = []
    monkeypatch.setattr(page.desk.jobs, "start", lambda *a, **k: asked.append(a))
    page.contact.all_three.click()
    assert asked[0][:2] == ("solve", {"plans": ["plate"], "contact_models": True})
