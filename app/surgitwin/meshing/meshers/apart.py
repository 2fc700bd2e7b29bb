"""A library's mesher in a process and a folder of its own: on some surfaces these libraries abort the process
that they run in, or leave files in the current folder.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.progress import Progress
from surgitwin.meshing.meshers.frame import failed

ENDS_WITH_US = """
import sys
if sys.platform == "linux":  # end with the process that asked (PR_SET_PDEATHSIG, SIGKILL)
    import ctypes
    ctypes.CDLL(None).prctl(1, 9)
import numpy as np
given, size_mm, out = sys.argv[-3], float(sys.argv[-2]), sys.argv[-1]
"""
"""Begin of every program."""

POLL_S = 0.1
"""Numerical setting: how often it is asked whether the user wants to stop."""


def run_apart(
    library: str, program: str, write: Callable[[Path], Path], size_mm: float, progress: Progress
) -> tuple[FloatArray, IntArray]:
    """Points (n, 3) in mm and tetrahedra (m, 4) that a program makes of a surface.

    write: puts the surface into a folder and returns the file. program: Python text that finds `given` (that
    file), `size_mm` and `np`, and saves `points` and `tets` as the .npz file `out`.
    Raises GeometryError "mesh.mesher_failed" with the last line that it said.
    """
    with tempfile.TemporaryDirectory(prefix=f"surgitwin-{library.lower()}-") as folder:
        given, made = write(Path(folder)), Path(folder) / "mesh.npz"
        words = [sys.executable, "-c", ENDS_WITH_US + program, str(given), repr(size_mm), str(made)]
        code, said = _wait(words, Path(folder), lambda: progress(f"{library} fills the surface"))
        if code != 0 or not made.is_file():
            raise failed(library, said or f"its process ended with code {code}")
        with np.load(made) as held:
            points, tets = held["points"], held["tets"]
    if not len(tets):
        raise failed(library, "it made no tetrahedra")
    return points, tets


def _wait(words: list[str], folder: Path, poll: Callable[[], None]) -> tuple[int, str]:
    """Code and last line on standard error of a program; killed when `poll` raises."""
    with (folder / "said.txt").open("w+", encoding="utf-8", errors="replace") as said_file:
        process = subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=said_file)
        try:
            while process.poll() is None:
                poll()
                time.sleep(POLL_S)
        finally:
            process.kill()
            process.wait()
        said_file.seek(0)
        lines = [line.strip() for line in said_file if line.strip()]
    return process.returncode, lines[-1] if lines else ""


def used_points(points: FloatArray, tets: IntArray) -> tuple[FloatArray, IntArray]:
    """The points that tetrahedra have, and the tetrahedra by their new numbers."""
    used, inverse = np.unique(tets, return_inverse=True)
    return points[used], inverse.reshape(tets.shape)
