"""One part: a mesh, what it is made of, and how it is discretised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from surgitwin.mechanics.model.material import Material
from surgitwin.mechanics.model.mesh import PartMesh

KINEMATICS = ("solid", "plane_strain", "plane_stress", "axisymmetric")
FORMULATIONS = ("displacement", "mixed")


@dataclass(frozen=True, eq=False)
class Part:
    """material: one for all cells, or by cell set of the mesh (every cell in exactly one).

    kinematics: "solid" in 3D; in 2D "plane_strain", "plane_stress" (small strain, isotropic law only)
    or "axisymmetric" (x is the radius, y the axis; forces are for the whole circumference). thickness_mm:
    of plane parts. formulation "mixed": displacement and pressure, for nearly (bulk modulus finite) or
    fully (bulk modulus inf) incompressible laws. degree: of the displacement. pressure: "continuous"
    (Taylor-Hood, degree - 1) or "discontinuous" (linear per quadrilateral or hexahedron, constant per
    triangle or tetrahedron).
    """

    name: str
    mesh: PartMesh
    material: Material | Mapping[str, Material]
    kinematics: str = "solid"
    thickness_mm: float = 1.0
    formulation: str = "displacement"
    degree: int = 2
    pressure: str = "continuous"
    quadrature_degree: int = 4

    @property
    def materials(self) -> Mapping[str, Material]:
        """By cell set; "" stands for all cells."""
        return {"": self.material} if isinstance(self.material, Material) else self.material
