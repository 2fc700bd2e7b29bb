"""The DOLFINx run time: import order, form compiler, versions. Import this module before dolfinx."""

from __future__ import annotations

import resource
import shutil
import sysconfig
from pathlib import Path
from typing import Any

import dolfinx_solver  # noqa: F401 - loads MPI in the right order; must come before dolfinx
from dolfinx import fem

from surgitwin.core.errors import SolverError

JIT_OPTIONS = {"timeout": 300}
"""Seconds that a rank waits for another rank's form compilation (10 is the library's default)."""


def check_compiler() -> None:
    """Raise SolverError "solver.no_compiler" unless a C compiler and Python's headers are there."""
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    headers = Path(sysconfig.get_paths()["include"]) / "Python.h"
    missing = [] if shutil.which(compiler) or shutil.which("cc") else [f"C compiler ({compiler})"]
    if missing:
        raise no_compiler(f"missing: {', '.join(missing)}; headers at {headers.parent}")


def no_compiler(detail: str) -> SolverError:
    """The error that says what to install."""
    return SolverError(
        "solver.no_compiler",
        f"The solver cannot compile its forms ({detail}).",
        hint="Install a C compiler (Debian and Ubuntu: gcc and libc6-dev), then run "
        "`python -m surgitwin.mechanics.fenicsx.warm` once.",
        where="form compiler",
    )


def compile_form(form: Any) -> Any:
    """`dolfinx.fem.form`, with a failing compiler reported as SolverError "solver.no_compiler"."""
    try:
        return fem.form(form, jit_options=JIT_OPTIONS)
    except (RuntimeError, OSError, TimeoutError, ImportError, ModuleNotFoundError) as error:
        check_compiler()
        raise no_compiler(f"{type(error).__name__}: {error}") from error


def peak_rss_MB() -> float:
    """Largest resident memory of this process so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
