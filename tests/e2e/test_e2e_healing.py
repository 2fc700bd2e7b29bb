"""Further healing stages on the small case: solved, compared, stiffer gaps move less, cached by content."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from small_case import SmallCase, run_cli
from surgitwin.core.progress import Event, Progress
from surgitwin.planning.case import Case
from surgitwin.planning.plans.file import read_plan, write_plan
from surgitwin.planning.session import Session
from surgitwin.planning.session.step_job import step_result
from surgitwin.planning.solving.fields import plan_results
from surgitwin.planning.solving.results import result_state

pytestmark = pytest.mark.e2e
STIFF = "claes_heigele.stiff_callus"
LOAD = "stance_full"


@pytest.fixture
def case(solved_case: SmallCase, tmp_path: Path) -> Path:
    return solved_case.copy(tmp_path / "mine.twin")


def done(*words: object) -> dict[str, Any]:
    said = run_cli(*words)
    assert said.code == 0, (said.out, said.err)
    return said.data


def test_a_further_stage_is_solved_compared_and_cached(case: Path) -> None:
    runs = done("solve", case, "--plan", "nail", "--healing", STIFF, "--cores", 2)["runs"]
    assert {(r["plan"], r["healing"], r["cached"]) for r in runs} == {
        ("intact", None, True),
        ("nail", Case.open(case).plans()["nail"].fracture.healing, True),  # type: ignore[union-attr]
        ("nail", STIFF, False),
    }
    opened = Case.open(case)
    assert result_state(opened, "nail", STIFF) == "current"
    assert result_state(opened, "plate", STIFF) == "none"
    data = done("compare", case)
    nail = next(p for p in data["plans"] if p["name"] == "nail")
    motion = {
        m["healing"]: m["value"]
        for m in nail["metrics"]
        if (m["id"], m["load_case"]) == ("ifm_axial_near", LOAD)
    }
    assert abs(motion[STIFF]) < 0.5 * abs(motion[nail["healing"]])
    own, stiff = (plan_results(opened, "nail", (LOAD,), s)[LOAD] for s in (None, STIFF))
    assert abs(stiff.bone.displacement_mm).max() < abs(own.bone.displacement_mm).max()
    words = run_cli("compare", case, json_too=False).out
    assert STIFF in words
    assert run_cli("report", case, "--out", case.parent / "r.html").code == 0

    file = case / "plans" / "nail.toml"
    plan = read_plan(file)
    assert plan.fracture is not None
    write_plan(replace(plan, fracture=replace(plan.fracture, healing=STIFF)), file)
    assert result_state(Case.open(case), "nail") == "current"
    again = done("solve", case, "--plan", "nail", "--cores", 2)["runs"]
    assert all(r["cached"] for r in again)


def test_one_stage_alone_as_a_step_with_advancing_progress(case: Path) -> None:
    session = Session.open(case)
    events: list[Event] = []
    arguments = {"plans": ["plate"], "healing": [STIFF], "own": False}
    result = step_result(session.snapshot(), session.base(), "solve", arguments, Progress(events.append))
    session.merge_step("Simulate", result)
    assert f"plate@{STIFF}" in session.case.state["results"]
    assert result_state(session.case, "plate", STIFF) == "current"
    assert session.undo() == "Simulate"
    assert result_state(session.case, "plate", STIFF) == "none"
    fractions = [e.fraction for e in events if e.fraction is not None]
    assert fractions == sorted(fractions)
    assert len(set(fractions)) > 20
    assert max(b - a for a, b in itertools.pairwise(fractions)) < 0.35
    session.close()


def test_a_plan_without_fracture_has_no_stages(case: Path) -> None:
    file = case / "plans" / "nail.toml"
    write_plan(replace(read_plan(file), fracture=None), file)
    said = run_cli("solve", case, "--plan", "nail", "--healing", "all")
    assert said.code == 3
    assert said.error["code"] == "plan.no_fracture"
