"""What acts: tractions, pressures, body forces, remote forces, temperature. All are ramped by the steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from surgitwin.core.arrays import FloatArray


@dataclass(frozen=True)
class Traction:
    """Dead load on a surface, per reference area. Give either `force_N` (total, spread evenly) or
    `traction_MPa`, both (d,). In axisymmetry the total is for the whole circumference.
    """

    name: str
    part: str
    on: str
    force_N: Sequence[float] | None = None
    traction_MPa: Sequence[float] | None = None


@dataclass(frozen=True)
class Pressure:
    """Positive pressure pushes against the outward normal. follower: on the deformed surface."""

    name: str
    part: str
    on: str
    pressure_MPa: float
    follower: bool = True


@dataclass(frozen=True, eq=False)
class BodyForce:
    """Force per reference volume, N/mm3: (d,) constant, or (n, d) at the nodes of the part's mesh."""

    name: str
    part: str
    force_N_per_mm3: FloatArray | Sequence[float]


@dataclass(frozen=True)
class Gravity:
    """Weight: density in t/mm3 (1 g/cm3 = 1e-9 t/mm3) times acceleration in mm/s2 (9806.65 downwards)."""

    name: str
    part: str
    density_t_per_mm3: float
    acceleration_mm_per_s2: Sequence[float]


@dataclass(frozen=True)
class RemoteForce:
    """Force and moment at a point, carried to a surface.

    rigid False: as dead tractions a + b x (X - c) with exactly this resultant, which add no stiffness.
    rigid True: the surface moves as a rigid body (small rotations).
    """

    name: str
    part: str
    on: str
    point_mm: Sequence[float]
    force_N: Sequence[float] = (0.0, 0.0, 0.0)
    moment_Nmm: Sequence[float] = (0.0, 0.0, 0.0)
    rigid: bool = False


@dataclass(frozen=True)
class Temperature:
    """Temperature change T = constant_K + gradient . X of a part with linear expansion per kelvin."""

    name: str
    part: str
    expansion_per_K: float
    constant_K: float = 0.0
    gradient_K_per_mm: Sequence[float] = field(default=(0.0, 0.0, 0.0))


Load = Traction | Pressure | BodyForce | Gravity | RemoteForce | Temperature
