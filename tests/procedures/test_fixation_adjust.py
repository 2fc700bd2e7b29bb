"""Implants moved by hand: they follow the bone, keep their side, and their screws fit the catalogue."""

from dataclasses import replace

import numpy as np
import pytest
from synthetic_femur import femur

from surgitwin.core.errors import GeometryError, InputError
from surgitwin.core.frame import rotation_about
from surgitwin.core.plan import PlacedImplant
from surgitwin.implants import NailItem, PlateItem, build, catalogue, item, screw
from surgitwin.procedures.fracture_fixation import PROCEDURE
from surgitwin.procedures.fracture_fixation.plate import place_of
from surgitwin.procedures.fracture_fixation.site import Site


@pytest.fixture(scope="module", params=["left", "right"])
def context(request):
    return femur(request.param)


@pytest.fixture(scope="module")
def plans(context):
    return PROCEDURE.propose(context, None, {"cut_below_lt_mm": 120}).plans


def where(context, plan):
    placed = plan.implants[0]
    return place_of(Site.of(context), item(placed.catalogue_id), placed.pose)


def values(context, plan, code):
    return [f.value for f in PROCEDURE.check(context, plan) if f.code == code]


def disturbed(context, plan, shift, axis, degrees):
    old = plan.implants[0]
    pose = np.array(old.pose)
    pose[:3, :3] = (
        rotation_about(context.anatomy.frame.vector_to_lps(axis), np.radians(degrees)) @ pose[:3, :3]
    )
    pose[:3, 3] += context.anatomy.frame.vector_to_lps(shift)
    return replace(plan, implants=(PlacedImplant(old.catalogue_id, pose, old.parameters),))


def test_a_snapped_plate_stays_when_it_is_snapped_again(context, plans):
    once = PROCEDURE.snap(context, plans[0], 0)
    again = PROCEDURE.snap(context, once, 0)
    assert again.implants[0].pose == pytest.approx(once.implants[0].pose, abs=1e-6)
    assert once.implants[0].pose == pytest.approx(plans[0].implants[0].pose, abs=1e-6)


@pytest.mark.parametrize("out", [0, 40, 90, 180, -75])
def test_a_plate_snaps_on_any_side_of_the_shaft(context, plans, out):
    turned = PROCEDURE.turn(context, plans[0], 0, out)
    assert where(context, turned)[1] % 360 == pytest.approx(out % 360, abs=0.1)
    rough = disturbed(context, turned, [2.0, -3.0, 0.0], [0.3, 1, 0.2], 6)
    snapped = PROCEDURE.snap(context, rough, 0)
    assert values(context, snapped, "plate.clearance")[0] == pytest.approx(1.5, abs=0.05)
    # In front and behind the bone's bow lifts a straight plate off its middle or its ends.
    assert values(context, snapped, "plate.standoff")[0] < 7.5
    assert where(context, snapped)[0] == pytest.approx(where(context, rough)[0], abs=0.01)
    assert not [f for f in PROCEDURE.check(context, snapped) if f.code == "screw.unicortical"]


def test_positive_turns_bring_the_lateral_side_to_the_front(context, plans):
    frame = context.anatomy.frame
    plate = PROCEDURE.turn(context, plans[0], 0, 30).implants[0].pose
    assert frame.vector_from_lps(plate[:3, 0])[1] == pytest.approx(np.sin(np.radians(30)), abs=0.1)
    nail = plans[1].implants[0]
    lateral = Site.of(context).lateral * np.sign(frame.vector_from_lps(nail.pose[:3, 0])[0])
    moved = PROCEDURE.turn(context, plans[1], 0, 30).implants[0]
    assert (lateral * frame.vector_from_lps(moved.pose[:3, 0]))[1] == pytest.approx(0.5, abs=0.05)
    for plan in plans:
        held = PROCEDURE.handles(context, plan, 0)
        assert frame.vector_from_lps(held.slide)[2] > 0.95
        lateral_to = np.cross(held.turn, frame.vector_to_lps([Site.of(context).lateral, 0, 0]))
        assert frame.vector_from_lps(lateral_to)[1] > 0.95


def test_a_plate_slides_along_the_bone(context, plans):
    z, out = where(context, plans[0])
    for mm in (15.0, -40.0):
        there = PROCEDURE.slide(context, plans[0], 0, mm)
        assert where(context, there) == pytest.approx((z + mm, out), abs=0.05)
        assert values(context, there, "plate.clearance")[0] == pytest.approx(1.5, abs=0.05)
        back = PROCEDURE.slide(context, there, 0, -mm)
        assert back.implants[0].pose == pytest.approx(plans[0].implants[0].pose, abs=0.05)


def test_a_nail_slides_along_its_own_arc_and_finds_the_canal_again(context, plans):
    nail = plans[1].implants[0]
    there = PROCEDURE.slide(context, plans[1], 0, -12.0)
    way = there.implants[0].pose[:3, 3] - nail.pose[:3, 3]
    assert np.linalg.norm(way) == pytest.approx(12, abs=0.05)
    assert context.anatomy.frame.vector_from_lps(way)[2] < 0
    back = PROCEDURE.slide(context, there, 0, 12.0)
    assert back.implants[0].pose == pytest.approx(nail.pose, abs=1e-9)
    aside = disturbed(context, plans[1], [2.5, 0, 0], [0, 1, 0], 1)
    free = values(context, plans[1], "nail.reaming")[0]
    assert values(context, aside, "nail.reaming")[0] > free + 1
    centred = PROCEDURE.snap(context, aside, 0)
    assert values(context, centred, "nail.reaming")[0] == pytest.approx(free, abs=0.15)
    height = context.anatomy.frame.from_lps(aside.implants[0].pose[:3, 3])[2]
    assert context.anatomy.frame.from_lps(centred.implants[0].pose[:3, 3])[2] == pytest.approx(
        height, abs=0.01
    )


def test_a_turned_nail_keeps_its_turn_and_gets_new_bolts(context, plans):
    turned = PROCEDURE.turn(context, plans[1], 0, 25)
    centred = PROCEDURE.snap(context, turned, 0)
    x, before = (p.implants[0].pose[:3, 0] for p in (centred, turned))
    assert x @ before == pytest.approx(1, abs=2e-3)
    assert not [f for f in PROCEDURE.check(context, turned) if f.code == "screw.misses_bone"]
    lengths = screw(turned.implants[0].parameters["bolt"]).lengths_mm
    assert set(turned.implants[0].parameters["lengths_mm"]) <= set(lengths)


def test_sliding_off_the_bone_is_refused_with_a_reason(context, plans):
    with pytest.raises(GeometryError) as caught:
        PROCEDURE.slide(context, plans[0], 0, 500.0)
    assert caught.value.code == "adjust.no_bone"
    far = PROCEDURE.slide(context, plans[1], 0, 300.0)
    with pytest.raises(GeometryError) as caught:
        PROCEDURE.snap(context, PROCEDURE.slide(context, far, 0, 300.0), 0)
    assert caught.value.code == "adjust.no_canal"
    with pytest.raises(InputError) as usage:
        PROCEDURE.snap(context, plans[0], 3)
    assert usage.value.code == "plan.no_implant"


def test_refitted_screws_have_catalogue_lengths_and_hold(context, plans):
    old = plans[0].implants[0]
    spoiled = {**old.parameters, "lengths_mm": [20.0] * len(old.parameters["holes"])}
    plan = replace(plans[0], implants=(PlacedImplant(old.catalogue_id, old.pose, spoiled),))
    assert PROCEDURE.refit_screws(context, plan, 0).implants[0].parameters == old.parameters
    holes = [*old.parameters["holes"][1:], 5]
    some = PROCEDURE.refit_screws(context, plan, 0, holes).implants[0].parameters
    assert some["holes"] == sorted(set(holes))
    kept = dict(zip(some["holes"], some["lengths_mm"], strict=True))
    assert [n for n, x in kept.items() if x != 20.0] == ([] if 5 in old.parameters["holes"] else [5])
    with pytest.raises(InputError) as caught:
        PROCEDURE.refit_screws(context, plan, 0, [0, 99])
    assert caught.value.code == "implant.parameter"


def test_a_nail_may_be_locked_in_some_holes_only(context, plans):
    three = PROCEDURE.refit_screws(context, plans[1], 0, [1, 3, 4])
    assert three.implants[0].parameters["holes"] == [1, 3, 4]
    names = [s.name for s in build(three.implants[0]).solids]
    assert names == ["nail", "bolt 1", "bolt 3", "bolt 4", "empty hole 2"]
    rows = PROCEDURE.operative_list(three)
    assert [r.place for r in rows] == ["", "proximal hole 1", "distal hole 1", "distal hole 2"]
    assert [f.severity for f in PROCEDURE.check(context, three) if f.code == "screw.side"] == ["error"]
    again = PROCEDURE.slide(context, three, 0, 3)
    assert again.implants[0].parameters["holes"] == [1, 3, 4]
    all_of_them = PROCEDURE.refit_screws(context, three, 0, [1, 2, 3, 4])
    assert "holes" not in all_of_them.implants[0].parameters


def test_another_size_stays_where_the_old_one_was(context, plans):
    there = PROCEDURE.turn(context, PROCEDURE.slide(context, plans[0], 0, 10), 0, 20)
    old = there.implants[0].catalogue_id
    broad = old.replace("broad", "x").replace("narrow", "broad").replace("x", "narrow")
    other = PROCEDURE.resize(context, there, 0, broad)
    assert where(context, other) == pytest.approx(where(context, there), abs=0.05)
    assert other.implants[0].parameters["holes"] == there.implants[0].parameters["holes"]
    longer = PROCEDURE.resize(context, there, 0, "plate-broad-11")
    assert where(context, longer)[1] == pytest.approx(20, abs=0.1)
    nail = plans[1].implants[0]
    thin = PROCEDURE.resize(context, plans[1], 0, "nail-femoral-9-300")
    top = thin.implants[0].pose[:3, 3] - nail.pose[:3, 3]
    assert np.linalg.norm(top) < 6
    changed = PROCEDURE.resize(context, plans[0], 0, nail.catalogue_id)
    assert changed.implants[0].pose == pytest.approx(nail.pose, abs=1e-9)


@pytest.fixture(scope="module")
def bare():
    """A femur and a plan with a fracture and no implant."""
    context = femur("left")
    return context, replace(PROCEDURE.propose(context, None, {}).plans[0], implants=())


PLACEABLE = sorted(k for k, v in catalogue().items() if isinstance(v, PlateItem | NailItem))


@pytest.mark.parametrize("key", PLACEABLE)
def test_every_implant_of_the_catalogue_can_be_placed_and_moved(bare, key):
    """Those that do not fit too: the checks say what is wrong with them, nothing fails."""
    context, plan = bare
    placed = PROCEDURE.place(context, plan, key)
    assert placed.implants[0].catalogue_id == key
    moved = PROCEDURE.slide(context, PROCEDURE.snap(context, placed, 0), 0, -2.0)
    moved = PROCEDURE.turn(context, moved, 0, 5.0)
    assert PROCEDURE.check(context, moved)
    assert len(PROCEDURE.operative_list(moved)) > 1
    fit = PROCEDURE.fit(context, plan, key)
    assert fit.verdict in ("fits", "tight", "no")
    assert fit.reason.endswith(".")
    assert "--" not in fit.reason


def test_a_screw_alone_is_refused(context, plans):
    with pytest.raises(InputError) as caught:
        PROCEDURE.place(context, plans[0], "bolt-4.9")
    assert caught.value.code == "implant.wrong_kind"


def test_what_fits_and_what_does_not(context, plans):
    assert PROCEDURE.fit(context, plans[1], plans[1].implants[0].catalogue_id).verdict == "fits"
    thick = PROCEDURE.fit(context, plans[1], "nail-femoral-13-480")
    assert thick.verdict == "no"
    assert "beyond the uncut bone" in thick.reason
    assert PROCEDURE.fit(context, plans[0], "plate-narrow-04").verdict == "no"


def vessel(context, plan, room):
    """Surface points of a tube of 3 mm radius beside the tip of the first screw, `room` mm from it."""
    tip = next(s for s in build(plan.implants[0]).solids if s.role == "screw")
    beyond = tip.end_mm + (room + 3.0) * tip.direction
    side = np.cross(tip.direction, context.anatomy.frame.axes[:, 2])
    t = np.linspace(0, 2 * np.pi, 60)
    ring = 3.0 * (np.cos(t)[:, None] * tip.direction + np.sin(t)[:, None] * side)
    return np.concatenate(
        [beyond + ring + z * context.anatomy.frame.axes[:, 2] for z in np.arange(-20, 20, 0.5)]
    )


@pytest.mark.parametrize(("room", "severity"), [(12.0, "info"), (3.0, "warning"), (-1.0, "error")])
def test_structures_marked_keep_out(context, plans, room, severity):
    near = replace(context, keep_out={"femoral_artery": vessel(context, plans[0], room)})
    (found,) = [f for f in PROCEDURE.check(near, plans[0]) if f.code == "keep_out.distance"]
    assert found.severity == severity
    assert found.value == pytest.approx(room, abs=0.3)
    assert "femoral artery" in found.message
    assert "Screw" in found.message
    assert np.linalg.norm(np.array(found.point_mm) - near.keep_out["femoral_artery"], axis=1).min() < 0.01
    far = replace(context, keep_out={"nerve": vessel(context, plans[0], room) + 300.0})
    (found,) = [f for f in PROCEDURE.check(far, plans[0]) if f.code == "keep_out.distance"]
    assert found.severity == "info"
    assert "more than 30 mm" in found.message


def test_the_distance_to_the_joint(context, plans):
    (found,) = [f for f in PROCEDURE.check(context, plans[1]) if f.code == "joint.distance"]
    head = context.anatomy.landmarks["head_centre"].point_mm
    points = np.concatenate([np.atleast_2d(s.start_mm) for s in build(plans[1].implants[0]).solids])
    assert found.value < np.linalg.norm(points - head, axis=1).min()
    assert "femoral head" in found.message
    pelvis = build(plans[1].implants[0]).solids[0].start_mm + np.array([[0.0, 0, 8.0]])
    close = replace(context, other_bone=np.repeat(pelvis, 3, axis=0))
    (found,) = [f for f in PROCEDURE.check(close, plans[1]) if f.code == "joint.distance"]
    assert "neighbouring bone" in found.message
    assert found.value < 8.5
    inside = replace(context, other_bone=build(plans[1].implants[0]).solids[0].centreline([10.0]))
    (found,) = [f for f in PROCEDURE.check(inside, plans[1]) if f.code == "joint.distance"]
    assert (found.severity, found.value < 0) == ("error", True)


def test_every_place_of_a_finding_is_near_the_bone(context, plans):
    centre = context.surface.points_mm.mean(axis=0)
    for plan in plans:
        found = PROCEDURE.check(context, plan)
        assert sum(f.point_mm is not None for f in found) > len(found) / 2
        for f in found:
            if f.point_mm is not None:
                assert np.linalg.norm(np.array(f.point_mm) - centre) < 350, f


def test_a_head_that_is_only_estimated_is_no_fault(context, plans):
    marks = dict(context.anatomy.landmarks)
    top = build(plans[1].implants[0]).solids[0].start_mm
    beside = top + 25.0 * context.anatomy.frame.vector_to_lps([-Site.of(context).lateral, 0, 0])
    marks["head_centre"] = replace(marks["head_centre"], point_mm=beside, estimated=True)
    seen = replace(context, anatomy=replace(context.anatomy, landmarks=marks))
    (found,) = [f for f in PROCEDURE.check(seen, plans[1]) if f.code == "joint.distance"]
    assert found.value < 5
    assert found.severity == ("info" if found.value > 0 else "warning")
    assert "estimated to be" in found.message
