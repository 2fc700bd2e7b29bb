"""Tests of a material at a point: uniaxial and biaxial tension, simple shear, with free faces free of stress.

The stretched direction is x; turn the fibres to stretch along another. Unknown entries of F (upper triangle)
and, for an incompressible law, the pressure follow from Newton's method along the loading path.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, readonly
from surgitwin.core.errors import InputError, SolverError
from surgitwin.mechanics.fenicsx.laws.material_point import MaterialPoints
from surgitwin.mechanics.fenicsx.laws.registry import get_law

FREE: dict[str, tuple[tuple[int, int], ...]] = {
    "uniaxial": ((1, 1), (2, 2), (0, 1), (0, 2), (1, 2)),
    "biaxial": ((2, 2), (0, 2), (1, 2)),
    "equibiaxial": ((2, 2), (0, 2), (1, 2)),
    "simple_shear": ((2, 2), (0, 2), (1, 2)),
}
"""Entries of F that are free, with P = 0 there, by test. In "simple_shear" F01 is the amount (sig_33 = 0)."""

LOG_STEP = 0.04
MOST_ITERATIONS = 40
TOLERANCE, ON_THE_WAY = 1e-11, 1e-4
COLLAPSED = 1e-2
"""Numerical settings: largest step of log stretch (or shear) along the path; Newton iterations a step;
residual relative to the largest tangent modulus of the point, at the end and on the way; volume ratio
below which a point has collapsed (St. Venant-Kirchhoff's law is free of stress at F33 = 0, too)."""


@dataclass(frozen=True, eq=False)
class Path:
    """Stations of a test: F, cauchy and piola (n, 3, 3), energy (n,), MPa, pressure (n,) MPa of an
    incompressible law, tangent (n, 3, 3, 3, 3). reached: where equilibrium was found; NaN elsewhere."""

    mode: str
    amount: FloatArray
    F: FloatArray
    energy: FloatArray
    piola: FloatArray
    cauchy: FloatArray
    pressure: FloatArray
    tangent: FloatArray
    reached: npt.NDArray[np.bool_]


def drive(
    law: str,
    parameters: Mapping[str, float],
    mode: str,
    amount: npt.ArrayLike,
    fibres: Sequence[npt.ArrayLike] = (),
    second: npt.ArrayLike | None = None,
) -> Path:
    """A test of the law called `law` at the given stretches (or shears), (n,).

    mode: "uniaxial", "equibiaxial", "biaxial" (second: stretches (n,) along y) or "simple_shear".
    Raises InputError for what was entered, SolverError "law.path" where no equilibrium is found.
    """
    stations = np.atleast_1d(np.asarray(amount, float))
    points = MaterialPoints(get_law(law), parameters, len(stations), fibres)
    path = follow(points, mode, stations, second)
    if not path.reached.all():
        raise SolverError(
            "law.path",
            f"No equilibrium of {law} was found in {mode} at {stations[~path.reached][0]:g}.",
            hint="Stay inside the range where the law is elliptic (its sheet shows it), or check the units.",
            where=mode,
        )
    return path


def follow(
    points: MaterialPoints, mode: str, amount: npt.ArrayLike, second: npt.ArrayLike | None = None
) -> Path:
    """The same for given points (one a station); stations without equilibrium are marked, not raised."""
    stations = np.asarray(amount, float)
    target, shear = _targets(points, mode, stations, second)
    size = max(float(np.abs(np.log(target)).max()), float(np.abs(shear).max()), LOG_STEP)
    steps = int(np.ceil(size / LOG_STEP))
    F = np.broadcast_to(np.eye(3), (points.n, 3, 3)).copy()
    pressure, good = np.zeros(points.n), np.ones(points.n, bool)
    for k in range(0, steps + 1):
        free_diagonal = {i for i, j in FREE[mode] if i == j}
        for axis in {0, 1} - free_diagonal:
            F[:, axis, axis] = target[:, axis] ** (k / steps)
        if mode == "simple_shear":
            F[:, 0, 1] = shear * k / steps
        tolerance = TOLERANCE if k == steps else ON_THE_WAY
        good &= _equilibrium(points, FREE[mode], F, pressure, good, tolerance)
        F[~good], pressure[~good] = np.eye(3), 0.0
    state = points.evaluate(F, pressure, tangent=True)
    assert state.tangent is not None

    def marked(values: FloatArray) -> FloatArray:
        return readonly(np.where(good.reshape((-1,) + (1,) * (values.ndim - 1)), values, np.nan))

    return Path(
        mode=mode,
        amount=readonly(stations),
        F=marked(F),
        energy=marked(state.energy),
        piola=marked(state.piola),
        cauchy=marked(state.cauchy),
        pressure=marked(pressure),
        tangent=marked(state.tangent),
        reached=good,
    )


def _targets(
    points: MaterialPoints, mode: str, amount: FloatArray, second: npt.ArrayLike | None
) -> tuple[FloatArray, FloatArray]:
    """Prescribed stretches (n, 2) along x and y, and shears (n,)."""
    along_y = amount if second is None else np.asarray(second, float)
    stretch = mode != "simple_shear"
    faults = []
    if mode not in FREE:
        faults.append(f"there is no test called {mode!r} (there are {', '.join(FREE)})")
    elif (mode == "biaxial") != (second is not None):
        faults.append("`second` belongs to the test biaxial, and only to it")
    if amount.shape != (points.n,) or along_y.shape != (points.n,):
        faults.append(f"{points.n} amounts are needed")
    elif not np.isfinite([amount, along_y]).all() or (stretch and min(amount.min(), along_y.min()) <= 0):
        faults.append("stretches are positive numbers")
    if faults:
        raise InputError(
            "law.test",
            f"The material test cannot be run: {'; '.join(faults)}.",
            hint="Give one stretch (1: no load) or shear a station.",
            where="mode",
        )
    if stretch:
        return np.stack([amount, along_y], axis=1), np.zeros(points.n)
    return np.ones((points.n, 2)), amount


def _equilibrium(
    points: MaterialPoints,
    free: tuple[tuple[int, int], ...],
    F: FloatArray,
    pressure: FloatArray,
    good: npt.NDArray[np.bool_],
    tolerance: float,
) -> npt.NDArray[np.bool_]:
    """Newton on the free entries of F and the pressure, both changed in place; (n,) whether it settled.

    Only the points that are still `good` count.
    """
    i, j = np.array(free).T
    m = len(free)
    for _ in range(MOST_ITERATIONS):
        state = points.evaluate(F, pressure, tangent=True)
        A = state.tangent
        assert A is not None
        residual, matrix = state.piola[:, i, j], A[:, i[:, None], j[:, None], i[None, :], j[None, :]]
        scale = np.abs(A).max(axis=(1, 2, 3, 4))
        J = np.linalg.det(F)
        settled = np.abs(residual).max(axis=1) <= tolerance * scale
        if points.incompressible:
            residual, matrix = _with_pressure(F, J, residual, matrix, scale, (i, j))
            settled &= np.abs(J - 1) <= tolerance
        finite = np.isfinite(matrix).all(axis=(1, 2)) & (J > COLLAPSED)
        settled &= finite
        if (settled | ~finite | ~good).all():
            break
        step = _solve(matrix, residual, good & ~settled & finite)
        F[:, i, j] -= step[:, :m]
        if points.incompressible:
            pressure -= step[:, m] * scale
    return settled


def _with_pressure(
    F: FloatArray,
    J: FloatArray,
    residual: FloatArray,
    matrix: FloatArray,
    scale: FloatArray,
    at: tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]],
) -> tuple[FloatArray, FloatArray]:
    """Residual (n, m + 1) and matrix with the row J = 1; everything in units of the tangent's scale."""
    n, m = residual.shape
    cofactor = (J[:, None, None] * np.linalg.inv(F).transpose(0, 2, 1))[:, at[0], at[1]]
    larger = np.zeros((n, m + 1, m + 1))
    larger[:, :m, :m] = matrix / scale[:, None, None]
    larger[:, :m, m] = larger[:, m, :m] = cofactor
    return np.concatenate([residual / scale[:, None], (J - 1)[:, None]], axis=1), larger


def _solve(matrix: FloatArray, residual: FloatArray, active: npt.NDArray[np.bool_]) -> FloatArray:
    """(n, m) Newton steps of the active points, at most 0.1 in any unknown (F is of the order of 1)."""
    step = np.zeros_like(residual)
    if active.any():
        try:
            step[active] = np.linalg.solve(matrix[active], residual[active][..., None])[..., 0]
        except np.linalg.LinAlgError:  # one of the points is exactly singular: least squares for all
            step[active] = np.stack(
                [
                    np.linalg.lstsq(a, b, rcond=None)[0]
                    for a, b in zip(matrix[active], residual[active], strict=True)
                ]
            )
    largest = np.abs(step).max(axis=1, keepdims=True)
    limited: FloatArray = step * np.minimum(1.0, 0.1 / np.maximum(largest, 1e-300))
    return limited
