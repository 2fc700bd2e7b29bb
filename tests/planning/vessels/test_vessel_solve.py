"""Deployed plans: results kept, failures told, old ones marked; the solver's part is played by hand-made
results.
"""

import json
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from surgitwin import jobs
from surgitwin.core.errors import Cancelled, GeometryError, InputError, SolverError, UsageError
from surgitwin.mechanics.devices.files import load_task
from surgitwin.mechanics.devices.result import save_result
from surgitwin.planning.case import Case
from surgitwin.planning.comparing.step import compare_case
from surgitwin.planning.output.export import export_case
from surgitwin.planning.output.report import report_case
from surgitwin.planning.plans.file import write_plan
from surgitwin.planning.plans.step import add_plan, check_plan, propose_plans
from surgitwin.planning.vessels.frames import friction
from surgitwin.planning.vessels.results import best_level, deployed, failure_of, result_state
from surgitwin.planning.vessels.solve import solve_vessel
from surgitwin.planning.vessels.verdict import vessel_verdict


def again(case):
    return Case.open(case.folder.path)


def test_plans_are_deployed_with_their_bands_and_kept(artery, by_hand):
    rows = solve_vessel(artery, None)
    case = again(artery)
    names = set(case.plans())
    assert {r["plan"] for r in rows} == names
    assert all(result_state(case, n) == "current" for n in names)
    assert any(not n.endswith("|nominal") for n in by_hand["names"])
    one = deployed(case, min(names))
    assert one.result.ring_diameter_mm[0] == 6.0
    assert one.task.hash
    by_hand["names"].clear()
    assert all(r["cached"] for r in solve_vessel(case, None))
    assert by_hand["names"] == []


def test_the_comparison_holds_both_levels_and_every_number_says_its_own(artery, by_hand):
    solve_vessel(artery, None)
    found = compare_case(again(artery))
    json.dumps(found, allow_nan=False)
    for plan in found["plans"]:
        assert plan["levels"] == ["L0", "L1"]
        assert plan["level"].startswith("L1")
        assert {m["level"] for m in plan["metrics"]} == {"L0", "L1"}
        assert {m["level"]: m["load_case"] for m in plan["metrics"]} == {"L0": "sizing", "L1": "deployment"}
        assert sum(m["value"] is not None and m["level"] == "L1" for m in plan["metrics"]) > 5
        assert all(m["unit"] and (m["value"] is not None or m["reason"]) for m in plan["metrics"])
    assert len(found["ranking"]) == len(found["plans"])


def test_plans_that_were_not_deployed_have_geometry_only_and_no_rank(artery):
    found = compare_case(artery)
    assert {p["level"][:2] for p in found["plans"]} == {"L0"}
    assert found["ranking"] == []
    assert any("has not been deployed" in w for w in found["warnings"])


def test_one_plan_that_fails_leaves_the_others_alone(artery, by_hand):
    bad = min(artery.plans())
    by_hand["fail"] = lambda name: name == f"{bad}|nominal"
    solve_vessel(artery, None)
    case = again(artery)
    assert result_state(case, bad) == "none"
    assert all(result_state(case, n) == "current" for n in case.plans() if n != bad)
    assert any(bad in w and "Pre-dilate" in w for w in compare_case(case)["warnings"])


def test_a_variant_that_fails_is_said_and_the_plan_counts(artery, by_hand):
    by_hand["fail"] = lambda name: not name.endswith("|nominal")
    name = min(artery.plans())
    solve_vessel(artery, [name])
    case = again(artery)
    assert result_state(case, name) == "current"
    assert any("the band lacks" in w for w in deployed(case, name).run["warnings"])


def test_when_every_plan_fails_the_reason_is_raised(artery, by_hand):
    by_hand["fail"] = lambda name: True
    with pytest.raises(SolverError) as caught:
        solve_vessel(artery, None)
    assert caught.value.code == "deployment.diverged"


def test_a_changed_plan_makes_its_result_old(artery, by_hand):
    name = min(artery.plans())
    solve_vessel(artery, [name])
    case = again(artery)
    plan = case.plans()[name]
    moved = replace(plan, options={**plan.options, "position_mm": float(plan.options["position_mm"]) + 1})
    write_plan(moved, case.folder.plans_dir / f"{name}.toml")
    assert result_state(again(case), name) == "out of date"
    assert best_level(again(case), name) == "L1"
    row = next(p for p in compare_case(again(case))["plans"] if p["name"] == name)
    assert row["stale"]


def test_levels_and_names_that_are_not_there(artery):
    with pytest.raises(UsageError):
        solve_vessel(artery, None, "L3")
    with pytest.raises(InputError):
        solve_vessel(artery, ["nobody"])
    with pytest.raises(UsageError):
        solve_vessel(artery, None, size=9.0)
    assert solve_vessel(artery, None, "L0") == []


def test_a_plan_with_a_side_or_of_another_site_is_refused(artery, tmp_path):
    plan = next(iter(artery.plans().values()))
    with pytest.raises(InputError) as caught:
        check_plan(artery, replace(plan, side="left"))
    assert caught.value.code == "plan.side"
    with pytest.raises(UsageError) as wrong:
        propose_plans(artery, "valve", None, {})
    assert wrong.value.code == "procedure.other_family"


def test_a_plan_beyond_the_vessel_is_not_added(artery, tmp_path):
    plan = next(iter(artery.plans().values()))
    write_plan(
        replace(plan, name="far", options={**plan.options, "position_mm": 900.0}), tmp_path / "far.toml"
    )
    with pytest.raises((GeometryError, UsageError)):
        add_plan(artery, tmp_path / "far.toml")
    assert "far" not in again(artery).plans()


def test_report_and_export_of_deployed_plans(artery, by_hand, tmp_path):
    solve_vessel(artery, None)
    case = again(artery)
    for name in ("r.html", "r.pdf"):
        report_case(case, tmp_path / name)
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "Comparison of stent plans" in text
    assert all(plan in text.lower() for plan in case.plans())
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF")
    plan = min(case.plans())
    for what, suffix in (
        ("surface", "stl"),
        ("mesh", "vtu"),
        ("result", "vtu"),
        ("device", "vtp"),
        ("labels", "nrrd"),
    ):
        made = export_case(
            case, what, tmp_path / f"{what}.{suffix}", plan if what in ("mesh", "result", "device") else None
        )
        assert made.file.stat().st_size > 1000
    with pytest.raises(InputError) as caught:
        export_case(case, "result", tmp_path / "x.vtu")
    assert caught.value.code == "result.missing"


def test_an_interrupt_stops_the_workers(artery, monkeypatch):
    told = []

    def run(task, folder, arguments, *, on_event, cancelled):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        for _ in range(400):
            if cancelled():
                told.append(task)
                raise Cancelled()
            time.sleep(0.01)
        raise SolverError("job.died", "Nobody asked it to stop.")

    monkeypatch.setattr(jobs, "run", run)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # pytest-xdist's workers ignore it
    try:
        with pytest.raises(KeyboardInterrupt):
            solve_vessel(artery, [min(artery.plans())])
    finally:
        signal.signal(signal.SIGINT, before)
    assert told == ["deploy"]


def test_struts_rub_and_rings_do_not(artery, by_hand):
    name = min(artery.plans())
    solve_vessel(artery, [name], "L2")
    case = again(artery)
    one, two = deployed(case, name, "L1"), deployed(case, name, "L2")
    assert one.task.contact.friction == 0.0
    assert two.task.contact.friction == friction() > 0
    assert list(two.tasks) == ["nominal"]
    row = next(p for p in compare_case(case)["plans"] if p["name"] == name)
    assert row["levels"] == ["L0", "L1", "L2"]
    assert row["level_agreement"] == {"value": 0.0, "limit": 0.1}


def test_a_fault_of_any_kind_stays_with_its_plan(artery, monkeypatch, opened):
    bad = min(artery.plans())

    def run(task, folder, arguments, **_):
        for source, target in zip(arguments["tasks"], arguments["out"], strict=True):
            one = load_task(Path(source))
            if one.name.startswith(f"{bad}|"):
                raise GeometryError("device.outside_lumen", "Outside.", hint="Move it.", where=one.name)
            save_result(opened(one, 6.0), Path(target))
        return {}

    monkeypatch.setattr(jobs, "run", run)
    solve_vessel(artery, None)
    case = again(artery)
    assert failure_of(case, bad)["code"] == "device.outside_lumen"
    assert all(result_state(case, n) == "current" for n in case.plans() if n != bad)
    plan = case.plans()[bad]
    moved = replace(plan, options={**plan.options, "position_mm": float(plan.options["position_mm"]) + 1})
    write_plan(moved, case.folder.plans_dir / f"{bad}.toml")
    assert failure_of(again(case), bad) is None


def test_a_damaged_result_is_computed_again(artery, by_hand):
    name = min(artery.plans())
    solve_vessel(artery, [name])
    case = again(artery)
    folder = case.folder.result_dir(case.state["results"][f"{name}@L1"]["input_hash"])
    (folder / "run.json").unlink()
    whole = (folder / "nominal.npz").read_bytes()
    (folder / "nominal.npz").write_bytes(whole[: len(whole) // 2])
    by_hand["names"].clear()
    solve_vessel(case, [name])
    assert by_hand["names"] == [f"{name}|nominal"]
    assert deployed(again(case), name) is not None


def test_the_first_page_names_the_best_by_each_number_and_what_is_missing(artery, by_hand):
    bad = min(artery.plans())
    by_hand["fail"] = lambda name: name == f"{bad}|nominal"
    solve_vessel(artery, None)
    said = " ".join(vessel_verdict(compare_case(again(artery)), {}))
    assert "Lowest residual narrowing" in said
    assert f"geometry only: {bad}" in said
