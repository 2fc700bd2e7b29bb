"""Motion of the fracture faces and of the loaded point (plain numpy on the solved mesh)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import SolverError
from surgitwin.core.mesh import TET_FACES, TetMesh, triangle_areas
from surgitwin.core.plan import Fracture, Plan
from surgitwin.implants import PlateItem, item
from surgitwin.mechanics.problem import LoadSolution
from surgitwin.procedures.fracture_fixation.remodel import gap_cells
from surgitwin.procedures.fracture_fixation.site import Site


@dataclass(frozen=True)
class CortexMotion:
    """Relative displacement (proximal minus distal face) in one sector of cortex: closure_mm is positive
    when the gap closes, shear_mm >= 0, total_mm their vector length."""

    closure_mm: float
    shear_mm: float

    @property
    def total_mm(self) -> float:
        """Length of the relative displacement."""
        return float(np.hypot(self.closure_mm, self.shear_mm))


@dataclass(frozen=True, eq=False)
class GapFaces:
    """Triangles (n, 3) between bone and gap, proximal and distal of it (marrow left out), and the
    centroid (3,) of their area: the middle of the section, wherever the fracture's point was put."""

    proximal: npt.NDArray[np.int32]
    distal: npt.NDArray[np.int32]
    centroid_mm: FloatArray


def axial_stiffness(site: Site, load: LoadSolution) -> float | None:
    """Force over displacement of the loaded point, both along head centre to distal centre, N/mm.

    None when the point does not move along the force.
    """
    line = np.asarray(load.applied_N) / np.linalg.norm(load.applied_N)
    force = float(np.asarray(load.applied_N) @ line)
    moved = float(np.asarray(load.remote_displacement_mm) @ line)
    return force / moved if force * moved > 0 else None


def near_direction(site: Site, plan: Plan, fracture: Fracture) -> FloatArray:
    """Unit vector in the fracture plane towards the implant's side: the plate's, lateral for a nail."""
    first = plan.implants[0]
    if isinstance(item(first.catalogue_id), PlateItem):
        towards = np.asarray(first.pose)[:3, 0]
    else:
        towards = site.anatomy.frame.vector_to_lps([site.lateral, 0.0, 0.0])
    normal = np.asarray(fracture.plane.normal)
    flat = towards - (towards @ normal) * normal
    out: FloatArray = flat / np.linalg.norm(flat)
    return out


def gap_faces(mesh: TetMesh, fracture: Fracture, solid: npt.NDArray[np.bool_]) -> GapFaces:
    """Faces shared by gap cells and `solid` bone cells (m,).

    Raises InputError ("mesh.no_gap") or SolverError ("fracture.no_faces") when one side is missing.
    """
    gap = gap_cells(mesh)
    gap_side, bone_side = _faces(mesh, gap), _faces(mesh, solid & ~gap)
    count = len(mesh.points_mm)
    shared = bone_side[np.isin(_key(bone_side, count), _key(gap_side, count))]
    above = fracture.plane.distance(mesh.points_mm[shared].mean(axis=1)) > 0
    if above.all() or not above.any():
        raise SolverError(
            "fracture.no_faces",
            "The mesh has no bone on one side of the fracture gap.",
            hint="Check the position of the fracture.",
        )
    areas = triangle_areas(mesh.points_mm, shared)
    # Each face counts alike, so that a finer or larger one does not draw the centre out of the middle.
    middle = [
        np.average(mesh.points_mm[shared[side]].mean(axis=1), axis=0, weights=areas[side])
        for side in (above, ~above)
    ]
    return GapFaces(shared[above], shared[~above], np.mean(middle, axis=0))


def cortex_motion(
    mesh: TetMesh,
    displacement: FloatArray,
    faces: GapFaces,
    fracture: Fracture,
    towards: FloatArray,
    half_angle_rad: float,
) -> CortexMotion | None:
    """Relative motion of the faces in the sector of bone around `towards` (unit, in the plane), seen from
    the faces' centroid.

    On each face a displacement field that is linear in the plane is fitted by area over the sector and
    taken at one point between the two sectors: exact for rigid motion. None when the sector holds no
    bone on one face.
    """
    normal = np.asarray(fracture.plane.normal)
    across = np.cross(normal, towards)
    fits = []
    for triangles in (faces.proximal, faces.distal):
        x = mesh.points_mm[triangles]
        area = triangle_areas(mesh.points_mm, triangles)
        flat = (x.mean(axis=1) - faces.centroid_mm) @ np.column_stack([towards, across])
        chosen = np.abs(np.arctan2(flat[:, 1], flat[:, 0])) <= half_angle_rad
        if not chosen.any():
            return None
        u = displacement[triangles[chosen]].mean(axis=1)
        fits.append((flat[chosen], area[chosen], u))
    at = np.mean([np.average(f, axis=0, weights=a) for f, a, _ in fits], axis=0)
    proximal, distal = (_linear_at(at, f, a, u) for f, a, u in fits)
    jump = proximal - distal
    along = float(jump @ normal)
    return CortexMotion(-along, float(np.linalg.norm(jump - along * normal)))


def _linear_at(at: FloatArray, flat: FloatArray, weight: FloatArray, u: FloatArray) -> FloatArray:
    """Weighted least-squares linear field through u (n, 3) at flat (n, 2), taken at `at` (2,)."""
    root = np.sqrt(weight)[:, None]
    centre = np.average(flat, axis=0, weights=weight)
    design = np.column_stack([np.ones(len(flat)), flat - centre])
    coefficients, *_ = np.linalg.lstsq(design * root, u * root, rcond=None)
    out: FloatArray = np.concatenate([[1.0], at - centre]) @ coefficients
    return out


def _faces(mesh: TetMesh, cells: npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
    out: npt.NDArray[np.int32] = mesh.corners[cells][:, np.array(TET_FACES)].reshape(-1, 3).astype(np.int32)
    return out


def _key(faces: npt.NDArray[np.int32], count: int) -> npt.NDArray[np.int64]:
    """One number per triangle, whatever the order of its corners."""
    f = np.sort(faces, axis=1).astype(np.int64)
    if count**3 >= np.iinfo(np.int64).max:
        raise ValueError("mesh too large for 64-bit face keys")
    out: npt.NDArray[np.int64] = (f[:, 0] * count + f[:, 1]) * count + f[:, 2]
    return out
