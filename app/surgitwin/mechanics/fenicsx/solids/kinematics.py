"""From the displacement of a solid, plane or axisymmetric part to 3x3 tensors, as UFL."""

from __future__ import annotations

from typing import Any

import ufl
from dolfinx import fem

from surgitwin.mechanics.fenicsx.solids.space import PartSpace

AXIS_MM = 1e-9
"""A point nearer to the axis of symmetry is on it."""


class Kinematics:
    """Displacement gradient in 3D and the weight of a reference point: 1, the thickness, or 2 pi r."""

    def __init__(self, space: PartSpace) -> None:
        self.kind = space.part.kinematics
        self.domain = space.domain
        self.x = ufl.SpatialCoordinate(space.domain)
        self.thickness = fem.Constant(space.domain, float(space.part.thickness_mm))

    @property
    def weight(self) -> Any:
        """Volume (area) in 3D per reference area (length) of the mesh."""
        if self.kind == "axisymmetric":
            return 2 * ufl.pi * self.x[0]
        return self.thickness if self.kind.startswith("plane") else 1

    def gradient(self, u: Any, axis: bool = False) -> Any:
        """3x3 displacement gradient; the third direction of plane stress is left at zero.

        axis: also right on the axis of symmetry (for values at nodes; points of quadrature are off it).
        """
        H = ufl.grad(u)
        if self.kind == "solid":
            return H
        third = self._hoop(u, H, axis) if self.kind == "axisymmetric" else 0
        return ufl.as_tensor([[H[0, 0], H[0, 1], 0], [H[1, 0], H[1, 1], 0], [0, 0, third]])

    def _hoop(self, u: Any, H: Any, axis: bool) -> Any:
        """u_r / r, and its limit du_r/dr on the axis."""
        r = self.x[0]
        if not axis:
            return u[0] / r
        off = ufl.gt(r, AXIS_MM)
        return ufl.conditional(off, u[0] / ufl.conditional(off, r, 1.0), H[0, 0])

    def deformation(self, u: Any, axis: bool = False) -> Any:
        """F = 1 + grad u."""
        return ufl.Identity(3) + self.gradient(u, axis)

    def strain(self, u: Any, poisson: Any = None, axis: bool = False) -> Any:
        """Small strain; in plane stress with the third component that makes the stress there vanish."""
        e = ufl.sym(self.gradient(u, axis))
        if self.kind != "plane_stress":
            return e
        third = -poisson / (1 - poisson) * (e[0, 0] + e[1, 1])
        return e + ufl.as_tensor([[0, 0, 0], [0, 0, 0], [0, 0, third]])

    def vector3(self, v: Any) -> Any:
        """A vector of the mesh's dimension with a zero third component."""
        return v if self.kind == "solid" else ufl.as_vector([v[0], v[1], 0])
