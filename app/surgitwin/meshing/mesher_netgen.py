"""Netgen (LGPL) as a mesher of triangle surfaces: its own STL geometry, surface remeshing and tetrahedra."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import GeometryError
from surgitwin.core.frame import Plane
from surgitwin.core.mesh import SurfaceMesh, TetMesh
from surgitwin.core.progress import SILENT, Progress
from surgitwin.meshing.io import write_stl
from surgitwin.meshing.lattice import orient
from surgitwin.meshing.mesher import cannot
from surgitwin.meshing.mesher_clip import clipped, flattened
from surgitwin.meshing.quality import gate
from surgitwin.meshing.sizing import Refinement
from surgitwin.meshing.surface import require_closed

PROGRAM = """
import sys
if sys.platform == "linux":  # end with the process that asked (PR_SET_PDEATHSIG, SIGKILL)
    import ctypes
    ctypes.CDLL(None).prctl(1, 9)
import numpy as np
from netgen.stl import STLGeometry
given, size_mm, out = sys.argv[-3:]
made = STLGeometry(given).GenerateMesh(maxh=float(size_mm))
tets = made.Elements3D().NumPy()["nodes"][:, :4].astype(np.int64) - 1
np.savez(out, points=np.array(made.Coordinates(), float), tets=tets)
"""
"""What the other process runs: the STL file, the largest size in mm and the .npz file to write are its
arguments.
"""

POLL_S = 0.1
"""Numerical setting: how often it is asked whether the user wants to stop."""


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
        if refine:
            raise cannot(self.name, "zones of smaller elements")
        require_closed(surface, "surface")
        progress("Netgen meshes the surface and fills it", 0.0)
        points, tets = _run(clipped(surface, cuts) if cuts else surface, size_mm, progress)
        tets = orient(points, tets)
        points = flattened(points, tets, cuts)
        mesh = TetMesh(points, tets, np.ones(len(tets), np.int32), {1: "bone"})
        gate(mesh, "the mesh")
        progress("Mesh done", 1.0)
        return mesh


def _run(surface: SurfaceMesh, size_mm: float, progress: Progress) -> tuple[FloatArray, IntArray]:
    """Netgen in a process of its own: on some surfaces it aborts the process that it runs in."""
    with tempfile.TemporaryDirectory(prefix="surgitwin-netgen-") as folder:
        given, made = Path(folder) / "surface.stl", Path(folder) / "mesh.npz"
        write_stl(given, surface)
        words = [sys.executable, "-c", PROGRAM, str(given), repr(size_mm), str(made)]
        with (Path(folder) / "said.txt").open("w+", encoding="utf-8", errors="replace") as said_file:
            process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=said_file)
            try:
                while process.poll() is None:
                    progress("Netgen meshes the surface and fills it")
                    time.sleep(POLL_S)
            finally:
                process.kill()
                process.wait()
            said_file.seek(0)
            said = said_file.read()
        if process.returncode != 0 or not made.is_file():
            last = [line for line in said.splitlines() if line.strip()][-1:]
            raise failed("Netgen", last[0] if last else f"its process ended with code {process.returncode}")
        with np.load(made) as held:
            points, tets = held["points"], held["tets"]
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
