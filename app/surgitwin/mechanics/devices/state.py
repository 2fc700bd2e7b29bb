"""Where a deployment stopped, for a neighbour to start from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surgitwin.core.arrays import FloatArray, readonly
from surgitwin.mechanics.devices.problem import Placement


@dataclass(frozen=True, eq=False)
class DeploymentState:
    """Equilibrium of one deployment.

    wall_hash: of the `WallMesh` that the displacement_mm (n, 3) and the pressure_MPa (cells, 4) at the points
    of the volumetric term belong to. ring_values (r, t): B-spline values of the outer radii of the rings
    that stand at `placement`.
    """

    wall_hash: str
    displacement_mm: FloatArray
    pressure_MPa: FloatArray
    ring_values: FloatArray
    placement: Placement

    def __post_init__(self) -> None:
        for name in ("displacement_mm", "pressure_MPa", "ring_values"):
            object.__setattr__(self, name, readonly(getattr(self, name), np.float64))
