"""How parts hold together: ties, contacts, elastic foundations, bolts. `mechanics.contact` computes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Side:
    """A surface of a part's mesh."""

    part: str
    on: str


@dataclass(frozen=True)
class Tie:
    """Penalty tie over surfaces that need not match: stiffness factor * E / h of the softer side."""

    name: str
    slave: Side
    master: Side
    factor: float = 1000.0
    distance_mm: float | None = None


@dataclass(frozen=True)
class RigidShape:
    """An analytic rigid surface, moved by `translation_mm` and grown by `growth_mm` times the step's factor.

    kind: "plane" (point, normal towards the free side), "cylinder" (point, axis, radius), "sphere"
    (point, radius); in 2D a line and a circle. inside: the body is inside the round shape.
    """

    kind: str
    point_mm: Sequence[float]
    direction: Sequence[float] = (0.0, 0.0, 1.0)
    radius_mm: float = 0.0
    inside: bool = False
    translation_mm: Sequence[float] = (0.0, 0.0, 0.0)
    growth_mm: float = 0.0


@dataclass(frozen=True)
class Contact:
    """Unilateral contact of a slave surface with a master surface or a rigid shape.

    friction: Coulomb coefficient. interference_mm: press-fit, closes the gap by this much, ramped.
    sliding: "small" (pairs frozen in the reference position) or "finite". penalty_factor times E/h is
    the augmented-Lagrange stiffness; the result does not depend on it once settled. search_mm: pairs
    further apart are none (default: a tenth of the slave's size). penetration_mm: largest nodal
    weighted penetration that is accepted (default 1e-4 of the slave's element size).
    """

    name: str
    slave: Side
    master: Side | RigidShape
    friction: float = 0.0
    interference_mm: float = 0.0
    sliding: str = "small"
    penalty_factor: float = 10.0
    search_mm: float | None = None
    penetration_mm: float | None = None


@dataclass(frozen=True)
class Foundation:
    """Springs to the ground per area, N/mm3: direction "normal" or "all"."""

    name: str
    side: Side
    stiffness_N_per_mm3: float
    direction: str = "all"


@dataclass(frozen=True)
class Bolt:
    """Pre-tension of a shank: the cell set `cells` of a part is shortened along `axis` until the force
    across its middle section is `preload_N`.
    """

    name: str
    part: str
    cells: str
    axis: Sequence[float]
    preload_N: float
    point_mm: Sequence[float] = field(default=(0.0, 0.0, 0.0))
