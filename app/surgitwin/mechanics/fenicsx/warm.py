"""Compile every form and kernel once, so that the first solve does not wait.

Run as ``python -m surgitwin.mechanics.fenicsx.warm``.
"""

from __future__ import annotations

import sys
import time

import numpy as np
from mpi4py import MPI

from surgitwin.core.errors import SolverError
from surgitwin.core.mesh import TetMesh
from surgitwin.mechanics.fenicsx import stiffness
from surgitwin.mechanics.fenicsx.body import Body
from surgitwin.mechanics.fenicsx.solve import solve
from surgitwin.mechanics.problem import Bone, LoadCase, Patch, Problem, RemoteLoad


def warm() -> float:
    """Compile the forms of straight (degrees 2 and 4) and curved cells; returns the seconds it took.

    Raises SolverError "solver.no_compiler".
    """
    started = time.perf_counter()
    points = np.vstack([np.zeros(3), np.eye(3)])
    one = TetMesh(points, np.array([[0, 1, 2, 3]]), np.ones(1, np.int32))
    for curved, rules in ((False, {2: 4, 4: 14}), (True, {2: 4})):
        body = Body(one, MPI.COMM_SELF, curved=curved)
        for degree, count in rules.items():
            for space in (1, 2):
                stiffness.form(body, space, np.ones((1, count)), np.zeros(1), degree)
    _warm_kernels()
    return time.perf_counter() - started


def _warm_kernels() -> None:
    """Solve a small bar without a matrix: compiles and stores what numba makes of the kernels."""
    corner = np.array([[0, 1, 3, 7], [0, 3, 2, 7], [0, 2, 6, 7], [0, 6, 4, 7], [0, 4, 5, 7], [0, 5, 1, 7]])
    count = 60  # enough nodes for a level of aggregates
    k, j, i = np.meshgrid(np.arange(count), [0, 1], [0, 1], indexing="ij")
    points = np.stack([i, j, k], axis=-1).reshape(-1, 3).astype(float)
    tets = (4 * np.arange(count - 1)[:, None, None] + corner).reshape(-1, 4)
    mesh = TetMesh(points, tets, np.ones(len(tets), np.int32))
    flip = mesh.cell_volumes() < 0
    tets[flip] = tets[flip][:, [0, 2, 1, 3]]
    mesh = TetMesh(points, tets, np.ones(len(tets), np.int32))
    faces, _ = mesh.boundary_faces()
    z = mesh.points_mm[faces][..., 2]
    ends = [Patch(name, faces[(z == at).all(axis=1)]) for name, at in (("foot", 0), ("head", count - 1))]
    cells = len(mesh.cells)
    bone = Bone(mesh, np.full((cells, 4), 1.0), np.full(cells, 0.3), np.ones(cells, bool), ends[0])
    pull = RemoteLoad(ends[1], np.array([0.5, 0.5, count - 1]), np.array([0.0, 0.0, 1.0]))
    solve([Problem("warm", bone, (), (LoadCase("pull", (pull,)),))])


def main() -> int:
    """Exit code 0, or that of the error with its text on stderr."""
    try:
        seconds = warm()
    except SolverError as error:
        sys.stderr.write(f"{error.message}\n{error.hint}\n")
        return error.exit_code
    sys.stdout.write(f"Solver forms are compiled ({seconds:.1f} s).\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
