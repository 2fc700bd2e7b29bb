"""The option `contact` of a fracture plan: what it means, what is refused, what a proposal gets."""

from dataclasses import replace

import pytest
from bone_block import block

from surgitwin.core.errors import InputError
from surgitwin.procedures.fracture_fixation.contact_option import (
    contact_model,
    contact_settings,
    friction,
    with_contact,
)
from surgitwin.procedures.fracture_fixation.options import option


@pytest.fixture(scope="module")
def plan():
    return block()[1]


def test_a_plan_without_the_option_means_what_it_meant(plan):
    assert contact_model(plan) == "none"
    assert contact_settings(plan).model == "none"


def test_friction_is_marked_and_within_smooth_metal_on_bone(plan):
    rule = option("friction")
    assert 0.2 <= friction(plan) <= 0.4
    assert not rule.verified
    assert "physics.md" in rule.source


def test_models_change_the_plan(plan):
    hashes = {with_contact(plan, m).hash for m in ("none", "contact", "glued")}
    assert len(hashes) == 3
    assert contact_settings(with_contact(plan, "contact", 0.2)).friction == 0.2


@pytest.mark.parametrize(
    "options", [{"contact": "touch"}, {"contact": 1}, {"friction": "much"}, {"friction": 2}]
)
def test_unknown_values_are_refused_with_the_plan_named(plan, options):
    with pytest.raises(InputError) as told:
        contact_settings(replace(plan, options=options))
    assert told.value.code == "plan.option"
    assert told.value.where.startswith(plan.name)


def test_the_default_is_none_and_says_why(plan):
    rule = option("contact")
    assert rule.default == "none"
    assert "several times as long" in rule.source
