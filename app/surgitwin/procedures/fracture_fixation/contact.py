"""Where the linear model lets surfaces pass through each other: what its results leave out.

The model has no contact. A nail in its reamed canal and a plate next to the bone meet it only through
their screws, so under load they may move into bone that would stop them; so may the two fracture faces.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.mesh import TetMesh
from surgitwin.core.solids import ImplantSolids, Role
from surgitwin.mechanics.locate import CellLocator
from surgitwin.mechanics.problem import LoadSolution
from surgitwin.mechanics.tet10 import shape
from surgitwin.procedures.base import Solved
from surgitwin.procedures.fracture_fixation.motion import CortexMotion
from surgitwin.procedures.fracture_fixation.table import setting

FREE_ROLES: tuple[Role, ...] = ("nail", "plate")
"""Parts that lie next to bone without being tied to it."""
ON_SURFACE_MM = 1e-3
"""A mesh node counts as on a solid's surface within this distance: numerical setting."""
SMOOTH = 0.9
"""Least slope of the distance to a solid where its surface has a normal: 1 on faces, 0.7 on edges."""
BISECTIONS = 7
"""Halvings of the step in which a ray enters bone: 0.5 mm become 0.004 mm."""


@dataclass(frozen=True, eq=False)
class Approach:
    """Surface nodes of one implant part that look at bone.

    nodes (n,) of the implant's mesh, outward unit normals (n, 3), clearance (n,) mm along them to the
    bone's first point, that lies in `cells` (n,) of the bone's mesh with shape functions (n, 10).
    """

    role: str
    implant: int
    nodes: IntArray
    normal: FloatArray
    clearance_mm: FloatArray
    cells: IntArray
    shape: FloatArray

    def overlap_mm(self, bone: TetMesh, load: LoadSolution) -> float:
        """Largest depth to which the surface moves into the bone under a load; 0 when it stays clear."""
        if not len(self.nodes):
            return 0.0
        metal = load.implant_displacement_mm[self.implant][self.nodes]
        u = load.bone_displacement_mm[bone.cells[self.cells]]
        there = np.einsum("pa,pai->pi", self.shape, u)
        closing = ((metal - there) * self.normal).sum(axis=1)
        return max(float((closing - self.clearance_mm).max()), 0.0)


def approaches(run: Solved) -> list[Approach]:
    """The free parts of every implant against the mineral bone of a run; its loads share them."""
    stiff = np.asarray(run.bone.modulus_MPa).max(axis=1) > setting("contact_modulus_MPa")
    solid = np.flatnonzero(np.asarray(run.bone.tie_mask, bool) & stiff)
    mesh = run.solution.bone_mesh
    return [
        _approach(n, solids, role, made, mesh, solid)
        for n, (solids, made) in enumerate(zip(run.solids, run.solution.implant_meshes, strict=True))
        for role in FREE_ROLES
        if any(s.role == role for s in solids.solids)
    ]


def gap_overlap_mm(motions: list[CortexMotion], gap_mm: float) -> float:
    """How far the fracture faces pass through each other; 0 while the gap stays open."""
    return max(0.0, *(m.closure_mm - gap_mm for m in motions))


def _approach(
    number: int, solids: ImplantSolids, role: Role, made: TetMesh, bone: TetMesh, solid: IntArray
) -> Approach:
    nodes, normal = _surface(solids, role, made)
    start = made.points_mm[nodes]
    reach = setting("contact_reach_mm")
    x = bone.points_mm[bone.corners[solid]]
    near = ((x.max(axis=1) > start.min(axis=0) - reach) & (x.min(axis=1) < start.max(axis=0) + reach)).all(1)
    solid = solid[near]
    clearance = np.full(len(nodes), np.inf)
    if len(solid):
        locator = CellLocator(x[near])
        clearance = _first_bone(locator, start, normal, reach)
    met = np.isfinite(clearance)
    nodes, normal, clearance = nodes[met], normal[met], clearance[met]
    if not len(nodes):
        return Approach(role, number, nodes, normal, clearance, nodes, np.zeros((0, 10)))
    cell, reference, _ = locator.find(made.points_mm[nodes] + clearance[:, None] * normal)
    return Approach(role, number, nodes, normal, clearance, solid[cell], shape(reference))


def _surface(solids: ImplantSolids, role: Role, made: TetMesh) -> tuple[IntArray, FloatArray]:
    """Corner nodes (n,) on the outside of a role's solids, and outward unit normals (n, 3) there.

    Nodes on edges are left out: they have no normal.
    """
    faces, _ = made.boundary_faces()
    nodes = np.unique(faces)
    x = made.points_mm[nodes]
    distance = solids.distance(x, (role,))
    on = np.abs(distance) <= ON_SURFACE_MM
    if not on.any():
        raise ValueError(f"{solids.name}: the mesh has no node on the surface of its {role}")
    nodes, x = nodes[on], x[on]
    slope = np.stack(
        [
            solids.distance(x + step, (role,)) - solids.distance(x - step, (role,))
            for step in ON_SURFACE_MM * np.eye(3)
        ],
        axis=1,
    )
    slope /= 2 * ON_SURFACE_MM
    length = np.linalg.norm(slope, axis=1)
    smooth = length > SMOOTH
    return nodes[smooth].astype(np.int32), slope[smooth] / length[smooth, None]


def _first_bone(locator: CellLocator, start: FloatArray, normal: FloatArray, reach_mm: float) -> FloatArray:
    """(n,) distance along rays to where they first lie in a cell; inf when not within `reach_mm`."""

    def inside(rays: npt.NDArray[np.intp], distance: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        return locator.find(start[rays] + np.reshape(distance, (-1, 1)) * normal[rays])[2]

    step = setting("contact_step_mm")
    out = np.full(len(start), np.inf)
    left = np.arange(len(start))
    for distance in np.arange(0.0, reach_mm + step / 2, step):
        found = inside(left, distance)
        out[left[found]] = distance
        left = left[~found]
        if not len(left):
            break
    hit = np.flatnonzero(np.isfinite(out) & (out > 0))
    low, high = out[hit] - step, out[hit]
    for _ in range(BISECTIONS if len(hit) else 0):
        middle = (low + high) / 2
        found = inside(hit, middle)
        low, high = np.where(found, low, middle), np.where(found, middle, high)
    out[hit] = high
    return out
