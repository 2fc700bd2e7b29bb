from dataclasses import replace

import numpy as np
import pytest
from synthetic_root import BELOW, context, landmark, root

from surgitwin.core.errors import InputError, UsageError
from surgitwin.core.vessel import Notice
from surgitwin.procedures import VesselProcedure, vessel_procedure
from surgitwin.procedures.valve import PROCEDURE


def names(proposal):
    return [p.name for p in proposal.plans]


def codes(found, plan=None):
    plan = plan or PROCEDURE.propose(context(found), {}).plans[4]
    return {f.code: f for f in PROCEDURE.check(context(found), plan)}


def test_the_procedure_is_installed():
    assert isinstance(PROCEDURE, VesselProcedure)
    assert vessel_procedure("valve") is PROCEDURE
    assert PROCEDURE.site == "aortic_root"
    assert [q.id for q in PROCEDURE.questions] == ["pacemaker", "conduction_block"]


def test_three_sizes_by_three_depths_around_the_best():
    found = PROCEDURE.propose(context(), {})
    assert names(found) == [f"be-{s}-d{d}" for s in (23, 26, 29) for d in (2, 4, 6)]
    assert "be-23, be-29" in found.warnings[0]
    assert len({p.hash for p in found.plans}) == 9
    assert {p.side for p in found.plans} == {"none"}
    other = PROCEDURE.propose(context(), {"family": "se", "depth_mm": 4})
    assert names(other) == [f"se-{s}-d{d}" for s in (26, 29, 34) for d in (2, 4, 6)]


def test_at_the_end_of_a_family_three_sizes_are_left():
    assert {n[:5] for n in names(PROCEDURE.propose(context(root(10.0, 9.0)), {}))} == {
        "be-20",
        "be-23",
        "be-26",
    }
    forced = PROCEDURE.propose(context(), {"size_mm": 29})
    assert {n[:5] for n in names(forced)} == {"be-23", "be-26", "be-29"}
    shallow = PROCEDURE.propose(context(), {"depth_mm": 0.5})
    assert {n[6:] for n in names(shallow)} == {"d0", "d2", "d4"}


def test_annulus_beyond_every_size_is_said():
    huge = root(19.0, 18.0)
    found = PROCEDURE.propose(context(huge), {})
    assert len(found.plans) == 9
    assert "larger than every published range" in found.warnings[0]
    plan = found.plans[8]
    finding = codes(huge, plan)["valve.no_size"]
    assert finding.severity == "warning"
    assert finding.value == pytest.approx(100 * (np.pi * 19 * 18 / 683 - 1), abs=0.1)
    assert PROCEDURE.fit(context(huge), plan, "valve-be-29").verdict == "tight"


def test_bad_options():
    for options, code in (
        ({"family": "x"}, "option.value"),
        ({"depth_mm": 30}, "option.range"),
        ({"size_mm": 27}, "option.value"),
        ({"nail": 3}, "option.unknown"),
    ):
        with pytest.raises(UsageError) as error:
            PROCEDURE.propose(context(), options)
        assert error.value.code == code
        assert error.value.hint


def test_adjust_moves_the_pose_and_keeps_the_name():
    plan = PROCEDURE.propose(context(), {}).plans[4]
    moved = PROCEDURE.adjust(context(), plan, {"depth_mm": 5.5, "catalogue_id": "valve-se-29"})
    assert moved.name == plan.name
    assert moved.options == {"family": "se", "depth_mm": 5.5}
    gone = moved.implants[0].pose[:3, 3] - plan.implants[0].pose[:3, 3]
    assert np.linalg.norm(gone) == pytest.approx(1.5)
    assert moved.hash != plan.hash
    with pytest.raises(UsageError):
        PROCEDURE.adjust(context(), plan, {"turn_deg": 3})
    with pytest.raises(InputError):
        PROCEDURE.adjust(context(), plan, {"catalogue_id": "valve-xx-1"})
    knob = PROCEDURE.knobs(context(), plan)[0]
    assert (knob.option, knob.minimum, knob.maximum) == ("depth_mm", 0.0, 12.0)


def test_a_clean_plan_has_no_fault():
    found = codes(root())
    assert set(found) == {"valve.septum"}
    assert found["valve.septum"].value == pytest.approx(-0.5)
    assert (
        PROCEDURE.fit(context(), PROCEDURE.propose(context(), {}).plans[4], "valve-be-26").verdict == "fits"
    )


def test_hinges_in_a_line_and_missing():
    found = root()
    line = {f"hinge_{n}": landmark(x, 0.1 * x, 0) for n, x in (("left", -10), ("right", 0.5), ("non", 11))}
    assert (
        codes(replace(found, landmarks={**found.landmarks, **line}))["valve.hinges_in_line"].severity
        == "error"
    )
    left = {k: v for k, v in found.landmarks.items() if k != "hinge_left"}
    assert codes(replace(found, landmarks=left))["valve.hinges_missing"].severity == "error"


def test_annulus_on_the_wrong_side():
    found = root()
    below = {**found.landmarks, "sinotubular_junction": landmark(0, 0, -8.0)}
    finding = codes(replace(found, landmarks=below))["valve.wrong_side"]
    assert finding.severity == "error"
    assert finding.value == pytest.approx(-8)
    assert "hinge points" in finding.message


def test_landing_zone_outside_the_image():
    found = root()
    plan = PROCEDURE.propose(context(), {}).plans[4]
    short = replace(found, tube=found.tube.between(BELOW - 5, BELOW + 16))
    finding = codes(short, plan)
    assert finding["valve.outside_image"].value == pytest.approx(2.0)  # 16 mm of frame above, 2 mm of margin
    deep = replace(found, tube=found.tube.between(BELOW - 5, BELOW + 30))
    assert "smaller depth" in codes(deep, plan)["valve.outside_image"].message
    assert PROCEDURE.fit(context(deep), plan, "valve-be-26").verdict == "no"


def test_a_long_frame_may_reach_past_the_measured_aorta():
    found = root()
    plan = PROCEDURE.propose(context(), {"family": "se"}).plans[4]
    cut = replace(found, tube=found.tube.between(0, BELOW + 35))
    finding = codes(cut, plan)["valve.outflow_free"]
    assert finding.severity == "warning"
    assert finding.value == pytest.approx(45 - 3 - 33)
    rings = PROCEDURE.deployments(context(cut), plan)["nominal"].placement
    whole = PROCEDURE.deployments(context(found), plan)["nominal"].placement
    assert rings.origin_mm == pytest.approx(whole.origin_mm, abs=0.05)
    below = replace(found, tube=found.tube.between(0, BELOW + 21))
    assert codes(below, plan)["valve.outside_image"].severity == "error"


def test_a_moved_annulus_leaves_the_plan_behind():
    found = root()
    plan = PROCEDURE.propose(context(), {}).plans[4]
    moved = replace(
        found, annulus=replace(found.annulus, point_mm=found.annulus.point_mm + np.array([0, 0, 2.0]))
    )
    assert codes(moved, plan)["valve.pose"].severity == "error"
    again = PROCEDURE.adjust(context(moved), plan, {"depth_mm": 4.0})
    assert "valve.pose" not in codes(moved, again)


def test_sinus_coronary_phase_and_metal():
    low = root(
        sinus_diameters_mm=(26.0, 27.0, 28.0),
        coronary_height_mm={"left": 9.0, "right": None},
        phase="unknown",
        indicative="slices stand 1.5 mm apart",
        notices=(Notice("vessel.metal", "Metal in the ascending aorta.", (1.0, 2.0, 3.0)),),
        septum_length_mm=None,
    )
    plan = PROCEDURE.propose(context(low), {"family": "se"}).plans[4]
    found = codes(low, plan)
    assert set(found) == {
        "valve.sinus_small", "valve.coronary_low", "valve.no_ostium", "valve.phase", "valve.indicative",
        "vessel.metal", "valve.no_septum",
    }  # fmt: skip
    assert {f.severity for f in found.values()} == {"warning"}
    assert found["vessel.metal"].point_mm == (1.0, 2.0, 3.0)
    assert "1.5 mm" in PROCEDURE.propose(context(low), {}).warnings[0]
    assert codes(root(phase="75 % of the RR interval"))["valve.phase"].value == 75


def test_operative_list():
    plan = PROCEDURE.propose(context(), {}).plans[4]
    entry = PROCEDURE.operative_list(plan)[0]
    assert (entry.catalogue_id, entry.length_mm) == ("valve-be-26", 20.0)
    assert entry.place == "inflow end 4 mm below the annulus"
    assert PROCEDURE.implants_of(plan) == plan.implants
