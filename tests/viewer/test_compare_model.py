"""What the linked views show, without any window: fields in bounded memory, one scale, differences, words."""

from __future__ import annotations

import numpy as np
import pytest
import viewer_samples as samples

from surgitwin.scene.difference import difference_name
from surgitwin.viewer.comparing.model import Differences, Request, displace, make_shown
from surgitwin.viewer.comparing.numbers import make_numbers
from surgitwin.viewer.fields_store import FieldsStore, size_mb

BOTH = ("lateral_plate", "nail")


def shown(request: Request, comparison=None, store=None):
    return make_shown(comparison or samples.comparison(), store or FieldsStore(), Differences(), request)


def test_one_scale_over_the_current_plans_and_the_stale_one_is_faded_and_says_why():
    made = shown(Request(BOTH, "displacement", "stance_full"))
    plate, nail = made.panes
    assert made.scale.high == pytest.approx(1.0, rel=0.05), "of the plate; the nail is out of date"
    assert plate.layers[0].opacity == 1.0
    assert max(x.opacity for x in nail.layers) < 0.5
    assert "OUT OF DATE: the plan was changed" in nail.words
    assert made.words == "Full stance, initial tissue"
    assert made.factor >= 1


def test_fields_are_read_once_and_the_oldest_leave_the_memory():
    comparison, result = samples.comparison(), samples.result("left")
    store = FieldsStore(2.5 * size_mb(result))
    for _ in range(2):
        shown(Request(BOTH, "risk_factor", "stance_full"), comparison, store)
    assert comparison.results.reads == [(n, "stance_full", "") for n in BOTH]
    shown(Request(BOTH, "risk_factor", "stance_partial"), comparison, store)
    assert [load for _, load in store.keys] == ["stance_partial", "stance_partial"]
    assert store.used_mb <= 2.5 * size_mb(result)


def test_difference_to_the_intact_bone():
    request = Request((*BOTH, "intact"), "strain_p1", "stance_full", reference="intact")
    made = shown(request)
    name = difference_name("strain_p1")
    assert [p.painted for p in made.panes] == [name, name, ""]
    assert made.scale.low == -made.scale.high
    own = samples.result("left", 1.0).bone.fields["strain_p1"]
    values = made.panes[0].result.bone.fields[name]
    good = np.isfinite(values)
    np.testing.assert_allclose(values[good], 0.5 * own[good], atol=1e-12)
    assert "minus intact bone" in made.panes[0].words
    assert "metal" in made.panes[0].words[-1]
    assert made.panes[2].read == "strain_p1", "the probe reads the reference's own value"


def test_a_field_without_a_difference_is_shown_as_it_is():
    made = shown(Request(BOTH, "E_MPa", "stance_full", reference="nail"))
    assert [p.painted for p in made.panes] == ["E_MPa", "E_MPa"]


def test_motion_has_its_exact_difference():
    made = shown(Request(BOTH, "displacement", "stance_full", reference="nail"))
    values = made.panes[0].result.bone.fields[difference_name("displacement")]
    own = np.linalg.norm(samples.result("left").bone.displacement_mm, axis=1)
    good = np.isfinite(values)
    assert good.sum() > 100
    np.testing.assert_allclose(values[good], 0.3 * own[good], atol=1e-9)


def test_without_a_field_bone_and_implants_are_shown():
    made = shown(Request(BOTH, "", "stance_full"))
    assert made.scale is None
    assert [x.name for x in made.panes[0].layers][:2] == ["bone", "Lateral plate"]
    assert made.panes[0].result is None


def test_a_plan_without_this_stage_says_so():
    comparison = samples.comparison(staged=True)
    made = shown(Request(BOTH, "risk_factor", "stance_full", "soft"), comparison)
    assert made.words == "Full stance, soft callus"
    assert {r[2] for r in comparison.results.reads} == {"soft"}
    other = shown(Request(BOTH, "risk_factor", "stance_full", "soft"), samples.comparison())
    assert "Not simulated at this stage: soft callus" in other.panes[0].words
    assert other.panes[0].painted == ""


def test_cut_open_bones_still_move():
    made = shown(Request(BOTH, "risk_factor", "stance_full", clip=("proximal", 0.5)))
    bone = made.panes[0].layers[0].data
    height = samples.anatomy("left").frame.from_lps(np.asarray(bone.points))[:, 2]
    assert height.max() < -40
    before = np.array(bone.points)
    displace(made.panes[0].layers, 10.0)
    assert np.abs(np.asarray(bone.points) - before).max() > 1.0
    displace(made.panes[0].layers, 0.0)
    np.testing.assert_allclose(np.asarray(bone.points), before, atol=1e-4)


def test_numbers_are_of_the_chosen_plans_and_stage():
    comparison = samples.comparison(stale=(), staged=True)
    made = make_numbers(comparison, BOTH, "")
    assert [r["plan"] for r in made.compare["ranking"]] == ["lateral_plate", "nail"]
    assert made.flips.decisions
    own = next(r for r in made.rows if r.id == "ifm_axial_far")
    soft = next(r for r in make_numbers(comparison, BOTH, "soft").rows if r.id == "ifm_axial_far")
    assert soft.cells[0]["value"] == pytest.approx(0.4 * own.cells[0]["value"])
    alone = make_numbers(comparison, ("nail",), "")
    assert "No ranking" in alone.verdict[0]
    assert make_numbers(samples.comparison(solved=False), BOTH, "") is None


@pytest.mark.parametrize(
    ("count", "size", "columns"),
    [(2, (1000, 500), 2), (4, (1000, 400), 4), (6, (900, 1000), 3), (1, (300, 900), 1)],
)
def test_the_grid_shows_long_bones_large(count, size, columns):
    from surgitwin.viewer.comparing.sheet import columns_for

    assert columns_for(count, *size) == columns


def test_a_difference_to_a_result_that_is_out_of_date_is_out_of_date_itself():
    made = shown(Request(BOTH, "displacement", "stance_full", reference="nail"))
    plate, nail = made.panes
    assert plate.stale
    assert nail.stale
    assert max(x.opacity for x in plate.layers) < 0.5
    assert "OUT OF DATE: the plan was changed (nail, which this is compared with)" in plate.words
    fresh = shown(Request(BOTH, "displacement", "stance_full", reference="nail"), samples.comparison(()))
    assert not any(p.stale for p in fresh.panes)
    assert fresh.panes[0].layers[0].opacity == 1.0


def test_a_plan_that_is_out_of_date_does_not_set_the_scale_of_differences():
    request = Request((*BOTH, "intact"), "displacement", "stance_full", reference="intact")
    without = shown(request, samples.comparison(stale=("lateral_plate",))).scale
    alone = shown(Request(("nail", "intact"), "displacement", "stance_full", reference="intact")).scale
    assert without.high == pytest.approx(alone.high)
    assert shown(request, samples.comparison(stale=())).scale.high > 1.5 * without.high
