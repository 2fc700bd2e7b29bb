"""Flow demand and the reduced pressure model of a vessel against hand formulas."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from surgitwin.core.errors import UsageError
from surgitwin.mechanics.flow.fluid import Carreau, Fluid, blood
from surgitwin.mechanics.flow.mesh import FlowMesh
from surgitwin.mechanics.flow.reduced import PASCAL_PER_MMHG, Stenosis
from surgitwin.mechanics.flow.vessel_demand import M3_S_PER_ML_MIN, Demand, demand, flow_table
from surgitwin.mechanics.flow.vessel_files import load_flow_task, save_flow_task
from surgitwin.mechanics.flow.vessel_flow import (
    FlowSections,
    FlowState,
    VesselFlow,
    VesselWall,
    carried_share,
    flow_states,
)
from surgitwin.mechanics.flow.vessel_reduced import (
    branch_shares,
    losses_Pa,
    reduced_band,
    reduced_flow,
)
from surgitwin.mechanics.flow.vessel_result import (
    VesselFlowResult,
    VesselRun,
    load_vessel_flow,
    save_vessel_flow,
)
from surgitwin.mechanics.flow.vessel_shape import Narrowing, SideBranch, VesselShape

S_MM = np.linspace(0, 60, 241)
WANTED = Demand(50.0, 0.24, 93.0, 5.0, 7 / 3, "a test", verified=True)


def shape(
    throat: float = 3.0, *, branches: tuple[SideBranch, ...] = (), doubtful: bool = False
) -> VesselShape:
    """A vessel of 3 mm, narrowed to `throat` from 20 to 30 mm."""
    diameter = np.where((S_MM > 20) & (S_MM < 30), throat, 3.0)
    return VesselShape(S_MM, np.pi / 4 * diameter**2, (Narrowing(20, 30, 3.0, doubtful),), branches)


# ---- demand -------------------------------------------------------------------------------------


def test_mass_and_entered_flow_and_table() -> None:
    assert demand(3.0, mass_g=50.0).resting_mL_min == pytest.approx(45.0)
    assert demand(3.0, flow_mL_min=70.0).resting_mL_min == 70.0
    assert demand(3.0, flow_mL_min=70.0).verified
    by_law = 1.43 * 3e-3**2.55 / M3_S_PER_ML_MIN
    assert demand(3.0).resting_mL_min == pytest.approx(by_law)
    assert "not named" in demand(3.0).basis
    assert demand(6.0).hyperaemia is None
    assert demand(6.0, vessel="common_carotid").resting_mL_min == 415.0


@pytest.mark.parametrize(
    "given",
    [{"flow_mL_min": 50.0, "mass_g": 50.0}, {"mass_g": 0.0}, {"flow_mL_min": -3.0}, {"vessel": "toe"}],
)
def test_a_demand_that_makes_no_sense_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(UsageError) as caught:
        demand(3.0, **given)  # type: ignore[arg-type]
    assert caught.value.code == "flow.demand"
    assert "coronary" in caught.value.hint


def test_tissue_resistance_falls_under_hyperaemia() -> None:
    rest = WANTED.resistance_Pa_s_m3(hyperaemic=False)
    assert rest == pytest.approx(88 * PASCAL_PER_MMHG / (50e-6 / 60))
    assert WANTED.resistance_Pa_s_m3(hyperaemic=True) == pytest.approx(0.24 * rest)


# ---- reduced model ------------------------------------------------------------------------------


def test_an_open_vessel_loses_what_poiseuille_says() -> None:
    flow = np.full(len(S_MM), 1e-6)
    loss = losses_Pa(shape(), flow, blood())
    assert loss[-1] == pytest.approx(8 * 3.5e-3 * 0.06 * 1e-6 / np.pi / 1.5e-3**4, rel=1e-6)


def test_a_narrowing_loses_young_tsai_behind_its_throat() -> None:
    flow, fluid = np.full(len(S_MM), 2e-6), blood()
    open_loss = losses_Pa(shape(), flow, fluid)
    narrow = Stenosis(3e-3, 1.5e-3, 10e-3)
    loss = losses_Pa(shape(1.5), flow, fluid, "young-tsai")
    wide = open_loss[-1] * 50 / 60
    assert loss[-1] - wide == pytest.approx(narrow.drop_Pa(2e-6, 1060.0, 3.5e-3), rel=3e-3)
    assert loss[np.searchsorted(S_MM, 20)] == pytest.approx(open_loss[np.searchsorted(S_MM, 20)], rel=1e-6)


def test_pressures_and_flows_close_the_circuit() -> None:
    flow = reduced_flow(shape(1.5), WANTED)
    tissue = WANTED.resistance_Pa_s_m3(hyperaemic=True)
    behind = (flow.pressure_mmHg[-1] - 5.0) * PASCAL_PER_MMHG
    assert behind == pytest.approx(tissue * flow.flow_mL_min[-1] * M3_S_PER_ML_MIN, rel=1e-6)
    assert flow.pressure_mmHg[0] == pytest.approx(93.0)
    assert flow.distal_mm == 50.0
    assert flow.drop_mmHg == pytest.approx(93.0 * (1 - flow.ratio))


def test_a_branch_takes_flow_by_its_diameter_and_its_pressure() -> None:
    one = shape(branches=(SideBranch(40.0, 2.0),))
    shares = branch_shares(one, 3.0)
    assert shares == pytest.approx([8 / 35, 27 / 35])
    flow = reduced_flow(one, replace(WANTED, split_exponent=3.0))
    total = flow.flow_mL_min[0]
    assert flow.branch_mL_min[0] + flow.flow_mL_min[-1] == pytest.approx(total, rel=1e-9)
    assert flow.branch_mL_min[0] / total == pytest.approx(8 / 35, rel=0.02)


def test_ffr_falls_with_the_narrowing_and_the_band_holds_the_value() -> None:
    values = [reduced_flow(shape(t), WANTED).ratio for t in (3.0, 2.0, 1.5, 1.2)]
    assert values == sorted(values, reverse=True)
    assert values[-1] < 0.8 < values[0]
    band = [f.ratio for f in reduced_band(shape(1.5), WANTED)]
    assert min(band) < values[2] < max(band)
    doubtful = [f.ratio for f in reduced_band(shape(1.5, doubtful=True), WANTED)]
    assert max(doubtful) - min(doubtful) > max(band) - min(band)


def test_a_vessel_without_hyperaemia_is_given_at_rest() -> None:
    flow = reduced_flow(shape(1.5), replace(WANTED, hyperaemia=None))
    assert not flow.hyperaemic
    states = flow_states(shape(1.5), replace(WANTED, hyperaemia=None), blood())
    assert [s.name for s in states] == ["half of rest", "rest"]
    assert states[0].inlet_mL_min == pytest.approx(states[1].inlet_mL_min / 2)


def test_the_flow_in_3d_is_that_through_the_throat_and_its_tissue() -> None:
    ahead, behind = SideBranch(10.0, 2.0), SideBranch(45.0, 1.5)
    both = shape(1.5, branches=(ahead, behind))
    shares = branch_shares(both, 7 / 3)
    assert carried_share(both, 7 / 3) == pytest.approx(1 - shares[0])
    zero = reduced_flow(both, WANTED, blood())
    slow, fast = flow_states(both, WANTED, blood())
    assert fast.inlet_mL_min == pytest.approx(zero.flow_mL_min[0] - zero.branch_mL_min[0], rel=1e-6)
    assert slow.inlet_mL_min < fast.inlet_mL_min
    assert carried_share(shape(), 7 / 3) == 1.0


def test_every_number_of_the_table_names_its_source() -> None:
    for row in (*flow_table()["vessels"].values(), flow_table()["pressures"], flow_table()["hyperaemia"]):
        assert len(row["source"]) > 20
        assert isinstance(row["verified"], bool)


# ---- 3D task and result -------------------------------------------------------------------------


def result(demand_: Demand = WANTED) -> VesselFlowResult:
    """A result whose drop is (1e9 Q + 2e15 Q^2) Pa at the vessel's end, linear along it."""
    s = np.array([-5.0, 0.0, 30.0, 60.0, 70.0])
    runs = []
    for name, flow in (("rest", 50.0), ("hyperaemia", 150.0)):
        q = flow * M3_S_PER_ML_MIN
        drop = (1e9 * q + 2e15 * q * q) * s / 60
        runs.append(VesselRun(FlowState(name, flow), drop, np.array([0.2, 1.0, 3.0, 8.0]), {"seconds": 1.0}))
    points = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], float)
    wall = VesselWall(points, np.array([[0, 1, 2, 3]]), np.array([True]))
    return VesselFlowResult("t", s, (1, 3), wall, tuple(runs), demand_, 60.0)


def test_the_drop_between_the_runs_is_a_quadratic() -> None:
    q = 100.0 * M3_S_PER_ML_MIN
    assert result().drop_Pa(100.0)[3] == pytest.approx(1e9 * q + 2e15 * q * q)


def test_flow_in_3d_closes_the_circuit_with_the_tissue() -> None:
    found = result()
    flow = found.inlet_mL_min()
    tissue = WANTED.resistance_Pa_s_m3(hyperaemic=True) * flow * M3_S_PER_ML_MIN
    assert found.drop_Pa(flow)[3] + tissue == pytest.approx(88 * PASCAL_PER_MMHG)
    assert found.ratio() == pytest.approx(1 - found.drop_Pa(flow)[3] / (93 * PASCAL_PER_MMHG))
    assert found.ratio(1.2) < found.ratio() < found.ratio(0.8)
    assert found.ratio(loss=1.3) < found.ratio()


def test_shear_measures_are_means_over_the_wall() -> None:
    measures = result().shear_measures(result().runs[-1])
    assert measures["mean_Pa"] == pytest.approx(3.05)
    assert measures["part_under_0.4_Pa"] == 0.0


def test_a_result_comes_back_from_its_file(tmp_path: Path) -> None:
    save_vessel_flow(result(), tmp_path / "a.npz")
    back = load_vessel_flow(tmp_path / "a.npz")
    assert back.ratio() == result().ratio()
    assert back.demand == WANTED
    assert back.runs[1].state == FlowState("hyperaemia", 150.0)


def test_a_task_comes_back_from_its_file(tmp_path: Path) -> None:
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], float)
    facets = {"wall": np.array([[1, 2, 3]]), "inlet": np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2]])}
    mesh = FlowMesh(points, np.array([[0, 1, 2, 3]]), "tet4", facets)
    sections = FlowSections(np.array([0.0, 1.0]), np.full((2, 2), 0.5), (0, 1))
    fluid = Fluid(1060.0, Carreau(0.056, 0.00345, 3.313, 0.3568))
    task = VesselFlow("t", mesh, sections, WANTED, (FlowState("rest", 50.0, (3.0,)),), 40.0, 0.7, fluid)
    save_flow_task(task, tmp_path / "t.npz")
    back = load_flow_task(tmp_path / "t.npz")
    assert back.hash == task.hash
    assert back.problem(back.states[0]).boundaries.keys() == {"inlet", "outlet", "wall", "branch_1"}
