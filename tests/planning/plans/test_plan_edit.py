"""Plans changed by hand: names, fracture, screws, numbers in the bone's directions, and what differs."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic_femur import femur

from surgitwin.core.errors import InputError, UsageError
from surgitwin.core.frame import Plane
from surgitwin.core.plan import PlacedImplant
from surgitwin.planning.plans import edit as plan_edit
from surgitwin.planning.plans.bone_axes import (
    PlaneNumbers,
    PoseNumbers,
    plane_from,
    plane_numbers,
    pose_from,
    pose_numbers,
    shaft_centre,
)
from surgitwin.planning.plans.difference import plan_difference
from surgitwin.planning.plans.file import dump_plan, parse_plan
from surgitwin.planning.plans.names import (
    annotate,
    checked_name,
    delete,
    duplicate,
    free_name,
    new_plan,
    rename,
)
from surgitwin.planning.plans.side_check import side_check
from surgitwin.procedures.fracture_fixation import PROCEDURE

SIDES = ("left", "right")
BONES = {side: femur(side) for side in SIDES}


@pytest.fixture(scope="module")
def plans():
    found = PROCEDURE.propose(BONES["left"], None, {"cut_below_lt_mm": 120}).plans
    return {p.name: p for p in found}


ANATOMY = BONES["left"].anatomy


# ---- names and notes ----------------------------------------------------------------------------


def test_free_names_count_on():
    assert free_name("Plate", {}) == "Plate"
    assert free_name("plate", ["plate", "plate-2"]) == "plate 2"
    assert free_name("plate-2", ["plate", "plate-2"]) == "plate-3"
    assert free_name("Plan 9", ["Plan 9"]) == "Plan 2"
    assert free_name("plate", ["Plate"]) == "plate 2", "one file on some disks"


@pytest.mark.parametrize(
    "bad", ["", "  ", "a/b", "a:b", "x" * 61, "intact", "Intact", "..", 'say "so"', "a\nb?"]
)
def test_names_that_no_file_can_have(bad):
    with pytest.raises(InputError) as caught:
        checked_name(bad, ())
    assert caught.value.code == "plan.name"
    assert caught.value.hint


def test_the_life_of_a_plan(plans):
    notes = {"plate": "first idea"}
    copy = duplicate(plans, notes, "plate")
    assert (copy.active, copy.title, copy.notes["plate 2"]) == ("plate 2", "Duplicate plate", "first idea")
    assert copy.plans["plate 2"].hash == plans["plate"].hash
    named = rename(plans, notes, "plate", " Narrow  plate ")
    assert list(named.plans) == ["plate", "Narrow plate"]
    assert named.plans["plate"] is None
    assert named.notes == {"Narrow plate": "first idea"}
    again = rename(plans, notes, "plate", "Plate")
    assert again.plans["Plate"].name == "Plate", "capitals may change"
    gone = delete(plans, notes, "plate")
    assert (gone.plans, gone.notes, gone.active) == ({"plate": None}, {}, "nail")
    assert delete({"plate": plans["plate"]}, notes, "plate").active == ""
    assert annotate(plans, notes, "plate", "  ").notes == {}
    assert annotate(plans, notes, "nail", "thin").notes["nail"] == "thin"
    new = new_plan(plans, notes, "fracture_fixation", "left", plans["plate"].fracture)
    assert new.plans["Plan"].implants == ()
    assert parse_plan(dump_plan(new.plans["Plan"]), "memory").fracture is not None
    with pytest.raises(InputError) as caught:
        rename(plans, notes, "plate", "NAIL")
    assert caught.value.code == "plan.name_taken"
    with pytest.raises(InputError) as caught:
        delete(plans, notes, "gone")
    assert caught.value.code == "plan.unknown"


# ---- numbers ------------------------------------------------------------------------------------

angle = st.floats(-60, 60)


@given(st.sampled_from(SIDES), st.floats(10, 300), angle, angle)
def test_planes_there_and_back(side, below, front, lateral):
    numbers = PlaneNumbers(below, front, lateral)
    anatomy = BONES[side].anatomy
    found = plane_numbers(anatomy, plane_from(anatomy, numbers))
    assert (found.below_mm, found.tilt_front_deg, found.tilt_side_deg) == pytest.approx(
        (below, front, lateral), abs=1e-6
    )


@given(
    st.sampled_from(SIDES),
    st.sampled_from(["plate-broad-08", "nail-femoral-10-320"]),
    st.floats(-300, 300),
    st.floats(-80, 80),
    st.floats(-80, 80),
    angle,
    angle,
    st.floats(-179, 179),
)
def test_poses_there_and_back(side, key, below, medial, anterior, front, lateral, turn):
    numbers = PoseNumbers(below, medial, anterior, front, lateral, turn)
    anatomy = BONES[side].anatomy
    placed = PlacedImplant(key, pose_from(anatomy, key, numbers))
    found = pose_numbers(anatomy, placed)
    for name in PoseNumbers.__dataclass_fields__:
        assert getattr(found, name) == pytest.approx(getattr(numbers, name), abs=1e-5), name


@pytest.mark.parametrize("side", SIDES)
def test_numbers_mean_what_a_surgeon_reads(side):
    bone = BONES[side]
    plate, nail = PROCEDURE.propose(bone, None, {"cut_below_lt_mm": 120}).plans
    p = pose_numbers(bone.anatomy, plate.implants[0])
    assert p.medial_mm < -14, "a lateral plate lies laterally"
    assert abs(p.turn_deg) < 3
    assert p.below_mm == pytest.approx(120, abs=20)
    n = pose_numbers(bone.anatomy, nail.implants[0])
    assert n.below_mm < 0, "a nail's top lies above the lesser trochanter"
    assert abs(n.turn_deg) < 3
    front = PROCEDURE.turn(bone, plate, 0, 30)
    assert pose_numbers(bone.anatomy, front.implants[0]).turn_deg == pytest.approx(30, abs=3)
    turned = PROCEDURE.turn(bone, nail, 0, 20)
    assert pose_numbers(bone.anatomy, turned.implants[0]).turn_deg == pytest.approx(20, abs=3)
    oblique = plane_from(bone.anatomy, PlaneNumbers(100, 45, 0))
    medial = bone.anatomy.landmarks["head_centre"].point_mm - bone.anatomy.frame.origin_mm
    flat = medial - (medial @ bone.anatomy.frame.axes[:, 2]) * bone.anatomy.frame.axes[:, 2]
    assert oblique.distance(oblique.point_mm + flat) < 0, "the plane is higher on the medial side"


def test_too_steep_a_tilt_is_refused():
    with pytest.raises(UsageError) as caught:
        plane_from(ANATOMY, PlaneNumbers(100, 85, 0))
    assert caught.value.code == "plan.tilt"


# ---- fracture -----------------------------------------------------------------------------------


def test_the_fracture_moves_along_the_canal_and_keeps_its_tilt(plans):
    plan = plan_edit.with_fracture(plans["plate"], ANATOMY, below_mm=90.0, tilt_front_deg=20.0)
    moved = plan_edit.with_fracture(plan, ANATOMY, below_mm=140.0)
    numbers = plane_numbers(ANATOMY, moved.fracture.plane)
    assert (numbers.below_mm, numbers.tilt_front_deg) == pytest.approx((140, 20), abs=1e-6)
    assert moved.fracture.plane.point_mm == pytest.approx(shaft_centre(ANATOMY, 140.0))
    tilted = plan_edit.with_fracture(moved, ANATOMY, tilt_side_deg=-10.0)
    assert tilted.fracture.plane.point_mm == pytest.approx(moved.fracture.plane.point_mm)


def test_gap_healing_and_kind(plans):
    plan = plan_edit.with_fracture(plans["plate"], ANATOMY, gap_mm="5", healing="claes_heigele.soft_callus")
    assert (plan.fracture.gap_mm, plan.fracture.healing) == (5.0, "claes_heigele.soft_callus")
    assert plan_edit.healing_choices()["claes_heigele.soft_callus"]
    assert not plan_edit.with_fracture(plan, ANATOMY, virtual=False).fracture.virtual
    with pytest.raises(UsageError) as caught:
        plan_edit.with_fracture(plan, ANATOMY, gap_mm=0.4)
    assert "too flat" in caught.value.hint
    with pytest.raises(InputError):
        plan_edit.with_fracture(plan, ANATOMY, healing="wood")


def test_a_plan_without_a_fracture_gets_a_virtual_one(plans):
    bare = plan_edit.without_fracture(plans["plate"])
    assert bare.fracture is None
    made = plan_edit.with_fracture(bare, ANATOMY, gap_mm=2)
    assert (made.fracture.virtual, made.fracture.gap_mm) == (True, 2.0)


def test_a_dragged_plane_points_proximally(plans):
    plane = plans["plate"].fracture.plane
    down = plan_edit.with_plane(plans["plate"], ANATOMY, Plane(plane.point_mm, -plane.normal))
    assert down.fracture.plane.normal == pytest.approx(plane.normal)


# ---- implants and screws ------------------------------------------------------------------------


def test_implants_come_and_go(plans):
    plate, nail = plans["plate"], plans["nail"]
    both = plan_edit.with_implant(plate, 1, nail.implants[0])
    assert [i.catalogue_id for i in both.implants] == [
        plate.implants[0].catalogue_id,
        nail.implants[0].catalogue_id,
    ]
    assert plan_edit.without_implant(both, 0).implants == (nail.implants[0],)
    pose = np.array(plate.implants[0].pose)
    pose[:3, 3] += 1
    assert plan_edit.with_pose(plate, 0, pose).implants[0].pose == pytest.approx(pose)
    with pytest.raises(ValueError, match="rigid"):
        plan_edit.with_pose(plate, 0, np.diag([2.0, 1, 1, 1]))
    for wrong in (lambda: plan_edit.without_implant(plate, 5), lambda: plan_edit.screw_rows(plate, -1)):
        with pytest.raises(InputError) as caught:
            wrong()
        assert caught.value.code == "plan.no_implant"


@pytest.mark.parametrize("name", ["plate", "nail"])
def test_screw_lengths_are_those_of_the_catalogue(plans, name):
    plan = plans[name]
    rows = plan_edit.screw_rows(plan, 0)
    filled = [r for r in rows if r.length_mm is not None]
    assert all(r.length_mm in r.lengths_mm for r in filled)
    row = filled[1]
    longer = row.lengths_mm[row.lengths_mm.index(row.length_mm) + 1]
    changed = plan_edit.with_screw_length(plan, 0, row.number, longer)
    now = {r.number: r.length_mm for r in plan_edit.screw_rows(changed, 0)}
    assert now[row.number] == longer
    assert {n: x for n, x in now.items() if n != row.number} == {
        r.number: r.length_mm for r in rows if r.number != row.number
    }
    with pytest.raises(InputError) as caught:
        plan_edit.with_screw_length(plan, 0, row.number, 41.3)
    assert caught.value.code == "screw.not_made"
    assert "nearest" in caught.value.hint


def test_an_empty_hole_has_no_length(plans):
    empty = next(r for r in plan_edit.screw_rows(plans["plate"], 0) if r.length_mm is None)
    with pytest.raises(InputError) as caught:
        plan_edit.with_screw_length(plans["plate"], 0, empty.number, 40.0)
    assert caught.value.code == "screw.empty_hole"


# ---- difference and side ------------------------------------------------------------------------


def rows(one, other, anatomy=ANATOMY):
    return {r.what: r for r in plan_difference(anatomy, one, other)}


def test_the_same_operation_differs_in_nothing(plans):
    for plan in plans.values():
        assert plan_difference(ANATOMY, plan, replace(plan, name="other", options={"note": 1})) == ()


def test_a_moved_plate_is_told_in_millimetres_and_degrees(plans):
    plate = plans["plate"]
    moved = PROCEDURE.turn(BONES["left"], PROCEDURE.slide(BONES["left"], plate, 0, -8.0), 0, 15.0)
    found = rows(plate, moved)
    along = found["Middle of the plate, along the bone"]
    assert (along.change, along.unit) == ("8.0 mm distal", "mm")
    assert along.value == pytest.approx(-8, abs=0.05)
    assert found["Turn about the shaft"].value == pytest.approx(15, abs=2)
    back = rows(moved, plate)["Middle of the plate, along the bone"]
    assert back.change == "8.0 mm proximal"


def test_screws_and_sizes_and_kinds(plans):
    plate = plans["plate"]
    filled = [r for r in plan_edit.screw_rows(plate, 0) if r.length_mm is not None]
    fewer = PROCEDURE.refit_screws(BONES["left"], plate, 0, [r.number for r in filled[1:]])
    longer = plan_edit.with_screw_length(fewer, 0, filled[1].number, filled[1].length_mm + 2)
    found = rows(plate, longer)
    assert found["Screws"].change == "-1"
    assert found[f"Screw, hole {filled[0].number}"].other == "empty"
    assert found[f"Screw, hole {filled[1].number}"].change == "+2 mm"
    assert rows(plate, plans["nail"])["Implant"].other.startswith("Femoral nail")
    gone = rows(plate, plan_edit.without_implant(plate, 0))
    assert gone["Implant"].other == "none"


def test_fractures_are_compared(plans):
    plate = plans["plate"]
    other = plan_edit.with_fracture(plate, ANATOMY, below_mm=130, tilt_front_deg=12, gap_mm=5, virtual=False)
    found = rows(plate, other)
    assert found["Below the lesser trochanter"].change == "10.0 mm distal"
    assert found["Tilt"].value == pytest.approx(12, abs=0.01)
    assert found["Width of the gap"].change == "2.0 mm wider"
    assert found["Kind"].other == "seen in the image"
    assert rows(plate, plan_edit.without_fracture(plate))["Fracture"].other == "none"
    for row in found.values():
        assert "_" not in "".join((row.topic, row.what, row.one, row.other, row.change)), row


def test_the_side_is_checked_against_the_anatomy(plans):
    assert side_check(ANATOMY, plans["plate"]).state == "agrees"
    assert side_check(ANATOMY, None).title == "LEFT FEMUR"
    wrong = side_check(ANATOMY, replace(plans["plate"], side="right"))
    assert wrong.state == "contradicts"
    assert "RIGHT" in wrong.title
    assert "Do not use" in wrong.text
    doubtful = replace(ANATOMY, side_confidence="doubtful: shaft bow say left")
    assert side_check(doubtful, plans["plate"]).state == "unsure"
    chosen = replace(ANATOMY, warnings=("You chose left, but the bone looks like a right femur (sure).",))
    assert "You chose" in side_check(chosen, plans["plate"]).text


def test_cuts_along_the_shaft_are_compared_as_planes(plans):
    along = ANATOMY.frame.axes[:, 0]

    def cut(normal):
        plane = replace(plans["plate"].fracture.plane, normal=normal)
        return replace(plans["plate"], fracture=replace(plans["plate"].fracture, plane=plane))

    one = cut(along)
    assert "Tilt" not in rows(one, replace(one, name="other"))
    up, axial = 1e-3, ANATOMY.frame.axes[:, 2]
    nearly = [cut(v / np.linalg.norm(v)) for v in (along + up * axial, along - up * axial)]
    assert rows(*nearly)["Tilt"].value == pytest.approx(np.degrees(2 * up), abs=1e-3)
