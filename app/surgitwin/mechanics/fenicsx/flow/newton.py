"""Newton's method on the flow equations with outlets that answer to the flow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import dolfinx.fem.petsc
import numpy as np
from dolfinx import fem

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import Cancelled, SolverError
from surgitwin.core.progress import Progress
from surgitwin.mechanics.fenicsx.flow.conditions import Conditions
from surgitwin.mechanics.fenicsx.flow.equations import Equations
from surgitwin.mechanics.fenicsx.flow.linear import LinearSolver

GOOD_RATE = 0.1
"""A step with an old tangent that reduces the residual by this factor or more needs no new tangent."""


@dataclass(frozen=True)
class Relation:
    """Outlet pressures as level + slope * flow."""

    level: dict[str, float]
    slope: dict[str, float]


class Newton:
    """Keeps the tangent and its factors between calls and renews them when convergence is slow."""

    def __init__(self, equations: Equations, conditions: Conditions, rtol: float, limit: int) -> None:
        self.eq, self.conditions, self.rtol, self.limit = equations, conditions, rtol, limit
        self.linear = LinearSolver(equations, conditions)
        self.matrix = dolfinx.fem.petsc.create_matrix(equations.tangent)
        self.scale, self.iterations, self.residual = 0.0, 0, np.inf
        self.stale = True

    def residual_vector(self, relation: Relation) -> FloatArray:
        """(n,) residual with the outlets' pressures, boundary rows included."""
        out = np.array(fem.assemble_vector(self.eq.residual).array)
        w = self.eq.w.x.array
        for name, level in relation.level.items():
            b = self.conditions.normal[name]
            out += (level + relation.slope[name] * float(b @ w)) * b
        return out

    def solve(self, relation: Relation, progress: Progress, fresh: bool = False, say: str = "") -> None:
        """Solve for `eq.w`, whose fixed entries are set. Raises SolverError "flow.newton" or "flow.linear".

        fresh: renew the tangent first. say: one line of progress with this text at the end, instead of a
        line for every iterate (each of which stays a point where a run can be cancelled).
        """
        self.stale = self.stale or fresh
        last, grown = np.inf, 0
        for count in range(self.limit + 1):
            norm, right = self._norm(relation)
            if count == 0 and np.isfinite(norm):  # later norms may be those of a diverging attempt
                self.scale = max(self.scale, norm)
            self.residual = norm / self.scale if self.scale else 0.0
            ended = self.residual < self.rtol
            reached = f"relative residual {self.residual:.1e}"
            if ended or not say:
                progress(f"{say}: Newton {count}, {reached}" if say else f"Newton {count}: {reached}")
            elif progress.asked_to_stop():
                raise Cancelled()
            if ended:
                return
            grown = grown + 1 if norm > last else 0
            if not np.isfinite(norm) or norm > 1e6 * self.scale or grown > 3 or count == self.limit:
                raise self._diverged(count)
            if self.stale or norm > GOOD_RATE * last:
                self._renew(relation)
            step = self.linear.solve(right)
            self.eq.w.x.array[:] -= step
            self.iterations += 1
            last = norm

    def _norm(self, relation: Relation) -> tuple[float, FloatArray]:
        if not self.eq.extrapolated:
            self.eq.carrier.x.array[:] = self.eq.velocity()
        right = self.residual_vector(relation)
        right[self.conditions.fixed] = 0.0
        return float(np.linalg.norm(right)), right

    def _renew(self, relation: Relation) -> None:
        self.matrix.zeroEntries()
        dolfinx.fem.petsc.assemble_matrix(self.matrix, self.eq.tangent, bcs=[self.conditions.bc])
        self.matrix.assemble()
        self.linear.factor(self.matrix, relation.slope)
        self.stale = False

    def _diverged(self, count: int) -> SolverError:
        self.stale = True
        return SolverError(
            "flow.newton",
            f"Newton's method did not converge (relative residual {self.residual:.1e} after {count} steps).",
            hint="Use a finer mesh, a smaller time step, or backflow stabilisation on the outlets.",
            where=self.eq.problem.name,
        )

    def destroy(self) -> None:
        """Free matrix and factors."""
        self.linear.destroy()
        self.matrix.destroy()


def relation_of(
    states: dict[str, Any], time_s: float, dt_s: float | None, flows: dict[str, float]
) -> Relation:
    """The outlets' relations at a time."""
    pairs = {n: s.relation(time_s, dt_s, flows.get(n, 0.0)) for n, s in states.items()}
    return Relation({n: p[0] for n, p in pairs.items()}, {n: p[1] for n, p in pairs.items()})
