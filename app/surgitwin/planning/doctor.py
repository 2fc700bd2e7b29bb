"""Is this machine ready? Every check says what was found and, when it fails, the next step.

What can take a process down with it (native libraries, a display, a compiler) is tried in another one.
"""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

GIB = 1024**3
PROBE_TIMEOUT_S = 120.0
"""Numerical setting: the slowest probe takes some 3 s on two cores; a cold disk may take a minute."""

MEMORY_NEEDED_GIB = 4.0
"""Numerical setting, unverified beyond the default study of about 150,000 unknowns per model."""

DISK_NEEDED_GIB = 1.0
"""Numerical setting: a CT of 275 x 512 x 512 (144 MB), its labels, meshes and the results of some plans."""

PACKAGES = (
    "numpy", "scipy", "pydicom", "SimpleITK", "scikit-image", "connected-components-3d", "vtk", "pyvista",
    "pyvistaqt", "meshio", "mmgpy", "netgen-mesher", "pyacvd",
)  # fmt: skip
"""Distribution names. DOLFINx and Qt, whose names differ in conda, report their own version."""


@dataclass(frozen=True)
class Check:
    """One line of `surgitwin doctor`: an optional one may fail without harm to the main path.

    hint: the next step, empty when nothing is to be done.
    """

    name: str
    ok: bool
    optional: bool
    detail: str
    hint: str = ""


def run_checks(folder: Path | None = None) -> list[Check]:
    """All checks in the order in which a person should mend them; takes some seconds.

    folder: where cases will be kept (its disk is checked); the current one when None.
    """
    screen = has_screen()
    return [
        _python(),
        *(_package(name) for name in PACKAGES),
        _probe(
            "DOLFINx import",
            "surgitwin.mechanics.fenicsx.probe",
            "import",
            hint="Run `bash packaging/setup.sh` (Linux) or use packaging/environment.yml (conda).",
        ),
        _probe(
            "form compiler",
            "surgitwin.mechanics.fenicsx.probe",
            "compile",
            hint="Install a C compiler and Python's headers (Debian: apt-get install gcc libc6-dev "
            "python3-dev) and unset CC, or let CC name a compiler that exists.",
        ),
        _probe(
            "kept kernels",
            "surgitwin.planning.kernels",
            "where",
            optional=True,
            hint="Set NUMBA_CACHE_DIR to a folder that you may write in; without it the first use of a step "
            "waits some seconds in every session.",
        ),
        _probe(
            "VTK off-screen",
            "surgitwin.scene.probe",
            hint="Install software OpenGL (Debian: apt-get install libgl1 libegl1 libgl1-mesa-dri).",
        ),
        _probe(
            "Qt",
            "surgitwin.viewer.probe",
            optional=not screen,
            hint="Run `bash packaging/setup.sh`; it names the libraries of the screen that are missing. "
            "Without a window all commands but `open` work.",
        ),
        _memory(),
        _disk(Path.cwd() if folder is None else folder),
        _program("CGAL mesher", CGAL_PROGRAM, "Only for the conforming mesher (GPL, separate); not needed."),
        _program("CalculiX", "ccx", "Only for benchmarks and exported .inp files (Debian: calculix-ccx)."),
    ]


def has_screen() -> bool:
    """Whether a window can be expected to open here."""
    if sys.platform.startswith("linux"):
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return True


CGAL_PROGRAM = "surgitwin-cgal-mesher"


def _check(name: str, ok: bool, optional: bool, detail: str, hint: str) -> Check:
    return Check(name, ok, optional, detail, "" if ok else hint)


def _python() -> Check:
    found = ".".join(str(n) for n in sys.version_info[:3])
    return _check("Python", sys.version_info >= (3, 12), False, found, "Python 3.12 or newer is needed.")


def _package(name: str) -> Check:
    try:
        return Check(name, True, False, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Check(name, False, False, "not installed", "Run `bash packaging/setup.sh` again.")


def _probe(name: str, module: str, *arguments: str, hint: str, optional: bool = False) -> Check:
    """Run a probe module in another process: its output is the detail, its error the reason."""
    command = [sys.executable, "-m", module, *arguments]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=PROBE_TIMEOUT_S,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Check(name, False, optional, f"no answer within {PROBE_TIMEOUT_S:.0f} s", hint)
    if done.returncode == 0:
        return Check(name, True, optional, done.stdout.strip())
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()] or ["no message"]
    if done.returncode < 0:  # a native library aborted: its first line is the cause
        reason = f"{lines[0]} (ended by {signal.Signals(-done.returncode).name})"
    else:  # Python's traceback ends with the cause
        reason = lines[-1]
    return Check(name, False, optional, reason, hint)


def _memory() -> Check:
    available = psutil.virtual_memory().available
    limit = _container_limit()
    if limit is not None:
        available = min(available, limit)
    return _check(
        "memory",
        available >= MEMORY_NEEDED_GIB * GIB,
        False,
        f"{available / GIB:.1f} GiB available",
        f"{MEMORY_NEEDED_GIB:.0f} GiB are advised: close other programs or choose a larger element size.",
    )


def _container_limit() -> int | None:
    """Bytes that a container may use (cgroup version 2 or 1), None without a limit."""
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            text = Path(path).read_text(encoding="ascii").strip()
        except OSError:
            continue
        return int(text) if text.isdigit() else None
    return None


def _disk(folder: Path) -> Check:
    place = next(p for p in (folder.resolve(), *folder.resolve().parents) if p.exists())
    free = shutil.disk_usage(place).free
    writable = os.access(place, os.W_OK)
    return _check(
        "disk",
        writable and free >= DISK_NEEDED_GIB * GIB,
        False,
        f"{free / GIB:.1f} GiB free in {place}" + ("" if writable else ", not writable"),
        f"{DISK_NEEDED_GIB:.0f} GiB in a folder that you may write to are advised for cases.",
    )


def _program(name: str, program: str, hint: str) -> Check:
    found = shutil.which(program)
    return _check(name, found is not None, True, found or f"`{program}` is not on PATH", hint)
