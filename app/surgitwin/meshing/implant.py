"""Implants as their own curved quadratic meshes: OpenCASCADE solids, meshed by Netgen (both LGPL)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import numpy as np
from netgen.occ import (
    ArcOfCircle,
    Axes,
    Circle,
    Dir,
    Face,
    OCCException,
    Pipe,
    Pnt,
    Wire,
    WorkPlane,
)  # fmt: skip
from netgen.occ import Cylinder as OccCylinder

from surgitwin.core.arrays import FloatArray, IntArray, readonly
from surgitwin.core.errors import GeometryError
from surgitwin.core.mesh import TetMesh
from surgitwin.core.progress import SILENT, Progress
from surgitwin.core.solids import ArcRod, Cylinder, ImplantSolids, Role, Solid
from surgitwin.meshing.curved import CURVATURE, curved_tetrahedra, netgen_mesh
from surgitwin.meshing.quality import first_good

DEFAULT_SIZES_MM: Mapping[Role, float] = {"plate": 2.5, "screw": 1.3, "nail": 2.5, "bolt": 1.3}
"""Element sizes: plate 2.5 and screws 1.3 mm gave 2.7 % error of screw stress, 2.0 mm gave 17 %
(shared/implants-in-bone.md)."""

GRADING = 0.5
"""Numerical setting: Netgen's growth of element size from screws into the plate."""

ON_SURFACE = 1e-3
"""Numerical setting, mm: a corner node this close to a solid's lateral surface lies on it."""

CARRIERS: tuple[Role, ...] = ("plate", "nail")


@dataclass(frozen=True, eq=False)
class ImplantMesh:
    """An implant's mesh and its thread.

    mesh: curved ten-node tetrahedra, one part per role. thread: (n, 3) corner nodes of boundary triangles,
    outward, on the lateral faces of threaded solids outside plate and nail. solid_of_thread: (n,) index
    into the solids.
    """

    mesh: TetMesh
    thread: IntArray
    solid_of_thread: IntArray = field(default_factory=lambda: np.zeros(0, np.int32))

    def __post_init__(self) -> None:
        object.__setattr__(self, "thread", readonly(self.thread, np.int32))
        object.__setattr__(self, "solid_of_thread", readonly(self.solid_of_thread, np.int32))


def mesh_implant(
    solids: ImplantSolids,
    size_mm: float | Mapping[Role, float] | None = None,
    progress: Progress = SILENT,
    coarsening: float = 1.0,
) -> ImplantMesh:
    """Curved quadratic tetrahedra of the fused solids, LPS mm.

    size_mm: element size per role, or one that scales the defaults so that screws get it. coarsening: above 1
    curved faces may have larger elements than the mesher gives them by itself, below 1 smaller ones.
    Raises GeometryError "mesh.implant" (solids that cannot be fused or meshed), "mesh.quality".
    """
    wanted = _sizes(size_mm)

    def make(factor: float) -> TetMesh:
        sizes = {role: size * factor for role, size in wanted.items()}
        return _filled(solids, sizes, CURVATURE / coarsening, progress)

    mesh = first_good(make, f"the implant {solids.name}")
    thread, owner = _thread(mesh, solids)
    progress("Implant mesh done", 1.0)
    return ImplantMesh(mesh, thread, owner)


def _filled(
    solids: ImplantSolids, sizes: Mapping[Role, float], curvature: float, progress: Progress
) -> TetMesh:
    """The fused solids filled with curved tetrahedra of some sizes."""
    progress("Fusing the implant's solids", 0.0)
    try:
        shape = _fused(solids.solids, sizes)
        progress("Meshing the implant", 0.2)
        made = netgen_mesh(shape, max(sizes.values()), GRADING, curvature)
    except (OCCException, RuntimeError) as error:
        raise GeometryError(
            "mesh.implant",
            f"The implant {solids.name} cannot be meshed: {error}.",
            hint="Check that its parts do not graze each other; move or turn the screw that does.",
            where=solids.name,
        ) from error
    progress("Improving the implant's mesh", 0.6)
    points, cells = curved_tetrahedra(made)
    return TetMesh(points, cells, *_parts(points, cells, solids.solids))


def _sizes(size_mm: float | Mapping[Role, float] | None) -> dict[Role, float]:
    sizes = dict(DEFAULT_SIZES_MM)
    if isinstance(size_mm, Mapping):
        return sizes | dict(size_mm)
    if size_mm is not None:
        sizes = {role: s * size_mm / DEFAULT_SIZES_MM["screw"] for role, s in sizes.items()}
    return sizes


def _point(p: FloatArray) -> Any:
    return Pnt(*(float(v) for v in p))


def _direction(v: FloatArray) -> Any:
    return Dir(*(float(c) for c in v))


def occ_shape(solid: Solid) -> Any:
    """One solid as an OpenCASCADE shape in LPS mm."""
    if isinstance(solid, Cylinder):
        return OccCylinder(
            _point(solid.start_mm), _direction(solid.direction), solid.radius_mm, solid.length_mm
        )
    if isinstance(solid, ArcRod):
        return _rod(solid)
    z, x = solid.axes[:, 2], solid.axes[:, 0]
    low = solid.centre_mm - solid.axes @ solid.half_mm
    right = np.cross(z, x) @ solid.axes[:, 1] > 0
    if not right:
        low, z = solid.centre_mm - solid.axes @ (solid.half_mm * np.array([1.0, 1.0, -1.0])), -z
    a, b, c = (float(2 * h) for h in solid.half_mm)
    plane = WorkPlane(Axes(_point(low), _direction(z), _direction(x)))
    return plane.Rectangle(a, b).Face().Extrude(c)


def _rod(rod: ArcRod) -> Any:
    start, length = rod.centreline(0.0), rod.length_mm
    if rod.curvature_per_mm == 0:
        return OccCylinder(_point(start), _direction(rod.tangent), rod.radius_mm, length)
    middle, end = rod.centreline(length / 2), rod.centreline(length)
    spine = Wire([ArcOfCircle(_point(start), _point(middle), _point(end))])
    profile = Face(Wire([Circle(_point(start), _direction(rod.tangent), rod.radius_mm)]))
    return Pipe(spine, profile)


def _fused(solids: tuple[Solid, ...], sizes: Mapping[Role, float]) -> Any:
    """All solids as one shape: holes cut out of plates and nails, then everything fused."""
    holes = [occ_shape(s) for s in solids if s.role == "hole"]
    shapes = []
    for solid in solids:
        if solid.role == "hole":
            continue
        shape = occ_shape(solid)
        if solid.role in CARRIERS:
            shape = reduce(lambda a, b: a - b, holes, shape)
        shape.faces.maxh = sizes[solid.role]
        shapes.append(shape)
    fused = reduce(lambda a, b: a + b, shapes)
    _coarsen_plates(fused, solids, sizes)
    return fused


def _coarsen_plates(shape: Any, solids: tuple[Solid, ...], sizes: Mapping[Role, float]) -> None:
    """Give the flat faces of plates their own size again: fusing left them the smallest of all they touch."""
    plates = [s for s in solids if s.role == "plate"]
    for face in shape.faces:
        centre = np.array([face.center.x, face.center.y, face.center.z])
        if any(abs(float(s.distance(centre))) < ON_SURFACE for s in plates):
            face.maxh = sizes["plate"]


def _parts(points: FloatArray, cells: IntArray, solids: tuple[Solid, ...]) -> tuple[IntArray, dict[int, str]]:
    """Part of each cell by the solid that holds its centroid, plate and nail first; ids per role."""
    present = {s.role for s in solids if s.role != "hole"}
    order: list[Role] = [r for r in ("plate", "nail", "screw", "bolt") if r in present]
    centre = points[cells[:, :4]].mean(axis=1)
    distance = [np.min([s.distance(centre) for s in solids if s.role == role], axis=0) for role in order]
    part = np.asarray(np.argmin(distance, axis=0) + 1)
    for k in reversed(range(len(order))):
        part[distance[k] < 0] = k + 1
    present_parts = {k + 1: str(role) for k, role in enumerate(order) if (part == k + 1).any()}
    return part.astype(np.int32), present_parts


def _off_axis(solid: Solid, points: FloatArray) -> FloatArray:
    """Distance of points from the lateral surface of a cylinder (unbounded along its axis), mm."""
    if not isinstance(solid, Cylinder):
        return np.full(len(points), np.inf)
    d = points - solid.start_mm
    t = d @ solid.direction
    out: FloatArray = np.abs(np.linalg.norm(d - t[:, None] * solid.direction, axis=1) - solid.radius_mm)
    return out


def _thread(mesh: TetMesh, solids: ImplantSolids) -> tuple[IntArray, IntArray]:
    """Boundary triangles on the lateral faces of threaded solids that lie outside plate and nail."""
    faces, _ = mesh.boundary_faces()
    centre = mesh.points_mm[faces].mean(axis=1)
    outside = solids.distance(centre, CARRIERS) > 0
    owner = np.full(len(faces), -1)
    for k, solid in enumerate(solids.solids):
        if solid.role not in solids.thread_roles:
            continue
        near = _off_axis(solid, mesh.points_mm) < ON_SURFACE
        lateral = (
            near[faces].all(axis=1) & (solid.distance(centre) < ON_SURFACE) & ~_flat_end(mesh, faces, solid)
        )
        owner[lateral & outside & (owner < 0)] = k
    chosen = owner >= 0
    return faces[chosen], owner[chosen]


def _flat_end(mesh: TetMesh, faces: IntArray, solid: Solid) -> Any:
    """Triangles whose normal lies along the axis: the flat end of a cylinder."""
    if not isinstance(solid, Cylinder):
        return np.zeros(len(faces), bool)
    a, b, c = (mesh.points_mm[faces[:, n]] for n in range(3))
    normal = np.cross(b - a, c - a)
    return np.abs(normal @ solid.direction) > 0.9 * np.linalg.norm(normal, axis=1)
