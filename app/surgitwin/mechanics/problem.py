"""The mechanical problem in plain data: what the solver receives and what it returns.

No DOLFINx here. Node arrays are in LPS mm, moduli in MPa, forces in N, moments in N mm.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray, readonly
from surgitwin.core.mesh import TetMesh


@dataclass(frozen=True, eq=False)
class Patch:
    """Boundary triangles (n, 3) of *corner* node numbers of a mesh."""

    name: str
    triangles: IntArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "triangles", readonly(self.triangles, np.int32))


@dataclass(frozen=True, eq=False)
class RemoteLoad:
    """A force and moment given at `point_mm`, carried to `patch` as tractions that add no stiffness.

    The traction field t(x) = a + b cross (x - c) over the patch has exactly the given resultant and
    moment about point_mm. rigid: the named option in which the patch moves as a rigid body instead.
    """

    patch: Patch
    point_mm: FloatArray
    force_N: FloatArray
    moment_Nmm: FloatArray = field(default_factory=lambda: np.zeros(3))
    rigid: bool = False

    def __post_init__(self) -> None:
        for f in ("point_mm", "force_N", "moment_Nmm"):
            object.__setattr__(self, f, readonly(getattr(self, f), np.float64))


@dataclass(frozen=True, eq=False)
class LoadCase:
    """Remote loads that act together; the first one is the primary (its point defines moments).

    band: the case only feeds the band of another one, so it stops at `SolverSettings.band_rtol`.
    """

    name: str
    loads: tuple[RemoteLoad, ...]
    band: bool = False


@dataclass(frozen=True, eq=False)
class Bone:
    """The meshed bone (linear or straight quadratic tets) and its stiffness.

    modulus_MPa: (m, q) Young's modulus at the q points of `quadrature_degree` in every cell (points
    of `mechanics.quadrature.tet_rule`). poisson: (m,). tie_mask: (m,) bool, cells that can hold a
    thread (bone, not marrow and not gap). support: clamped patch.
    """

    mesh: TetMesh
    modulus_MPa: FloatArray
    poisson: FloatArray
    tie_mask: Any
    support: Patch
    quadrature_degree: int = 2


@dataclass(frozen=True, eq=False)
class Implant:
    """One implant construct with its own curved quadratic mesh.

    thread: boundary triangles tied to the bone where they lie in bone. displaces_bone: whether its
    volume replaces bone stiffness where it overlaps tied bone (metal minus bone).
    """

    name: str
    mesh: TetMesh
    modulus_MPa: float
    poisson: float
    thread: Patch


ContactModel = Literal["none", "contact", "glued"]
"""How free surfaces of implants meet bone: not at all, one-sided with friction, or bonded where they lie
close to it at rest."""


@dataclass(frozen=True, eq=False)
class ContactSurface:
    """Triangles of an implant's outside that look at bone, paired with it point by point.

    implant: its number in the problem; role: of its solid ("nail", "plate"). triangles (f, 3): corner nodes
    of the implant's mesh, owner (f,) their cells. At the q points of a `quadrature.triangle_rule` in each:
    normal (f, q, 3) outward, clearance_mm (f, q) along it to the bone's wall (inf: no pair), cell (f, q) of
    the bone mesh that bears the force and reference (f, q, 3), the point in it.
    """

    name: str
    implant: int
    role: str
    triangles: IntArray
    owner: IntArray
    normal: FloatArray
    clearance_mm: FloatArray
    cell: IntArray
    reference: FloatArray

    def __post_init__(self) -> None:
        for f in ("triangles", "owner", "cell"):
            object.__setattr__(self, f, readonly(getattr(self, f), np.int32))
        for f in ("normal", "clearance_mm", "reference"):
            object.__setattr__(self, f, readonly(getattr(self, f), np.float64))


@dataclass(frozen=True)
class ContactSettings:
    """How the surfaces of a problem are treated.

    friction: Coulomb coefficient of the model "contact". glue_mm: model "glued" bonds what lies closer than
    this at rest. factor: penalty factor * E_bone / h (10 as for threads). penetration_mm: overlap that may be
    left of the penalty; above it the contact pressures are augmented.
    """

    model: ContactModel = "none"
    friction: float = 0.0
    glue_mm: float = 0.5
    factor: float = 10.0
    penetration_mm: float = 1e-3


@dataclass(frozen=True)
class SolverSettings:
    """method: "cg" (P2 -> P1 cycle) or "mumps". rtol on the true residual ||b-Ku||/||b||.

    band_rtol: the same for cases that only feed bands. 1e-6 moves a result by far less than the three
    digits that are shown: stiffness was equal to 9 digits at 1e-4 (shared/implants-in-bone.md, 1).
    contact_band_rtol: the same with one-sided contact, whose loads do not follow from one another: on a
    nail, 1e-4 moved stiffness, displacements and contact force by less than 1e-6 against 1e-8 (measured).
    checks: locking, pressure and mesh error of the fields; samples of a study go without.
    """

    method: str = "cg"
    rtol: float = 1e-8
    band_rtol: float = 1e-6
    contact_band_rtol: float = 1e-4
    max_iterations: int = 400
    tie_factor: float = 10.0
    fallback_to_direct: bool = True
    checks: bool = True


@dataclass(frozen=True, eq=False)
class Problem:
    """Everything one solve needs. implants () means the intact or unsupported bone.

    modulus_factor: multiplies the bone's modulus everywhere but in the part "gap" (0.8 and 1.2 span
    the band of an uncalibrated stiffness). surfaces: free surfaces next to bone; `contact` says whether they
    transmit force.
    """

    name: str
    bone: Bone
    implants: tuple[Implant, ...]
    loads: tuple[LoadCase, ...]
    settings: SolverSettings = SolverSettings()
    modulus_factor: float = 1.0
    surfaces: tuple[ContactSurface, ...] = ()
    contact: ContactSettings = ContactSettings()


@dataclass(frozen=True, eq=False)
class SurfaceContact:
    """What one surface carries under one load, at the vertices (v,) of its patches.

    vertices: corner nodes of the implant's mesh. area_mm2 (v,); pressure_MPa and friction_MPa (v,): normal
    and tangential traction; overlap_mm (v,): averaged depth in the bone, negative where a gap is left.
    slip_mm (v,): tangential motion against the bone.
    """

    name: str
    vertices: IntArray
    area_mm2: FloatArray
    pressure_MPa: FloatArray
    friction_MPa: FloatArray
    overlap_mm: FloatArray
    slip_mm: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "vertices", readonly(self.vertices, np.int32))
        for f in ("area_mm2", "pressure_MPa", "friction_MPa", "overlap_mm", "slip_mm"):
            object.__setattr__(self, f, readonly(getattr(self, f), np.float64))

    @property
    def force_N(self) -> float:
        """Sum of the normal forces, whatever their direction."""
        return float(self.pressure_MPa @ self.area_mm2)

    @property
    def contact_area_mm2(self) -> float:
        """Area under pressure."""
        return float(self.area_mm2[self.pressure_MPa > 0].sum())

    @property
    def mean_pressure_MPa(self) -> float:
        """Force over the area under pressure; 0 when nothing touches."""
        return self.force_N / self.contact_area_mm2 if self.contact_area_mm2 else 0.0


@dataclass(frozen=True, eq=False)
class LoadSolution:
    """One load case solved.

    bone_displacement_mm (n10, 3) on the nodes of `Solution.bone_mesh`; implant_displacement_mm one
    array per implant. applied_N, reaction_N (3,). moment_imbalance: |sum of moments about the primary
    load point| / (|applied| * bone length). remote_displacement_mm / remote_rotation_rad (3,): the
    least-squares rigid motion of the primary patch carried to the primary point. energy_mJ: strain energy.
    contact: of the model "contact", one entry per surface of the problem.
    """

    name: str
    bone_displacement_mm: FloatArray
    implant_displacement_mm: tuple[FloatArray, ...]
    applied_N: FloatArray
    reaction_N: FloatArray
    moment_imbalance: float
    remote_displacement_mm: FloatArray
    remote_rotation_rad: FloatArray
    energy_mJ: float
    iterations: int
    rel_residual: float
    solve_s: float
    contact: tuple[SurfaceContact, ...] = ()


@dataclass(frozen=True, eq=False)
class Solution:
    """All load cases of one problem with the facts of the run (contract field names in `facts`)."""

    bone_mesh: TetMesh
    implant_meshes: tuple[TetMesh, ...]
    loads: tuple[LoadSolution, ...]
    facts: dict[str, Any]
