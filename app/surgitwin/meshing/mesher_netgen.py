"""Netgen (LGPL) as a mesher of triangle surfaces: its own STL geometry, surface remeshing and tetrahedra."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from surgitwin.core.errors import GeometryError
from surgitwin.core.frame import Plane
from surgitwin.core.mesh import SurfaceMesh, TetMesh
from surgitwin.core.progress import SILENT, Progress
from surgitwin.meshing.io import write_stl
from surgitwin.meshing.lattice import orient
from surgitwin.meshing.mesher import cannot
from surgitwin.meshing.quality import gate
from surgitwin.meshing.sizing import Refinement
from surgitwin.meshing.surface import require_closed


class NetgenMesher:
    """The surface as an STL geometry of Netgen, with its default settings; slow and of good quality."""

    name = "netgen"

    def fill(
        self,
        surface: SurfaceMesh,
        size_mm: float,
        cuts: Sequence[Plane] = (),
        refine: Sequence[Refinement] = (),
        progress: Progress = SILENT,
    ) -> TetMesh:
        """See `Mesher.fill`; size_mm is Netgen's largest size `maxh`.

        Raises GeometryError "mesh.surface_open", "mesh.mesher_failed", "mesh.quality".
        """
        if cuts or refine:
            raise cannot(self.name, "flat cuts" if cuts else "zones of smaller elements")
        require_closed(surface, "surface")
        progress("Netgen meshes the surface and fills it", 0.0)
        points, tets = _run(surface, size_mm)
        mesh = TetMesh(points, orient(points, tets), np.ones(len(tets), np.int32), {1: "bone"})
        gate(mesh, "the mesh")
        progress("Mesh done", 1.0)
        return mesh


def _run(surface: SurfaceMesh, size_mm: float) -> tuple[np.ndarray, np.ndarray]:
    from netgen.stl import STLGeometry

    # Netgen reads geometry of triangles from files only.
    with tempfile.TemporaryDirectory(prefix="surgitwin-netgen-") as folder:
        file = Path(folder) / "surface.stl"
        write_stl(file, surface)
        try:
            made = STLGeometry(str(file)).GenerateMesh(maxh=size_mm)
        except Exception as error:  # Netgen raises its own class, which Python does not see
            raise failed("Netgen", str(error)) from error
    points = np.array(made.Coordinates(), float)
    tets = made.Elements3D().NumPy()["nodes"][:, :4].astype(np.int64) - 1
    if not len(tets):
        raise failed("Netgen", "it made no tetrahedra")
    used, inverse = np.unique(tets, return_inverse=True)
    return points[used], inverse.reshape(tets.shape)


def failed(library: str, reason: str) -> GeometryError:
    """The error of a library that gave no mesh."""
    return GeometryError(
        "mesh.mesher_failed",
        f"{library} could not mesh the surface: {reason}.",
        hint="Use the mesher stuffing, or mend the surface with `surgitwin repair`.",
        where="surface",
    )
