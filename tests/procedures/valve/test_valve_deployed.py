"""Numbers of deployments that were made by hand, so that every answer is known."""

from dataclasses import replace

import numpy as np
import pytest
from synthetic_root import FRAME, HEIGHTS, SEPTUM_ANGLE, SINUS_RADIUS, context, result, root

from surgitwin.core.metric import MetricValue
from surgitwin.core.vessel import Calcium, LumenTube
from surgitwin.implants import valve
from surgitwin.mechanics.devices.ring_law import ring_law
from surgitwin.procedures.valve import PROCEDURE, risk_bands
from surgitwin.procedures.valve.conduction import conduction_region, region_contact
from surgitwin.procedures.valve.deployed import eccentricity
from surgitwin.procedures.valve.leak import leak_range, skirt_gap
from surgitwin.procedures.valve.place import annulus_frame, valve_plan
from surgitwin.procedures.valve.unrolled import Unrolled
from surgitwin.procedures.valve.wall import WITH_LEAFLET, smoothed
from surgitwin.procedures.vessel import NOMINAL

DEPTH = 4.0


@pytest.fixture(scope="module")
def tasks():
    found = root()
    plan = valve_plan(found, valve("valve-be-26"), DEPTH, "be-26-d4")
    return found, plan, PROCEDURE.deployments(context(found), plan)


def lumen_local(task):
    on = np.isfinite(task.wall.lumen_s_mm)
    local = np.full((len(on), 3), np.nan)
    local[on] = FRAME.from_lps(task.wall.points_mm[on])
    return on, local


def by_key(metrics):
    return {(m.id, m.part): m for m in metrics}


def test_tasks_share_the_wall_and_differ_in_stiffness(tasks):
    _, plan, found = tasks
    assert list(found) == [NOMINAL, "soft and thin", "stiff and thick"]
    soft, main, stiff = (found[n] for n in ("soft and thin", NOMINAL, "stiff and thick"))
    assert np.array_equal(soft.wall.cells, main.wall.cells)
    assert 9000 < main.wall.n_unknowns < 15000
    law = ring_law(main.device.rings[0], "MP35N", "balloon_expandable", main.balloon_diameter_mm)
    assert law.free_mm + 0.45 == pytest.approx(2 * np.sqrt(519 / np.pi), abs=1e-3)  # nominal after recoil
    assert 26.0 < main.balloon_diameter_mm < 26.8
    mu = [t.materials["root wall"].mu_MPa for t in (soft, main, stiff)]
    assert mu == pytest.approx([1 / 3, 2 / 3, 1.0])
    assert main.materials[WITH_LEAFLET].mu_MPa == pytest.approx((2 + 2.3 * 0.85 / 2) / 3)
    assert main.placement.origin_mm[0] == pytest.approx(FRAME.to_lps([0, 0, 1.7 - DEPTH]))
    assert len({t.hash for t in found.values()}) == 3
    again = PROCEDURE.deployments(context(tasks[0]), replace(plan, name="x"))
    assert again[NOMINAL].wall is main.wall
    middle = FRAME.from_lps(main.wall.points_mm[main.wall.cells[:, :4]].mean(axis=1))[:, 2]
    assert (middle[main.wall.layer == 1] > 0).all()
    assert (middle[main.wall.layer == 1] < 20).all()


def test_the_lumen_is_smoothed_and_holds_its_nodule():
    """Noise of the image goes, the ellipse stays; a nodule inside the lumen narrows it by its volume."""
    clean = root()
    rng = np.random.default_rng(5)
    rough = LumenTube(
        clean.tube.course, clean.tube.radius_mm + rng.normal(0, 0.3, clean.tube.radius_mm.shape)
    )
    below = slice(4, 20)  # the outflow tract, one ellipse
    kept = smoothed(clean.tube).radius_mm[below]
    assert np.abs(kept - clean.tube.radius_mm[below]).max() < 0.05
    left = (smoothed(rough).radius_mm[below] - kept).std()
    spacing = 2 * np.pi * clean.tube.radius_mm.mean() / 72
    assert left == pytest.approx(0.3 / np.sqrt(4 * np.pi / spacing), rel=0.15)  # white noise, deviation 1 mm
    places = np.stack(np.meshgrid(*[np.arange(-1.05, 1.1, 0.7)] * 3), axis=-1).reshape(-1, 3)
    nodule = Calcium(FRAME.to_lps(places + np.array([11.0, 0, 0])), 0.343, 850.0)
    plan = valve_plan(clean, valve("valve-be-26"), DEPTH, "p")
    found = [
        PROCEDURE.deployments(context(r), plan)[NOMINAL] for r in (clean, replace(clean, calcium=nodule))
    ]
    inner = [
        np.hypot(*FRAME.from_lps(t.wall.points_mm[np.isfinite(t.wall.lumen_s_mm)])[:, :2].T) for t in found
    ]
    assert 0.5 < (inner[0] - inner[1]).max() < 2.0
    assert found[1].wall.facts["calcium_mm3"] == pytest.approx(len(places) * 0.343, rel=0.05)


def test_self_expanding_task_follows_the_vessel(tasks):
    plan = valve_plan(tasks[0], valve("valve-se-29"), 3.0, "se-29-d3")
    task = PROCEDURE.deployments(context(tasks[0]), plan, size=1.4)[NOMINAL]
    assert task.balloon_diameter_mm is None
    local = FRAME.from_lps(task.placement.origin_mm)
    assert local[:, 2] == pytest.approx([r.z_mm - 3.0 for r in task.device.rings], abs=0.05)
    assert np.abs(local[:, :2]).max() < 0.05


def test_leak_of_the_physics_card():
    low, high = leak_range(5.0)
    assert high == pytest.approx(15.54, abs=0.01)
    assert low == pytest.approx(5e-6 * 0.6 * np.sqrt(2 * 40 * 133.322 / 1060) * 1e6)
    assert leak_range(0.0) == (0.0, 0.0)


def with_gap(task, gap_of):
    """Gap by angle and height in the annulus frame over the device's length, nan elsewhere."""
    on, local = lumen_local(task)
    gap = np.full(len(on), np.nan)
    beside = on & (local[:, 2] > -DEPTH - 2) & (local[:, 2] < 18)
    angle = np.arctan2(local[beside, 1], local[beside, 0])
    gap[beside] = gap_of(angle, local[beside, 2])
    return gap


def test_gap_area_of_an_even_gap(tasks):
    """0.3 mm all round, from where contact begins, under a lumen of radius R(angle): the strip's area."""
    found, plan, every = tasks
    task = every[NOMINAL]
    gap = with_gap(task, lambda a, z: np.full(len(a), 0.3 + task.contact.smoothing_mm))
    deployed = result(task.device, task.placement, task.wall, gap_mm=gap)
    metrics = by_key(PROCEDURE.metrics(context(found), plan, every, {NOMINAL: deployed}))
    turn = 2 * np.pi * np.arange(3600) / 3600
    radius = 14 * 11 / np.hypot(11 * np.cos(turn), 14 * np.sin(turn))
    strip = float((0.3 * (radius - 0.15)).mean() * 2 * np.pi)
    area = metrics["valve_gap_area", "skirt"]
    assert area.value == pytest.approx(strip, rel=0.01)
    assert metrics["valve_gap_arc", "skirt"].value == 100
    assert metrics["valve_leak_high", "skirt"].value == pytest.approx(leak_range(area.value)[1])
    assert metrics["valve_leak_low", "skirt"].value < metrics["valve_leak_high", "skirt"].value
    assert area.level == "L1"
    assert area.band is None


def test_gap_counts_where_it_is_least_and_not_in_the_sinus(tasks):
    """Closed at the annulus, wide below and above: nothing leaks. A notch through the skirt does."""
    task = tasks[2][NOMINAL]

    def area(gap):
        lumen = Unrolled.of(FRAME, task.wall, result(task.device, task.placement, task.wall, gap_mm=gap))
        return skirt_gap(lumen, DEPTH, (0.0, 20 / 3))

    closed = area(with_gap(task, lambda a, z: 0.5 * np.abs(z) - 2.0))
    assert closed.area_mm2 == 0
    assert abs(closed.height_mm) < 4.0
    notch = area(with_gap(task, lambda a, z: np.where(np.abs(a) < np.pi / 6, 0.8, -0.05)))
    assert notch.area_mm2 == pytest.approx(0.8 * 13.6 * np.pi / 3, rel=0.15)
    assert notch.arc_percent == pytest.approx(100 / 6, abs=4)


def test_painted_contact_gives_its_share_of_the_conduction_region(tasks):
    """Pressure falls in a straight line to nothing 5 mm below the annulus: 33 % of 15 mm is touched."""
    found, _, every = tasks
    task = every[NOMINAL]
    on, local = lumen_local(task)
    pressure = np.where(on, np.maximum(local[:, 2] + 5.0, -5.0) * 0.1 + 0.001, 0.0)  # below 0: not touched
    deployed = result(task.device, task.placement, task.wall, pressure_MPa=pressure)
    region = conduction_region(found, annulus_frame(found))
    assert region.angle == pytest.approx(SEPTUM_ANGLE)
    lumen = Unrolled.of(annulus_frame(found), task.wall, deployed)
    seen = region_contact(lumen, region, DEPTH + 2)
    assert seen.seen == 1.0
    assert seen.index_percent == pytest.approx(100 / 3, abs=0.5)
    assert seen.pressure_MPa == pytest.approx(0.476, abs=0.03)  # the region's last row, mean over 3 mm
    shallow = region_contact(lumen, region, 3.0)
    assert shallow.index_percent == pytest.approx(20.0, abs=0.5)


def test_touched_shares_are_integrated_over_the_conduction_region(tasks):
    """Half of the area around every node below 5 mm, all of it above: (5 + 10 / 2) / 15 of the region."""
    found, _, every = tasks
    task = every[NOMINAL]
    on, local = lumen_local(task)
    touched = np.where(on, np.where(local[:, 2] > -5.0, 1.0, 0.5), 0.0)
    deployed = result(task.device, task.placement, task.wall, touched=touched)
    region = conduction_region(found, annulus_frame(found))
    lumen = Unrolled.of(annulus_frame(found), task.wall, deployed)
    assert region_contact(lumen, region, 20.0).index_percent == pytest.approx(100 * 2 / 3, abs=4)
    assert region_contact(lumen, region, 4.0).index_percent == pytest.approx(100 * 4 / 15, abs=1)


def test_the_inflow_end_seals_between_two_rows_of_nodes(tasks):
    """Shallow: only the last 2 mm of the frame lie against the annulus, less than the nodes' spacing."""
    found, _, _ = tasks
    plan = valve_plan(found, valve("valve-be-29"), 2.0, "be-29-d2")
    task = PROCEDURE.deployments(context(found), plan)[NOMINAL]
    on, local = lumen_local(task)
    gap = np.full(len(on), np.nan)
    beside = on & (local[:, 2] > -2.0) & (local[:, 2] < 18)
    gap[beside] = np.hypot(local[beside, 0], local[beside, 1]) - 14.0
    deployed = result(task.device, task.placement, task.wall, gap_mm=gap, diameter_mm=28.0)
    metrics = by_key(PROCEDURE.metrics(context(found), plan, {NOMINAL: task}, {NOMINAL: deployed}))
    assert metrics["valve_gap_area", "skirt"].value == pytest.approx(0.0, abs=0.3)


def test_a_single_node_does_not_set_the_pressure(tasks):
    found, _, every = tasks
    task = every[NOMINAL]
    on, local = lumen_local(task)
    aim = np.array([12.5 * np.cos(SEPTUM_ANGLE), 12.5 * np.sin(SEPTUM_ANGLE), -6.0])
    peak = np.zeros(len(on))
    peak[np.nanargmin(((local - aim) ** 2).sum(axis=1))] = 1.0
    open_mm = np.where(on, 1.0, np.nan)
    deployed = result(task.device, task.placement, task.wall, pressure_MPa=peak, gap_mm=open_mm)
    region = conduction_region(found, annulus_frame(found))
    seen = region_contact(Unrolled.of(annulus_frame(found), task.wall, deployed), region, DEPTH)
    assert 0.05 < seen.pressure_MPa < 0.7
    assert seen.index_percent == 0  # the node lies below the frame's end


def test_shape_recoil_and_clearance(tasks):
    found, plan, every = tasks
    task = every[NOMINAL]
    deployed = result(task.device, task.placement, task.wall, diameter_mm=25.0, balloon_mm=25.5)
    metrics = by_key(PROCEDURE.metrics(context(found), plan, every, {NOMINAL: deployed}))
    assert metrics["valve_diameter", "annulus"].value == pytest.approx(25.0)
    assert metrics["valve_recoil", "annulus"].value == pytest.approx(100 * 0.5 / 25.5)
    assert metrics["valve_eccentricity", "annulus"].value == pytest.approx(0.0, abs=1e-9)
    assert metrics["valve_expansion", "inflow"].value == pytest.approx(100 * np.pi / 4 * 25**2 / 519)
    left = metrics["valve_coronary_clearance", "left"].value
    assert HEIGHTS["left"] + 1.5 < 16  # below the frame's top, so the distance is radial
    assert left == pytest.approx(SINUS_RADIUS - 12.5 - 0.85, abs=0.02)
    assert metrics["valve_contact_force", "valve"].value == 7.5
    assert metrics["valve_wall_stress", "root wall"].value == pytest.approx(0.1)


def test_an_elliptic_ring():
    turn = 2 * np.pi * np.arange(96) / 96
    assert eccentricity(14 * 11 / np.hypot(11 * np.cos(turn), 14 * np.sin(turn))) == pytest.approx(
        3 / 14, abs=2e-3
    )


def test_bands_hold_the_variants_and_self_expanding_has_no_recoil(tasks):
    found, plan, every = tasks
    results = {
        name: result(t.device, t.placement, t.wall, diameter_mm=d)
        for (name, t), d in zip(every.items(), (25.0, 25.6, 24.7), strict=True)
    }
    metrics = by_key(PROCEDURE.metrics(context(found), plan, every, results))
    assert metrics["valve_diameter", "annulus"].band == pytest.approx((24.7, 25.6))
    assert metrics["valve_recoil", "annulus"].value is None
    assert "inflated" in metrics["valve_recoil", "annulus"].reason


def test_missing_results_are_null_with_a_reason(tasks):
    found, plan, every = tasks
    metrics = PROCEDURE.metrics(context(found), plan, every, {})
    assert metrics
    assert all(m.value is None and m.reason for m in metrics)
    task = every[NOMINAL]
    below = task.placement.origin_mm - 100 * FRAME.axes[:, 2]
    deployed = result(task.device, task.placement, task.wall, ring_origin_mm=below)
    bare = replace(found, landmarks={k: v for k, v in found.landmarks.items() if k != "membranous_septum"})
    seen = by_key(PROCEDURE.metrics(context(bare), plan, every, {NOMINAL: deployed}))
    assert "by hand" in seen["valve_contact_index", "conduction region"].reason
    assert "skirt" in seen["valve_gap_area", "skirt"].reason


def test_chart_has_the_lumen_and_each_deployed_plan(tasks):
    found, plan, every = tasks
    task = every[NOMINAL]
    deployed = {NOMINAL: result(task.device, task.placement, task.wall)}
    assert PROCEDURE.chart(context(found), {"a": (plan, every, {})}) is None
    chart = PROCEDURE.chart(context(found), {"a": (plan, every, deployed)})
    assert [(c.title, c.kind) for c in chart.curves][1:] == [("a", "plan")]
    before = chart.curves[0]
    assert np.interp(0.0, before.x, before.y) == pytest.approx(2 * np.sqrt(14 * 11), abs=0.1)
    assert chart.curves[1].x[0] == pytest.approx(1.7 - DEPTH)


def metric(name, value, band=None):
    return MetricValue(name, "p", "deployment", "none", value, "%", band=band, level="L1")


def test_risk_shows_groups_and_never_decides():
    both = risk_bands([metric("valve_contact_index", 14.0, (10.0, 15.0))], {})[0]
    assert both.inside == ("no new pacemaker", "new pacemaker")
    assert both.cut == 14.0
    assert "does not tell them apart" in both.words
    assert "not answered" in both.words
    low = risk_bands([metric("valve_contact_index", 2.0)], {"pacemaker": "no", "conduction_block": "none"})[0]
    assert low.inside == ("no new pacemaker",)
    assert "Conduction before: none." in low.words
    block = {"pacemaker": "no", "conduction_block": "right bundle branch block"}
    assert "higher than the groups show" in risk_bands([metric("valve_contact_index", 2.0)], block)[0].words
    paced = risk_bands([metric("valve_contact_index", 40.0)], {"pacemaker": "yes"})[0]
    assert paced.inside == ()
    assert "changes little" in paced.words
    pressure = risk_bands([metric("valve_contact_pressure", 0.2)], {})[0]
    assert (pressure.groups, pressure.cut) == ((), 0.39)
    assert risk_bands([], {}) == ()
