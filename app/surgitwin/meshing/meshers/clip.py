"""Flat cuts for meshers that keep the surface they are given: it is cut, and its flat faces stay flat."""

from __future__ import annotations

from collections.abc import Sequence

import manifold3d
import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import GeometryError
from surgitwin.core.frame import Plane
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.meshing.lattice import volumes

ON_PLANE_MM = 1e-3
"""Numerical setting: nodes this near to a cut belong to it; STL's single precision is 6e-5 mm at 1000 mm."""


def clipped(surface: SurfaceMesh, cuts: Sequence[Plane]) -> SurfaceMesh:
    """The closed surface without what lies beyond the planes, closed there by flat faces (manifold3d).

    Raises GeometryError "mesh.surface_open" for a surface that is no manifold, "mesh.cut_outside".
    """
    body = manifold3d.Manifold(
        manifold3d.Mesh64(np.array(surface.points_mm), np.asarray(surface.triangles, np.uint64))
    )
    if body.status() != manifold3d.Error.NoError:
        raise GeometryError(
            "mesh.surface_open",
            "The surface is no manifold, so it cannot be cut.",
            hint="Mend it with `surgitwin repair`, or use the mesher stuffing-mmg3d.",
            where="surface",
        )
    for plane in cuts:
        before = body.volume()
        body = body.trim_by_plane((-plane.normal).tolist(), -float(plane.normal @ plane.point_mm))
        if body.is_empty() or body.volume() > before * (1 - 1e-12):
            x, y, z = plane.point_mm
            raise GeometryError(
                "mesh.cut_outside",
                "The plane of the cut does not cross the bone.",
                hint="Move the plane into the bone.",
                where=f"cut, LPS ({x:.1f}, {y:.1f}, {z:.1f}) mm",
            )
    made = body.to_mesh64()
    return SurfaceMesh(np.asarray(made.vert_properties, float)[:, :3], np.asarray(made.tri_verts, np.int32))


def flattened(points_mm: FloatArray, tets: np.ndarray, cuts: Sequence[Plane]) -> FloatArray:
    """The points with those near a cut exactly on it, unless that turns a tetrahedron over.

    Raises GeometryError "mesh.mesher_failed" when it would, or when a cut has no face of the mesh on it.
    """
    points = np.array(points_mm)
    for plane in cuts:
        away = plane.distance(points)
        on = np.abs(away) < ON_PLANE_MM
        if on.sum() < 3:
            raise _lost("a cut is not flat in its mesh")
        points[on] -= away[on, None] * plane.normal
    if cuts and (volumes(points, tets) <= 0).any():
        raise _lost("a cut would turn tetrahedra over")
    return points


def _lost(reason: str) -> GeometryError:
    return GeometryError(
        "mesh.mesher_failed",
        f"The mesher lost the flat cuts of the bone: {reason}.",
        hint="Use the mesher stuffing-mmg3d.",
        where="mesher",
    )
