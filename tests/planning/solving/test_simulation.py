"""Results per plan and healing stage: which count and why not, what is compared, what can be simulated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from small_case import SmallCase
from stage_samples import SOFT, STIFF, changed, healed, metric, wider, with_result
from surgitwin.core.errors import InputError, UsageError
from surgitwin.planning.case import Case
from surgitwin.planning.comparing.step import OWN_STAGE_ONLY, compare_case
from surgitwin.planning.solving.inputs import SolveOptions, settle_inputs
from surgitwin.planning.solving.results import (
    INTACT,
    further_stages,
    read_run,
    result_entry,
    result_state,
    stale_reasons,
    stale_warnings,
)
from surgitwin.planning.solving.simulation import (
    expected_s,
    job_covers,
    load_words,
    matrix,
    ready_words,
)
from surgitwin.planning.solving.simulation_inputs import changed_inputs, input_words
from surgitwin.planning.solving.step import require_current_mesh
from surgitwin.planning.solving.wanted import wanted_results
from surgitwin.report.summary import invalid_loads, own_metrics, worst_rows


@pytest.fixture
def case(meshed_case: SmallCase, tmp_path: Path) -> Case:
    opened = Case.open(meshed_case.copy(tmp_path / "mine.twin"))
    return opened.with_content(opened.state, opened.plans())


def test_own_and_further_stages_are_kept_apart(case: Case) -> None:
    case = with_result(with_result(case, "nail"), "nail", SOFT)
    assert set(case.state["results"]) == {"nail", f"nail@{SOFT}"}
    assert result_state(case, "nail") == "current"
    assert result_state(case, "nail", SOFT) == "current"
    assert result_state(case, "nail", STIFF) == "none"
    assert result_state(case, "plate", SOFT) == "none"
    assert further_stages(case, "nail") == [SOFT]


def test_an_edited_plan_makes_every_stage_out_of_date(case: Case) -> None:
    case = with_result(with_result(case, "nail"), "nail", SOFT)
    edited = changed(case, {"nail": wider(case.plans()["nail"])})
    for stage in (None, SOFT):
        assert result_state(edited, "nail", stage) == "out of date"
        assert stale_reasons(edited, "nail", stage) == ["the plan was changed"]
    assert len(stale_warnings(edited)) == 2
    assert "Soft callus" in stale_warnings(edited)[1]


def test_a_plan_moved_to_a_solved_stage_keeps_both_results(case: Case) -> None:
    own = case.plans()["nail"].fracture
    assert own is not None
    case = with_result(with_result(case, "nail"), "nail", SOFT)
    moved = changed(case, {"nail": healed(case.plans()["nail"], SOFT)})
    assert result_state(moved, "nail") == "current"
    assert result_state(moved, "nail", own.healing) == "current"
    entry = result_entry(moved, "nail")
    assert entry is not None
    assert entry["input_hash"] == case.state["results"][f"nail@{SOFT}"]["input_hash"]


def test_a_result_that_is_out_of_date_is_of_the_stage_that_is_asked_for(case: Case) -> None:
    own = case.plans()["nail"].fracture
    assert own is not None
    case = with_result(case, "nail")
    first = case.state["results"]["nail"]["input_hash"]
    moved = changed(case, {"nail": healed(wider(case.plans()["nail"]), SOFT)})
    assert result_state(moved, "nail") == "none", "it was never solved at this stage"
    assert result_state(moved, "nail", own.healing) == "out of date"
    both = changed(with_result(case, "nail", SOFT), {"nail": healed(wider(case.plans()["nail"]), SOFT)})
    entries = [result_entry(both, "nail", s) for s in (own.healing, None)]
    assert [e and e["input_hash"] for e in entries] == [
        first, both.state["results"][f"nail@{SOFT}"]["input_hash"],
    ]  # fmt: skip


def test_a_renamed_plan_keeps_its_result(case: Case) -> None:
    case = with_result(case, "nail")
    plans = {**case.plans(), "long nail": replace(case.plans()["nail"], name="long nail")}
    del plans["nail"]
    renamed = case.with_content(case.state, plans)
    assert result_state(renamed, "long nail") == "current"
    assert result_state(renamed, "nail") == "out of date"
    assert stale_reasons(renamed, "nail") == ["the plan was deleted"]


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("labels", {"hash": "edit-1", "blob": ""}, "the segments were changed"),
        ("mesh", None, "the bone is not meshed"),
    ],
)
def test_edited_segments_make_results_out_of_date(case: Case, key: str, value: Any, words: str) -> None:
    case = changed(with_result(with_result(case, "nail"), INTACT), **{key: value})
    for name in ("nail", INTACT):
        assert result_state(case, name) == "out of date"
        assert words in stale_reasons(case, name)
    with pytest.raises(InputError):
        require_current_mesh(case)


def test_a_moved_landmark_makes_results_out_of_date(case: Case) -> None:
    case = with_result(case, "nail")
    moved = changed(case, anatomy={**case.state["anatomy"], "torsion_deg": 3.0})
    assert result_state(moved, "nail") == "out of date"
    with pytest.raises(InputError) as caught:
        require_current_mesh(moved)
    assert caught.value.code == "case.mesh_old"


def test_another_body_weight_is_a_reason_at_once(case: Case) -> None:
    case = with_result(case, "nail")
    heavier = changed(case, **changed_inputs(case, SolveOptions(body_weight=95.0)))
    assert heavier.state["body_weight_source"] == "given"
    assert result_state(heavier, "nail") == "out of date"
    assert "body weight" in stale_reasons(heavier, "nail")[0]
    assert input_words(heavier).body_weight_kg == 95.0
    with pytest.raises(UsageError):
        changed_inputs(case, SolveOptions(body_weight=9999.0))


def test_inputs_keep_what_was_not_asked_for(case: Case) -> None:
    inputs = settle_inputs(case, SolveOptions(rtol=1e-6, remote="rigid"))
    case = with_result(case, "nail", inputs=inputs)
    now = changed_inputs(case, SolveOptions(law="keller"))["solve_inputs"]
    assert (now["rtol"], now["remote"], now["law"]) == (1e-6, "rigid", "keller")


def test_comparison_shows_all_stages_and_ranks_the_own(case: Case) -> None:
    case = with_result(with_result(case, "nail", value=100.0), "plate", value=200.0)
    case = with_result(case, "nail", SOFT, value=450.0)
    data = compare_case(case)
    nail = next(p for p in data["plans"] if p["name"] == "nail")
    own = nail["healing"]
    assert nail["healing_stages"] == [own, SOFT]
    assert [(m["healing"], m["value"]) for m in nail["metrics"]] == [(own, 100.0), (SOFT, 450.0)]
    assert {r["plan"]: r["value"] for r in data["ranking"]} == {"nail": 0.2, "plate": 0.4}
    assert OWN_STAGE_ONLY in data["warnings"]
    assert [m["healing"] for m in own_metrics(nail)] == [own]
    (row,) = worst_rows(data, ("implant_stress_surface",), ("stance_full",))
    assert [c["value"] for c in row.cells if c] == [100.0, 200.0]


def test_a_stage_out_of_date_is_not_compared(case: Case) -> None:
    case = with_result(with_result(case, "nail"), "nail", SOFT)
    folder = case.folder.result_dir(case.state["results"][f"nail@{SOFT}"]["input_hash"])
    (folder / "run.json").unlink()
    assert compare_case(case)["plans"][0]["healing_stages"] == [case.plans()["nail"].fracture.healing]  # type: ignore[union-attr]


def test_the_disk_is_not_asked_again_for_a_result_that_was_seen(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = with_result(case, "nail")
    key = case.state["results"]["nail"]["input_hash"]
    file = case.folder.result_dir(key) / "run.json"
    before = result_state(case, "nail")
    assert before != "none"
    with monkeypatch.context() as patch:
        patch.setattr(Path, "is_file", lambda path: pytest.fail(f"asked for {path}"))
        assert result_state(case, "nail") == before
    file.unlink()
    assert read_run(case, key) is None  # whoever reads it notices
    assert result_state(case, "nail") == "none"


def test_invalid_loads_count_for_their_own_stage() -> None:
    contact = {**metric(SOFT, 1.0, "contact_overlap"), "threshold": 0.0}
    plan = {"healing": STIFF, "metrics": [contact, metric(STIFF, 1.0)]}
    assert invalid_loads(plan) == frozenset()
    assert invalid_loads({**plan, "healing": SOFT}) == {"stance_full"}


def test_the_matrix_names_every_result(case: Case) -> None:
    found = matrix(with_result(case, "nail", SOFT))
    assert [r.title for r in found.rows] == ["Intact bone", "Nail", "Plate"]
    assert len(found.stages) == 4
    assert [c is None for c in found.rows[0].cells] == [False, True, True, True]
    nail = found.find("nail", SOFT)
    assert nail is not None
    assert (nail.state, nail.own) == ("current", False)
    assert nail.arguments == {"plans": ["nail"], "healing": [SOFT], "own": False}
    own = next(c for c in found.rows[1].cells if c is not None and c.own)
    assert own.arguments == {"plans": ["nail"]}
    assert len(matrix(case, ["simon_wehner"]).stages) == 7
    assert ready_words(case) == ""
    assert "plan" in ready_words(case.with_content(case.state, {}))
    assert len(load_words()) == 4


def test_a_job_covers_what_it_makes(case: Case) -> None:
    found = matrix(case)
    cells = {c.arguments["plans"][0] + ("" if c.own else f"@{c.stage}"): c for c in found.cells}
    assert job_covers({}, cells["nail"])
    assert job_covers({}, cells[INTACT])
    assert not job_covers({}, cells[f"nail@{SOFT}"])
    for cell in found.cells:
        covered = [c for c in found.cells if job_covers(cell.arguments, c)]
        assert covered == [cell]


def test_a_plan_for_the_other_side_is_not_possible(case: Case) -> None:
    other = replace(case.plans()["nail"], side="right")
    found = matrix(changed(case, {"nail": other}))
    assert all("right side" in c.blocked for c in found.rows[1].cells if c is not None)


def test_times_of_earlier_runs_add_up(case: Case) -> None:
    cells = matrix(case).rows[1].cells
    assert expected_s(case, [c for c in cells if c]) is None
    case = with_result(case, "plate")
    assert expected_s(case, [c for c in cells if c]) == pytest.approx(8.0 + 3 * 7.0)


def test_wanted_stages(case: Case) -> None:
    inputs = settle_inputs(case, SolveOptions())

    def keys(*names: str, **more: Any) -> list[str]:
        return [w.key for w in wanted_results(case, names or None, inputs, **more)]

    assert keys() == [INTACT, "nail", "plate"]
    assert keys("nail", healing=(SOFT,)) == [INTACT, "nail", f"nail@{SOFT}"]
    assert keys("nail", healing=(SOFT,), own=False) == [INTACT, f"nail@{SOFT}"]
    assert len(keys("nail", healing=("all",))) == 13
    assert keys(INTACT) == [INTACT]
    for stage, code in (("soft", "material.unknown"), ("", "material.unknown")):
        with pytest.raises(InputError) as caught:
            keys("nail", healing=(stage,))
        assert caught.value.code == code
    bare = changed(case, {"nail": replace(case.plans()["nail"], fracture=None)})
    with pytest.raises(InputError) as caught:
        wanted_results(bare, ("nail",), inputs, (SOFT,))
    assert caught.value.code == "plan.no_fracture"
