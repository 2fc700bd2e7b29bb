from dataclasses import replace

import numpy as np
import pytest
from deployments import stent, task

from surgitwin.core.device import DeviceFrame, ZigzagRing
from surgitwin.core.errors import Cancelled, GeometryError, InputError, SolverError
from surgitwin.core.progress import Progress
from surgitwin.jobs import deploy_task
from surgitwin.mechanics.devices.files import load_task, save_task
from surgitwin.mechanics.devices.problem import WallMaterial
from surgitwin.mechanics.devices.result import load_result
from surgitwin.mechanics.devices.stack import Drive
from surgitwin.mechanics.fenicsx.deployment import path, solve_deployment, solve_deployments
from surgitwin.mechanics.fenicsx.deployment import solve as solving
from surgitwin.mechanics.fenicsx.deployment.coupled import Coupled
from surgitwin.mechanics.fenicsx.deployment.neighbours import order_of
from surgitwin.mechanics.fenicsx.deployment.newton import NotConvergedError
from surgitwin.mechanics.fenicsx.deployment.solve import device_stack

pytestmark = pytest.mark.fe


@pytest.fixture(scope="module")
def solved():
    return solve_deployment(task())


def test_the_whole_tangent_is_the_derivative_of_the_forces():
    system = Coupled(task(), device_stack(task()))
    rng = np.random.default_rng(1)
    system.c = path.inside_lumen(system) * 1.1
    system.x = system.x + rng.normal(0, 0.004, system.x.shape)
    system.c = system.c + rng.normal(0, 0.01, system.c.shape)
    system.p = system.wall.pressure(system.x)
    system.freeze()
    drive = Drive(system.stack.diameters(system.c) * 1.05, blend=0.4)
    e = system.evaluate(drive)
    assert (e.gap < 0).sum() > 50
    # A solution of the factorised tangent, put through differences of the gradient, gives the gradient back.
    du, dc = system.step(e)
    size = max(np.abs(du).max(), np.abs(dc).max())
    x, c, h = system.x, system.c, 1e-6 / size
    system.x, system.c = x + h * du, c + h * dc
    ahead = system.evaluate(drive).gradient
    system.x, system.c = x - h * du, c - h * dc
    change = (ahead - system.evaluate(drive).gradient) / (2 * h)
    system.close()
    assert np.linalg.norm(change + e.gradient) < 1e-5 * np.linalg.norm(e.gradient)


def test_a_stent_opens_a_narrowing_and_recoils(solved):
    result, _ = solved
    D = result.ring_diameter_mm
    assert result.level == "L1"
    assert 3.9 < D.min() < 5.5
    assert D.argmin() == 2
    assert D.max() < 6.2
    assert result.balloon_diameter_mm == pytest.approx(6.2)
    assert pytest.approx(2 * result.ring_radius_mm.mean(1), rel=5e-3) == D
    assert result.facts["force_N"] > 0.5
    assert result.n_struts == 5 * 12
    assert len(result.struts_mm) == 5 * 12 + result.facts["links"] > 5 * 12


def test_forces_balance_and_the_wall_keeps_its_volume(solved):
    facts = solved[0].facts
    assert facts["converged"]
    assert facts["residual"] < 1e-6
    assert facts["balance"] < 1e-5
    assert facts["energy_error"] < 1e-4
    assert abs(facts["volume_change"]) < 5e-3
    assert facts["penetration_mm"] < 0.15


def test_pressure_acts_where_the_gap_is_closed(solved):
    result, _ = solved
    pressed = result.pressure_MPa > 0.01
    assert pressed.any()
    assert (result.gap_mm[pressed & np.isfinite(result.gap_mm)] < 0.1).all()
    wall = task().wall
    beyond = np.isfinite(wall.lumen_s_mm) & ((wall.lumen_s_mm < 2.5) | (wall.lumen_s_mm > 13.5))
    assert np.isnan(result.gap_mm[beyond]).all()
    off = np.isnan(wall.lumen_s_mm)
    assert (result.pressure_MPa[off] == 0).all()
    assert result.stress_MPa.max() > 0.02


def test_a_bent_vessel_gives_about_the_same(solved):
    bent, _ = solve_deployment(task(bend=25.0))
    assert bent.ring_diameter_mm == pytest.approx(solved[0].ring_diameter_mm, rel=0.02)
    assert bent.facts["balance"] < 1e-5


def test_a_warm_start_finds_the_same_state(solved):
    moved = task(start=3.5)
    cold, _ = solve_deployment(moved)
    warm, _ = solve_deployment(moved, start=solved[1])
    assert warm.facts["warm_start"]
    assert not cold.facts["warm_start"]
    assert warm.facts["iterations"] < cold.facts["iterations"]
    assert warm.ring_diameter_mm == pytest.approx(cold.ring_diameter_mm, abs=0.01)
    assert warm.facts["force_N"] == pytest.approx(cold.facts["force_N"], rel=0.02)


def test_a_wall_of_other_thickness_starts_warm(solved):
    thick = task(thickness=1.3)
    warm, _ = solve_deployment(thick, start=solved[1])
    assert warm.facts["warm_start"]
    assert warm.ring_diameter_mm.min() < solved[0].ring_diameter_mm.min()
    assert warm.facts["residual"] < 1e-6


def test_nitinol_ring_pushes_the_wall_and_a_stiffer_wall_holds_it_more():
    rings = tuple(ZigzagRing(1.5 + 3 * i, 6, 3.0, 0.12, 0.15, 7.5) for i in range(3))
    device = DeviceFrame("self_expanding", "Nitinol", rings, 7.5, 2.0, 0, 9.0)
    base = task(narrow=0.2)
    soft = task(
        narrow=0.2, device=device, balloon_diameter_mm=None,
        placement=replace(base.placement, **{
            n: getattr(base.placement, n)[[0, 2, 4]] for n in ("origin_mm", "e1", "e2", "axis")
        }),
    )  # fmt: skip
    result, state = solve_deployment(soft)
    assert np.isnan(result.balloon_diameter_mm).all()
    hard = {k: replace(m, mu_MPa=3 * m.mu_MPa) for k, m in soft.materials.items()}
    stiff, _ = solve_deployment(replace(soft, materials=hard), start=state)
    assert (stiff.ring_diameter_mm < result.ring_diameter_mm).all()
    assert (result.ring_diameter_mm < 7.5).all()
    assert stiff.facts["force_N"] > result.facts["force_N"]


def test_many_tasks_each_start_from_the_nearest():
    tasks = [task(start=s, name=f"{s}") for s in (2.0, 5.0, 2.5)]
    assert order_of(tasks) == [0, 2, 1]
    seen = {}
    solve_deployments(tasks, Progress(), lambda i, r: seen.setdefault(i, r))
    assert list(seen) == [0, 2, 1]
    assert [seen[i].facts["warm_start"] for i in (0, 2, 1)] == [False, True, True]


def test_the_worker_task_writes_results(tmp_path, solved):
    save_task(task(), tmp_path / "task.npz")
    assert load_task(tmp_path / "task.npz").hash == task().hash
    given = {"tasks": [str(tmp_path / "task.npz")], "out": [str(tmp_path / "out.npz")], "level": "L1"}
    deploy_task.run(given, Progress())
    again = load_result(tmp_path / "out.npz")
    assert again.ring_diameter_mm == pytest.approx(solved[0].ring_diameter_mm, abs=1e-6)


def test_cancel_stops_the_work():
    calls = []

    def asked():
        calls.append(1)
        return len(calls) > 2

    with pytest.raises(Cancelled):
        solve_deployment(task(), Progress(cancelled=asked))


def test_no_equilibrium_is_said_with_what_to_do(monkeypatch):
    def lost(*_):
        raise NotConvergedError

    monkeypatch.setattr(path, "solve", lost)
    with pytest.raises(SolverError) as caught:
        solve_deployment(task())
    assert caught.value.code == "deployment.diverged"
    assert caught.value.where == "stent"
    assert "pre-dilatation" in caught.value.hint


def test_a_failed_warm_start_is_solved_from_the_beginning(monkeypatch, solved):
    true, failed = path.solve, []

    def first_fails(system, drive, tolerance):
        if drive.blend == 1.0 and not failed:
            raise NotConvergedError
        if 0 < drive.blend < 1.0:
            failed.append(1)
            raise NotConvergedError
        return true(system, drive, tolerance)

    monkeypatch.setattr(path, "solve", first_fails)
    result, _ = solve_deployment(task(), start=solved[1])
    assert not result.facts["warm_start"]
    assert result.ring_diameter_mm == pytest.approx(solved[0].ring_diameter_mm, abs=0.01)


def test_what_does_not_fit_is_refused():
    good = task()
    beside = replace(good.placement, origin_mm=good.placement.origin_mm + np.array([4.0, 0, 0]))
    with pytest.raises(GeometryError) as caught:
        solve_deployment(replace(good, placement=beside))
    assert caught.value.code == "device.outside_lumen"
    with pytest.raises(InputError) as caught:
        solve_deployment(replace(good, materials={"wall": WallMaterial("wall", 0.1)}))
    assert caught.value.code == "wall.no_material"
    assert "plaque" in caught.value.message


def test_stents_with_more_links_are_stiffer_against_waves():
    loose, joined = (device_stack(replace(task(), device=replace(stent(), connectors=n))) for n in (1, 0))
    assert (joined.links > loose.links).all()


def test_a_plain_way_that_fails_is_gone_with_care_to_the_same_equilibrium(solved, monkeypatch):
    """The careful way leaves the rings to their law in small steps."""
    ways = []

    def once(system, progress, warm, careful=False):
        ways.append(careful)
        if not careful:
            raise path.diverged(system.task)
        return path.deploy(system, progress, warm, careful)

    monkeypatch.setattr(solving, "deploy", once)
    result, _ = solve_deployment(task())
    assert ways == [False, True]
    assert result.ring_diameter_mm == pytest.approx(solved[0].ring_diameter_mm, rel=1e-4)
    assert result.facts["force_N"] == pytest.approx(solved[0].facts["force_N"], rel=1e-3)
    assert result.facts["residual"] < 1e-6
