"""Steps, automatic increments with cut-back and predictor, limit-point warning, restart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import SolverError
from surgitwin.core.progress import Progress
from surgitwin.mechanics.fenicsx.solids.linear import LinearStrategy
from surgitwin.mechanics.fenicsx.solids.newton import (
    Iterations,
    NotConvergedError,
    require_held,
    solve_increment,
)
from surgitwin.mechanics.fenicsx.solids.restart import Restart
from surgitwin.mechanics.fenicsx.solids.system import Forces, System
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.steps import Step, Stepping

EASY = 6
"""Newton iterations at most for which the next increment grows."""


@dataclass(frozen=True)
class Increment:
    """One accepted increment: its step, the fraction of it at the end, and what it took."""

    step: str
    fraction: float
    factors: Mapping[str, float]
    newton: int
    linear: int
    augmentations: int
    residual: float
    residuals: tuple[float, ...] = ()
    assemble_s: float = 0.0


@dataclass
class State:
    """Where the computation stands: unknowns, the accepted increments, warnings."""

    x: FloatArray
    forces: Forces | None = None
    factors: dict[str, float] = field(default_factory=dict)
    increments: list[Increment] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    failed: int = 0
    step: int = 0
    fraction: float = 0.0
    size: float = 0.0
    slope: FloatArray | None = None
    pivots: int | None = None
    largest_N: float = 0.0
    records: list[dict[str, float]] = field(default_factory=list)


def names(model: Model) -> list[str]:
    """Everything that a step can ramp."""
    groups = (model.loads, model.supports, model.ties, model.contacts, model.foundations, model.bolts)
    return [thing.name for group in groups for thing in group]


def steps_of(model: Model) -> tuple[Step, ...]:
    """The model's steps; one in which everything goes to 1 when it has none."""
    return model.steps or (Step("load", dict.fromkeys(names(model), 1.0)),)


def run(
    model: Model,
    system: System,
    linear: LinearStrategy,
    progress: Progress,
    accepted: Callable[[State], None],
    restart: Path | None,
) -> State:
    """Go through all steps; `accepted` is called after every increment.

    Raises SolverError "solver.step_failed", "solver.not_held", "solver.singular".
    """
    at = State(np.zeros(system.assembly.size), size=model.stepping.first)
    keeper = None if restart is None else Restart(restart, model, system)
    if keeper is not None and keeper.exists:
        keeper.load(at)
    steps = steps_of(model)
    if not system.interactions:  # a coupling may hold a part only later: there the factors tell
        require_held(system, at.x, at.factors)
    for k in range(at.step, len(steps)):
        start = {name: _factor_before(steps, k, name) for name in names(model)}
        end = start | dict(steps[k].factors)
        while at.fraction < 1.0:
            progress(f"{steps[k].name}: {at.fraction:.0%}", (k + at.fraction) / len(steps))
            _advance(model, system, linear, at, steps[k].name, start, end)
            accepted(at)
            if keeper is not None:
                keeper.save(at)
        at.step, at.fraction, at.slope, at.size = k + 1, 0.0, None, model.stepping.first
    return at


def _factor_before(steps: tuple[Step, ...], k: int, name: str) -> float:
    for step in reversed(steps[:k]):
        if name in step.factors:
            return step.factors[name]
    return 0.0


def _advance(
    model: Model,
    system: System,
    linear: LinearStrategy,
    at: State,
    step: str,
    start: Mapping[str, float],
    end: Mapping[str, float],
) -> None:
    """One accepted increment, cut as often as needed."""
    stepping = model.stepping
    size = min(at.size, stepping.largest, 1.0 - at.fraction)
    if 1.0 - at.fraction - size < 1e-9:
        size = 1.0 - at.fraction
    while True:
        fraction = at.fraction + size
        factors = {name: start[name] + fraction * (end[name] - start[name]) for name in start}
        guess = at.x if at.slope is None or not stepping.predictor else at.x + size * at.slope
        try:
            x, forces, record = _attempt(system, at, guess, factors, stepping, linear)
            break
        except NotConvergedError as failure:
            at.failed += 1
            _back(system, at)
            reason = failure.reason
        except SolverError as error:
            if error.code not in ("solver.singular", "point_law.not_converged"):
                raise
            _back(system, at)
            if error.code == "solver.singular":
                require_held(system, at.x, factors)
            if system.linear:
                raise
            at.failed += 1
            reason = error.message
        size *= stepping.cut
        at.slope = None
        if size < stepping.smallest:
            advice = [text for i in system.interactions if (text := getattr(i, "remedy", ""))]
            raise _stuck(at, step, reason, stepping.smallest, advice, bool(model.contacts))
    _accept(system, linear, at, (x, forces, record), (step, fraction, factors), size)
    easy = record.newton <= EASY * (1 + record.augmentations)
    at.size = size * stepping.growth if easy else size


def _attempt(
    system: System,
    at: State,
    guess: FloatArray,
    factors: dict[str, float],
    stepping: Stepping,
    linear: LinearStrategy,
) -> tuple[FloatArray, Forces, Iterations]:
    """One increment; when it fails, once more with line search: stiff fibres overshoot by full steps at any
    size of the increment.
    """
    try:
        return solve_increment(system, guess, factors, stepping, linear, at.largest_N)
    except NotConvergedError:
        if stepping.line_search or system.linear:
            raise
    at.failed += 1
    _back(system, at)
    searching = replace(stepping, line_search=True)
    return solve_increment(system, guess, factors, searching, linear, at.largest_N)


def _back(system: System, at: State) -> None:
    system.assembly.each("rollback")
    for i in system.interactions:
        i.rollback()
    system.assembly.set(at.x)


def _accept(
    system: System,
    linear: LinearStrategy,
    at: State,
    solved: tuple[FloatArray, Forces, Iterations],
    where: tuple[str, float, dict[str, float]],
    size: float,
) -> None:
    x, forces, record = solved
    step, fraction, factors = where
    pivots = linear.negative_pivots
    if pivots is not None and at.increments and at.pivots is not None and pivots != at.pivots:
        at.warnings.append(
            f"Step {step!r} at {fraction:.1%}: the tangent's negative pivots went from {at.pivots} to "
            f"{pivots}: a limit or bifurcation point lies just before."
        )
    at.pivots = pivots
    at.largest_N = max(at.largest_N, record.scale_N)
    at.slope = (x - at.x) / size
    at.x, at.forces, at.fraction, at.factors = x, forces, fraction, factors
    if fraction > 1.0 - 1e-12:
        at.fraction = 1.0
    system.assembly.each("commit")
    d = system.assembly.displacements
    for i in system.interactions:
        i.commit(x[:d], factors.get(i.name, 0.0))
    at.increments.append(
        Increment(
            step, at.fraction, factors, record.newton, record.linear, record.augmentations, record.last,
            tuple(record.residuals), record.assemble_s,
        )
    )  # fmt: skip


_CONTACT_ADVICE = [
    "With contact: a body that only friction holds slides away when it is pushed beyond it; start closed, or "
    "lower penalty_factor.",
]


def _stuck(
    at: State, step: str, reason: str, smallest: float, advice: list[str], contacts: bool
) -> SolverError:
    return SolverError(
        "solver.step_failed",
        f"Step {step!r} stopped at {at.fraction:.2%}: increments below {smallest:g} of it do not converge "
        f"({reason}).",
        hint=" ".join(
            [
                *advice,
                "Drive it by a displacement instead of a force, refine the mesh there, or lower the load; "
                "line search (stepping.line_search) was tried.",
                *(_CONTACT_ADVICE if contacts else []),
                "A restart file (--restart) keeps the last good increment.",
            ]
        ),
        where=step,
    )
