"""Netgen (LGPL) as a mesher of triangle surfaces: its own STL geometry, surface remeshing and tetrahedra."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.core.progress import Progress
from surgitwin.meshing.files.vtu import write_stl
from surgitwin.meshing.meshers.frame import LibraryMesher, failed

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


class NetgenMesher(LibraryMesher):
    """The surface as an STL geometry of Netgen, with its default settings; slow and of good quality.

    The size is Netgen's largest (`maxh`).
    """

    name = "netgen"

    def run(self, surface: SurfaceMesh, size_mm: float, progress: Progress) -> tuple[FloatArray, IntArray]:
        """In a process of its own: on some surfaces Netgen aborts the process that it runs in.

        Raises GeometryError "mesh.mesher_failed".
        """
        progress("Netgen meshes the surface and fills it", 0.0)
        return _run(surface, size_mm, progress)


def _run(surface: SurfaceMesh, size_mm: float, progress: Progress) -> tuple[FloatArray, IntArray]:
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
