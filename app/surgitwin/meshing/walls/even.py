"""Triangles of even shape and wanted size on a closed or open surface, by Mmgs."""

from __future__ import annotations

from collections.abc import Sequence

import mmgpy
import numpy as np

from surgitwin.core.errors import GeometryError
from surgitwin.core.frame import Plane
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.meshing.interrupt import interrupt_kept
from surgitwin.meshing.sizing import SizeField, wanted_size
from surgitwin.meshing.walls.across import compact
from surgitwin.meshing.walls.normals import open_ends

CHORD_SHARE = 0.1
"""Numerical setting: the surface moves by at most this share of the largest edge."""

GRADATION = 1.3
"""Numerical setting: largest ratio of neighbouring edge lengths (Mmg's default)."""

RIDGE_DEG = 80.0
"""Numerical setting: surfaces of vessels have no ridges but their rims; voxel steps are none."""


def even_triangles(
    surface: SurfaceMesh, size_mm: float, refine: Sequence[SizeField] = (), ends: Sequence[Plane] = ()
) -> SurfaceMesh:
    """The surface with edges of about size_mm, smaller where `refine` wants; its rims end in the planes.

    Raises GeometryError "mesh.remesh".
    """
    mesh = mmgpy.MmgMeshS()
    count = len(surface.triangles)
    mesh.set_mesh_size(vertices=len(surface.points_mm), triangles=count)
    mesh.set_vertices(np.ascontiguousarray(surface.points_mm))
    mesh.set_triangles(surface.triangles.astype(np.int32), np.ones(count, np.int64))
    size = wanted_size(surface.points_mm, size_mm, refine)
    mesh["metric"] = np.asarray(size, np.float64).reshape(-1, 1)
    try:
        with interrupt_kept():
            mesh.remesh(
                hausd=CHORD_SHARE * size_mm, hmin=0.7 * float(size.min()), hmax=1.4 * size_mm,
                hgrad=GRADATION, ar=RIDGE_DEG, verbose=-1,
            )  # fmt: skip
    except RuntimeError as error:
        raise GeometryError(
            "mesh.remesh",
            f"The triangles could not be made even: {error}.",
            hint="Mend the surface with `surgitwin repair`, or use another --size.",
            where="surface",
        ) from error
    made = compact(np.array(mesh.get_vertices(), float), np.array(mesh.get_triangles(), np.int64))
    return _flat_ends(made, ends)


def _flat_ends(surface: SurfaceMesh, ends: Sequence[Plane]) -> SurfaceMesh:
    """The rim nearest to each plane's point moved into the plane."""
    rims = open_ends(surface)
    points = np.array(surface.points_mm)
    for plane in ends:
        if rims:
            nearest = min(rims, key=lambda e: float(np.linalg.norm(e.centre_mm - plane.point_mm)))
            points[nearest.loop] -= plane.distance(points[nearest.loop])[:, None] * plane.normal
    return SurfaceMesh(points, surface.triangles)
