"""Netgen (LGPL) as a mesher of triangle surfaces: its own STL geometry, surface remeshing and tetrahedra."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.core.progress import Progress
from surgitwin.meshing.files.vtu import write_stl
from surgitwin.meshing.meshers.apart import run_apart, used_points
from surgitwin.meshing.meshers.frame import LibraryMesher

PROGRAM = """
from netgen.stl import STLGeometry
made = STLGeometry(given).GenerateMesh(maxh=size_mm)
tets = made.Elements3D().NumPy()["nodes"][:, :4].astype(np.int64) - 1
np.savez(out, points=np.array(made.Coordinates(), float), tets=tets)
"""


class NetgenMesher(LibraryMesher):
    """The surface as an STL geometry of Netgen, with its default settings; slow and of good quality.

    The size is Netgen's largest (`maxh`).
    """

    name = "netgen"

    def run(self, surface: SurfaceMesh, size_mm: float, progress: Progress) -> tuple[FloatArray, IntArray]:
        """See `run_apart`."""
        progress("Netgen meshes the surface and fills it", 0.0)
        points, tets = run_apart("Netgen", PROGRAM, partial(_write, surface), size_mm, progress)
        return used_points(points, tets)


def _write(surface: SurfaceMesh, folder: Path) -> Path:
    path = folder / "surface.stl"
    write_stl(path, surface)
    return path
