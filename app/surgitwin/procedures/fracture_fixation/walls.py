"""Free surfaces of implants paired with the bone's wall: nail with the canal, plate with the outer surface.

The wall is where the bone of the image begins: the 0.5 level of the share of mineral bone, averaged from
cells to their corners so that it is smooth within them, and the mesh's own outer surface. A nail that was
reamed into bone has no clearance there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.mesh import TetMesh
from surgitwin.core.solids import ImplantSolids, Role
from surgitwin.mechanics.bone_contact import HALVINGS
from surgitwin.mechanics.locate import CellLocator
from surgitwin.mechanics.patches import patch_quadrature
from surgitwin.mechanics.problem import Bone, ContactSurface, Patch
from surgitwin.mechanics.quadrature import triangle_rule
from surgitwin.procedures.fracture_fixation.remodel import GAP
from surgitwin.procedures.fracture_fixation.table import setting

FREE_ROLES: tuple[Role, ...] = ("nail", "plate")
"""Parts that lie next to bone without being tied to it."""
ON_SURFACE_MM = 1e-3
"""A mesh node counts as on a solid's surface within this distance: numerical setting."""
SMOOTH = 0.9
"""Least slope of the distance to a solid where its surface has a normal: 1 on faces, 0.7 on edges."""
BISECTIONS = 7
"""Halvings of the step in which a ray enters bone: 0.5 mm become 0.004 mm."""
WALL = 0.5
"""Share of mineral bone at the wall."""


class BoneWall:
    """The wall of the bone of the image, and which of its cells can bear a contact force under a plan.

    image: the bone before a nail was reamed into it; planned: the bone of the problem, on the same mesh.
    """

    def __init__(self, image: Bone, planned: Bone) -> None:
        mesh = image.mesh
        stiff = setting("contact_modulus_MPa")
        share = (np.asarray(image.modulus_MPa) > stiff).mean(axis=1) * _mineral(image)
        volume = mesh.cell_volumes()
        total, bone = np.zeros((2, len(mesh.points_mm)))
        for k in range(4):
            np.add.at(total, mesh.corners[:, k], volume)
            np.add.at(bone, mesh.corners[:, k], volume * share)
        self._share = np.divide(bone, total, out=np.zeros_like(bone), where=total > 0)
        solid = (np.asarray(planned.modulus_MPa) > stiff).any(axis=1)
        self._bears = solid & np.asarray(planned.tie_mask, bool)
        self._corners = mesh.corners
        self._locator = CellLocator(mesh.points_mm[mesh.corners])

    def clearance(self, start: FloatArray, normal: FloatArray, reach_mm: float) -> FloatArray:
        """(n,) distance along rays to the wall, 0 where they start in bone; inf beyond `reach_mm`."""
        return _first(self._in_bone, start, normal, np.zeros(len(start)), reach_mm)

    def bearing(
        self, start: FloatArray, normal: FloatArray, from_mm: FloatArray, reach_mm: float
    ) -> tuple[FloatArray, IntArray, FloatArray]:
        """Distance (n,) to the first cell that bears force, from `from_mm` on at most `reach_mm` farther
        (else inf), that cell (n,) and the reference point (n, 3) in it."""
        distance = _first(self._on_bearing, start, normal, from_mm, reach_mm)
        met = np.where(np.isfinite(distance), distance, 0.0)
        cell, reference, _ = self._locator.find(start + met[:, None] * normal)
        return distance, cell, reference

    def _in_bone(self, x: FloatArray) -> npt.NDArray[np.bool_]:
        cell, reference, inside = self._locator.find(x)
        corner = np.column_stack([1 - reference.sum(axis=1), reference])
        out: npt.NDArray[np.bool_] = inside & (
            (corner * self._share[self._corners[cell]]).sum(axis=1) >= WALL
        )
        return out

    def _on_bearing(self, x: FloatArray) -> npt.NDArray[np.bool_]:
        cell, _, inside = self._locator.find(x)
        out: npt.NDArray[np.bool_] = inside & self._bears[cell]
        return out


def contact_surfaces(
    image: Bone, planned: Bone, solids: Sequence[ImplantSolids], meshes: Sequence[TetMesh]
) -> tuple[ContactSurface, ...]:
    """The free parts of every implant, paired with the bone within the reach of the metrics' table.

    meshes: ten-node meshes of the implants. A part that looks at no bone is left out.
    """
    found = [
        (n, role, one, mesh)
        for n, (one, mesh) in enumerate(zip(solids, meshes, strict=True))
        for role in FREE_ROLES
        if any(s.role == role for s in one.solids)
    ]
    if not found:
        return ()
    wall = BoneWall(image, planned)
    made = (_surface(wall, n, role, one, mesh) for n, role, one, mesh in found)
    return tuple(s for s in made if len(s.triangles))


def _mineral(bone: Bone) -> FloatArray:
    """(m,) 1 for cells of the image's bone or canal, 0 in the fracture's gap: a nail does not lean on it."""
    gap = [k for k, name in bone.mesh.names.items() if name == GAP]
    return np.where(np.isin(bone.mesh.part, gap) & ~np.asarray(bone.tie_mask, bool), 0.0, 1.0)


def _surface(wall: BoneWall, number: int, role: Role, solids: ImplantSolids, mesh: TetMesh) -> ContactSurface:
    reach = setting("contact_reach_mm")
    faces, owners = mesh.boundary_faces()
    nodes, normal = _outside(solids, role, mesh, faces)
    clearance = np.full(len(mesh.points_mm), np.inf)
    clearance[nodes] = wall.clearance(mesh.points_mm[nodes], normal, reach)
    kept = np.isfinite(clearance[faces]).all(axis=1)
    faces, owners = faces[kept], owners[kept]
    points = triangle_rule(HALVINGS)[0]
    count = len(points)
    name = f"{solids.name} {role}"
    if not len(faces):
        empty = np.zeros((0, count))
        return ContactSurface(
            name,
            number,
            role,
            faces,
            owners,
            np.zeros((0, count, 3)),
            empty,
            empty.astype(np.int32),
            np.zeros((0, count, 3)),
        )
    hat = np.column_stack([1 - points.sum(axis=1), points])
    at_node = np.zeros((len(mesh.points_mm), 3))
    at_node[nodes] = normal
    n = np.einsum("qk,fkd->fqd", hat, at_node[faces])
    n /= np.linalg.norm(n, axis=2, keepdims=True)
    gap = np.einsum("qk,fk->fq", hat, clearance[faces])
    x = patch_quadrature(mesh, Patch(name, faces), HALVINGS).points_mm
    far, cell, reference = wall.bearing(x.reshape(-1, 3), n.reshape(-1, 3), gap.ravel(), reach)
    gap = np.where(np.isfinite(far.reshape(gap.shape)), gap, np.inf)
    return ContactSurface(
        name, number, role, faces, owners, n, gap, cell.reshape(gap.shape), reference.reshape(*gap.shape, 3)
    )


def _outside(
    solids: ImplantSolids, role: Role, mesh: TetMesh, faces: IntArray
) -> tuple[IntArray, FloatArray]:
    """Corner nodes (n,) on the outside of a role's solids, and outward unit normals (n, 3) there.

    Nodes on edges are left out: they have no normal.
    """
    nodes = np.unique(faces)
    x = mesh.points_mm[nodes]
    on = np.abs(solids.distance(x, (role,))) <= ON_SURFACE_MM
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


def _first(
    inside: Callable[[FloatArray], npt.NDArray[np.bool_]],
    start: FloatArray,
    normal: FloatArray,
    from_mm: FloatArray,
    reach_mm: float,
) -> FloatArray:
    """(n,) distance along rays, from `from_mm` on, to where `inside` first holds; inf when not in reach."""
    step = setting("contact_step_mm")
    out = np.full(len(start), np.inf)
    left = np.arange(len(start))
    for further in np.arange(0.0, reach_mm + step / 2, step):
        distance = from_mm[left] + further
        found = inside(start[left] + distance[:, None] * normal[left])
        out[left[found]] = distance[found]
        left = left[~found]
        if not len(left):
            break
    hit = np.flatnonzero(np.isfinite(out) & (out > from_mm))
    low, high = out[hit] - step, out[hit]
    for _ in range(BISECTIONS if len(hit) else 0):
        middle = (low + high) / 2
        found = inside(start[hit] + middle[:, None] * normal[hit])
        low, high = np.where(found, low, middle), np.where(found, middle, high)
    out[hit] = high
    return out
