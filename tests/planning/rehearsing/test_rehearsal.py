"""A rehearsal hides the reference plan everywhere, keeps attempts, and shows both plans at the end."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from small_case import SmallCase, run_cli
from surgitwin.core.errors import InputError, UsageError
from surgitwin.planning.case import Case
from surgitwin.planning.comparing.step import compare_case
from surgitwin.planning.plans.edit import with_fracture
from surgitwin.planning.rehearsing import rehearsal
from surgitwin.planning.rehearsing.outcome import metric_lines, outcome, write_edit
from surgitwin.planning.session import Session
from surgitwin.planning.steps import step_states


@pytest.fixture
def case(meshed_case: SmallCase, tmp_path: Path) -> Case:
    return Case.open(meshed_case.copy(tmp_path / "c.twin"))


def apply(case, edit):
    write_edit(case, edit)
    return Case.open(case.folder.path)


def test_start_hides_plan_notes_and_results_and_reveal_brings_them_back(case):
    case = case.updated(
        "prepare", plan_notes={"plate": "nine holes", "nail": "kept"},
        results={n: {"input_hash": n} for n in ("plate", "plate@late", "intact")},
    )  # fmt: skip
    before = case.plans()["plate"].hash
    hid = apply(case, rehearsal.start(case, "plate", "  Ada   Lovelace "))
    assert list(hid.plans()) == ["nail"]
    assert not (hid.folder.plans_dir / "plate.toml").exists()
    assert hid.state["plan_notes"] == {"nail": "kept"}
    assert set(hid.state["results"]) == {"intact"}
    assert rehearsal.hidden(hid.state) == {"plate"}
    assert rehearsal.words(hid.state) == "Rehearsal: the reference plan is hidden. Ada Lovelace plans."
    assert "plate" not in rehearsal.words(hid.state)

    handed = apply(hid, rehearsal.submit(hid, "nail"))
    assert handed.plans().keys() == hid.plans().keys()
    assert rehearsal.attempts(handed.state)[0].as_dict()["reference"] is None
    with pytest.raises(UsageError) as caught:
        outcome(handed, 1)
    assert caught.value.code == "rehearsal.hidden"

    seen = apply(handed, rehearsal.reveal(handed))
    assert seen.plans()["plate"].hash == before
    assert seen.state["plan_notes"] == {"plate": "nine holes", "nail": "kept"}
    assert set(seen.state["results"]) == {"plate", "plate@late", "intact"}
    assert rehearsal.words(seen.state) == ""
    assert rehearsal.attempts(seen.state)[0].as_dict()["reference"] == "plate"


def test_equal_plans_are_hidden_with_the_reference(case):
    plans = {**case.plans(), "twin": replace(case.plans()["plate"], name="twin")}
    edit = rehearsal.start(case.with_content(case.state, plans), "plate", "Ada")
    assert set(edit.plans) == {"plate", "twin"}


def test_the_attempt_is_a_copy_and_differences_are_in_mm(case):
    plate = case.plans()["plate"]
    case = case.with_content(case.state, {**case.plans(), "mine": replace(plate, name="mine")})
    moved = with_fracture(replace(plate, name="mine"), case.anatomy, gap_mm=plate.fracture.gap_mm + 2)
    hid = rehearsal.start(case, "plate", "Ada")
    hid = case.with_content({**case.state, **hid.state}, {"mine": moved, "nail": case.plans()["nail"]})
    one = rehearsal.submit(hid, "mine")
    state = {**hid.state, **one.state}
    later = with_fracture(moved, case.anatomy, gap_mm=plate.fracture.gap_mm + 5)
    two = rehearsal.submit(hid.with_content(state, {"mine": later}), "mine")
    tried = hid.with_content({**state, **two.state}, {"mine": later})
    edit = rehearsal.reveal(tried)
    seen = tried.with_content(
        {**tried.state, **edit.state}, {"mine": later, **{n: p for n, p in edit.plans.items() if p}}
    )
    assert [a.number for a in rehearsal.attempts(seen.state)] == [1, 2]
    for number, gap in ((1, 2.0), (2, 5.0)):
        found = outcome(seen, number)
        widths = [d for d in found.differences if d.what == "Width of the gap"]
        assert widths[0].value == pytest.approx(gap)
        assert widths[0].unit == "mm"
        assert found.compare is None
        assert len(found.missing) == 2
        assert [c.name for c in found.criteria] == ["Checks without simulation", "Limits", "Time used"]
        assert "passed" in found.criteria[0].reference
    json.dumps([a.as_dict() for a in rehearsal.attempts(seen.state)])


def test_a_name_given_away_meanwhile_stays_with_its_plan(case):
    hid = apply(case, rehearsal.start(case, "plate", "Ada"))
    other = replace(hid.plans()["nail"], name="plate")
    hid = hid.with_content(hid.state, {**hid.plans(), "plate": other})
    edit = rehearsal.submit(hid, "plate")
    hid = hid.with_content({**hid.state, **edit.state}, hid.plans())
    edit = rehearsal.reveal(hid)
    assert list(edit.plans) == ["plate 2"]
    assert edit.active == "plate 2"
    seen = hid.with_content(
        {**hid.state, **edit.state}, {**hid.plans(), **{n: p for n, p in edit.plans.items() if p}}
    )
    assert outcome(seen, 1).reference.name == "plate 2"


def test_what_cannot_be_done_is_said(case):
    def code(action):
        with pytest.raises((UsageError, InputError)) as caught:
            action()
        assert caught.value.hint
        return caught.value.code

    assert code(lambda: rehearsal.start(case, "plate", "  ")) == "rehearsal.no_name"
    assert code(lambda: rehearsal.start(case, "absent", "Ada")) == "plan.unknown"
    assert code(lambda: rehearsal.submit(case, "plate")) == "rehearsal.none"
    assert code(lambda: rehearsal.reveal(case)) == "rehearsal.none"
    assert code(lambda: rehearsal.find_attempt(case.state, 3)) == "rehearsal.unknown"
    hid = apply(case, rehearsal.start(case, "plate", "Ada"))
    assert code(lambda: rehearsal.start(hid, "nail", "Ada")) == "rehearsal.running"
    assert code(lambda: rehearsal.reveal(hid)) == "rehearsal.no_attempt"
    assert code(lambda: rehearsal.submit(hid, "plate")) == "plan.unknown"


def test_in_a_session_no_step_of_the_window_tells_the_plan(case):
    session = Session(case)
    edit = rehearsal.start(session.case, "plate", "Ada")
    session.edit(edit.title, state=edit.state, plans=edit.plans)
    assert list(session.case.plans()) == ["nail"]
    assert not any("plate" in s.words for s in step_states(session.case))


def test_command_line(case):
    path = case.folder.path
    said = run_cli("rehearse", "start", path, "--reference", "plate", "--trainee", "Ada")
    assert said.code == 0, said.err
    assert said.data["hidden"] == ["plate"]
    assert [p["name"] for p in run_cli("plan", "list", path).data["plans"]] == ["nail"]
    assert "plate" not in [p["name"] for p in run_cli("info", path).data["plans"]]
    assert run_cli("rehearse", "reveal", path).error["code"] == "rehearsal.no_attempt"
    said = run_cli("rehearse", "submit", path, "--plan", "nail")
    assert said.data["number"] == 1
    assert said.data["seconds"] >= 0
    assert said.data["findings"]
    listed = run_cli("rehearse", "list", path).data
    assert listed["active"]["trainee"] == "Ada"
    assert listed["attempts"][0]["reference"] is None
    assert "hidden" in run_cli("rehearse", "list", path, json_too=False).out
    seen = run_cli("rehearse", "reveal", path).data
    assert seen["reference"] == "plate"
    (found,) = seen["outcomes"]
    assert found["plan"] == "nail"
    assert found["differences"]
    assert found["missing"]
    assert run_cli("rehearse", "list", path).data["active"] is None
    assert {p["name"] for p in run_cli("plan", "list", path).data["plans"]} == {"plate", "nail"}


@pytest.mark.e2e
def test_results_are_hidden_and_come_back_side_by_side(solved_case: SmallCase, tmp_path: Path):
    case = Case.open(solved_case.copy(tmp_path / "c.twin"))
    hid = apply(case, rehearsal.start(case, "plate", "Ada"))
    shown = json.dumps(compare_case(hid))
    assert "plate" not in shown
    assert [r["name"] for r in compare_case(hid)["plans"]] == ["nail"]
    hid = apply(hid, rehearsal.submit(hid, "nail"))
    seen = apply(hid, rehearsal.reveal(hid))
    found = outcome(seen, 1)
    assert found.missing == ()
    assert {p["name"] for p in found.compare["plans"]} == {"plate", "nail"}
    assert not any(p["stale"] for p in found.compare["plans"])
    assert any(c.name.startswith("Limits under") for c in found.criteria)
    lines = metric_lines(found)
    assert any("✔" in a or "✖" in a for _, a, _ in lines)
    assert {r["name"] for r in compare_case(seen)["plans"]} == {"plate", "nail"}
