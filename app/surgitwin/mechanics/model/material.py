"""Which law a part follows, with its parameters and fibre directions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from surgitwin.core.arrays import FloatArray


@dataclass(frozen=True, eq=False)
class Fibre:
    """Reference direction of one fibre family (or of the axis of transverse isotropy).

    Either `direction` (d,) constant or (m, d) one per cell; or cylindrical: at `angle_deg` from the
    circumferential direction towards the axis, around the line through `point_mm` along `axis`.
    """

    direction: FloatArray | None = None
    axis: tuple[float, float, float] | None = None
    point_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    angle_deg: float = 0.0

    def at(self, points: FloatArray) -> FloatArray:
        """(n, 3) unit vectors at the cell centres `points` (n, 3)."""
        if self.axis is None:
            a = np.broadcast_to(np.asarray(self.direction, float), points.shape)
        else:
            axis = np.asarray(self.axis, float) / np.linalg.norm(self.axis)
            x = points - np.asarray(self.point_mm)
            radial = x - np.outer(x @ axis, axis)
            around = np.cross(axis, radial)
            around /= np.linalg.norm(around, axis=1)[:, None]
            angle = np.radians(self.angle_deg)
            a = np.cos(angle) * around + np.sin(angle) * axis
        out: FloatArray = a / np.linalg.norm(a, axis=1)[:, None]
        return out


@dataclass(frozen=True, eq=False)
class Material:
    """law: a name of the registry (`fenicsx.laws.registry` or `point_laws`). parameters: by the law's own
    names with their units; a number, or an array (m,) with one value per cell, or (m, q) at the points
    of quadrature of `Part.quadrature_degree`.
    """

    law: str
    parameters: Mapping[str, float | FloatArray]
    fibres: tuple[Fibre, ...] = field(default=())


def elastic(E_MPa: float | FloatArray, nu: float | FloatArray) -> Material:
    """Isotropic linear elasticity."""
    return Material("isotropic", {"E_MPa": E_MPa, "nu": nu})
