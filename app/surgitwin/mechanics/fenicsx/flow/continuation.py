"""A steady flow by raising the inertia of the fluid from creeping flow to the full Reynolds number."""

from __future__ import annotations

import logging

from surgitwin.core.errors import SolverError
from surgitwin.core.progress import Progress
from surgitwin.mechanics.fenicsx.flow.newton import Newton, Relation
from surgitwin.mechanics.fenicsx.flow.reynolds import reynolds
from surgitwin.mechanics.flow.problem import Steady

_log = logging.getLogger(__name__)


def continuation(stepping: Steady, newton: Newton, relation: Relation, progress: Progress) -> int:
    """Creeping flow first, then inertia 0..1: in one step if Newton allows, with cut-back if not.

    Returns the number of steps. Raises SolverError "flow.limit" when one below `smallest_step` is needed.
    """
    eq = newton.eq
    eq.inertia.value = 0.0
    newton.solve(relation, progress.part(0.05, 0.2), fresh=True)
    reached, size, steps = 0.0, stepping.first_step, 0
    good = eq.w.x.array.copy()
    while reached < 1.0:
        eq.inertia.value = target = min(1.0, reached + size)
        newton.rtol = stepping.rtol if target == 1.0 else max(stepping.rtol, stepping.coarse_rtol)
        try:
            newton.solve(relation, progress.part(0.2 + 0.75 * reached, 0.2 + 0.75 * target), fresh=True)
        except SolverError as error:
            eq.w.x.array[:], size = good, 0.4 * size
            newton.stale = True
            _log.info("No convergence at %.3g of the Reynolds number: %s", target, error.message)
            if size < stepping.smallest_step:
                raise _limit(newton, reached) from error
            continue
        good, reached, size, steps = eq.w.x.array.copy(), target, 1.3 * size, steps + 1
    return steps


def _limit(newton: Newton, reached: float) -> SolverError:
    problem = newton.eq.problem
    number = reynolds(
        problem, newton.eq, {n: float(b @ newton.eq.w.x.array) for n, b in newton.conditions.normal.items()}
    )
    return SolverError(
        "flow.limit",
        f"A steady flow was found up to {100 * reached:.3g} % of Reynolds number {number:.0f}, not beyond.",
        hint="The steady flow may not exist: run it pulsatile with constant inflow, or refine the mesh.",
        where=problem.name,
    )
