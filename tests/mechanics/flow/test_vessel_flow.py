"""A vessel's flow on the engine: a straight tube, a narrowing by steps of the Reynolds number, the job."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from surgitwin import jobs
from surgitwin.core.arrays import FloatArray
from surgitwin.core.vessel import Course, LumenTube
from surgitwin.mechanics.fenicsx.flow.vessel import solve_vessel_flow
from surgitwin.mechanics.flow.fluid import blood
from surgitwin.mechanics.flow.mesh import FlowMesh
from surgitwin.mechanics.flow.pipe import Poiseuille
from surgitwin.mechanics.flow.vessel_demand import Demand
from surgitwin.mechanics.flow.vessel_files import save_flow_task
from surgitwin.mechanics.flow.vessel_flow import FlowSections, FlowState, VesselFlow
from surgitwin.mechanics.flow.vessel_result import load_vessel_flow
from surgitwin.meshing.vessels.lumen import lumen_mesh
from surgitwin.meshing.vessels.lumen_rings import Lumen, LumenSizes

WANTED = Demand(40.0, 0.24, 93.0, 5.0, 7 / 3, "a test", verified=True)
SIZES = LumenSizes(2, 2, 0.8, 3.0, 1.0, 2.0)


def task(radius_mm: FloatArray, length_mm: float, flows: tuple[float, ...]) -> VesselFlow:
    n = len(radius_mm)
    s, zero = np.linspace(0, length_mm, n), np.zeros(n)
    e1, e2 = np.tile([1.0, 0.0, 0.0], (n, 1)), np.tile([0.0, 1.0, 0.0], (n, 1))
    course = Course(s, np.column_stack([zero, zero, s]), np.tile([0.0, 0.0, 1.0], (n, 1)), e1, e2)
    tube = LumenTube(course, np.repeat(radius_mm[:, None], 40, axis=1))
    mesh = lumen_mesh(Lumen.of(tube), SIZES)
    grid = FlowMesh(mesh.points_mm * 1e-3, mesh.cells, "hex27", mesh.boundaries)
    states = tuple(FlowState(f"{q:g}", q) for q in flows)
    return VesselFlow(
        "tube", grid, FlowSections(mesh.s_mm, mesh.weights, mesh.vessel), WANTED, states, length_mm
    )


def test_a_straight_vessel_is_poiseuille_along_its_length_and_on_its_wall() -> None:
    result = solve_vessel_flow(task(np.full(21, 1.5), 8.0, (120.0, 60.0)))
    assert [r.state.inlet_mL_min for r in result.runs] == [60.0, 120.0]  # the slowest first
    exact = Poiseuille(1.5e-3, 1e-6, 3.5e-3)
    first, last = result.vessel
    inside = slice(first, last + 1)
    assert result.runs[0].drop_Pa[inside] == pytest.approx(
        exact.gradient_Pa_m * result.s_mm[inside] * 1e-3, rel=5e-3, abs=1e-3
    )
    assert result.shear_measures(result.runs[0])["mean_Pa"] == pytest.approx(exact.wall_shear_Pa, rel=5e-3)
    assert result.drop_Pa(90.0)[last] == pytest.approx(1.5 * result.runs[0].drop_Pa[last], rel=1e-3)
    # Chords between eight corners around: 2.5 % less than the round wall.
    area = result.wall.area_mm2
    assert area[result.wall.vessel].sum() == pytest.approx(2 * np.pi * 1.5 * 8.0, rel=0.03)


def test_the_worker_solves_a_narrowing_by_steps_and_writes_it(tmp_path: Path) -> None:
    s = np.linspace(0, 18, 73)
    narrow = task(1.5 - 0.4 * np.exp(-(((s - 6) / 2) ** 2)), 18.0, (60.0, 120.0))
    save_flow_task(narrow, tmp_path / "task.npz")
    out = tmp_path / "out.npz"
    told = jobs.run("vessel_flow", tmp_path / "job", {"task": str(tmp_path / "task.npz"), "out": str(out)})
    assert told["out"] == str(out)
    result = load_vessel_flow(out)
    slow, fast = (r.drop_Pa[result.vessel[1]] for r in result.runs)
    assert fast > 2.2 * slow  # inertia: the loss grows faster than the flow
    assert fast > 1.5 * Poiseuille(1.5e-3, 2e-6, blood().law.reference_Pas).gradient_Pa_m * 0.018
    assert result.runs[-1].facts["continuation_steps"] >= 2
    throat = np.interp(6.0, result.s_mm, result.runs[-1].drop_Pa)
    assert throat > fast  # pressure comes back behind the throat
