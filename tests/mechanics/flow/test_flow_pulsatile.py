"""Runs in time: the Windkessel's step against its closed form, order in time, backflow, steady start."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from surgitwin.core.errors import InputError, SolverError
from surgitwin.mechanics.fenicsx.flow.solve import solve_flow
from surgitwin.mechanics.flow.fluid import Fluid, Newtonian
from surgitwin.mechanics.flow.pipe import Womersley
from surgitwin.mechanics.flow.problem import (
    Boundary,
    FlowInlet,
    FlowProblem,
    PressureOutlet,
    Pulsatile,
    Symmetry,
    Wall,
    WindkesselOutlet,
)
from surgitwin.mechanics.flow.reduced import Windkessel
from surgitwin.mechanics.flow.result import FlowResult
from surgitwin.mechanics.flow.shapes import pipe_section, rectangle
from surgitwin.mechanics.flow.wall import result_cycle
from surgitwin.mechanics.flow.waveform import Waveform, sinusoid

RADIUS, LENGTH = 0.01, 0.02
BLOOD = Fluid(1060.0, Newtonian(3.5e-3))


def tube(ends: dict[str, Boundary], stepping: Pulsatile, cells: int = 6) -> FlowResult:
    boundaries = {**ends, "wall": Wall(), "axis": Symmetry()}
    mesh = pipe_section(RADIUS, LENGTH, cells, 1, 3.0)
    return solve_flow(FlowProblem("tube", mesh, BLOOD, boundaries, stepping, axisymmetric=True))


def test_the_step_response_of_a_windkessel_is_the_closed_form() -> None:
    model = Windkessel(1.2e7, 1e-8, 1.4e8, distal_Pa=300.0)
    flow, dt = 5e-3 / 60, 0.02
    outlet = WindkesselOutlet(1.2e7, 1e-8, 1.4e8, 300.0, initial_Pa=300.0)
    result = tube({"inlet": FlowInlet(flow), "outlet": outlet}, Pulsatile(dt, 80 * dt))
    pressure, time = result.history["pressure.outlet"], result.history["time_s"]
    np.testing.assert_allclose(result.history["flow.outlet"], flow, rtol=1e-7)
    # From rest the flow rises over the first step, which delays the charge by half a step and no more.
    charge = pressure[0] - 1.2e7 * flow
    exact = model.step_Pa(flow, time - time[0], charge)
    np.testing.assert_allclose(pressure, exact, rtol=1e-6)
    late = model.step_Pa(flow, time - dt / 2, 300.0)
    np.testing.assert_allclose(pressure, late, rtol=1e-3)
    assert result.facts["mass_imbalance"] < 1e-9


def test_a_run_from_the_steady_flow_stays_there() -> None:
    outlet = WindkesselOutlet(1.2e7, 1e-8, 1.4e8, distal_Pa=300.0)
    ends: dict[str, Boundary] = {"inlet": FlowInlet(2e-5), "outlet": outlet}
    result = tube(ends, Pulsatile(0.05, 0.5, start="steady"))
    steady = Windkessel(1.2e7, 1e-8, 1.4e8, 300.0).steady_Pa(2e-5)
    np.testing.assert_allclose(result.history["pressure.outlet"], steady, rtol=1e-6)


def harmonic(steps: int, convection: Any = "implicit") -> tuple[complex, FlowResult]:
    """First harmonic of the centre velocity over the exact one, alpha 2."""
    exact = Womersley(RADIUS, 4 * 3.5e-3 / 1060.0 / RADIUS**2, 1060.0, 3.5e-3, 10.0)
    period = 2 * np.pi / exact.omega_per_s
    drive = PressureOutlet(sinusoid(0.0, 10.0 * LENGTH, period), 0.0)
    stepping = Pulsatile(period / steps, 2 * period, (1 + 0.5 / steps) * period, convection=convection)
    result = tube({"inlet": drive, "outlet": PressureOutlet(0.0, 0.0)}, stepping, cells=10)
    kept = result.snapshots
    phase = np.exp(-1j * exact.omega_per_s * np.array([s.time_s for s in kept]))
    flow = np.array([s.outflow_m3_s["outlet"] for s in kept]) / (np.pi * RADIUS**2)
    return complex(2 * np.mean(flow * phase)) / exact.mean_m_s, result


def test_time_steps_are_of_second_order_and_the_wall_knows_the_cycle() -> None:
    coarse, _ = harmonic(20)
    fine, result = harmonic(40)
    assert abs(coarse - 1) / abs(fine - 1) == pytest.approx(4.0, rel=0.25)
    assert abs(fine - 1) < 0.01
    linear, _ = harmonic(40, "extrapolated")
    assert linear == pytest.approx(fine, abs=1e-5)  # nothing is convected in this flow
    cycle = result_cycle(result, "wall", result.snapshots[-1].time_s / 2)
    np.testing.assert_allclose(cycle.osi, 0.5, atol=0.01)  # to and fro
    peak = max(abs(s.wall["wall"].traction_Pa[:, 0]).max() for s in result.snapshots)
    np.testing.assert_allclose(cycle.tawss_Pa, 2 / np.pi * peak, rtol=0.02)


def suction(beta: float) -> FlowResult:
    """A channel at Reynolds number 500 whose flow turns back: the outlet lets in what has no profile."""
    t = np.arange(32) / 32 * 4.0
    wave = Waveform(t, np.sin(2 * np.pi * t / 4.0), 4.0)
    ends = {"inlet": FlowInlet(wave), "outlet": PressureOutlet(0.0, backflow=beta)}
    walls = {"top": Wall(), "bottom": Wall()}
    mesh = rectangle(3.0, 1.0, 12, 6, 2.0)
    stepping = Pulsatile(0.1, 5.0, keep_every=10)
    return solve_flow(
        FlowProblem("suction", mesh, Fluid(1.0, Newtonian(1 / 500)), {**ends, **walls}, stepping)
    )


def test_backflow_needs_its_stabilisation() -> None:
    with pytest.raises(SolverError) as caught:
        suction(0.0)
    assert caught.value.code == "flow.blow_up"
    assert "backflow" in caught.value.hint
    result = suction(0.5)
    assert max(np.abs(s.velocity_m_s).max() for s in result.snapshots) < 3.0  # developed peak: 1.5
    assert result.facts["mass_imbalance"] < 1e-9


def test_a_domain_without_outlet_must_balance_at_every_time_that_is_solved() -> None:
    times = np.array([0.0, 0.1, 0.2, 0.3, 0.4, 0.5])
    rest = np.array([0.0, 0.0, 1.0, 0.0, 0.0, 0.0])  # balanced at 0 s and from 0.3 s on, not at 0.2 s
    pulse, mirrored = Waveform(times, rest, 1.0, linear=True), Waveform(times, -rest, 1.0, linear=True)
    mesh = rectangle(2.0, 1.0, 3, 2)

    def closed(other: float | Waveform) -> FlowProblem:
        ends: dict[str, Boundary] = {"inlet": FlowInlet(pulse), "outlet": FlowInlet(other)}
        walls = {"bottom": Wall(), "top": Wall()}
        return FlowProblem("box", mesh, Fluid(1.0, Newtonian(1.0)), {**ends, **walls}, Pulsatile(0.1, 0.4))

    with pytest.raises(InputError, match="No boundary is an outlet") as caught:
        solve_flow(closed(0.0))
    assert caught.value.code == "flow.no_outlet"
    assert "at 0.2 s" in caught.value.message
    assert solve_flow(closed(mirrored)).facts["steps"] == 4
