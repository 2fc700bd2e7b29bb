from dataclasses import replace

import numpy as np
import pytest
from synthetic_artery import context, opened

from surgitwin.procedures.stent import PROCEDURE
from surgitwin.procedures.stent.apposition import strut_gaps
from surgitwin.procedures.stent.shape import bend_deg, dogboning_percent, foreshortening_percent
from surgitwin.procedures.stent.stress import cell_places, cell_volumes, contact_area_mm2, face_areas
from surgitwin.procedures.vessel import NOMINAL


@pytest.fixture(scope="module")
def balloon():
    where = context()
    first = PROCEDURE.propose(where, {"predilation_mm": 0.0}).plans[0]
    plan = PROCEDURE.adjust(where, first, {"catalogue_id": "stent-cocr-iliac-6-29"})
    return where, plan, PROCEDURE.deployments(where, plan)


@pytest.fixture(scope="module")
def released():
    where = context()
    first = PROCEDURE.propose(where, {"predilation_mm": 0.0}).plans[0]
    plan = PROCEDURE.adjust(where, first, {"catalogue_id": "stent-nitinol-femoral-7-30"})
    return where, plan, PROCEDURE.deployments(where, plan)


def measured(made, results):
    where, plan, tasks = made
    return {m.id.removeprefix("stent_"): m for m in PROCEDURE.metrics(where, plan, tasks, results)}


def test_lumen_opened_to_a_known_circle(balloon):
    task = balloon[2][NOMINAL]
    found = measured(balloon, {NOMINAL: opened(task, 5.4, inflated=6.0)})
    assert found["min_area_before"].value == pytest.approx(np.pi / 4 * 9, rel=0.03)
    assert found["min_area"].value == pytest.approx(np.pi / 4 * 5.4**2, rel=0.005)
    assert found["area_gain"].value == pytest.approx(224, rel=0.05)
    assert found["residual_stenosis"].value == pytest.approx(10.0, abs=0.3)
    assert found["recoil"].value == pytest.approx(10.0)
    assert found["recoil_throat"].value == pytest.approx(10.0)
    assert found["dogboning"].value == pytest.approx(0.0)
    assert found["straightening"].value == pytest.approx(0.0, abs=1e-6)
    assert found["malapposition"].value == 0.0
    assert found["struts_malapposed"].value == 0.0
    assert all(m.level == "L1" for m in found.values())


def test_every_metric_is_defined_once(balloon):
    where, plan, tasks = balloon
    both = [
        *PROCEDURE.sizing(where, plan),
        *PROCEDURE.metrics(where, plan, tasks, {NOMINAL: opened(tasks[NOMINAL], 5.4, inflated=6.0)}),
    ]
    ids = [m.id for m in both]
    assert len(set(ids)) == len(ids)
    assert set(ids) == {d.id for d in PROCEDURE.metric_definitions()}


def test_level_of_the_result_is_kept(balloon):
    facts = {"foreshortening_percent": 4.5, "axial_force_N": 0.3}
    made = replace(opened(balloon[2][NOMINAL], 5.4, inflated=6.0, level="L2"), facts=facts)
    found = measured(balloon, {NOMINAL: made})
    assert {m.level for m in found.values()} == {"L2"}
    assert found["foreshortening"].value == 4.5
    assert found["longitudinal_force"].value == 0.3


def test_self_expanding_has_no_recoil_but_a_reason(released):
    found = measured(released, {NOMINAL: opened(released[2][NOMINAL], 5.4)})
    assert found["recoil"].value is None
    assert "released" in found["recoil"].reason
    assert found["longitudinal_force"].value is None
    assert "friction" in found["longitudinal_force"].reason


def test_variants_span_the_band(balloon):
    tasks = balloon[2]
    diameters = {NOMINAL: 5.4, "thin wall": 5.5, "thick wall": 5.2}
    found = measured(balloon, {n: opened(tasks[n], d, inflated=6.0) for n, d in diameters.items()})
    low, high = found["min_area"].band
    assert low == pytest.approx(np.pi / 4 * 5.2**2, rel=0.005)
    assert high == pytest.approx(np.pi / 4 * 5.5**2, rel=0.005)
    assert found["recoil"].band == pytest.approx((100 * 0.5 / 6, 100 * 0.8 / 6))
    low, high = found["drop_after"].band
    assert low < found["drop_after"].value < high
    alone = measured(balloon, {NOMINAL: opened(tasks[NOMINAL], 5.4, inflated=6.0)})
    assert alone["min_area"].band is None
    assert alone["drop_after"].band is not None


def test_a_known_gap_on_half_of_the_struts(balloon):
    task = balloon[2][NOMINAL]
    result = opened(task, 5.4, inflated=6.0)
    s = task.wall.lumen_s_mm
    on_course = 30.0
    result = replace(result, gap_mm=np.where(s > on_course, 0.25, np.where(np.isfinite(s), -0.01, np.nan)))
    found = measured(balloon, {NOMINAL: result})
    assert found["malapposition"].value == pytest.approx(0.25)
    n = len(task.device.rings)
    assert found["struts_malapposed"].value == pytest.approx(50.0, abs=100 / n)


def test_gaps_at_or_below_the_limit_do_not_count(balloon):
    task = balloon[2][NOMINAL]
    found = measured(balloon, {NOMINAL: opened(task, 5.4, inflated=6.0, gap=0.09)})
    assert found["struts_malapposed"].value == 0.0
    assert found["malapposition"].value == pytest.approx(0.09)
    found = measured(balloon, {NOMINAL: opened(task, 5.4, inflated=6.0, gap=0.11)})
    assert found["struts_malapposed"].value == 100.0


def test_no_struts_is_a_reason(balloon):
    result = replace(
        opened(balloon[2][NOMINAL], 5.4, inflated=6.0),
        strut_points_mm=np.zeros((0, 3)),
        strut_offsets=np.zeros(1, int),
    )
    assert strut_gaps(balloon[2][NOMINAL].wall, result) is None
    found = measured(balloon, {NOMINAL: result})
    assert "no struts" in found["malapposition"].reason


def test_stress_percentile_by_volume_and_its_place(balloon):
    task = balloon[2][NOMINAL]
    wall = task.wall
    everywhere = np.arange(len(wall.cells))
    s = cell_places(wall, everywhere)
    healthy = wall.layer != wall.layers.index("plaque")
    stress = np.where(healthy, 0.1, 0.5)
    near = healthy & (np.abs(s - 40.0) < 2.0)
    stress[near] = 0.3
    share = cell_volumes(wall)[near].sum() / cell_volumes(wall)[healthy].sum()
    assert share > 0.01
    found = measured(balloon, {NOMINAL: replace(opened(task, 5.4, inflated=6.0), stress_MPa=stress)})
    assert found["wall_stress"].value == pytest.approx(0.3)
    assert found["wall_stress_place"].value == pytest.approx(10.0, abs=1.0)
    assert found["plaque_stress"].value == pytest.approx(0.5)
    # a peak on less than one percent of the volume does not move it
    stress = np.full(len(wall.cells), 0.1)
    stress[np.flatnonzero(healthy)[0]] = 9.0
    found = measured(balloon, {NOMINAL: replace(opened(task, 5.4, inflated=6.0), stress_MPa=stress)})
    assert found["wall_stress"].value == pytest.approx(0.1)


def test_contact_pressure_is_averaged_where_it_touches(balloon):
    task = balloon[2][NOMINAL]
    result = opened(task, 5.4, inflated=6.0, pressure=0.02)
    assert measured(balloon, {NOMINAL: result})["contact_pressure"].value == pytest.approx(0.02)
    half = np.where(task.wall.lumen_s_mm < 30, 0.0, result.pressure_MPa)
    found = measured(balloon, {NOMINAL: replace(result, pressure_MPa=half)})
    assert found["contact_pressure"].value == pytest.approx(0.02, rel=0.1)
    none = measured(balloon, {NOMINAL: replace(result, pressure_MPa=np.zeros_like(half))})
    assert "nowhere" in none["contact_pressure"].reason


def test_contact_pressure_is_the_force_over_what_is_touched(balloon):
    """0.02 MPa on half of the area around every node is 0.04 MPa where there is contact."""
    task = balloon[2][NOMINAL]
    result = opened(task, 5.4, inflated=6.0, pressure=0.02)
    result = replace(result, touched=np.full(len(task.wall.points_mm), 0.5))
    found = measured(balloon, {NOMINAL: result})
    assert found["contact_pressure"].value == pytest.approx(0.04)
    everything = face_areas(task.wall, result).sum()
    assert contact_area_mm2(task.wall, result) == pytest.approx(everything / 2)


def test_shape_formulas():
    assert dogboning_percent(np.array([6.0, 5.0, 5.4, 6.0])) == pytest.approx(100 / 6)
    turn = np.radians(np.linspace(0, 40, 9))
    arc = 30 * np.stack([1 - np.cos(turn), 0 * turn, np.sin(turn)], axis=1)
    # thirds of three points each, their middles 30 degrees apart
    assert bend_deg(arc) == pytest.approx(30.0, abs=0.1)
    aside = np.zeros((9, 3))
    aside[:, 2] = np.arange(9.0)
    aside[3:6, 0] = 1.0
    assert bend_deg(aside) == pytest.approx(0.0, abs=1e-6)


def test_straightening_of_a_bent_vessel():
    where = context(bend_deg=60.0)
    first = PROCEDURE.propose(where, {"predilation_mm": 0.0}).plans[0]
    plan = PROCEDURE.adjust(where, first, {"catalogue_id": "stent-cocr-iliac-6-29"})
    task = PROCEDURE.deployments(where, plan)[NOMINAL]
    flat = task.placement.origin_mm
    chord = (flat[-1] - flat[0]) / np.linalg.norm(flat[-1] - flat[0])
    line = flat[0] + ((flat - flat[0]) @ chord)[:, None] * chord
    result = replace(opened(task, 5.4, inflated=6.0), ring_origin_mm=line)
    found = {m.id: m for m in PROCEDURE.metrics(where, plan, {NOMINAL: task}, {NOMINAL: result})}
    # 60 degrees over 60 mm; the middles of the outer thirds of 13 rings are 9 pitches apart
    wanted = 9 * (task.device.rings[1].z_mm - task.device.rings[0].z_mm)
    assert found["stent_straightening"].value == pytest.approx(wanted, abs=1.0)


def test_foreshortening_of_the_kinematics(balloon):
    from surgitwin.implants import stent

    item = stent("stent-cocr-iliac-6-29")
    crimped = item.length_at_mm(2.0)
    wanted = 100 * (crimped - item.length_at_mm(6.0)) / crimped
    assert foreshortening_percent(item, np.full(13, 6.0)) == pytest.approx(wanted)
    assert 0 < wanted < 5
    every = replace(item, link="peak_to_peak")
    assert foreshortening_percent(every, np.full(13, 6.0)) > 5 * wanted


def test_chart_holds_before_healthy_and_plans(balloon):
    where, plan, tasks = balloon
    result = opened(tasks[NOMINAL], 5.4, inflated=6.0)
    chart = PROCEDURE.chart(where, {plan.name: (plan, tasks, {NOMINAL: result}), "other": (plan, tasks, {})})
    assert [c.kind for c in chart.curves] == ["before", "reference", "plan"]
    before, healthy, after = chart.curves
    assert min(before.y) == pytest.approx(np.pi / 4 * 9, rel=0.01)
    assert set(np.round(healthy.y, 6)) == {round(np.pi / 4 * 36, 6)}
    assert min(after.y) == pytest.approx(np.pi / 4 * 5.4**2, rel=0.005)
    assert all(len(c.x) == len(c.y) for c in chart.curves)
