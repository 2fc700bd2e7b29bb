"""With what a run was made: the program, its solver libraries, the machine."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import subprocess
import sys

import psutil

from surgitwin import __version__

PACKAGES = {
    "DOLFINx": ("dolfinx-solver-real", "fenics-dolfinx"),
    "UFL": ("fenics-ufl",),
    "NumPy": ("numpy",),
    "SciPy": ("scipy",),
    "numba": ("numba",),
}
"""Shown name -> names of the distribution (wheel, conda). The wheel of DOLFINx brings PETSc and MUMPS."""

PROBE_S = 120.0
"""Numerical setting: as `surgitwin doctor` allows for a cold disk."""


def versions() -> dict[str, str]:
    """Name -> version, for the sheet and --json; nothing that names the computer or its user."""
    memory = psutil.virtual_memory().total / 2**30
    return {
        "SurgiTwin": __version__,
        **{name: _version(names) for name, names in PACKAGES.items()},
        "PETSc": _petsc(),
        "Python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "machine": f"{os.cpu_count()} cores, {memory:.0f} GiB",
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }


def _version(names: tuple[str, ...]) -> str:
    for name in names:
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return "not found"


def _petsc() -> str:
    """Of the library that is loaded, asked in another process: loading it can take a process down."""
    command = [sys.executable, "-m", "surgitwin.mechanics.fenicsx.probe", "import"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PROBE_S)
    return done.stdout.strip().rpartition("PETSc ")[2] if done.returncode == 0 else "cannot be loaded"
