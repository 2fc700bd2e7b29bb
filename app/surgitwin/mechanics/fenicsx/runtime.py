"""The DOLFINx run time: import order, form compiler, versions. Import this module before dolfinx."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cffi
import petsc4py

with contextlib.suppress(ModuleNotFoundError):  # only the wheels have it; conda's DOLFINx does without
    import dolfinx_solver  # noqa: F401 - loads MPI in the right order; must come before dolfinx

# PETSc would catch the system's signals and end the process on each of them (exit code 15), also on SIGPIPE,
# which Python ignores: a peer of the network that hangs up would end the program instead of raising OSError.
petsc4py.init(["-no_signal_handler"])

import dolfinx  # noqa: E402 - it starts PETSc
from dolfinx import fem  # noqa: E402

from surgitwin.core.errors import SolverError  # noqa: E402
from surgitwin.mechanics.fenicsx.jit_cache import compiling  # noqa: E402

DOLFINX_VERSION: str = dolfinx.__version__

JIT_OPTIONS = {"timeout": 300}
"""Seconds that a rank waits for another rank's form compilation (10 is the library's default)."""


def no_compiler(detail: str) -> SolverError:
    """The error that says what to install."""
    return SolverError(
        "solver.no_compiler",
        f"The solver cannot compile its forms ({detail}).",
        hint="Install a C compiler and Python's headers (Debian and Ubuntu: gcc, libc6-dev, python3-dev), "
        "then run `python -m surgitwin.mechanics.fenicsx.warm` once.",
        where="form compiler",
    )


def compile_form(form: Any) -> Any:
    """`dolfinx.fem.form`, with a failing compiler reported as SolverError "solver.no_compiler"."""
    return _compiled(lambda: fem.form(form, jit_options=JIT_OPTIONS))


def compile_expression(expression: Any, points: Any) -> Any:
    """`dolfinx.fem.Expression` at reference points; a failing compiler is reported as for forms."""
    return _compiled(lambda: fem.Expression(expression, points, jit_options=JIT_OPTIONS))


def _compiled(make: Callable[[], Any]) -> Any:
    try:
        with compiling(Path(dolfinx.jit.get_options(JIT_OPTIONS)["cache_dir"])):
            try:
                return make()
            except FileExistsError:  # another process finished the same form meanwhile: load that one
                return make()
    except (cffi.VerificationError, OSError, ImportError) as error:
        raise no_compiler(f"{type(error).__name__}: {error}") from error


def peak_rss_MB() -> float:
    """Largest resident memory of this process so far, MB."""
    if sys.platform == "win32":
        import psutil

        return float(psutil.Process().memory_info().peak_wset) / 2**20
    import resource

    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux KiB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
