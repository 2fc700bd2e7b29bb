"""Flow of the sample artery before and after plans; the 3D solver's part is played by hand-made results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from surgitwin import jobs
from surgitwin.cli.main import main
from surgitwin.core.errors import InputError
from surgitwin.core.vessel import Course, LumenTube
from surgitwin.core.wall import WallMesh
from surgitwin.mechanics.flow.vessel_demand import M3_S_PER_ML_MIN
from surgitwin.mechanics.flow.vessel_files import load_flow_task
from surgitwin.mechanics.flow.vessel_flow import VesselWall
from surgitwin.mechanics.flow.vessel_result import VesselFlowResult, VesselRun, save_vessel_flow
from surgitwin.meshing.vessels.lumen_rings import COARSE
from surgitwin.planning.case import Case
from surgitwin.planning.vessels.flow import BEFORE, flow_cases, flow_task, solve_flow_3d, stored_flow
from surgitwin.planning.vessels.flow_lumen import deployed_lumen
from surgitwin.planning.vessels.flow_rows import ffr_words, reduced_row, solved_row
from surgitwin.planning.vessels.solve import solve_vessel


@pytest.fixture
def flow_by_hand(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """3D flows "solved" at once (drop 1.5e15 Q^2 Pa along the vessel); the files that were asked for."""
    asked: list[str] = []

    def run(task: str, folder: Path, arguments: dict[str, Any], **_: Any) -> dict[str, Any]:
        assert task == "vessel_flow"
        given = load_flow_task(Path(arguments["task"]))
        asked.append(Path(arguments["out"]).name)
        s = given.sections.s_mm
        wall = VesselWall(np.eye(3)[[0, 1, 2, 2]], np.array([[0, 1, 2, 3]]), np.array([True]))
        runs = tuple(
            VesselRun(
                state,
                1.5e15 * (state.inlet_mL_min * M3_S_PER_ML_MIN) ** 2 * (s - s[0]) / np.ptp(s),
                np.full(4, 2.0),
                {"seconds": 1.0, "unknowns": 10, "reynolds": 300.0},
            )
            for state in given.states
        )
        found = VesselFlowResult(
            given.name, s, given.sections.vessel, wall, runs, given.demand, given.distal_mm, given.end_share
        )
        save_vessel_flow(found, Path(arguments["out"]))
        return {}

    monkeypatch.setattr(jobs, "run", run)
    return asked


def test_the_sample_artery_has_an_answer_at_once(artery: Case) -> None:
    (before,) = flow_cases(artery, vessel="coronary", mass_g=150.0)
    row = reduced_row(before)
    json.dumps(row, allow_nan=False)
    assert row["wall_s"] < 1.0
    assert row["ffr_band"][0] < row["ffr"] < row["ffr_band"][1]
    assert row["drop_mmHg"] == pytest.approx(93.0 * (1 - row["ffr"]))
    assert row["rest_ratio"] > row["ffr"]
    assert "band" in row["ffr_words"]
    assert any("unverified" in w for w in row["warnings"])


def test_a_peripheral_vessel_has_no_ffr_but_a_ratio_and_the_reason(artery: Case) -> None:
    row = reduced_row(flow_cases(artery)[0])
    assert row["ffr"] is None
    assert "at rest only" in row["ffr_words"]
    assert 0 < row["ratio_band"][0] < row["ratio"] < 1


def test_a_deployed_plan_has_less_drop_than_before(artery: Case, by_hand: dict[str, Any]) -> None:
    name = min(artery.plans())
    solve_vessel(artery, [name])
    before, after = map(reduced_row, flow_cases(Case.open(artery.folder.path), [name], flow_mL_min=350.0))
    assert (before["plan"], after["plan"]) == (BEFORE, name)
    assert after["drop_mmHg"] < 0.6 * before["drop_mmHg"]
    assert after["resting_mL_min"] == before["resting_mL_min"]


def test_a_plan_that_is_not_deployed_or_unknown_is_named(artery: Case) -> None:
    with pytest.raises(InputError) as caught:
        flow_cases(artery, [min(artery.plans())])
    assert caught.value.code == "flow.not_deployed"
    assert "surgitwin solve" in caught.value.hint
    with pytest.raises(InputError) as caught:
        flow_cases(artery, ["none"])
    assert caught.value.code == "plan.unknown"


def test_the_lumen_of_the_sample_is_meshed(artery: Case) -> None:
    task = flow_task(flow_cases(artery)[0], COARSE)
    assert task.mesh.faults() == []
    assert [s.name for s in task.states] == ["half of rest", "rest"]


def test_3d_is_solved_once_on_two_meshes_and_kept(artery: Case, flow_by_hand: list[str]) -> None:
    (before,) = flow_cases(artery, flow_mL_min=300.0, vessel="coronary")
    assert stored_flow(artery, before) is None
    fine = solve_flow_3d(artery, before)
    assert sorted(flow_by_hand) == ["coarse.flow.npz", "medium.flow.npz"]
    solve_flow_3d(artery, before)
    assert len(flow_by_hand) == 2
    (other,) = flow_cases(artery, flow_mL_min=200.0, vessel="coronary")
    assert stored_flow(artery, other) is None
    coarse = stored_flow(artery, before, "coarse")
    assert coarse is not None
    row = solved_row(before, fine, coarse)
    json.dumps(row, allow_nan=False)
    assert row["level"] == "3D"
    assert row["ffr_band"][0] < row["ffr"] < row["ffr_band"][1]
    assert row["drop_mmHg"] - row["reduced_drop_mmHg"] == pytest.approx(row["reduced_difference_mmHg"])
    assert row["mesh_difference_mmHg"] == pytest.approx(0.0, abs=0.5)
    assert row["wall_shear"]["p50_Pa"] == pytest.approx(2.0)


def test_the_command_prints_both_levels(
    artery: Case, flow_by_hand: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(artery.folder.path)
    assert main(["flow", path, "--3d", "--mass", "120", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["flows"]
    assert [(r["plan"], r["level"]) for r in rows] == [("before", "0D"), ("before", "3D")]
    assert main(["flow", path, "--mass", "120"]) == 0
    assert "120 g of myocardium" in capsys.readouterr().out
    assert main(["flow", path, "--mass", "120", "--flow", "3", "--json"]) == 2


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.82, 0.9, "whole band lies above 0.80"),
        (0.5, 0.74, "whole band lies below 0.75"),
        (0.76, 0.79, "in the grey zone"),
        (0.70, 0.85, "below 0.75 and above 0.80: not decided"),
        (0.78, 0.85, "above 0.80: not decided"),
    ],
)
def test_ffr_is_worded_by_its_band(low: float, high: float, words: str) -> None:
    assert words in ffr_words(low, high)


def test_displacements_of_the_wall_move_the_tube() -> None:
    s, n = np.linspace(0, 40, 81), 81
    zero = np.zeros(n)
    tangent, e1 = np.tile([0.0, 0.0, 1.0], (n, 1)), np.tile([1.0, 0.0, 0.0], (n, 1))
    course = Course(s, np.column_stack([zero, zero, s]), tangent, e1, np.tile([0.0, 1.0, 0.0], (n, 1)))
    tube = LumenTube(course, np.full((n, 32), 1.5))
    at_s, turn = (a.ravel() for a in np.meshgrid(np.arange(10, 31.0), 2 * np.pi * np.arange(24) / 24))
    points = np.column_stack([1.5 * np.cos(turn), 1.5 * np.sin(turn), at_s])
    cells, flat = np.zeros((0, 10)), np.zeros((0, 6))
    wall = WallMesh(points, cells, np.zeros(0), ("media",), np.zeros(0), flat, flat, np.zeros(0), at_s, turn)
    out = points * [0.2, 0.2, 0.0]  # the radius grows by a fifth
    lumen = deployed_lumen(tube, wall, out)
    inside = (s > 11) & (s < 29)
    assert lumen.area_mm2[inside] / tube.area_mm2[inside] == pytest.approx(1.44, rel=0.02)
    assert lumen.area_mm2[s < 6.5] == pytest.approx(tube.area_mm2[s < 6.5])
