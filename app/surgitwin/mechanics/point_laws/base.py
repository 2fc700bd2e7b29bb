"""What a law of points with a memory is, and the words it shares with the others.

Strain and stress stand in Mandel components: xx, yy, zz, sqrt(2) yz, sqrt(2) xz, sqrt(2) xy, so that a
dot product of six numbers is the double contraction of two tensors and the tangent a plain 6 x 6 matrix.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError, SolverError

Updated = tuple[FloatArray, FloatArray, FloatArray]
"""Stress (n, 6) MPa, consistent tangent d stress / d strain (n, 6, 6) MPa, new state (n, s)."""


@dataclass(frozen=True)
class Symbol:
    """One parameter: what it means and which values make sense (`lowest` < or <= value < `highest`)."""

    meaning: str
    default: float | None = None
    lowest: float = 0.0
    highest: float = np.inf
    lowest_allowed: bool = False

    @property
    def interval(self) -> str:
        """The allowed interval in words."""
        bound = "at least" if self.lowest_allowed else "above"
        upper = "" if np.isinf(self.highest) else f" and below {self.highest:g}"
        return f"{bound} {self.lowest:g}{upper}"


@runtime_checkable
class PointLaw(Protocol):
    """A material law with memory, for many points at once. It holds no state itself.

    name: of the registry. symbols: its parameters. title, formula, source and range: for people.
    state_names: one for each of the `state_size` columns. symmetric: whether the tangent is always so.
    """

    name: ClassVar[str]
    symbols: ClassVar[Mapping[str, Symbol]]
    title: ClassVar[str]
    formula: ClassVar[str]
    source: ClassVar[str]
    range: ClassVar[str]
    state_names: ClassVar[tuple[str, ...]]

    @property
    def parameters(self) -> Mapping[str, float | FloatArray]:
        """By name with unit: a number, or (n,) one a point."""
        ...

    @property
    def state_size(self) -> int:
        """Columns of the state."""
        ...

    @property
    def symmetric(self) -> bool:
        """Whether the consistent tangent is symmetric."""
        ...

    def start(self, n: int) -> FloatArray:
        """(n, s) state of the undeformed material."""
        ...

    def update(self, strain: FloatArray, state: FloatArray) -> Updated:
        """From the last accepted `state` (n, s) to the total `strain` (n, 6).

        Raises SolverError "point_law.not_converged" naming the law and the strain.
        """
        ...

    def energy(self, stress: FloatArray, state: FloatArray) -> FloatArray:
        """(n,) energy density that unloading gives back, MPa = mJ/mm3."""
        ...

    def notes(self, state: FloatArray) -> tuple[str, ...]:
        """Where `state` (n, s) lies beyond what the law describes, in words; empty when nowhere."""
        ...


def property_table(
    law: str, symbols: Mapping[str, Symbol], given: Mapping[str, float | FloatArray]
) -> tuple[dict[str, float | FloatArray], FloatArray]:
    """The parameters complete with their defaults, and as rows (1 or n, k) in the order of `symbols`.

    Raises InputError "point_law.parameter" that lists every wrong one.
    """
    faults = [f"{name} is not one of its parameters" for name in given if name not in symbols]
    full: dict[str, float | FloatArray] = {}
    for name, symbol in symbols.items():
        value = given.get(name, symbol.default)
        if value is None:
            faults.append(f"{name} ({symbol.meaning}) is missing")
            continue
        full[name] = float(value) if np.ndim(value) == 0 else np.asarray(value, np.float64)
        faults += _outside(name, symbol, np.atleast_1d(full[name]))
    lengths = {len(v) for v in full.values() if isinstance(v, np.ndarray) and v.ndim == 1}
    faults += [f"{n} must be a number or one value a point" for n, v in full.items() if np.ndim(v) > 1]
    if len(lengths) > 1:
        faults.append(f"its parameters are given for {' and '.join(map(str, sorted(lengths)))} points")
    if faults:
        raise bad_parameters(law, faults)
    n = lengths.pop() if lengths else 1
    rows = np.column_stack([np.broadcast_to(np.asarray(full[name], float), n) for name in symbols])
    return full, np.ascontiguousarray(rows)


def _outside(name: str, symbol: Symbol, values: FloatArray) -> list[str]:
    low = values >= symbol.lowest if symbol.lowest_allowed else values > symbol.lowest
    good = low & (values < symbol.highest) & np.isfinite(values) | (values == symbol.default)
    if good.all():
        return []
    return [f"{name} = {values[~good][0]:g} must be {symbol.interval} ({symbol.meaning})"]


def bad_parameters(law: str, faults: Sequence[str]) -> InputError:
    """The error for parameters that the law cannot take."""
    return InputError(
        "point_law.parameter",
        f"The material law {law!r} cannot be used: {'; '.join(faults)}.",
        hint="Correct the parameters of the material; stresses are in MPa, strains without unit.",
        where=law,
    )


def checked(law: PointLaw, rows: int, strain: FloatArray, state: FloatArray) -> tuple[FloatArray, FloatArray]:
    """`strain` and `state` as writable float64 rows; `rows`: of the law's properties.

    Raises InputError "point_law.shape" when they do not fit the law.
    """
    e = np.require(strain, np.float64, ["C", "W"])
    s = np.require(state, np.float64, ["C", "W"])
    n = len(e)
    if e.ndim != 2 or e.shape[1] != 6 or s.shape != (n, law.state_size) or rows not in (1, n):
        raise InputError(
            "point_law.shape",
            f"The law {law.name!r} got strain {e.shape} and state {s.shape} for {rows} sets of parameters.",
            hint=f"Strain must be (n, 6), state (n, {law.state_size}), properties those of 1 or n points.",
            where=law.name,
        )
    return e, s


def not_converged(law: str, strain: FloatArray, point: int) -> SolverError:
    """The error of a local iteration that found no stress at `point`."""
    shown = ", ".join(f"{v:.6g}" for v in strain[point])
    return SolverError(
        "point_law.not_converged",
        f"The material law {law!r} found no stress for the strain ({shown}) (Mandel) at point {point}.",
        hint="Take smaller load increments; check units (mm, N, MPa) and supports.",
        where=law,
    )


ROOT2 = float(np.sqrt(2.0))
_PAIRS = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))
_ROW = np.array([p[0] for p in _PAIRS])
_COL = np.array([p[1] for p in _PAIRS])
_WEIGHT = np.array([1.0, 1.0, 1.0, ROOT2, ROOT2, ROOT2])


def to_mandel(tensor: FloatArray) -> FloatArray:
    """(..., 6) components of symmetric tensors (..., 3, 3)."""
    out: FloatArray = np.asarray(tensor)[..., _ROW, _COL] * _WEIGHT
    return out


def from_mandel(vector: FloatArray) -> FloatArray:
    """(..., 3, 3) symmetric tensors of Mandel components (..., 6)."""
    v = np.asarray(vector) / _WEIGHT
    out = np.empty((*v.shape[:-1], 3, 3))
    out[..., _ROW, _COL] = v
    out[..., _COL, _ROW] = v
    return out


def von_mises(stress: FloatArray) -> FloatArray:
    """(n,) von Mises stress, MPa, of Mandel stresses (n, 6)."""
    deviator = np.array(stress, float)
    deviator[:, :3] -= deviator[:, :3].mean(axis=1, keepdims=True)
    out: FloatArray = np.sqrt(1.5) * np.linalg.norm(deviator, axis=1)
    return out
