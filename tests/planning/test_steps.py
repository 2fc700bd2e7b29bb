"""What the five steps say of a case, and what mends them."""

import dataclasses

import pytest

from surgitwin.planning.case import Case
from surgitwin.planning.segments import review
from surgitwin.planning.steps import step_states


@pytest.fixture
def case(meshed_case):
    return Case.open(meshed_case.path)


def with_state(case, **changes):
    return case.with_content({**case.state, **changes}, case.plans())


def said(case):
    return {s.step: (s.state, s.mend) for s in step_states(case)}


def test_without_a_case_only_import_is_open():
    states = step_states(None)
    assert [s.state for s in states] == ["todo", "blocked", "blocked", "blocked", "blocked"]
    assert states[0].mend == "import"


def test_a_meshed_case_with_plans_needs_its_simulation(case):
    assert said(case) == {
        "import": ("done", ""),
        "anatomy": ("done", "review"),
        "plans": ("done", ""),
        "simulate": ("todo", "solve"),
        "compare": ("blocked", ""),
    }


@pytest.mark.parametrize(
    ("changes", "anatomy", "simulate"),
    [
        ({"labels": None, "anatomy": None, "mesh": None}, ("todo", "segment"), ("blocked", "")),
        ({"mesh": None}, ("todo", "prepare"), ("blocked", "")),
    ],
)
def test_what_is_missing_names_its_mend(case, changes, anatomy, simulate):
    states = said(with_state(case, **changes))
    assert states["anatomy"] == anatomy
    assert states["simulate"] == simulate


def test_edited_labels_make_anatomy_stale_and_block_what_follows(case):
    edited = with_state(case, labels={**case.state["labels"], "hash": "edit-1"})
    states = said(edited)
    assert states["anatomy"] == ("stale", "prepare")
    assert states["simulate"][0] == "blocked"
    assert states["compare"][0] == "blocked"


def test_moved_landmark_asks_for_a_new_mesh(case):
    anatomy = {**case.state["anatomy"], "head_radius_mm": case.state["anatomy"]["head_radius_mm"] + 1}
    assert said(with_state(case, anatomy=anatomy))["anatomy"] == ("stale", "prepare")


def test_review_counts_for_the_labels_that_were_reviewed(case):
    row = review.sign(case, "Dr A")
    signed = with_state(case, review=row)
    other = with_state(case, review={**row, "labels": "before"})
    assert "Reviewed by Dr A" in next(s.words for s in step_states(signed) if s.step == "anatomy")
    assert said(other)["anatomy"] == ("done", "review")


def test_plan_for_the_other_side_is_said(case):
    plans = {n: dataclasses.replace(p, side="right") for n, p in case.plans().items()}
    states = {s.step: s for s in step_states(case.with_content(case.state, plans))}
    assert states["plans"].state == "stale"
    assert "Wrong side" in states["plans"].words


def test_an_mr_asks_for_a_preset(case):
    mr = with_state(case, series={**case.state["series"], "modality": "MR"}, labels=None, mesh=None)
    anatomy = next(s for s in step_states(mr) if s.step == "anatomy")
    assert (anatomy.state, anatomy.mend) == ("todo", "")
    assert "needs a CT" in anatomy.words
