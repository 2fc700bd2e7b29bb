"""Contact loads: semi-smooth Newton steps by CG with the P2 -> P1 cycle, and minima over kept directions.

Solutions and corrections of all loads are kept, orthonormal in the elastic energy: the nonlinear problem is
solved in their span, so a load that touches bone in the same places as another one starts from its solution,
and no step raises the energy.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import SolverError
from surgitwin.core.progress import SILENT, Progress
from surgitwin.mechanics.bone_contact import ContactRows
from surgitwin.mechanics.contact_law import ContactLaw, minimise
from surgitwin.mechanics.fenicsx.contact_cycle import ContactCycle
from surgitwin.mechanics.fenicsx.contact_span import Span
from surgitwin.mechanics.fenicsx.cycle import System
from surgitwin.mechanics.problem import ContactSettings, SolverSettings

KEPT = 30
"""Directions kept from load to load (numerical setting: memory)."""
STALLED = 10.0
"""A residual that rounding keeps from falling is taken up to this many times what was asked; the result
carries it, and what is above what was asked is told with it."""
MAX_STEPS = 60
"""Newton steps of one load, augmentations included; nails take 4 to 14."""
LOOSE = 0.2
"""Residual of a step as a part of the one before, while the contact still changes (numerical setting:
measured on a nail)."""
LOOSE_SLIP = 1e-3
"""The same at slipping points whose direction still turns."""


@dataclass(frozen=True, eq=False)
class ContactAnswer:
    """Solution vector (n,), CG iterations, Newton steps, true relative residual, time; pressure (v,) MPa,
    traction (2, v) MPa, closing (v,), slip (2, v) mm at the vertices; work_mJ: of the contact forces."""

    values: FloatArray
    iterations: int
    steps: int
    rel_residual: float
    solver: str
    wall_s: float
    pressure: FloatArray
    traction: FloatArray
    closing: FloatArray
    slip: FloatArray
    work_mJ: float


@dataclass(frozen=True, eq=False)
class _State:
    """Where the contact stands: closing (v,), slip (2, v), friction bound, pressure, traction."""

    closing: FloatArray
    slip: FloatArray
    bound: FloatArray
    pressure: FloatArray
    traction: FloatArray

    def status(self, penalty: FloatArray) -> FloatArray:
        """(v,) 0 open, 1 slips, 2 sticks."""
        sticks = penalty * np.hypot(*self.slip) <= self.bound
        out: FloatArray = np.where(self.pressure > 0, 1 + sticks, 0)
        return out


class ContactSolver:
    """One setup for several loads on the same system and surfaces."""

    def __init__(
        self,
        system: System,
        rows: ContactRows,
        penalty: FloatArray,
        contact: ContactSettings,
        settings: SolverSettings,
    ) -> None:
        """rows: on the unknowns of `system`. penalty (v,) N/mm3."""
        self.settings, self.contact, self.rows, self.penalty = settings, contact, rows, penalty
        self._slides = contact.friction > 0
        self._rows = sp.vstack([rows.normal, *(rows.tangent if self._slides else ())]).tocsr()
        self._span = Span(system.fine, self._rows, KEPT, MAX_STEPS)
        self._cycle = ContactCycle(system, self._rows, settings, slides=self._slides)

    def solve(
        self,
        load: FloatArray,
        progress: Progress = SILENT,
        rtol: float | None = None,
        guesses: Sequence[FloatArray] = (),
    ) -> ContactAnswer:
        """Solve for a load vector (n,), to `rtol` on the true residual |load - K u - contact| / |load|.

        guesses: solutions of like problems; those of the first load only serve as directions.
        Raises SolverError "solver.contact" when the steps run out, and those of `ContactCycle.solve`.
        """
        started, target = time.perf_counter(), self.settings.rtol if rtol is None else rtol
        friction = self.contact.friction
        law = ContactLaw(self.rows.area_mm2, self.rows.gap_mm, self.penalty, friction)
        norm = float(np.linalg.norm(load))
        if norm == 0.0:
            raise SolverError(
                "solver.contact", "A contact problem needs a load.", hint="Give the load case a force."
            )
        self._span.trim()
        if not self._span.count:
            for u in guesses[-KEPT:]:
                self._span.add(u)
        a: FloatArray = np.zeros(0)
        iterations, before = 0, None
        sizes: list[float] = []
        for step in range(1, MAX_STEPS + 1):
            a = self._reduced(law, load, a)
            state = self._state(law, a)
            residual = load - self._span.stiffness(a) - self._force(law, state)
            size = float(np.linalg.norm(residual)) / norm
            progress(f"Solving: residual {size:.1e} in contact step {step}", min(step / 12, 0.95))
            goal = STALLED * target if _stalls(sizes, size) else target
            sizes.append(size)
            if size <= goal:
                u = self._span.vector(a)
                size = float(np.linalg.norm(load - self._span.times(u) - self._force(law, state))) / norm
                if size <= goal and law.overlap_mm(state.closing) <= self.contact.penetration_mm:
                    return ContactAnswer(
                        u, iterations, step, size, self._cycle.name, time.perf_counter() - started,
                        state.pressure, state.traction, state.closing, state.slip,
                        float(u @ self._force(law, state)),
                    )  # fmt: skip
                law.augment(state.closing)
                before = None
                continue
            status = state.status(self.penalty)
            same = before is not None and bool((status == before).all())
            before = status
            loose = (LOOSE_SLIP if self._slides else 0.0) if same else LOOSE
            self._tangent(law, state)
            d, count = self._cycle.solve(residual, max(0.5 * target / size, loose))
            iterations += count
            if not self._span.add(d):
                # Rounding has spoilt the directions: go on from the solution alone.
                self._span.restart(self._span.vector(a) + d)
                a = np.zeros(0)
        raise SolverError(
            "solver.contact",
            f"The contact has not settled in {MAX_STEPS} steps (residual {size:.1e}, wanted {target:.0e}).",
            hint='Use contact = "none" or "glued", less friction, or another placement of the implant.',
        )

    def solve_all(
        self,
        loads: Sequence[FloatArray],
        rtol: Sequence[float],
        progress: Progress = SILENT,
        guesses: Sequence[FloatArray] = (),
    ) -> list[ContactAnswer]:
        """`solve` for one load after the other; each starts from the ones before."""
        out = []
        for k, load in enumerate(loads):
            part = progress.part(k / len(loads), (k + 1) / len(loads))
            out.append(self.solve(load, part, rtol[k], guesses))
        return out

    def destroy(self) -> None:
        """Free PETSc's memory now."""
        self._cycle.close()

    def _reduced(self, law: ContactLaw, load: FloatArray, a: FloatArray) -> FloatArray:
        count, k = len(self.penalty), self._span.count
        images = self._span.images
        start = np.zeros(k)
        start[: len(a)] = a[:k]
        slide = images[count:].reshape(2, count, k) if self._slides else np.zeros((2, count, k))
        return minimise(law, self._span.work(load), images[:count], slide, start)

    def _state(self, law: ContactLaw, a: FloatArray) -> _State:
        gaps, count = self._span.images @ a, len(self.penalty)
        closing = gaps[:count]
        slip = gaps[count:].reshape(2, count) if self._slides else np.zeros((2, count))
        bound = law.bound(closing)
        return _State(closing, slip, bound, law.pressure(closing), law.traction(slip, bound))

    def _force(self, law: ContactLaw, state: _State) -> FloatArray:
        per_row = [law.area_mm2 * state.pressure]
        if self._slides:
            per_row += list(law.area_mm2 * state.traction)
        out: FloatArray = self._rows.T @ np.concatenate(per_row)
        return out

    def _tangent(self, law: ContactLaw, state: _State) -> None:
        stiff = law.normal_tangent(state.closing)
        on, count = np.flatnonzero(stiff > 0), len(stiff)
        root = sp.diags(np.sqrt(stiff[on]))
        if not self._slides:
            self._cycle.update(on, root.tocsr())
            return
        one, both, two = law.slide_tangent(state.slip, state.bound)[:, on]
        # Cholesky factors of the 2x2 blocks; slip leaves a direction with almost no stiffness.
        least = 1e-12 * stiff[on]
        a = np.sqrt(np.maximum(one, least))
        b = both / a
        c = np.sqrt(np.maximum(two - b * b, least))
        slide = sp.bmat([[sp.diags(a), None], [sp.diags(b), sp.diags(c)]])
        picked, m = np.concatenate([on, count + on, 2 * count + on]), len(on)
        turn = law.slide_coupling(state.slip, state.closing)[:, on]
        skew = sp.bmat([[None, sp.csr_matrix((m, 2 * m))], [sp.vstack([sp.diags(t) for t in turn]), None]])
        self._cycle.update(picked, sp.block_diag([root, slide], format="csr"), skew.tocsr())


def _stalls(sizes: list[float], size: float) -> bool:
    """Whether the last four steps together did not halve the residual."""
    return len(sizes) >= 4 and size > 0.5 * min(sizes[-4:])
