from dataclasses import replace

import numpy as np
import pytest
from synthetic_femur import CANAL, femur, tilted_frame

from surgitwin.core.errors import GeometryError, InputError, UsageError
from surgitwin.core.frame import Plane
from surgitwin.core.plan import Fracture, PlacedImplant
from surgitwin.implants import build, item, screw
from surgitwin.procedures.fracture_fixation import PROCEDURE
from surgitwin.procedures.fracture_fixation.site import Site


@pytest.fixture(scope="module")
def long_left():
    return femur("left")


@pytest.fixture(scope="module")
def proposal(long_left):
    return PROCEDURE.propose(long_left, None, {})


def findings(context, plan, code):
    return [f for f in PROCEDURE.check(context, plan) if f.code == code]


def test_a_plate_and_a_full_length_nail(long_left, proposal):
    plate_plan, nail_plan = proposal.plans
    assert (plate_plan.name, nail_plan.name) == ("plate", "nail")
    assert proposal.plans[0].side == "left"
    assert any(w.startswith("Virtual fracture") for w in proposal.warnings)
    assert plate_plan.fracture is not None
    assert plate_plan.fracture.virtual
    below = long_left.anatomy.frame.from_lps(plate_plan.fracture.plane.point_mm)[2]
    assert below == pytest.approx(-50)
    assert item(nail_plan.implants[0].catalogue_id).length_mm >= 300
    for plan in proposal.plans:
        assert not [f for f in PROCEDURE.check(long_left, plan) if f.severity == "error"]


def test_plate_stands_off_everywhere(long_left, proposal):
    """Every point of the plate's solid, not only the ones that the planner looked at."""
    site = Site.of(long_left)
    box = build(proposal.plans[0].implants[0]).solids[0]
    rng = np.random.default_rng(0)
    points = box.centre_mm + (rng.uniform(-1, 1, (40000, 3)) * box.half_mm) @ box.axes.T
    assert site.outline(points).min() > 1.0
    assert box.axes[:, 0] @ long_left.anatomy.frame.vector_to_lps([site.lateral, 0, 0]) > 0.9


def test_screws_are_bicortical_of_catalogue_length_and_clear_of_the_gap(long_left, proposal):
    for plan in proposal.plans:
        p = plan.implants[0].parameters
        made = screw(p["screw"] if "screw" in p else p["bolt"]).lengths_mm
        assert all(x in made for x in p["lengths_mm"])
        assert not findings(long_left, plan, "screw.unicortical")
        assert all(f.value >= 5 for f in findings(long_left, plan, "screw.gap_distance"))
        assert all(f.value >= 1 - 1e-6 for f in findings(long_left, plan, "screw.protrusion"))
        wanted = 3 if plan.name == "plate" else 2
        assert findings(long_left, plan, "screw.side")[0].value >= wanted


def test_nail_stays_inside_the_shaft(long_left, proposal):
    site = Site.of(long_left)
    rod = build(proposal.plans[1].implants[0]).solids[0]
    s = np.arange(0, rod.length_mm, 2.0)
    centres = rod.centreline(s)
    shaft = site.anatomy.frame.from_lps(centres)[:, 2] < 0
    assert (site.outline(centres[shaft]) + rod.radius_mm).max() < -2


def test_mirrored_anatomy_gives_mirrored_plans(long_left, proposal):
    """The mirror image about LPS x = 0, implants compared by the distance to their solids."""
    right = PROCEDURE.propose(femur("right"), None, {})
    rng = np.random.default_rng(1)
    local = rng.uniform([-40, -40, -330], [40, 40, 80], (3000, 3))
    points = tilted_frame().to_lps(local)
    for left_plan, right_plan in zip(proposal.plans, right.plans, strict=True):
        assert right_plan.side == "right"
        assert left_plan.implants[0].catalogue_id == right_plan.implants[0].catalogue_id
        assert np.linalg.det(right_plan.implants[0].pose[:3, :3]) == pytest.approx(1)
        one = build(left_plan.implants[0]).distance(points)
        other = build(right_plan.implants[0]).distance(points * [-1, 1, 1])
        assert other == pytest.approx(one, abs=0.02)


def test_little_shaft_gets_a_short_nail():
    context = femur("left", shaft=170)
    plans = PROCEDURE.propose(context, None, {}).plans
    nail = item(plans[1].implants[0].catalogue_id)
    assert nail.length_mm in (170, 200)
    assert all(f.value >= 10 for f in findings(context, plans[1], "screw.cut_distance"))


def test_no_nail_fits_a_second_plate_is_proposed():
    context = femur("left", canal=2.5)
    proposal = PROCEDURE.propose(context, None, {})
    assert [p.name for p in proposal.plans] == ["plate", "plate-2"]
    ids = [p.implants[0].catalogue_id for p in proposal.plans]
    assert ids[0] != ids[1]
    assert any("No nail" in w and "reaming" in w for w in proposal.warnings)


def test_a_nail_asked_for_that_does_not_fit_is_refused():
    with pytest.raises(GeometryError) as caught:
        PROCEDURE.propose(femur("left", shaft=170), None, {"nail": "nail-femoral-9-480"})
    assert caught.value.code == "nail.does_not_fit"
    assert "beyond the uncut bone" in caught.value.message
    with pytest.raises(InputError):
        PROCEDURE.propose(femur("left", shaft=170), None, {"nail": "nail-of-gold"})


def test_named_implants_are_used(long_left):
    options = {"plate": "plate-narrow-10", "nail": "nail-femoral-10-320", "screws_per_side": "3"}
    plans = PROCEDURE.propose(long_left, None, options).plans
    assert [p.implants[0].catalogue_id for p in plans] == [options["plate"], options["nail"]]
    assert len(plans[0].implants[0].parameters["holes"]) == 6


def test_a_given_fracture_is_used_and_turned_upwards(long_left):
    frame = long_left.anatomy.frame
    plane = Plane(frame.to_lps([0, 20, -150]), frame.vector_to_lps([0.2, 0, -1.0]))
    given = Fracture(plane, 2.0, "claes_heigele.soft_callus", virtual=False)
    proposal = PROCEDURE.propose(long_left, given, {})
    used = proposal.plans[0].fracture
    assert frame.vector_from_lps(used.plane.normal)[2] > 0.9
    assert (used.gap_mm, used.healing, used.virtual) == (2.0, "claes_heigele.soft_callus", False)
    assert not any("Virtual" in w for w in proposal.warnings)
    outside = Fracture(Plane(plane.point_mm + 200, plane.normal), 2.0, used.healing, virtual=False)
    with pytest.raises(GeometryError) as caught:
        PROCEDURE.propose(long_left, outside, {})
    assert caught.value.code == "fracture.outside"


def test_unknown_option_lists_the_known_ones(long_left):
    with pytest.raises(UsageError, match="colour") as caught:
        PROCEDURE.propose(long_left, None, {"colour": "blue"})
    assert "screws_per_side" in caught.value.hint


def moved(plan, shift, frame):
    pose = np.array(plan.implants[0].pose)
    pose[:3, 3] += frame.vector_to_lps(shift)
    old = plan.implants[0]
    return replace(plan, implants=(PlacedImplant(old.catalogue_id, pose, old.parameters),))


@pytest.mark.parametrize(
    ("shift", "code"),
    [
        ([3.0, 0, 0], "plate.clearance"),
        ([-60.0, 0, 0], "implant.outside_bone"),
        ([0.0, 0, 20.0], "screw.gap_distance"),
    ],
)
def test_faults_of_a_moved_plate_are_found(long_left, proposal, shift, code):
    bad = moved(proposal.plans[0], shift, long_left.anatomy.frame)
    assert any(f.code == code and f.severity != "info" for f in PROCEDURE.check(long_left, bad))


def test_faults_of_lengths_and_collisions(long_left, proposal):
    plan = proposal.plans[0]
    old = plan.implants[0]
    lengths = list(old.parameters["lengths_mm"])
    short = PlacedImplant(old.catalogue_id, old.pose, {**old.parameters, "lengths_mm": [20.0, *lengths[1:]]})
    assert findings(long_left, replace(plan, implants=(short,)), "screw.unicortical")
    odd = PlacedImplant(old.catalogue_id, old.pose, {**old.parameters, "lengths_mm": [41.3, *lengths[1:]]})
    assert findings(long_left, replace(plan, implants=(odd,)), "screw.length")
    both = replace(plan, implants=(old, proposal.plans[1].implants[0]))
    assert findings(long_left, both, "implant.collision")


def test_operative_list_counts_through(proposal):
    rows = PROCEDURE.operative_list(proposal.plans[0])
    assert [r.order for r in rows] == list(range(1, len(rows) + 1))
    assert len(rows) == 1 + len(proposal.plans[0].implants[0].parameters["holes"])


def test_every_finding_is_a_sentence(long_left, proposal):
    """With and without faults; whoever shows it may put the plan's name before it."""
    plans = [
        *proposal.plans,
        moved(proposal.plans[0], [3.0, 0, 0], long_left.anatomy.frame),
        moved(proposal.plans[0], [-60.0, 0, 0], long_left.anatomy.frame),
        moved(proposal.plans[0], [0, 0, -280.0], long_left.anatomy.frame),
        moved(proposal.plans[1], [12.0, 0, 0], long_left.anatomy.frame),
        moved(proposal.plans[1], [0, 0, 400.0], long_left.anatomy.frame),
    ]
    seen = set()
    for plan in plans:
        for f in PROCEDURE.check(long_left, plan):
            seen.add((f.code, f.severity))
            assert f.message[0].isupper(), f
            assert f.message.endswith("."), f
            assert ": " not in f.message, f
            assert "-" not in f.message.replace(f.implant, ""), f"faults have words, not signs: {f}"
    assert {("nail.wall", "error"), ("plate.standoff", "warning"), ("screw.cut_distance", "error")} <= seen


def test_standoff_names_the_screw(long_left, proposal):
    frame = long_left.anatomy.frame
    far = moved(proposal.plans[0], [-6.0, 0, 0], frame)
    (found,) = findings(long_left, far, "plate.standoff")
    assert found.severity == "warning"
    placed = far.implants[0]
    site, plate = Site.of(long_left), item(placed.catalogue_id)
    away = {
        n: float(site.outline(placed.pose[:3, :3] @ [0, 0, plate.hole_z_mm(n)] + placed.pose[:3, 3]))
        for n in placed.parameters["holes"]
    }
    worst = max(away, key=away.get)
    assert found.message == (
        f"The plate stands {away[worst]:.1f} mm off the bone at screw {worst} (stability falls above 5 mm)."
    )


def with_fracture(plan, **changes):
    return replace(plan, fracture=replace(plan.fracture, **changes))


def test_a_plan_by_hand_is_checked_like_a_proposed_one(long_left, proposal):
    plan = proposal.plans[0]
    plane = plan.fracture.plane
    assert not findings(long_left, plan, "fracture.outside")
    outside = with_fracture(plan, plane=Plane(plane.point_mm + np.array([40.0, 0, 0]), plane.normal))
    (found,) = findings(long_left, outside, "fracture.outside")
    assert found.severity == "error"
    assert "point_mm" in found.message
    below = plane.point_mm + long_left.anatomy.frame.vector_to_lps([0, 0, -275.0])
    assert findings(long_left, with_fracture(plan, plane=Plane(below, plane.normal)), "fracture.outside")
    turned = with_fracture(plan, plane=Plane(plane.point_mm, -plane.normal))
    assert PROCEDURE.check(long_left, turned) == PROCEDURE.check(long_left, plan)
    (narrow,) = findings(long_left, with_fracture(plan, gap_mm=0.5), "fracture.gap")
    assert narrow.severity == "warning"
    assert not findings(long_left, with_fracture(plan, gap_mm=1.0), "fracture.gap")


@pytest.mark.parametrize(
    ("depth_mm", "options", "severity"),
    [
        (1.0, {"ream_limit_mm": 1.5}, "info"),
        (2.0, {"ream_limit_mm": 1.5}, "warning"),
        (2.0, {"ream_limit_mm": 3.0}, "info"),
        (2.0, {}, "warning"),
    ],
)
def test_reaming_of_a_nail_placed_by_hand(long_left, proposal, depth_mm, options, severity):
    """The nail in a canal that is narrower by as much as the wall is to lose."""
    plan = replace(proposal.plans[1], options=options)
    (free,) = findings(long_left, plan, "nail.reaming")
    narrow = femur("left", canal=CANAL + free.value - depth_mm)
    (found,) = findings(narrow, plan, "nail.reaming")
    assert found.value == pytest.approx(depth_mm, abs=1e-3)
    assert found.severity == severity


def test_reaming_beyond_the_cortex_is_an_error(long_left, proposal):
    aside = moved(proposal.plans[1], [9.0, 0, 0], long_left.anatomy.frame)
    (found,) = findings(long_left, aside, "nail.reaming")
    assert found.severity == "error"
    assert "beyond the cortex" in found.message


def test_gaps_that_cannot_be_meshed_are_not_proposed(long_left):
    with pytest.raises(UsageError) as caught:
        PROCEDURE.propose(long_left, None, {"gap_mm": "0.5"})
    assert caught.value.code == "option.range"
    assert "too flat" in caught.value.hint


def with_parameters(plan, **changes):
    old = plan.implants[0]
    return replace(plan, implants=(PlacedImplant(old.catalogue_id, old.pose, {**old.parameters, **changes}),))


def test_only_bicortical_screws_count(long_left, proposal):
    plan = proposal.plans[0]
    n = len(plan.implants[0].parameters["holes"])
    short = with_parameters(plan, lengths_mm=[20.0] * n)
    (side,) = findings(long_left, short, "screw.side")
    assert (side.value, side.severity) == (0, "error")
    (side,) = findings(long_left, plan, "screw.side")
    assert side.value == 3
    assert "hold both cortices" in side.message


def test_a_tip_far_beyond_the_bone_is_an_error(long_left, proposal):
    plan = proposal.plans[0]
    lengths = list(plan.implants[0].parameters["lengths_mm"])
    far = with_parameters(plan, lengths_mm=[90.0, *lengths[1:]])
    assert [f.severity for f in findings(long_left, far, "screw.protrusion")].count("error") == 1


def test_a_nail_without_two_holding_bolts_is_an_error(long_left, proposal):
    plan = proposal.plans[1]
    old = plan.implants[0].parameters
    inside = with_parameters(plan, starts_mm=[*old["starts_mm"][:3], 5.0])
    (side,) = findings(long_left, inside, "screw.side")
    assert (side.value, side.severity) == (1, "error")
    assert any("near cortex" in f.message for f in findings(long_left, inside, "screw.unicortical"))


def test_a_nail_in_an_image_without_condyles_is_called_short(long_left):
    context = femur("left", shaft=170)
    unseen = replace(context, anatomy=replace(context.anatomy, torsion_estimated=True))
    said = PROCEDURE.propose(unseen, None, {}).warnings
    assert any("as short as the image allows" in w and "whole femur" in w for w in said)
    assert not any("as short as" in w for w in PROCEDURE.propose(long_left, None, {}).warnings)


def test_options_beside_a_fracture_file_are_told(long_left, proposal):
    given = proposal.plans[0].fracture
    said = " ".join(PROCEDURE.propose(long_left, given, {}).warnings)
    assert "Virtual fracture" in said
    assert "replaces" not in said
    both = PROCEDURE.propose(long_left, given, {"gap_mm": "5", "cut_below_lt_mm": "60"})
    assert both.plans[0].fracture.gap_mm == 5
    said = " ".join(both.warnings)
    assert "cut_below_lt_mm is ignored" in said
    assert "gap_mm = 5.0 replaces 3.0" in said


def test_words_of_refusals_fit_their_reason(long_left):
    with pytest.raises(UsageError, match=r"outside 3 to 11\.$"):
        PROCEDURE.propose(long_left, None, {"screws_per_side": "1"})
    with pytest.raises(GeometryError) as caught:
        PROCEDURE.propose(femur("left", shaft=80), None, {})
    assert caught.value.code == "plate.does_not_fit"
    assert caught.value.message.startswith("No plate of the catalogue fits.")
    assert "shorter" not in caught.value.hint
