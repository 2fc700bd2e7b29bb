"""Tried by `surgitwin doctor`, in another process; the argument is `import` or `compile`."""

from __future__ import annotations

import contextlib
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

with contextlib.suppress(ModuleNotFoundError):  # only the wheels have it; conda's DOLFINx does without
    import dolfinx_solver  # noqa: F401 - loads MPI in the right order; must come before dolfinx
import dolfinx
import ufl
from dolfinx import fem, mesh
from mpi4py import MPI
from petsc4py import PETSc


def imported() -> str:
    """Versions of DOLFINx and PETSc (both are loaded by now)."""
    return f"DOLFINx {dolfinx.__version__}, PETSc {'.'.join(str(n) for n in PETSc.Sys.getVersion())}"


def compiled() -> str:
    """Compile a form of one number into an empty cache and evaluate it: the seconds that this took."""
    header = Path(sysconfig.get_paths()["include"]) / "Python.h"
    if not header.is_file():
        raise FileNotFoundError(f"{header} is missing: the headers of Python are not installed")
    line = mesh.create_unit_interval(MPI.COMM_SELF, 1)
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as cache:
        form = fem.form(fem.Constant(line, 2.0) * ufl.dx, jit_options={"cache_dir": cache})
        value = fem.assemble_scalar(form)
    if abs(value - 2.0) > 1e-12:
        raise ArithmeticError(f"the compiled form gave {value}, not 2")
    return f"compiled and ran a form in {time.perf_counter() - start:.1f} s"


if __name__ == "__main__":
    sys.stdout.write({"import": imported, "compile": compiled}[sys.argv[1]]() + "\n")
