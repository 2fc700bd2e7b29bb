"""Material tests on one point: some strain components are prescribed, the stress of the others is zero."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import SolverError
from surgitwin.mechanics.point_laws.base import PointLaw

CONTROLS: Mapping[str, Sequence[int]] = {
    "uniaxial": (0,),
    "biaxial": (0, 1),
    "confined": (0, 1, 2, 3, 4, 5),
    "shear": (5,),
}
"""Which Mandel components a test prescribes: one axis, two equal ones, one with all others held, shear."""

LARGEST_ITERATIONS = 60
SMALLEST_STEP = 1e-6


@dataclass(frozen=True, eq=False)
class Curve:
    """strain (k, 6), stress (k, 6) MPa and state (k, s) along a path. Component 0 is the tested axis."""

    strain: FloatArray
    stress: FloatArray
    state: FloatArray

    @property
    def axial(self) -> tuple[FloatArray, FloatArray]:
        """Strain and stress of the tested axis."""
        return self.strain[:, 0], self.stress[:, 0]

    @property
    def work(self) -> float:
        """Work along the path, mJ/mm3 = MJ/m3 (trapezia): the area of the loop when the path closes."""
        mean = 0.5 * (self.stress[1:] + self.stress[:-1])
        return float(np.einsum("ij,ij->", mean, np.diff(self.strain, axis=0)))


def drive(law: PointLaw, path: FloatArray, control: str = "uniaxial") -> Curve:
    """Lead one point of `law` along `path` (k,) of the controlled strain, from the undeformed state.

    "shear": the path is the engineering shear strain. Raises SolverError "point_law.path" where no strain
    of the free components makes their stress vanish.
    """
    fixed = list(CONTROLS[control])
    scale = np.zeros(6)
    scale[[0, 1] if control == "biaxial" else [0] if control != "shear" else [5]] = 1.0
    if control == "shear":
        scale[5] = np.sqrt(0.5)  # Mandel: sqrt(2) eps_xy = gamma / sqrt(2)
    strain: FloatArray = np.zeros(6)
    state = law.start(1)
    rows: list[tuple[FloatArray, FloatArray, FloatArray]] = []
    for value in np.asarray(path, float):
        strain, stress, state = _reach(law, strain, state, value * scale, fixed)
        rows.append((strain, stress, state[0]))
    return Curve(*(np.array(column) for column in zip(*rows, strict=True)))


def _reach(
    law: PointLaw, strain: FloatArray, state: FloatArray, target: FloatArray, fixed: list[int]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Strain, stress and state at the controlled strain `target`, in smaller steps where Newton fails."""
    done, step = 0.0, 1.0
    begin = strain[fixed].copy()
    stress: FloatArray = np.zeros(6)
    while done < 1.0:
        goal = min(1.0, done + step)
        wanted = begin + goal * (target[fixed] - begin)
        found = _balance(law, strain, state, wanted, fixed)
        if found is None:
            step *= 0.5
            if step < SMALLEST_STEP:
                raise SolverError(
                    "point_law.path",
                    f"The law {law.name!r} found no free strain at the controlled strain {wanted[0]:.6g}.",
                    hint="The tangent is singular there (softening, or incompressible with all axes held).",
                    where=law.name,
                )
            continue
        strain, stress, state = found
        done = goal
    return strain, stress, state


def _balance(
    law: PointLaw, strain: FloatArray, state: FloatArray, wanted: FloatArray, fixed: list[int]
) -> tuple[FloatArray, FloatArray, FloatArray] | None:
    """Newton on the free components; None when it does not converge."""
    free = [i for i in range(6) if i not in fixed]
    e = strain.copy()
    _, tangent, _ = law.update(e[None], state)
    if free:  # first guess: the free strains that the last tangent asks for
        jump = tangent[0][np.ix_(free, fixed)] @ (wanted - e[fixed])
        e[free] -= np.linalg.lstsq(tangent[0][np.ix_(free, free)], jump, rcond=None)[0]
    e[fixed] = wanted
    for _ in range(LARGEST_ITERATIONS):
        stress, tangent, new = law.update(e[None], state)
        rest = stress[0, free]
        if np.abs(rest).max(initial=0.0) <= 1e-11 * max(np.abs(stress).max(), 1.0):
            return e, stress[0], new
        e[free] -= np.linalg.lstsq(tangent[0][np.ix_(free, free)], rest, rcond=None)[0]
    return None


def zigzag(turns: Sequence[float], points: int) -> FloatArray:
    """Strain path from 0 through `turns`, `points` a leg."""
    legs = [np.linspace(a, b, points + 1)[1:] for a, b in zip((0.0, *turns[:-1]), turns, strict=True)]
    return np.concatenate([[0.0], *legs])
