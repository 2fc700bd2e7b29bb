"""In which order loads come, and how the solver may cut the way into increments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Step:
    """factors: value at the end of the step for loads, motions and couplings by name; the others keep theirs.

    A name starts at 0. A model without steps has one in which everything goes to 1.
    """

    name: str
    factors: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Stepping:
    """Automatic increments within a step: fractions of it.

    An increment that fails is tried once with line search, then cut by `cut`; one that converges in few
    iterations makes the next one grow by `growth`. tolerance: on the residual against the largest of load and
    internal force.
    """

    first: float = 1.0
    smallest: float = 1e-4
    largest: float = 1.0
    cut: float = 0.4
    growth: float = 1.3
    max_iterations: int = 25
    tolerance: float = 1e-9
    max_augmentations: int = 40
    predictor: bool = True
    line_search: bool = False


@dataclass(frozen=True)
class LinearSolver:
    """method: "auto" (direct below the stated size, else iterative where the system allows), "direct"
    (MUMPS), "iterative" (conjugate gradients with the P2 -> P1 cycle or GAMG). rtol: on the true residual.
    """

    method: str = "auto"
    rtol: float = 1e-9
    iterative_above: int = 200_000
    max_iterations: int = 1000
