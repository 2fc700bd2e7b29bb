"""What a rehearsal hides: nothing that belongs to the reference stays open, comes back or tells its name."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from small_case import SmallCase, run_cli
from surgitwin.core.errors import UsageError
from surgitwin.mechanics.materials import callus_stages
from surgitwin.planning.case import Case
from surgitwin.planning.plans.edit import with_fracture
from surgitwin.planning.rehearsing import rehearsal
from surgitwin.planning.rehearsing import seal as rehearsal_seal
from surgitwin.planning.rehearsing.outcome import outcome, write_edit
from surgitwin.planning.session import Session
from surgitwin.planning.session.merge import StepResult
from surgitwin.planning.solving.results import at_stage


@pytest.fixture
def case(meshed_case: SmallCase, tmp_path: Path) -> Case:
    return Case.open(meshed_case.copy(tmp_path / "c.twin"))


def apply(case, edit):
    write_edit(case, edit)
    return Case.open(case.folder.path)


def entry(plan, mark=""):
    return {"input_hash": mark or plan.name, "inputs": {}, "plan_hash": plan.hash, "healing": None}


def with_plans(case, plans, **state):
    return case.with_content({**case.state, **state}, plans)


def after(case, edit):
    plans = {n: p for n, p in case.plans().items() if n not in edit.plans}
    return case.with_content(
        {**case.state, **edit.state}, {**plans, **{n: p for n, p in edit.plans.items() if p is not None}}
    )


def rehearsed(case, reference, trainee, plan):
    case = after(case, rehearsal.start(case, reference, trainee))
    case = after(case, rehearsal.submit(case, plan))
    return after(case, rehearsal.reveal(case))


def other_stage(plan):
    return next(s for s in callus_stages() if s != plan.fracture.healing)


def test_an_old_attempt_does_not_show_the_reference_of_a_later_rehearsal(case):
    seen = rehearsed(case, "plate", "Ann", "nail")
    assert outcome(seen, 1).reference.name == "plate"
    again = after(seen, rehearsal.start(seen, "plate", "Bob"))
    with pytest.raises(UsageError) as caught:
        outcome(again, 1)
    assert caught.value.code == "rehearsal.hidden"
    (old,) = rehearsal.attempts(again.state)
    assert rehearsal.reference_hidden(again.state, old)
    assert old.as_dict(unnamed=True)["reference"] is None
    other = after(seen, rehearsal.start(seen, "nail", "Bob"))
    with pytest.raises(UsageError):  # what Ann planned is the reference now
        outcome(other, 1)
    mine = with_plans(seen, {**seen.plans(), "free": with_fracture(
        replace(seen.plans()["nail"], name="free"), seen.anatomy, gap_mm=9.0)})  # fmt: skip
    assert outcome(after(mine, rehearsal.start(mine, "free", "Bob")), 1).reference.name == "plate"


def test_an_old_attempt_is_known_by_the_content_of_its_reference(case):
    seen = rehearsed(case, "plate", "Ann", "nail")
    plans = seen.plans()
    renamed = with_plans(seen, {"nail": plans["nail"], "best": replace(plans["plate"], name="best")})
    again = after(renamed, rehearsal.start(renamed, "best", "Bob"))
    with pytest.raises(UsageError):
        outcome(again, 1)


def test_the_list_of_the_command_line_does_not_name_it_again(case):
    path = case.folder.path
    begin = ("start", path, "--reference", "plate", "--trainee")
    for words in ((*begin, "Ann"), ("submit", path, "--plan", "nail"), ("reveal", path)):
        assert run_cli("rehearse", *words).code == 0
    assert run_cli("rehearse", "list", path).data["attempts"][0]["reference"] == "plate"
    assert run_cli("rehearse", *begin, "Bob").code == 0
    assert run_cli("rehearse", "list", path).data["attempts"][0]["reference"] is None
    assert "plate" not in run_cli("rehearse", "list", path, json_too=False).out


def test_results_of_a_renamed_reference_are_hidden_and_come_back(case):
    plate, nail = case.plans()["plate"], case.plans()["nail"]
    best = replace(plate, name="best")
    late = at_stage(plate, other_stage(plate))
    results = {
        "intact": {"input_hash": "i", "inputs": {}, "plan_hash": None},
        "nail": entry(nail),
        "older": entry(nail, "same content as nail"),
        "plate": entry(plate),
        "plate@x": entry(late),
        "former": entry(with_fracture(plate, case.anatomy, gap_mm=7.0), "of no plan any more"),
    }
    case = with_plans(case, {"best": best, "nail": nail}, results=results)
    hid = after(case, rehearsal.start(case, "best", "Ada"))
    assert set(hid.state["results"]) == {"intact", "nail", "older"}
    own = with_plans(hid, {"nail": nail, "plate": replace(nail, name="plate")},
                     results={**hid.state["results"], "plate": entry(nail, "own")})  # fmt: skip
    own = after(own, rehearsal.submit(own, "plate"))
    seen = after(own, rehearsal.reveal(own))
    assert seen.state["results"]["plate"]["input_hash"] == "own"
    assert seen.state["results"]["best"] == results["plate"], "under the name that is free"
    assert {k: seen.state["results"][k] for k in ("plate@x", "former")} == {
        k: results[k] for k in ("plate@x", "former")
    }


def test_a_copy_at_another_healing_stage_is_hidden_too(case):
    plate = case.plans()["plate"]
    later = replace(at_stage(plate, other_stage(plate)), name="later")
    case = with_plans(case, {**case.plans(), "later": later})
    assert set(rehearsal.start(case, "plate", "Ada").plans) == {"plate", "later"}


def test_proposals_are_hidden_and_come_back(case):
    plate, nail = case.plans()["plate"], case.plans()["nail"]
    proposed = {"plate": plate.hash, "nail": nail.hash, "old name": plate.hash}
    case = with_plans(case, case.plans(), proposed=proposed, proposal_notes=["plate: longer than usual"])
    hid = after(case, rehearsal.start(case, "plate", "Ada"))
    assert hid.state["proposed"] == {"nail": nail.hash}
    assert hid.state["proposal_notes"] == []
    hid = after(hid, rehearsal.submit(hid, "nail"))
    seen = after(hid, rehearsal.reveal(hid))
    assert seen.state["proposed"] == proposed
    assert seen.state["proposal_notes"] == ["plate: longer than usual"]


def test_the_history_does_not_name_it_while_it_runs(case):
    path = case.folder.path
    case.updated("solve plate, plate@late, nail", results={"first": entry(case.plans()["plate"])})
    Case.open(path).updated("Rename first to plate")
    run_cli("rehearse", "start", path, "--reference", "plate", "--trainee", "Ada")
    said = run_cli("info", path)
    rows = [r["action"] for r in said.data["history"]]
    assert "plate" not in json.dumps(rows)
    assert "solve (hidden plan), (hidden plan)@late, nail" in rows
    assert "Rename (hidden plan) to (hidden plan)" in rows
    run_cli("rehearse", "submit", path, "--plan", "nail")
    run_cli("rehearse", "reveal", path)
    assert "solve plate, plate@late, nail" in [r["action"] for r in run_cli("info", path).data["history"]]


def step(base, plans, **state):
    """A step that began on `base` and made these plans and this state."""
    return StepResult(base, base.with_content({**base.state, **state}, plans), plans)


def test_a_step_that_began_before_brings_nothing_back(case):
    session = Session(case)
    base, plans = session.base(), session.case.plans()
    plate, nail = plans["plate"], plans["nail"]
    edit = rehearsal.start(session.case, "plate", "Ada")
    session.edit(edit.title, state=edit.state, plans=edit.plans)
    changed = with_fracture(plate, case.anatomy, gap_mm=8.0)
    made = step(
        base, {"plate": changed, "copy": replace(plate, name="copy"), "nail": nail},
        results={"plate": entry(plate), "copy": entry(plate), "nail": entry(nail)},
        proposed={"plate": changed.hash, "copy": plate.hash, "nail": nail.hash},
        proposal_notes=["plate: longer"], mesh=base.state["mesh"],
    )  # fmt: skip
    session.merge_step("Simulate", made)
    state = session.case.state
    assert list(session.case.plans()) == ["nail"]
    assert set(state["results"]) == {"nail"}
    assert set(state["proposed"]) == {"nail"}
    assert not state["proposal_notes"]


def test_a_step_leaves_the_trainees_plan_of_the_hidden_name(case):
    base, nail = case.with_content(case.state, case.plans()), case.plans()["nail"]
    mine = replace(nail, name="plate")
    hid = after(base, rehearsal.start(base, "plate", "Ada"))
    hid = with_plans(hid, {"nail": nail, "plate": mine}, results={"plate": entry(mine, "mine")})
    moved = with_fracture(base.plans()["plate"], base.anatomy, gap_mm=8.0)
    made = {**hid.state, "results": {"plate": entry(moved)}}
    state, plans = rehearsal_seal.without_hidden(hid, base, made, {"nail": nail, "plate": moved})
    assert plans["plate"].hash == mine.hash
    assert state["results"]["plate"]["input_hash"] == "mine"
    # A step that began in the rehearsal is the trainee's own.
    state, plans = rehearsal_seal.without_hidden(hid, hid, made, {"nail": nail, "plate": moved})
    assert plans["plate"].hash == moved.hash
    assert state["results"] == made["results"]
