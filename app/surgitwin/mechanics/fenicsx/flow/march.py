"""Steps in time: BDF2 (first step backward Euler), outlets coupled implicitly."""

from __future__ import annotations

from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import SolverError
from surgitwin.core.progress import Progress
from surgitwin.mechanics.fenicsx.flow.continuation import continuation
from surgitwin.mechanics.fenicsx.flow.measure import Measure
from surgitwin.mechanics.fenicsx.flow.newton import Newton, Relation, relation_of
from surgitwin.mechanics.fenicsx.flow.outlets import OutletState
from surgitwin.mechanics.flow.problem import Pulsatile, Steady
from surgitwin.mechanics.flow.result import Snapshot


def march(
    stepping: Pulsatile, newton: Newton, measure: Measure, states: dict[str, OutletState], progress: Progress
) -> tuple[list[Snapshot], dict[str, FloatArray], dict[str, Any]]:
    """From `start` to end_s. Raises SolverError "flow.limit" (steady start) or "flow.blow_up"."""
    eq, conditions, dt = newton.eq, newton.conditions, stepping.dt_s
    steps = stepping.steps
    past, older = _start(stepping, newton, states, progress.part(0.0, 0.1))
    flows = measure.flows()
    rows: dict[str, list[float]] = {}
    snapshots: list[Snapshot] = []
    for step in range(1, steps + 1):
        now = step * dt
        _set_derivative(newton, dt, past, older)
        eq.w.x.array[conditions.fixed] = conditions.values(now)[conditions.fixed]
        relation = relation_of(states, now, dt, flows)
        part = progress.part(0.1 + 0.9 * (step - 1) / steps, 0.1 + 0.9 * step / steps)
        _solve_step(newton, relation, now, f"Step {step} of {steps}, {now:.6g} s", part)
        flows = measure.flows()
        _commit(states, relation, flows)
        past, older = eq.velocity(), past
        _record(rows, now, flows, relation)
        if step == steps or (now >= stepping.keep_from_s - 1e-9 * dt and step % stepping.keep_every == 0):
            snapshots.append(measure.snapshot(now, newton.residual_vector(relation)))
    history = {name: np.array(values) for name, values in rows.items()}
    return snapshots, history, {"steps": steps}


def _start(
    stepping: Pulsatile, newton: Newton, states: dict[str, OutletState], progress: Progress
) -> tuple[FloatArray, FloatArray | None]:
    """Velocity at t = 0 and one step before (None: unknown, so that the first step is backward Euler)."""
    eq, conditions = newton.eq, newton.conditions
    eq.w.x.array[:] = 0.0
    if stepping.start == "rest":
        return eq.velocity(), None
    eq.rate.value = 0.0
    eq.past.x.array[:] = 0.0
    eq.w.x.array[conditions.fixed] = conditions.values(0.0)[conditions.fixed]
    relation = relation_of(states, 0.0, None, {})
    continuation(Steady(stepping.rtol), newton, relation, progress)
    for name, state in states.items():
        state.settle(float(conditions.normal[name] @ eq.w.x.array))
    return eq.velocity(), eq.velocity()


def _set_derivative(newton: Newton, dt: float, past: FloatArray, older: FloatArray | None) -> None:
    eq = newton.eq
    if older is None:
        eq.rate.value = 1.0 / dt
        eq.past.x.array[:] = -past / dt
        eq.carrier.x.array[:] = past
        return
    if eq.rate.value != 1.5 / dt:
        newton.stale = True
    eq.rate.value = 1.5 / dt
    eq.past.x.array[:] = (0.5 * older - 2 * past) / dt
    if eq.extrapolated:
        eq.carrier.x.array[:] = 2 * past - older


def _solve_step(newton: Newton, relation: Relation, now: float, say: str, progress: Progress) -> None:
    # With a given convecting velocity the tangent changes in every step; Newton renews it when it is too old.
    try:
        newton.solve(relation, progress, say=say)
    except SolverError as error:
        raise SolverError(
            "flow.blow_up",
            f"The run stopped at {now:.6g} s: {error.message}",
            hint="Use backflow stabilisation on the outlets (beta 0.2 to 1), a smaller step or a finer mesh.",
            where=newton.eq.problem.name,
        ) from error


def _commit(states: dict[str, OutletState], relation: Relation, flows: dict[str, float]) -> None:
    for name, state in states.items():
        state.commit(relation.level[name], relation.slope[name], flows[name])


def _record(rows: dict[str, list[float]], now: float, flows: dict[str, float], relation: Relation) -> None:
    rows.setdefault("time_s", []).append(now)
    for name, flow in flows.items():
        rows.setdefault(f"flow.{name}", []).append(flow)
    for name, level in relation.level.items():
        rows.setdefault(f"pressure.{name}", []).append(level + relation.slope[name] * flows[name])
