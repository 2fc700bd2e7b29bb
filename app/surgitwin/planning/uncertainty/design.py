"""What is drawn: Latin hypercube or Saltelli's design, from a seed, the same rows for all plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from surgitwin.core.arrays import FloatArray, readonly
from surgitwin.core.errors import UsageError
from surgitwin.planning.uncertainty.inputs import UncertainInput, Value, drawn

Method = Literal["lhs", "sobol"]
METHODS: tuple[Method, ...] = ("lhs", "sobol")
MOST_SAMPLES = 100_000
"""More is a mistake: each costs at least a solve."""

Draw = Mapping[str, Value]
"""One row: input name -> value, fixed inputs included."""


@dataclass(frozen=True, eq=False)
class Design:
    """shares (n, d): where each of the d drawn inputs lies in its distribution. samples: as asked for; a
    Saltelli design has samples x (d + 2) rows: A, AB_1 ... AB_d, B of each base sample."""

    method: Method
    samples: int
    seed: int
    inputs: tuple[UncertainInput, ...]
    shares: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "shares", readonly(self.shares, np.float64))

    @property
    def names(self) -> tuple[str, ...]:
        """The drawn inputs, in the order of the columns."""
        return tuple(i.name for i in drawn(self.inputs))

    @property
    def draws(self) -> tuple[Draw, ...]:
        """The rows in the inputs' own units, fixed inputs included."""
        columns = {name: k for k, name in enumerate(self.names)}
        return tuple(
            {i.name: i.value(float(row[columns[i.name]]) if i.name in columns else 0.0) for i in self.inputs}
            for row in self.shares
        )

    @property
    def problem(self) -> dict[str, Any]:
        """SALib's description of the unit cube."""
        return unit_cube(self.names)


def unit_cube(names: Sequence[str]) -> dict[str, Any]:
    """SALib's description of inputs that all lie in 0..1."""
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def make_design(method: Method, samples: int, seed: int, inputs: Sequence[UncertainInput]) -> Design:
    """Draw; the same arguments give the same rows on every machine.

    Raises UsageError "study.samples", "study.input" (nothing varies).
    """
    chosen = drawn(inputs)
    if not chosen:
        raise UsageError(
            "study.input",
            "Every input is fixed: there is nothing to vary.",
            hint="Give at least one input a range.",
            where="--input",
        )
    if not 2 <= samples <= MOST_SAMPLES or (method == "sobol" and samples & (samples - 1)):
        raise UsageError(
            "study.samples",
            f"{samples} samples cannot be drawn by the method {method}.",
            hint="Sobol needs a power of two from 2 up (4, 8, 16 ...)."
            if method == "sobol"
            else f"Give a number from 2 to {MOST_SAMPLES}.",
            where="--samples",
        )
    # Imported here: it brings pandas and matplotlib, which whoever only reads a study does not need.
    from SALib.sample import latin, sobol

    cube = unit_cube([i.name for i in chosen])
    if method == "lhs":
        rows = latin.sample(cube, samples, seed=seed)
    else:
        rows = sobol.sample(cube, samples, calc_second_order=False, seed=seed)
    return Design(method, samples, seed, tuple(inputs), rows)


def structure_groups(draws: Sequence[Draw], inputs: Sequence[UncertainInput]) -> list[list[int]]:
    """Numbers of the rows that differ in their loads only: one structure, solved once and superposed."""
    structural = [i.name for i in inputs if i.acts_on == "structure"]
    groups: dict[tuple[Value, ...], list[int]] = {}
    for n, draw in enumerate(draws):
        groups.setdefault(tuple(draw[name] for name in structural), []).append(n)
    return list(groups.values())
