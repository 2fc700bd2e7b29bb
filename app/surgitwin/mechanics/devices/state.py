"""Where a deployment stopped, for a neighbour to start from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surgitwin.core.arrays import FloatArray, content_hash, readonly
from surgitwin.core.wall import WallMesh
from surgitwin.mechanics.devices.problem import Placement


@dataclass(frozen=True, eq=False)
class DeploymentState:
    """Equilibrium of one deployment.

    numbering: of the wall's nodes (`numbering_of`), to which displacement_mm (n, 3) belongs; pressure_MPa
    (cells, 4) at the points of the volumetric term. ring_values (r, t): B-spline values of the outer radii
    of the rings that stand at `placement`.
    """

    numbering: str
    displacement_mm: FloatArray
    pressure_MPa: FloatArray
    ring_values: FloatArray
    placement: Placement

    def __post_init__(self) -> None:
        for name in ("displacement_mm", "pressure_MPa", "ring_values"):
            object.__setattr__(self, name, readonly(getattr(self, name), np.float64))


def numbering_of(wall: WallMesh) -> str:
    """Equal for walls whose nodes and cells correspond, whatever their shape."""
    return content_hash(wall.cells, wall.lumen)
