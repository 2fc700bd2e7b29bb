"""Shells of a surface: which way they face, which hold nothing, which lie inside others, unions of those
that cross.
"""

from __future__ import annotations

import manifold3d
import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.mesh import SurfaceMesh, triangle_areas
from surgitwin.meshing.distance import point_distance
from surgitwin.meshing.repair.clean import weld_distance
from surgitwin.meshing.repair.topology import edges_of, patches

EMPTY = 1e-4
"""Numerical setting: a shell whose volume is below this share of the 3/2 power of its area holds nothing (a
ball has 0.094, a sheet 1/3500 as thick as wide has this)."""


def shells_of(triangles: IntArray) -> npt.NDArray[np.int64]:
    """(m,) number of the shell of each triangle."""
    return patches(len(triangles), edges_of(triangles).pairs)


def shell_volumes(points_mm: FloatArray, triangles: IntArray, shell: npt.NDArray[np.int64]) -> FloatArray:
    """(s,) signed volume of each shell about its own middle, mm3."""
    count = int(shell.max()) + 1 if len(shell) else 0
    weight = np.maximum(np.bincount(shell, minlength=count), 1)
    x = points_mm[triangles]
    middle = x.mean(axis=1)
    centre = np.stack([np.bincount(shell, middle[:, k], count) / weight for k in range(3)], axis=1)
    x = x - centre[shell][:, None]
    six = np.einsum("ij,ij->i", x[:, 0], np.cross(x[:, 1], x[:, 2]))
    out: FloatArray = np.bincount(shell, six, count) / 6
    return out


def outward(points_mm: FloatArray, triangles: IntArray) -> tuple[IntArray, int]:
    """Triangles with every shell facing outwards, but for cavities; and the number of shells turned.

    A shell that faces inwards and lies inside another one is a cavity.
    """
    if not len(triangles):
        return triangles, 0
    shell = shells_of(triangles)
    wrong = inside_out(points_mm, triangles, shell)
    out = np.array(triangles)
    rows = np.isin(shell, wrong)
    out[rows] = out[rows][:, ::-1]
    return out, len(wrong)


def count_inward(points_mm: FloatArray, triangles: IntArray) -> int:
    """Number of shells that `outward` would turn."""
    return len(inside_out(points_mm, triangles, shells_of(triangles))) if len(triangles) else 0


def inside_out(points_mm: FloatArray, triangles: IntArray, shell: npt.NDArray[np.int64]) -> list[int]:
    """Shells (numbers as in `shell`) that face inwards and are no cavity in another one."""
    volume = shell_volumes(points_mm, triangles, shell)
    return [
        int(s)
        for s in np.flatnonzero(volume < 0)
        if not _within_another(points_mm, triangles, shell, int(s), volume)
    ]


def _within_another(
    points_mm: FloatArray, triangles: IntArray, shell: npt.NDArray[np.int64], which: int, volume: FloatArray
) -> bool:
    """Whether a shell lies inside a larger one."""
    one = points_mm[triangles[shell == which]].reshape(-1, 3)
    low, high = one.min(axis=0), one.max(axis=0)
    for other in np.flatnonzero(np.abs(volume) > abs(volume[which])).tolist():
        t = triangles[shell == other]
        corners = points_mm[t].reshape(-1, 3)
        if (corners.min(axis=0) > low).any() or (corners.max(axis=0) < high).any():
            continue
        mesh = SurfaceMesh(points_mm, t if volume[other] > 0 else t[:, ::-1])
        if point_distance(one[:: max(1, len(one) // 20)], mesh).max() < 0:
            return True
    return False


def drop_empty(points_mm: FloatArray, triangles: IntArray) -> tuple[IntArray, int]:
    """Triangles of shells that hold a volume, and the number of shells that do not."""
    if not len(triangles):
        return triangles, 0
    shell = shells_of(triangles)
    volume = np.abs(shell_volumes(points_mm, triangles, shell))
    area = np.bincount(shell, triangle_areas(points_mm, triangles))
    empty = np.flatnonzero(volume < EMPTY * area**1.5)
    return triangles[~np.isin(shell, empty)], len(empty)


def union(points_mm: FloatArray, triangles: IntArray) -> tuple[FloatArray, IntArray] | None:
    """The shells as one body by manifold3d, None when it takes one of them for no manifold.

    Each shell must be closed and free of crossings with itself; none may be a cavity.
    """
    shell = shells_of(triangles)
    bodies = []
    for s in range(int(shell.max()) + 1):
        used, compact = np.unique(triangles[shell == s], return_inverse=True)
        made = manifold3d.Manifold(
            manifold3d.Mesh64(points_mm[used], compact.reshape(-1, 3).astype(np.uint64))
        )
        if made.status() != manifold3d.Error.NoError:
            return None
        bodies.append(made)
    body = manifold3d.Manifold.batch_boolean(bodies, manifold3d.OpType.Add)
    mesh = body.simplify(2 * weld_distance(points_mm)).to_mesh64()  # no slivers where shells nearly touch
    return np.asarray(mesh.vert_properties, float)[:, :3], np.asarray(mesh.tri_verts, np.int64)
