"""An implant and a cut in the hand: plans that follow from known motions, screws of catalogue lengths."""

from dataclasses import replace

import numpy as np
import pytest

from surgitwin.core.frame import Plane, rotation_about
from surgitwin.implants import screw
from surgitwin.planning.case import Case
from surgitwin.planning.plans.bone_axes import plane_numbers
from surgitwin.planning.plans.cut_drag import HeldCut, same
from surgitwin.planning.plans.implant_drag import MIDDLE, SLIDE, TURN, HeldImplant, implant_at, solids_of
from surgitwin.planning.plans.implant_follow import Step, all_steps, follow, words
from surgitwin.planning.plans.step import context_of
from surgitwin.scene.drags import move, turn


@pytest.fixture(scope="module")
def case(meshed_case):
    return Case.open(meshed_case.path)


@pytest.fixture(scope="module")
def context(case):
    return context_of(case)


def held(case, context, name):
    return HeldImplant(context, case.plans()[name], 0)


def lengths_are_made(plan):
    p = plan.implants[0].parameters
    made = screw(str(p.get("screw") or p.get("bolt"))).lengths_mm
    return all(x in made for x in p["lengths_mm"])


@pytest.mark.parametrize("name", ["plate", "nail"])
@pytest.mark.parametrize("snap", [True, False])
def test_slide_moves_along_the_bone_and_back(case, context, name, snap):
    hand = held(case, context, name)
    up = case.anatomy.frame.axes[:, 2]
    plan = hand.dragged(SLIDE.name, move(hand.gizmos[0], [0, 0, -12]), snap)
    way = plan.implants[0].pose[:3, 3] - hand.placed.pose[:3, 3]
    assert float(way @ up) == pytest.approx(-12, abs=0.5)
    assert lengths_are_made(plan)
    assert hand.step_name(plan).startswith(f"Move the {name} 1")
    back = HeldImplant(context, plan, 0).dragged(SLIDE.name, move(hand.gizmos[0], [0, 0, 12]), snap)
    assert HeldImplant(context, back, 0).moved(hand.plan)[0] < 0.3


def test_turn_of_a_plate_goes_round_the_bone_and_follows_its_ring(case, context):
    hand = held(case, context, "plate")
    ring = hand.gizmos[2]
    motion = turn(ring, 2, 20)
    plan = hand.dragged(TURN.name, motion, True)
    assert hand.moved(plan)[1] == pytest.approx(20, abs=4)
    free = hand.dragged(TURN.name, motion, False)
    assert free.implants[0].pose == pytest.approx(motion.matrix @ hand.placed.pose)
    ways = [p.implants[0].pose[:3, 3] - hand.placed.pose[:3, 3] for p in (plan, free)]
    assert float(ways[0] @ ways[1]) > 0, "both go the same way round"


def test_dragged_into_the_air_a_plate_comes_back_to_the_bone_only_with_snap(case, context):
    hand = held(case, context, "plate")
    away = move(hand.gizmos[0], [15, 0, 0])
    assert hand.moved(hand.dragged(MIDDLE.name, away, True))[0] < 2
    free = hand.dragged(MIDDLE.name, away, False)
    assert hand.moved(free)[0] == pytest.approx(15)
    assert lengths_are_made(free)
    assert hand.matrix_to(free) == pytest.approx(away.matrix)
    said = words(hand, follow(hand, Step(MIDDLE.name, away, False)))
    assert said.startswith("Move the plate 15.0 mm. ")


def test_several_presses_add_up(case, context):
    hand = held(case, context, "nail")
    step = Step(SLIDE.name, move(hand.gizmos[0], [0, 0, -1]), True)
    assert hand.moved(all_steps(hand, [step] * 3))[0] == pytest.approx(3, abs=0.05)


def test_two_implants_of_one_kind_are_numbered(case, context):
    plan = case.plans()["plate"]
    two = replace(plan, implants=plan.implants * 2)
    assert [HeldImplant(context, two, n).word for n in (0, 1)] == ["plate 1", "plate 2"]
    solids = solids_of(case.plans()["plate"])
    spot = plan.implants[0].pose[:3, 3] + plan.implants[0].pose[:3, 0]
    assert implant_at(solids, spot[None], 1.0) == 0
    assert implant_at(solids, spot[None] + 200, 1.0) is None


def test_cut_in_the_hand(case):
    hand = HeldCut(case.plans()["plate"], case.anatomy)
    cut = hand.cut
    assert cut.gap_range_mm[1] > cut.gap_mm
    assert same(cut, hand.cut)
    down = replace(cut, plane=Plane(cut.plane.point_mm - 7 * cut.along, cut.plane.normal))
    assert hand.step_name(down) == "Move the cut 7.0 mm"
    below = plane_numbers(case.anatomy, cut.plane).below_mm + 7
    assert f"{below:.1f} mm below the lesser trochanter" in hand.words(down)
    across = np.cross(cut.plane.normal, case.anatomy.frame.axes[:, 0])
    tilt = rotation_about(across, np.radians(-12)) @ cut.plane.normal
    tilted = replace(cut, plane=Plane(cut.plane.point_mm, -tilt))
    assert hand.step_name(tilted) == "Tilt the cut 12.0 degrees"
    new = hand.with_cut(tilted).fracture
    assert float(new.plane.normal @ case.anatomy.frame.axes[:, 2]) > 0, "the normal points proximally again"
    wide = replace(cut, gap_mm=5.0)
    assert hand.step_name(wide) == "Set the gap to 5.0 mm"
    assert hand.with_cut(wide).fracture.gap_mm == 5
    with pytest.raises(ValueError, match="no fracture"):
        _ = HeldCut(replace(hand.plan, fracture=None), case.anatomy).cut
