"""Comparison read from a small case that the real chain solved."""

from dataclasses import replace

import numpy as np
import pytest

from surgitwin.core.errors import InputError
from surgitwin.planning.case import Case
from surgitwin.planning.comparing.comparison import load_comparison
from surgitwin.planning.comparing.flip import find_flips
from surgitwin.planning.comparing.flip_words import flip_words
from surgitwin.scene.difference import difference_name
from surgitwin.viewer.comparing.model import Differences, Request, make_shown
from surgitwin.viewer.comparing.numbers import make_numbers
from surgitwin.viewer.fields_store import FieldsStore

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def case(solved_case):
    return Case.open(solved_case.path)


def test_plans_loads_and_words_of_a_solved_case(case):
    found = load_comparison(case)
    assert {p.state for p in found.plans} == {"current"}
    assert found.loads[:3] == ("toe_touch", "stance_partial", "stance_full")
    assert found.first_load == "stance_full"
    assert all(":" in p.title for p in found.plans)
    said = flip_words(find_flips(found.compare), found.names, found.titles)
    assert said
    assert not any("_" in line for line in said)
    numbers = make_numbers(found, tuple(p.name for p in found.plans), "")
    assert {r.id for r in numbers.rows} >= {"ifm_axial_far", "bone_rf_patch_max"}


def test_fields_scale_with_the_load_and_differ_from_the_intact_bone(case):
    found, store, kept = load_comparison(case), FieldsStore(), Differences()
    names = tuple(p.name for p in found.plans)
    full, half = (
        make_shown(found, store, kept, Request(names, "displacement", load))
        for load in ("stance_full", "stance_partial")
    )
    assert half.scale.high == pytest.approx(0.5 * full.scale.high, rel=1e-3)
    assert full.fields[:2] == ("risk_factor", "displacement")
    against = make_shown(found, store, kept, Request(names, "sed", "stance_full", reference="intact"))
    assert against.scale.low * against.scale.high == pytest.approx(1)
    motion = make_shown(found, store, kept, Request(names, "displacement", "stance_full", reference="intact"))
    values = motion.panes[0].result.bone.fields[difference_name("displacement")]
    assert np.isfinite(values).mean() > 0.5
    assert np.nanmax(values) > 0, "a fractured bone moves more than the intact one"


def test_a_changed_plan_is_out_of_date_with_its_reason_and_is_not_ranked(case):
    plans = case.plans()
    name, plan = next(iter(plans.items()))
    changed = {**plans, name: replace(plan, fracture=replace(plan.fracture, gap_mm=plan.fracture.gap_mm + 1))}
    found = load_comparison(case.with_content(case.state, changed))
    assert found.find(name).stale
    assert "the plan was changed" in found.find(name).reasons
    assert name not in [r["plan"] for r in found.chosen(tuple(plans))["ranking"]]


def test_before_the_bone_is_meshed_the_next_step_is_told(case):
    with pytest.raises(InputError) as caught:
        load_comparison(case.with_content({**case.state, "mesh": None}, case.plans()))
    assert caught.value.code == "case.not_meshed"
