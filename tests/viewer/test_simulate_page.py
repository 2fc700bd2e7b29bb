"""The Simulate page and the job center: real processes, cancel, a killed worker, failures, nothing left."""

import os
import signal
import time
from dataclasses import replace

import psutil
import pytest

pytestmark = pytest.mark.gui
if not os.environ.get("DISPLAY"):
    pytest.skip("needs a display: run under xvfb-run -a", allow_module_level=True)

from PySide6.QtCore import Qt, QThread, QTimer  # noqa: E402
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget  # noqa: E402

from stage_samples import INTACT, SOFT, wider, with_result  # noqa: E402
from surgitwin.planning.session import Session  # noqa: E402
from surgitwin.planning.solving.results import result_state  # noqa: E402
from surgitwin.viewer.actions import Actions  # noqa: E402
from surgitwin.viewer.desk import Desk  # noqa: E402
from surgitwin.viewer.job_center import JobCenter  # noqa: E402
from surgitwin.viewer.pages.simulate_page import SimulatePage  # noqa: E402
from surgitwin.viewer.widgets.job_bar import JobBar  # noqa: E402

PROPOSE = ("propose", {"procedure": "fracture_fixation"}, "Propose plans")
MEASURE = ("measure", {}, "Measure the bone")
WAIT_MS = 60000


class Place(QWidget):
    """A window with the page, its centre and the job bar, without the four views."""

    def __init__(self, path, read_only=False):
        super().__init__()
        self.resize(1400, 800)
        self.desk = Desk(Actions(self), self)
        self.said, self.errors, self.gone_to = [], [], []
        self.desk.said.connect(self.said.append)
        self.desk.error_said.connect(self.errors.append)
        self.desk.go_to = self.gone_to.append
        self.desk.session = Session.open(path, read_only=read_only)
        self.jobs = self.desk.jobs = JobCenter(self.desk, self)
        self.page = SimulatePage(self.desk, self)
        self.bar = JobBar(self.jobs, self)
        row = QHBoxLayout()
        row.addWidget(self.page)
        row.addWidget(self.page.centre, 1)
        column = QVBoxLayout(self)
        column.addLayout(row, 1)
        column.addWidget(self.bar)

    @property
    def case(self):
        return self.desk.session.case

    def give(self, case):
        """Put state and plans of `case` into the session as an edit."""
        state = {k: v for k, v in case.state.items() if self.case.state.get(k) != v}
        self.desk.session.edit("given", state=state, plans=case.plans())

    def cell(self, plan, stage=None):
        own = self.case.plans()[plan].fracture.healing if plan != INTACT and stage is None else stage
        return self.page.table.cells[plan, own]

    def close_all(self):
        self.page.release()
        self.jobs.stop()
        self.desk.session.close()
        self.close()


def workers(path):
    found = psutil.process_iter(["cmdline"])
    return [
        p for p in found
        if "surgitwin.jobs.worker" in (p.info["cmdline"] or []) and str(path) in str(p.info["cmdline"])
    ]  # fmt: skip


@pytest.fixture
def path(meshed_case, tmp_path):
    return meshed_case.copy(tmp_path / "a.twin")


@pytest.fixture
def place(path, qtbot):
    made = Place(path)
    made.show()
    qtbot.waitExposed(made)
    made.page.entered()
    yield made
    made.close_all()
    qtbot.wait(20)
    assert workers(path) == []
    assert list(path.glob(".step-*")) == []
    assert made.jobs.findChildren(QThread) == []
    assert not any(t.isActive() for t in made.findChildren(QTimer))
    made.deleteLater()


def click(qtbot, button):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def until(qtbot, check, timeout=WAIT_MS):
    qtbot.waitUntil(check, timeout=timeout)


def settle(qtbot):
    qtbot.wait(150)


def test_the_table_shows_plans_stages_and_what_is_chosen(place, qtbot):
    assert [r for r, _ in place.page.table.cells] == [INTACT, *["nail"] * 4, *["plate"] * 4]
    for plan in ("nail", "plate"):
        assert place.cell(plan).state.text() == "Not simulated"
        assert place.cell(plan).tick.isChecked()
        assert place.cell(plan).own.isVisible()
    assert "4 loads" in place.cell("nail").detail.text()
    assert "Full weight-bearing stance" in place.cell("nail").toolTip()
    assert place.page.run.isEnabled()
    assert "2 selected: no estimate yet" in place.page.chosen.text()
    assert not place.page.run_stale.isVisible()
    click(qtbot, place.cell("nail").tick)
    click(qtbot, place.cell("plate").tick)
    assert not place.page.run.isEnabled()
    assert "Tick a plan" in place.page.run.toolTip()
    click(qtbot, place.page.schemes.boxes["simon_wehner"])
    assert len(place.page.table.cells) == 1 + 2 * 7


def test_results_are_current_or_out_of_date_with_the_reason(place, qtbot):
    case = with_result(with_result(place.case, "nail"), "nail", SOFT)
    place.give(case)
    settle(qtbot)
    assert place.cell("nail").state.text() == "Up to date"
    assert place.cell("nail", SOFT).state.text() == "Up to date"
    assert "Took 10 s" in place.cell("nail").detail.text()
    assert not place.cell("nail").tick.isEnabled()
    place.desk.session.edit("Wider", plans={"nail": wider(place.case.plans()["nail"])})
    settle(qtbot)
    for cell in (place.cell("nail"), place.cell("nail", SOFT)):
        assert cell.state.text() == "Out of date"
        assert cell.state.property("role") == "stale"
        assert cell.detail.text() == "The plan was changed."
    assert place.page.run_stale.isVisible()
    place.desk.session.undo()
    settle(qtbot)
    assert place.cell("nail").state.text() == "Up to date"


def test_the_body_weight_is_an_undo_step_and_makes_results_old(place, qtbot):
    place.give(with_result(place.case, "nail"))
    settle(qtbot)
    assert not place.page.compare.isVisible()
    weight = place.page.inputs.weight
    weight.selectAll()
    qtbot.keyClicks(weight, "95")
    qtbot.keyClick(weight, Qt.Key.Key_Return)
    settle(qtbot)
    assert place.desk.session.undo_name == "Body weight 95 kg"
    assert place.cell("nail").state.text() == "Out of date"
    assert "body weight" in place.cell("nail").detail.text()
    assert place.page.inputs.weight_mark.text() == "given by hand"
    assert "Uncalibrated" in place.page.inputs.scan_mark.text()


def test_without_a_body_weight_nothing_runs_and_the_page_says_so(place, qtbot):
    place.desk.session.edit("x", state={"body_weight_kg": None, "solve_inputs": None})
    settle(qtbot)
    assert not place.page.run.isEnabled()
    assert place.page.run.toolTip() == "Give the body weight first."
    assert not place.page.inputs.law.isEnabled()
    place.page.inputs.weight.setValue(70.0)
    settle(qtbot)
    assert place.page.run.isEnabled()


def test_a_wrong_phantom_file_is_told_and_changes_nothing(place, tmp_path):
    bad = tmp_path / "phantom.toml"
    bad.write_text("a = 1")
    before = place.case
    place.page.inputs.take_phantom(str(bad))
    assert place.errors[-1].code == "calibration.file"
    assert place.case is before


def test_two_plans_that_are_current_lead_to_compare(place, qtbot):
    place.give(with_result(with_result(place.case, "nail"), "plate"))
    settle(qtbot)
    assert place.page.chosen.text() == "Every plan is simulated at its own healing stage."
    click(qtbot, place.page.compare)
    assert place.gone_to == ["compare"]


def test_jobs_run_one_after_the_other_and_come_back_as_undo_steps(place, qtbot):
    first, second = place.jobs.start(*MEASURE), place.jobs.start(*PROPOSE)
    assert (first.state, second.state) == ("queued", "queued")
    until(qtbot, lambda: first.state == "running")
    assert place.jobs.waiting == (second,)
    assert place.bar.isVisible()
    assert place.bar.queue.text() == "1 waiting"
    until(qtbot, lambda: first.fraction is not None and first.fraction > 0)
    assert "Measure the bone" in place.bar.text.text()
    until(qtbot, lambda: second.over)
    assert first.state == "done"
    assert place.desk.session.history.done[0].name == "Measure the bone"
    # The measured bone is not meshed any more, so proposing has nothing to look at: it says what to do.
    assert second.state == "failed"
    assert second.error.hint
    assert not place.bar.isVisible()


def test_the_window_answers_while_a_job_runs_and_edits_stay(place, qtbot):
    job = place.jobs.start(*MEASURE)
    until(qtbot, lambda: job.state == "running")
    place.desk.session.edit("Wider", plans={"nail": wider(place.case.plans()["nail"])})
    longest, last = 0.0, time.perf_counter()
    while not job.over:
        QApplication.processEvents()
        longest, last = max(longest, time.perf_counter() - last), time.perf_counter()
        time.sleep(0.002)
    assert job.state == "done"
    assert longest < 0.4
    assert [e.name for e in place.desk.session.history.done] == ["Wider", "Measure the bone"]


def test_cancel_a_running_and_a_waiting_job(place, path, qtbot):
    first, second = place.jobs.start(*MEASURE), place.jobs.start(*PROPOSE)
    until(qtbot, lambda: bool(workers(path)))
    place.jobs.cancel(second)
    assert second.state == "cancelled"
    click(qtbot, place.bar.cancel)
    assert first.words == "Stopping"
    until(qtbot, lambda: first.over and not workers(path))
    assert first.state == "cancelled"
    assert not place.desk.session.history.done
    assert not place.bar.card.isVisible()


def test_a_killed_worker_is_told_and_can_be_tried_again(place, path, qtbot):
    job = place.jobs.start(*MEASURE)
    until(qtbot, lambda: job.fraction is not None)
    for process in workers(path):
        process.send_signal(signal.SIGKILL)
    until(qtbot, lambda: job.over)
    assert (job.state, job.error.code) == ("failed", "job.died")
    card = place.bar.card
    until(qtbot, card.isVisible, 2000)
    assert "SIGKILL" in card.words.text()
    assert "doctor" in card.words.text()
    assert card.code.text() == "[job.died]"
    click(qtbot, card.again)
    assert not card.isVisible()
    again = place.jobs.jobs[-1]
    until(qtbot, lambda: again.over)
    assert again.state == "done"
    assert place.desk.session.undo_name == "Measure the bone"


def test_a_failed_simulation_shows_its_hint_in_the_cell(place, qtbot):
    # A mesh that is gone from the disk: the process answers with the reason.
    place.desk.session.edit("Odd", state={"mesh": {**place.case.state["mesh"], "blob": "missing.npz"}})
    click(qtbot, place.cell("plate").tick)
    click(qtbot, place.page.run)
    (job,) = place.jobs.jobs
    assert job.title == "Simulate nail, initial connective tissue"
    assert place.cell("nail").state.text() in ("Waiting", "Running")
    assert not place.cell("nail").tick.isEnabled()
    until(qtbot, lambda: job.over)
    settle(qtbot)
    cell = place.cell("nail")
    assert job.state == "failed"
    assert cell.state.text() == "Failed"
    assert job.error.hint in cell.detail.text()
    assert cell.button.text() == "Try again"
    card = place.bar.card
    assert card.isVisible()
    qtbot.keyClick(card, Qt.Key.Key_Escape)
    assert not card.isVisible()


def test_cells_wait_and_are_taken_out_one_by_one(place, qtbot):
    place.give(with_result(with_result(place.case, "nail"), "plate"))
    settle(qtbot)
    for plan in ("nail", "plate"):
        click(qtbot, place.cell(plan, SOFT).tick)
    assert "about" in place.page.chosen.text()
    click(qtbot, place.page.run)
    first, second = place.jobs.jobs
    assert first.expected_s == pytest.approx(8.0)
    settle(qtbot)
    assert place.cell("plate", SOFT).state.text() == "Waiting"
    assert place.page.stop.isVisible()
    click(qtbot, place.cell("plate", SOFT).button)
    assert second.state == "cancelled"
    settle(qtbot)
    assert place.cell("plate", SOFT).state.text() == "Not simulated"
    click(qtbot, place.page.stop)
    until(qtbot, lambda: first.over)
    assert first.state == "cancelled"


def test_a_read_only_case_cannot_be_simulated_and_says_why(path, place, qtbot):
    other = Place(path, read_only=True)
    other.show()
    assert not other.page.run.isEnabled()
    assert "open for reading only" in other.page.run.toolTip()
    assert other.jobs.start(*MEASURE) is None
    assert other.errors[-1].code == "session.read_only"
    other.close_all()
    other.deleteLater()


@pytest.mark.unguarded  # closing a window waits for its process; here it is the test that waits
def test_closing_stops_the_running_process(place, path, qtbot):
    job = place.jobs.start(*MEASURE)
    until(qtbot, lambda: bool(workers(path)))
    started = time.monotonic()
    place.jobs.stop()
    assert time.monotonic() - started < 2
    assert job.state == "cancelled"
    assert workers(path) == []
    assert place.jobs.jobs == []


@pytest.mark.e2e
def test_a_stage_is_simulated_by_hand_and_a_plan_edited_meanwhile_comes_back_old(
    solved_case, tmp_path, qtbot
):
    path = solved_case.copy(tmp_path / "solved.twin")
    place = Place(path)
    place.show()
    place.page.entered()
    for plan in ("nail", "plate"):
        assert place.cell(plan).state.text() == "Up to date"
        click(qtbot, place.cell(plan, SOFT).tick)
    click(qtbot, place.page.run)
    first, second = place.jobs.jobs
    until(qtbot, lambda: first.state == "running" and (first.fraction or 0) > 0.1, 120000)
    plate = place.case.plans()["plate"]
    until(qtbot, lambda: second.state == "running", 240000)
    place.desk.session.edit("Turn", plans={"plate": replace(plate, options={**plate.options, "note": 1})})
    until(qtbot, lambda: second.over, 240000)
    settle(qtbot)
    assert (first.state, second.state) == ("done", "done")
    assert place.cell("nail", SOFT).state.text() == "Up to date"
    assert place.cell("plate", SOFT).state.text() == "Out of date"
    assert result_state(place.case, "plate", SOFT) == "out of date"
    place.close_all()
    place.deleteLater()
