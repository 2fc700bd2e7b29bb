"""Newton's method with augmented multipliers for one load increment."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import SolverError
from surgitwin.mechanics.fenicsx.solids.linear import LinearStrategy
from surgitwin.mechanics.fenicsx.solids.system import Factors, Forces, System
from surgitwin.mechanics.model.steps import Stepping

STAGNATION = 1e-6
"""A residual that round-off keeps from falling further is accepted below this; the record says the value."""
VOLUME_TOLERANCE = 1e-8
"""On the volume conditions of mixed parts, against the parts' total volume condition weights."""
FORCE_FLOOR = 1e-6
"""Residuals count against at least this share of the first right-hand side: a rigid motion
ends without force."""
NOTHING_ACTS = 1e-10
"""Forces below this share of the first imbalance are none."""
RUN_FLOOR = 0.01
"""And at least this share of the largest force of the run so far: an unloaded body still holds that much."""
LINE_SEARCH = (1.0, 0.5, 0.25, 0.125)


@dataclass
class Iterations:
    """What one increment took. residuals: relative, of every Newton iteration."""

    newton: int = 0
    assemble_s: float = 0.0
    scale_N: float = 0.0
    linear: int = 0
    augmentations: int = 0
    residuals: list[float] = field(default_factory=list)

    @property
    def last(self) -> float:
        """Relative residual at the end."""
        return self.residuals[-1] if self.residuals else float("nan")


class NotConvergedError(Exception):
    """The increment failed; `reason` in words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def solve_increment(
    system: System,
    x: FloatArray,
    factors: Factors,
    stepping: Stepping,
    linear: LinearStrategy,
    largest_N: float = 0.0,
) -> tuple[FloatArray, Forces, Iterations]:
    """Unknowns in balance at `factors`, from the start x (not changed).

    largest_N: the scale of the run so far.

    Raises NotConvergedError, and SolverError "solver.singular" when the system has no unique solution.
    """
    record = Iterations()
    x = x.copy()
    d = system.assembly.displacements
    for _ in range(stepping.max_augmentations):
        x, forces = _newton(system, x, factors, stepping, linear, record, largest_N)
        settled = [i.augment(x[:d], factors.get(i.name, 0.0)) for i in system.interactions]
        if all(settled):
            _require_upright(system)
            _require_sound(system, x[:d], factors)
            return x, forces, record
        record.augmentations += 1
    raise NotConvergedError(f"contact did not settle in {stepping.max_augmentations} augmentations")


def _require_sound(system: System, u: FloatArray, factors: Factors) -> None:
    """Couplings may reject a settled increment (a contact that was passed through)."""
    for i in system.interactions:
        reason = i.fault(u, factors.get(i.name, 0.0)) if hasattr(i, "fault") else ""
        if reason:
            raise NotConvergedError(reason)


def _require_upright(system: System) -> None:
    least = system.least_volume_ratio()
    if not least > 0:
        raise NotConvergedError(f"the solution has cells that are inside out (volume ratio {least:.2g})")


def _newton(
    system: System,
    x: FloatArray,
    factors: Factors,
    stepping: Stepping,
    linear: LinearStrategy,
    record: Iterations,
    largest_N: float,
) -> tuple[FloatArray, Forces]:
    T, held = system.constraints.transform, system.constraints.prescribed
    jump = np.zeros_like(x)
    jump[held] = system.constraints.values(factors) - x[held]
    started = time.perf_counter()
    forces = system.forces(x, factors)
    record.assemble_s += time.perf_counter() - started
    first = _Scale(system, forces, RUN_FLOOR * largest_N)
    error = _reduced(system, forces, factors)
    mine: list[float] = []
    for k in range(stepping.max_iterations + 1):
        scale = first.measure(forces, error)
        relative = float(np.linalg.norm(error[0]) / scale) if scale else 0.0
        if not np.isfinite(relative):
            raise NotConvergedError(
                "the forces are not finite (an element turned inside out or a law overflowed)"
            )
        done = relative <= stepping.tolerance and error[1] <= VOLUME_TOLERANCE
        if not jump.any():
            record.residuals.append(relative)
            mine.append(relative)
            if done or _stagnates(mine, error[1]):
                record.scale_N = first.acting(forces)
                return x, forces
        if k == stepping.max_iterations:
            break
        started = time.perf_counter()
        K = system.tangent(forces, factors)
        right = -(T.T @ (forces.residual + K @ jump)) + system.constraints.rigid_load(factors)
        if jump.any():
            first.see(right)
        record.assemble_s += time.perf_counter() - started
        dq = linear.solve(K, T, right)
        record.newton += 1
        record.linear += linear.last_iterations
        dx = jump + T @ dq
        # The step that brings prescribed displacements must be whole.
        search = not jump.any() and (stepping.line_search or _wanders(mine))
        jump = np.zeros_like(x)
        started = time.perf_counter()
        x, forces = _step(system, x, dx, factors, search, error)
        record.assemble_s += time.perf_counter() - started
        error = _reduced(system, forces, factors)
    raise NotConvergedError(
        f"{stepping.max_iterations} iterations left a relative residual of {record.last:.1e}"
    )


def _step(
    system: System,
    x: FloatArray,
    dx: FloatArray,
    factors: Factors,
    search: bool,
    error: tuple[FloatArray, float],
) -> tuple[FloatArray, Forces]:
    """The full step; with line search the first of some shorter ones that lowers the residual."""
    if not search:
        return x + dx, system.forces(x + dx, factors)
    before = np.linalg.norm(error[0])
    for length in LINE_SEARCH:
        trial = x + length * dx
        forces = system.forces(trial, factors)
        after = np.linalg.norm(_reduced(system, forces, factors)[0])
        if after < before:
            break
    return trial, forces


def _reduced(system: System, forces: Forces, factors: Factors) -> tuple[FloatArray, float]:
    """(q,) out-of-balance forces of the free unknowns, and the relative error of the volume conditions."""
    c, n = system.constraints, system.assembly.displacements
    residual = forces.residual
    volume = residual[n:].copy()
    mechanical = residual.copy()
    mechanical[n:] = 0.0
    free = c.transform.T @ mechanical - c.rigid_load(factors)
    if not len(volume):
        return free, 0.0
    return free, float(np.abs(volume).max() / system.volume_weight)


class _Scale:
    """The force that a residual is measured against: the largest of load, reaction and coupling force.

    Where these vanish (free expansion, rigid motion, an unloaded body) the first imbalance, a share of
    the first right-hand side, or of the run's largest force stands in for them.
    """

    def __init__(self, system: System, forces: Forces, floor_N: float) -> None:
        self._held = system.constraints.prescribed
        self._external = float(np.linalg.norm(forces.external))
        self._first = 0.0
        self._floor = floor_N

    def see(self, right: FloatArray) -> None:
        """The right-hand side of a linear solve: where a body ends without force, nothing else has a size."""
        self._floor = max(self._floor, FORCE_FLOOR * float(np.linalg.norm(right)))

    def measure(self, forces: Forces, error: tuple[FloatArray, float]) -> float:
        """Norm in N."""
        if self._first == 0.0:
            self._first = float(np.linalg.norm(error[0]))
        acting = self.acting(forces)
        # A predictor may start with a huge imbalance: it counts only where nothing else has a size.
        return max(acting, self._floor, self._first if acting < NOTHING_ACTS * self._first else 0.0)

    def acting(self, forces: Forces) -> float:
        """Norm of what acts in this state, N."""
        reaction = float(np.linalg.norm(forces.residual[self._held]))
        return max(reaction, self._external, float(np.linalg.norm(forces.coupling)))


def _wanders(residuals: list[float]) -> bool:
    """Whether the last two iterations did not halve the best residual before them.

    Newton's method goes to and fro between stick and slip; half a step leads out.
    """
    return len(residuals) >= 4 and min(residuals[-2:]) > 0.5 * min(residuals[:-2])


def _stagnates(residuals: list[float], volume: float) -> bool:
    """Whether two iterations in a row brought nothing, low enough to be round-off."""
    if len(residuals) < 3 or max(residuals[-2:]) > STAGNATION or volume > VOLUME_TOLERANCE:
        return False
    return residuals[-1] > 0.3 * residuals[-2] and residuals[-2] > 0.3 * residuals[-3]


def free_motions(system: System, K: sp.csr_matrix) -> list[str]:
    """Names of parts that can move rigidly without any force, in words; empty when all are held."""
    from surgitwin.mechanics.fenicsx.solids.constraints import rigid_modes

    assembly, d = system.assembly, system.assembly.dimension
    out = []
    held = np.zeros(assembly.size, bool)
    held[system.constraints.prescribed] = True
    # An axisymmetric part has only its axial translation as a rigid motion.
    for k, bulk in enumerate(assembly.bulks):
        a, b = assembly.first_node[k], assembly.first_node[k + 1]
        x = assembly.points_mm[a:b]
        size = float(np.ptp(x, axis=0).max())
        modes = rigid_modes(x - x.mean(axis=0))
        modes[..., d:] /= size
        if bulk.kinematics.kind == "axisymmetric":
            modes = modes[..., 1:2]
        wide = np.zeros((assembly.size, modes.shape[2]))
        wide[d * a : d * b] = modes.reshape(-1, modes.shape[2])
        stiffness = wide.T @ (K @ wide)
        reference = float(np.abs(K.diagonal()[d * a : d * b]).mean()) * (b - a)
        grip = wide[held].T @ wide[held] / (b - a) * reference
        eigen = np.linalg.eigvalsh((stiffness + stiffness.T) / 2 + grip)
        if eigen[0] < 1e-10 * reference:
            out.append(bulk.space.part.name)
    return out


def require_held(system: System, x: FloatArray, factors: Factors) -> None:
    """Raise SolverError "solver.not_held" naming the parts that can move without any force."""
    forces = system.forces(x, factors)
    loose = free_motions(system, system.tangent(forces, factors))
    if loose:
        raise _not_held(loose)


def _not_held(loose: list[str]) -> SolverError:
    return SolverError(
        "solver.not_held",
        f"{'Part' if len(loose) == 1 else 'Parts'} {', '.join(loose)} can still move as a rigid body: "
        "supports, ties and closed contacts do not hold all directions.",
        hint="Add a support (`Fixed` at a point or symmetry plane), a tie, or start with the contact closed.",
        where=", ".join(loose),
    )
