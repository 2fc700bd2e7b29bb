"""Compile every form once, so that the first solve does not wait.

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
    return time.perf_counter() - started


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
