"""From a model in plain data to its solution."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.progress import SILENT, Progress
from surgitwin.mechanics.fenicsx.runtime import DOLFINX_VERSION, peak_rss_MB
from surgitwin.mechanics.fenicsx.solids.afterthoughts import doubts
from surgitwin.mechanics.fenicsx.solids.body import Assembly
from surgitwin.mechanics.fenicsx.solids.bulk import Bulk
from surgitwin.mechanics.fenicsx.solids.check import check_model
from surgitwin.mechanics.fenicsx.solids.constraints import Constraints
from surgitwin.mechanics.fenicsx.solids.couplings import interactions
from surgitwin.mechanics.fenicsx.solids.kinds import make_bulk
from surgitwin.mechanics.fenicsx.solids.linear import LinearStrategy
from surgitwin.mechanics.fenicsx.solids.loads import make_load
from surgitwin.mechanics.fenicsx.solids.point_part import PointBulk
from surgitwin.mechanics.fenicsx.solids.record import record_outputs
from surgitwin.mechanics.fenicsx.solids.result import ModelResult
from surgitwin.mechanics.fenicsx.solids.space import PartSpace
from surgitwin.mechanics.fenicsx.solids.stepping import State, run
from surgitwin.mechanics.fenicsx.solids.system import System
from surgitwin.mechanics.model.loads import RemoteForce, Temperature
from surgitwin.mechanics.model.model import Model

Accepted = Callable[[ModelResult], None]


def solve_model(
    model: Model,
    progress: Progress = SILENT,
    restart: Path | None = None,
    accepted: Accepted | None = None,
) -> ModelResult:
    """Solve a model; the result is at the end of its last step.

    restart: a file (.npz) written after every accepted increment; when it exists, the computation goes
    on from it. accepted: called after every accepted increment with the result so far.
    Raises InputError, SolverError ("solver.not_held", "solver.singular", "solver.step_failed"), Cancelled.
    """
    started = time.perf_counter()
    system = build(model)
    built = time.perf_counter()
    linear = LinearStrategy(model.linear, system)

    def after(at: State) -> None:
        at.records.append(record_outputs(ModelResult(model, system, at)))
        if accepted is not None:
            accepted(ModelResult(model, system, at, curves(at)))

    def curves(at: State) -> dict[str, FloatArray]:
        # An output that was added after the restart file was begun has no value for what came before.
        rows = at.records
        return {o.name: np.array([r.get(o.name, np.nan) for r in rows]) for o in model.outputs}

    try:
        state = run(model, system, linear, progress, after, restart)
    finally:
        linear.close()
    state.forces = system.forces(state.x, state.factors)
    for bulk in system.assembly.bulks:
        state.warnings += bulk.notes() if isinstance(bulk, PointBulk) else []
    state.warnings += doubts(system, state.x, state.factors)
    for interaction in system.interactions:
        state.warnings += interaction.notes() if hasattr(interaction, "notes") else []
    facts = {
        "unknowns": system.assembly.size,
        "solver": f"DOLFINx {DOLFINX_VERSION}, {linear.name}",
        "build_s": built - started,
        "solve_s": time.perf_counter() - built,
        "peak_rss_MB": peak_rss_MB(),
    }
    return ModelResult(model, system, state, curves(state), facts)


def build(model: Model) -> System:
    """Everything that can be prepared before the first increment."""
    check_model(model)
    thermal: dict[str, Any] = {}
    for load in model.loads:
        if isinstance(load, Temperature):
            thermal[load.part] = load
    bulks: list[Bulk] = []
    for part in model.parts:
        t = thermal.get(part.name)
        inputs = None if t is None else (t.expansion_per_K, t.constant_K, t.gradient_K_per_mm)
        bulks.append(make_bulk(PartSpace(part), model.large, inputs))
    assembly = Assembly(bulks)
    loads = [made for load in model.loads if (made := make_load(load, assembly, model.large)) is not None]
    rigid = [load for load in model.loads if isinstance(load, RemoteForce) and load.rigid]
    constraints = Constraints(assembly, model.supports, rigid)
    names = {part: load.name for part, load in thermal.items()}
    return System(assembly, loads, interactions(model, assembly), constraints, names)
