"""What an elastic law is: its name, source and parameters, and its stored energy in UFL.

Energies are in MPa (N mm / mm3). Every function takes 3x3 UFL tensors in the reference frame (a plane or
axisymmetric engine embeds its gradient), `p`: parameter name -> UFL Constant or Function, and `a`: as many
reference unit vectors (length 3) as the law has fibre families. The engine adds the volumetric energy
kappa/2 (J - 1)^2 of `bulk` (or p (J - 1) - p^2 / (2 kappa) in the mixed form) to what is isochoric.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from surgitwin.core.arrays import FloatArray

Operand = Any
"""A UFL expression (UFL has no types that mypy could see)."""
Energy = Callable[[Operand, Mapping[str, Operand], Sequence[Operand]], Operand]
Constraint = Callable[[Mapping[str, FloatArray]], tuple[str, ...]]


@dataclass(frozen=True)
class Parameter:
    """One number (or one per cell) of a law. lower_open: the lower bound itself is not allowed."""

    name: str
    unit: str
    title: str
    lower: float
    upper: float
    default: float | None = None
    lower_open: bool = False

    @property
    def interval(self) -> str:
        """The allowed interval in words, for messages."""
        opening = "(" if self.lower_open or math.isinf(self.lower) else "["
        closing = ")" if math.isinf(self.upper) and self.default is None else "]"
        return f"{opening}{self.lower:g}, {self.upper:g}{closing} {self.unit}".strip()


def no_constraint(_: Mapping[str, FloatArray]) -> tuple[str, ...]:
    """The parameters do not restrict each other."""
    return ()


@dataclass(frozen=True)
class Law:
    """One elastic law. Exactly the energies that it has are set.

    Finite strain (`large`): `energy_isochoric(F, p, a)` depends on F through C-bar = J^(-2/3) F^T F only,
    and the engine adds the volumetric part; or `energy_total(F, p, a)` for a law that does not split.
    Small strain (`small`): `energy_deviatoric(eps, p, a)` from the deviator of the strain, and the engine
    adds kappa/2 tr(eps)^2; or `energy_small(eps, p, a)`, the whole, for a law that does not split.
    `constraint` names what is wrong between parameters (arrays), beyond their own ranges.
    """

    name: str
    title: str
    formula: str
    source: str
    verified: bool
    parameters: tuple[Parameter, ...]
    fibres: int = 0
    energy_isochoric: Energy | None = None
    energy_total: Energy | None = None
    energy_deviatoric: Energy | None = None
    energy_small: Energy | None = None
    bulk: Callable[[Mapping[str, Operand]], Operand] | None = None
    constraint: Constraint = no_constraint

    @property
    def large(self) -> bool:
        """Whether the law holds at finite strain."""
        return self.energy_isochoric is not None or self.energy_total is not None

    @property
    def small(self) -> bool:
        """Whether the law can be used with the small strain."""
        return self.energy_deviatoric is not None or self.energy_small is not None


BULK = Parameter(
    "bulk_MPa", "MPa", "bulk modulus; infinite: incompressible", 0.0, math.inf, math.inf, lower_open=True
)


def bulk_parameter(p: Mapping[str, Operand]) -> Operand:
    """The bulk modulus of the laws whose `bulk_MPa` is a parameter of its own."""
    return p["bulk_MPa"]


def stress_like(name: str, title: str, lower: float = 0.0, *, lower_open: bool = False) -> Parameter:
    """A parameter `name`_MPa without upper limit."""
    return Parameter(f"{name}_MPa", "MPa", title, lower, math.inf, lower_open=lower_open)


def free(name: str, title: str) -> Parameter:
    """A coefficient `name`_MPa of either sign."""
    return Parameter(f"{name}_MPa", "MPa", title, -math.inf, math.inf)
