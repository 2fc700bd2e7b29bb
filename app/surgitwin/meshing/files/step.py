"""Triangles of a STEP file, made in a process of its own: Open CASCADE crashes on damaged files.

Run as `python -P step.py IN OUT.npz` (points (n, 3) mm, triangles (m, 3)): as a file and not as a module
of its package, whose other imports would take longer than the work.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from surgitwin.core.arrays import FloatArray, IntArray

CHORD_SHARE = 0.002
"""Numerical setting: edge length of triangles on a STEP shape where it is most curved, as share of it."""

LONGEST_S = 120
"""Numerical setting: a plate with its screw holes took some seconds."""


def step_triangles(path: Path) -> tuple[FloatArray, IntArray]:
    """Points in mm (Open CASCADE turns the file's unit) and outer triangles of its solids.

    Raises ValueError when the file cannot be read, also when the reader crashed or took too long.
    """
    with tempfile.TemporaryDirectory(prefix="surgitwin-step-") as folder:
        out = Path(folder) / "surface.npz"
        command = [sys.executable, "-P", __file__, str(path.resolve()), str(out)]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=LONGEST_S)
            with np.load(out) as data:
                return data["points"], data["triangles"]
        except subprocess.TimeoutExpired:
            raise ValueError(f"its shapes were not cut into triangles within {LONGEST_S} s") from None
        except (subprocess.CalledProcessError, OSError, KeyError):
            raise ValueError("Open CASCADE finds no solid in it") from None


def _convert(path: str, out: str) -> None:
    """In the other process: read, mesh the surface, write."""
    from netgen.meshing import MeshingParameters, MeshingStep
    from netgen.occ import OCCGeometry

    geometry = OCCGeometry(path)
    low, high = geometry.shape.bounding_box
    size = float(np.max(np.array(list(high)) - np.array(list(low))))
    parameters = MeshingParameters(
        maxh=size / 10, minh=CHORD_SHARE * size, curvaturesafety=3.0, perfstepsend=MeshingStep.MESHSURFACE
    )
    mesh = geometry.GenerateMesh(parameters)
    points = np.array([tuple(p.p) for p in mesh.Points()])
    triangles = np.array([[v.nr - 1 for v in e.vertices[:3]] for e in mesh.Elements2D()], np.int64)
    np.savez(out, points=points.reshape(-1, 3), triangles=triangles.reshape(-1, 3))


if __name__ == "__main__":
    _convert(sys.argv[1], sys.argv[2])
