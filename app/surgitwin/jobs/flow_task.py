"""Solve a flow problem file inside the worker; the rows that `surgitwin solve` prints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from surgitwin.core.errors import InputError
from surgitwin.core.progress import Progress
from surgitwin.mechanics.flow.problem import FlowProblem
from surgitwin.mechanics.flow.waveform import Waveform

OVERSHOOT = 0.05
"""Numerical setting: the curve through a table may leave its range by this part of it without a warning."""


def solve_flow_data(
    data: dict[str, Any], folder: Path, arguments: dict[str, Any], progress: Progress
) -> dict[str, Any]:
    """Runs, history and files of a flow problem in plain tables (SI units)."""
    from surgitwin.mechanics.fenicsx.flow.solve import solve_flow
    from surgitwin.mechanics.flow.read import read_flow_problem
    from surgitwin.mechanics.flow.write import write_fields

    problem = read_flow_problem(data, folder)
    result = solve_flow(problem, progress)
    last, facts = result.last, result.facts
    row = {
        "load_case": problem.name,
        "dofs": facts["unknowns"],
        "n_cells": facts["cells"],
        "iterations": facts["linear_iterations"],
        "newton_iterations": facts["newton_iterations"],
        "rel_residual": facts["residual"],
        "mass_imbalance": facts["mass_imbalance"],
        "reynolds": facts["reynolds"],
        "outflow_m3_s": dict(last.outflow_m3_s),
        "mean_pressure_Pa": dict(last.mean_pressure_Pa),
        "force_N": {k: [float(x) for x in v] for k, v in last.force.items()},
        "wall_shear_mean_Pa": {k: w.mean_Pa for k, w in last.wall.items()},
        "wall_shear_max_Pa": {k: _longest(w.traction_Pa) for k, w in last.wall.items()},
        "wall_cycle": _wall_cycles(problem, result),
        "wall_s": {"total": facts["seconds"]},
        "ranks": 1,
        "solver": facts["solver"],
        "element": facts["element"],
        "cached": False,
    }
    history = {k: [float(x) for x in v] for k, v in result.history.items()}
    files = []
    if arguments.get("fields"):
        files += [str(path) for path in write_fields(problem, result, Path(arguments["fields"]))]
    warnings = [*facts.get("warnings", []), *overshoots(problem)]
    return {"runs": [row], "curves": history, "warnings": warnings, "files": files}


def overshoots(problem: FlowProblem) -> list[str]:
    """Tables whose cubic curve leaves their range by more than OVERSHOOT, in words."""
    return [
        f"boundaries.{name}.{key}: the cubic curve through its {len(wave.values)} points leaves their range "
        f'by {100 * wave.overshoot:.0f} % of it. Give more points, or interpolation = "linear".'
        for name, key, wave in _waveforms(problem)
        if wave.overshoot > OVERSHOOT
    ]


def _waveforms(problem: FlowProblem) -> list[tuple[str, str, Waveform]]:
    return [
        (name, key, value)
        for name, boundary in problem.boundaries.items()
        for key, value in vars(boundary).items()
        if isinstance(value, Waveform)
    ]


def _longest(vectors: Any) -> float:
    return float(np.linalg.norm(vectors, axis=1).max())


def _wall_cycles(problem: FlowProblem, result: Any) -> dict[str, Any]:
    """Of the last kept cycle of a pulsatile run with a periodic boundary: area-independent ranges at the
    wall's nodes; None with the reason when no whole cycle was kept.
    """
    from surgitwin.mechanics.flow.wall import result_cycle

    periods = {wave.period_s for _, _, wave in _waveforms(problem)}
    if len(periods) != 1:
        return {}
    out: dict[str, Any] = {}
    for name in result.last.wall:
        try:
            cycle = result_cycle(result, name, periods.copy().pop())
        except InputError as error:
            out[name] = {"value": None, "reason": error.message}
            continue
        out[name] = {
            "tawss_Pa": _range(cycle.tawss_Pa),
            "osi": _range(cycle.osi),
            "rrt_per_Pa": _range(cycle.rrt_per_Pa[np.isfinite(cycle.rrt_per_Pa)]),
        }
    return out


def _range(values: Any) -> dict[str, float]:
    return {"min": float(values.min()), "median": float(np.median(values)), "max": float(values.max())}
