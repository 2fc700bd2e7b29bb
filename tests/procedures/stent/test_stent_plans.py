from dataclasses import replace

import numpy as np
import pytest
from synthetic_artery import artery, context

from surgitwin.anatomy.artery.types import Lesion
from surgitwin.core.errors import GeometryError, InputError, UsageError
from surgitwin.core.vessel import Notice
from surgitwin.implants import stents
from surgitwin.procedures import VesselProcedure, vessel_procedure
from surgitwin.procedures.stent import PROCEDURE


def codes(found, severity=None):
    return {f.code for f in found if severity in (None, f.severity)}


def plan_of(where, catalogue_id, **options):
    first = PROCEDURE.propose(where, {}).plans[0]
    return PROCEDURE.adjust(where, first, {"catalogue_id": catalogue_id, **options})


def test_it_is_installed():
    assert isinstance(PROCEDURE, VesselProcedure)
    assert vessel_procedure("stent") is PROCEDURE


@pytest.mark.parametrize("reference", [2.5, 3.0, 3.5, 5.0, 6.0, 7.0, 8.0])
@pytest.mark.parametrize("bend", [0.0, 60.0])
def test_proposals_cover_the_lesion_and_can_be_deployed(reference, bend):
    where = context(reference=reference, bend_deg=bend, half=6.0)
    plans = PROCEDURE.propose(where, {}).plans
    assert len(plans) >= 2
    assert len({(p.implants[0].catalogue_id, p.options["position_mm"]) for p in plans}) == len(plans)
    for plan in plans:
        found = PROCEDURE.check(where, plan)
        assert not codes(found, "error")
        assert not codes(found, "warning") & {"stent.lesion", "stent.margin", "stent.too_small"}
        middle = where.anatomy.tube.course.frames_at(np.array([plan.options["position_mm"]]))[0][0]
        assert plan.implants[0].pose[:3, 3] == pytest.approx(middle)
        assert plan.side == "none"


def test_a_peripheral_artery_gets_both_ways_of_expansion():
    plans = PROCEDURE.propose(context(), {}).plans
    assert {stents()[p.implants[0].catalogue_id].expansion for p in plans} == {
        "balloon_expandable",
        "self_expanding",
    }


def test_one_stent_asked_for_comes_with_its_neighbour():
    plans = PROCEDURE.propose(context(), {"device": "stent-cocr-iliac-6-29"}).plans
    assert [p.implants[0].catalogue_id for p in plans] == ["stent-cocr-iliac-6-29", "stent-cocr-iliac-6.5-29"]


def test_options_are_checked():
    with pytest.raises(UsageError):
        PROCEDURE.propose(context(), {"size": 3})
    with pytest.raises(GeometryError) as caught:
        PROCEDURE.propose(context(), {"lesion": 2})
    assert caught.value.code == "stent.no_lesion"
    with pytest.raises(GeometryError) as caught:
        PROCEDURE.propose(context(reference=20.0), {})
    assert caught.value.code == "stent.no_size"


def test_sliding_takes_the_pose_along_and_keeps_the_name():
    where = context(bend_deg=80.0)
    plan = plan_of(where, "stent-cocr-iliac-6-19")
    moved = PROCEDURE.adjust(where, plan, {"position_mm": 20.0})
    line = where.anatomy.tube.course
    points, tangent, e1, _ = line.frames_at(np.array([20.0]))
    assert moved.implants[0].pose[:3, 3] == pytest.approx(points[0])
    assert moved.implants[0].pose[:3, 2] == pytest.approx(tangent[0])
    assert moved.implants[0].pose[:3, 0] == pytest.approx(e1[0])
    assert moved.name == plan.name
    assert moved.hash != plan.hash


def test_sizes_follow_the_sliders():
    where = context()
    plan = plan_of(where, "stent-cocr-iliac-6-19", balloon_mm=6.2)
    assert plan.options["balloon_mm"] == 6.2
    wider = PROCEDURE.adjust(where, plan, {"diameter_mm": 7.1, "length_mm": 30})
    assert wider.implants[0].catalogue_id == "stent-cocr-iliac-7-29"
    assert wider.options["balloon_mm"] == 7.0
    nitinol = PROCEDURE.adjust(where, plan, {"catalogue_id": "stent-nitinol-femoral-7-40"})
    assert "balloon_mm" not in nitinol.options
    for knob in PROCEDURE.knobs(where, plan):
        assert knob.minimum <= knob.maximum
        assert PROCEDURE.adjust(where, plan, {knob.option: knob.maximum})


def test_longer_than_the_vessel():
    found = PROCEDURE.check(context(), plan_of(context(), "stent-nitinol-femoral-7-80"))
    assert codes(found, "error") == {"stent.longer_than_vessel"}


def test_landing_zone_outside_the_image():
    where = context()
    plan = plan_of(where, "stent-cocr-iliac-6-29", position_mm=50.0)
    found = PROCEDURE.check(where, plan)
    (out,) = [f for f in found if f.severity == "error"]
    assert out.code == "stent.outside"
    assert out.value == pytest.approx(4.5)
    assert out.point_mm == pytest.approx((0, 0, 60))
    assert "stent.lesion" in codes(found, "warning")


def test_branch_under_the_stent_is_named():
    where = context(branches=((36.0, 2.5), (5.0, 2.0)))
    found = PROCEDURE.check(where, plan_of(where, "stent-cocr-iliac-6-29"))
    (branch,) = [f for f in found if f.code == "stent.branch_covered"]
    assert branch.value == 2.5
    assert branch.point_mm == pytest.approx((0, 0, 36))


@pytest.mark.parametrize(
    ("item", "options", "code", "severity"),
    [
        ("stent-cocr-iliac-5-29", {}, "stent.too_small", "warning"),
        ("stent-cocr-iliac-8-29", {}, "stent.too_large", "warning"),
        ("stent-nitinol-femoral-6-40", {}, "stent.too_small", "warning"),
        ("stent-nitinol-iliac-9-40", {}, "stent.too_large", "warning"),
        ("stent-cocr-iliac-6-29", {"balloon_mm": 8.2}, "stent.max_diameter", "error"),
        ("stent-cocr-iliac-6-29", {"balloon_mm": 5.2}, "stent.balloon_small", "warning"),
        ("stent-cocr-coronary-4-28", {}, "stent.wrong_vessel", "warning"),
    ],
)
def test_sizes_out_of_range_are_flagged(item, options, code, severity):
    where = context()
    assert code in codes(PROCEDURE.check(where, plan_of(where, item, **options)), severity)


def test_a_tight_narrowing_is_refused_unless_predilated():
    where = context(stenosis=0.7)
    plan = plan_of(where, "stent-cocr-iliac-6-29", predilation_mm=0.0)
    assert "stent.tight" in codes(PROCEDURE.check(where, plan), "error")
    opened = PROCEDURE.adjust(where, plan, {"predilation_mm": 3.0})
    found = PROCEDURE.check(where, opened)
    assert not codes(found, "error")
    assert "stent.predilated" in codes(found, "warning")


def test_doubt_and_metal_are_passed_on():
    doubtful = context(doubt="throat under 1.5 FWHM")
    proposal = PROCEDURE.propose(doubtful, {})
    assert any("throat under 1.5 FWHM" in w for w in proposal.warnings)
    metal = context(artery(notices=(Notice("artery.metal", "Metal in the vessel.", (0.0, 0.0, 30.0)),)))
    found = PROCEDURE.check(metal, plan_of(metal, "stent-cocr-iliac-6-29"))
    assert "stent.metal" in codes(found, "warning")


def test_fit_words():
    where = context()
    plan = plan_of(where, "stent-cocr-iliac-6-29")
    assert PROCEDURE.fit(where, plan, "stent-cocr-iliac-6-29").verdict == "fits"
    assert PROCEDURE.fit(where, plan, "stent-cocr-iliac-8-29").verdict == "tight"
    assert PROCEDURE.fit(where, plan, "stent-nitinol-femoral-7-80").verdict == "no"
    with pytest.raises(InputError):
        PROCEDURE.fit(where, plan, "plate-broad-08")


def test_the_list_for_the_theatre_names_the_balloon():
    where = context()
    (row,) = PROCEDURE.operative_list(plan_of(where, "stent-cocr-iliac-6-29"))
    assert "inflated to 6 mm" in row.place
    assert row.length_mm == 29


def test_sizing_by_hand():
    where = context()
    plan = plan_of(where, "stent-cocr-iliac-6-29", flow_mL_min=350.0)
    found = {m.id: m for m in PROCEDURE.sizing(where, plan)}
    assert all(m.level == "L0" for m in found.values())
    assert found["stent_device_ratio"].value == pytest.approx(1.0)
    assert found["stent_margin_proximal"].value == pytest.approx(6.5)
    assert found["stent_margin_distal"].value == pytest.approx(6.5)
    assert found["stent_branches_covered"].value == 0
    assert found["stent_expected_residual"].value == pytest.approx(4.75)
    assert found["stent_expected_residual"].band == pytest.approx((3.5, 6.0))
    # Young and Tsai by hand: 350 mL/min, 6 mm, throat 3 mm, 16 mm long
    speed = 350e-6 / 60 / (np.pi * 0.003**2)
    viscous = 32 * (0.83 * 0.016 + 1.64 * 0.003) / 0.006 * 16 * 0.0035 * speed / 0.006
    turbulent = 1.52 * 1060 / 2 * 9 * speed**2
    before = found["stent_drop_before"]
    assert before.value == pytest.approx((viscous + turbulent) / 133.322, rel=1e-4)
    assert before.band[0] < before.value < before.band[1]
    assert found["stent_expected_drop"].value < 0.05 * before.value


def test_what_l0_cannot_know_has_a_reason():
    where = context(doubt="throat under 1.5 FWHM")
    plan = plan_of(where, "stent-nitinol-femoral-7-40")
    found = {m.id: m for m in PROCEDURE.sizing(where, plan)}
    assert found["stent_expected_residual"].value is None
    assert "L1" in found["stent_expected_residual"].reason
    assert "FWHM" in found["stent_drop_before"].reason


def test_second_lesion_is_treated_when_named():
    made = artery(length=100.0)
    first = made.lesions[0]
    second = Lesion(**{**first.__dict__, "start_mm": 62.0, "throat_mm": 70.0, "end_mm": 78.0})
    where = context(replace(made, lesions=(first, second)))
    plan = PROCEDURE.propose(where, {"lesion": 2}).plans[0]
    assert plan.options["position_mm"] == pytest.approx(70.0)
    assert plan.options["lesion"] == 2


@pytest.mark.parametrize(("stenosis", "opened"), [(0.4, 0.0), (0.55, 4.2)])
def test_tight_narrowings_are_proposed_with_predilation(stenosis, opened):
    proposal = PROCEDURE.propose(context(stenosis=stenosis), {})
    assert {p.options["predilation_mm"] for p in proposal.plans} == {opened}
    assert any("pre-dilated" in w for w in proposal.warnings) == (opened > 0)
    asked = PROCEDURE.propose(context(stenosis=stenosis), {"predilation_mm": 0.0})
    assert {p.options["predilation_mm"] for p in asked.plans} == {0.0}


def test_calcified_narrowings_are_proposed_with_predilation():
    made = artery(stenosis=0.4)
    hard = replace(made, lesions=(replace(made.lesions[0], calcified=0.3),))
    assert PROCEDURE.propose(context(hard), {}).plans[0].options["predilation_mm"] == 4.2
