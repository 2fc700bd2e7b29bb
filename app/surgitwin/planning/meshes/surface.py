"""Surfaces of files: mended, filled with tetrahedra, written again. No case is needed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from surgitwin.core.errors import GeometryError, UsageError
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.core.places import require_folder
from surgitwin.core.progress import SILENT, Progress
from surgitwin.meshing.estimate import Estimate, estimate, require_wanted
from surgitwin.meshing.files.surfaces import SurfaceFile, read_surface_file
from surgitwin.meshing.files.vtu import write_ply, write_stl, write_vtp, write_vtu
from surgitwin.meshing.meshers.measure import Measured, measure
from surgitwin.meshing.meshers.mesher import DEFAULT_MESHER, FAST_MESHER, get_mesher
from surgitwin.meshing.meshers.stuffing import chord_size
from surgitwin.meshing.repair.mend import repair
from surgitwin.meshing.repair.report import RepairReport
from surgitwin.meshing.sizing import SizeField
from surgitwin.planning.meshes.sizes import (
    LocalSizes,
    other_surface,
    points_within,
    require_reached,
    size_fields,
)
from surgitwin.planning.output.mesh_files import Write, plain_writers
from surgitwin.storage import write_atomically

OWN = {"frame": "own axes of the device"}
"""Field data of files whose coordinates lie in no body; VTK's formats can say so, the others cannot."""


@dataclass(frozen=True)
class SurfaceTask:
    """What a user says of a file: unit and frame as in `read_surface_file`."""

    path: Path
    unit: str | None = None
    frame: Any = None
    accept_size: bool = False

    def read(self) -> SurfaceFile:
        """See `read_surface_file`."""
        return read_surface_file(self.path, unit=self.unit, frame=self.frame, accept_size=self.accept_size)


@dataclass(frozen=True)
class MeshedSurface:
    """A file of tetrahedra: against its surface, seconds of meshing, the repair before it."""

    file: Path
    mesher: str
    size_mm: float
    wall_s: float
    measured: Measured
    repair: RepairReport | None
    expected: Estimate

    @property
    def warnings(self) -> tuple[str, ...]:
        """What must be known of the mesh."""
        lost = self.measured.from_surface_mm
        if lost <= self.size_mm:
            return ()
        return (
            f"A part of the surface lies {lost:.1f} mm from the mesh: it is thinner than an element and "
            f"was lost "
            f"(volume {self.measured.volume_change:+.1%}). Use a smaller --size than {self.size_mm:g} mm.",
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain form for --json."""
        return {
            "warnings": list(self.warnings),
            "file": str(self.file),
            "mesher": self.mesher,
            "size_mm": self.size_mm,
            "wall_s": self.wall_s,
            "expected": self.expected.as_dict(),
            **self.measured.as_dict(),
            "repair": None if self.repair is None else self.repair.as_dict(),
        }


def mesh_surface_file(
    task: SurfaceTask,
    out: Path,
    *,
    size_mm: float,
    mesher: str | None = None,
    quadratic: bool = False,
    mend: bool = False,
    sizes: LocalSizes | None = None,
    large: bool = False,
    progress: Progress = SILENT,
) -> MeshedSurface:
    """Fill the surface of a file with tetrahedra and write them; the suffix of `out` is the format.

    mesher: None for the fast one, or for the one that makes local sizes when some are wished. quadratic:
    ten-node cells with straight edges. mend: repair the surface first. sizes: smaller elements at places.
    large: also when `meshing.estimate` expects very many. Raises UsageError "usage.size", "usage.format",
    "usage.size_near", what reading and the mesher raise, GeometryError "mesh.surface_open", "mesh.large".
    """
    if not 0 < size_mm < np.inf:
        raise UsageError(
            "usage.size", f"A mesh size of {size_mm:g} mm is none.", hint="Give mm.", where="--size"
        )
    _check_out(out, (".vtu", *plain_writers(_none)), task.frame == "own", (".vtu",))
    read = task.read()
    surface, report = read.mesh, None
    if mend:
        surface, report = repair(surface, progress.part(0, 0.3))
    elif read.open_edges:
        raise GeometryError(
            "mesh.surface_open",
            f"{task.path.name} is not closed: {read.open_edges} edges do not join exactly two triangles.",
            hint="Add --repair, or mend the file with `surgitwin repair`.",
            where=str(task.path),
        )
    wish = sizes or LocalSizes()
    name = mesher or (DEFAULT_MESHER if wish else FAST_MESHER)
    filler = get_mesher(name)
    refine = size_fields(wish, size_mm, (surface,), other_surface)
    if wish.near:
        body = np.concatenate([surface.points_mm, points_within(surface)])
        require_reached(wish, refine, body, size_mm)
    expected = _expected(name, surface, size_mm, refine)
    require_wanted(expected, size_mm, large)
    progress(expected.words, 0.3)
    start = time.perf_counter()
    mesh = filler.fill(surface, size_mm, refine=refine, progress=progress.part(0.3, 0.9))
    wall = time.perf_counter() - start
    measured = measure(mesh, surface)
    full = mesh.with_midside_nodes() if quadratic else mesh
    about = OWN if read.frame == "own" else None
    writers: dict[str, Write] = {
        ".vtu": lambda p: write_vtu(p, full, field_data=about),
        **plain_writers(lambda: full),
    }
    write_atomically(out, writers[out.suffix.lower()])
    return MeshedSurface(out, name, size_mm, wall, measured, report, expected)


def _expected(mesher: str, surface: SurfaceMesh, size_mm: float, refine: Sequence[SizeField]) -> Estimate:
    volume = abs(surface.volume_mm3)
    if not refine:
        return estimate(mesher, volume, size_mm)
    made = list(refine)
    if mesher == DEFAULT_MESHER:
        made.append(chord_size(surface, size_mm, refine))
    return estimate(mesher, volume, size_mm, points_within(surface), made)


def repair_surface_file(task: SurfaceTask, out: Path, progress: Progress = SILENT) -> RepairReport:
    """Mend the surface of a file and write it as STL, PLY or VTP.

    Raises UsageError "usage.format", what reading raises, GeometryError "mesh.surface_empty".
    """
    _check_out(out, (".stl", ".ply", ".vtp"), task.frame == "own", (".vtp",))
    read = task.read()
    mesh, report = repair(read.mesh, progress)
    write_atomically(out, lambda p: _write_surface(p, mesh, read.frame == "own"))
    return report


def _write_surface(path: Path, mesh: SurfaceMesh, own: bool) -> None:
    suffix = path.suffix.lower()
    if suffix == ".vtp":
        write_vtp(path, mesh, field_data=OWN if own else None)
    elif suffix == ".ply":
        write_ply(path, mesh)
    else:
        write_stl(path, mesh)


def _none() -> Any:
    """Stands for a mesh where only the suffixes of the writers are asked for."""
    return None


def _check_out(out: Path, formats: tuple[str, ...], own: bool, of_own: tuple[str, ...]) -> None:
    """Raise UsageError "usage.format" for a suffix that is not written, StorageError "storage.no_folder"."""
    allowed = of_own if own else formats
    if out.suffix.lower() not in allowed:
        why = " of a device in its own frame (other formats would say LPS)" if own else ""
        raise UsageError(
            "usage.format",
            f"{out.name}: this is no format that is written{why}.",
            hint=f"Use a name that ends in {' or '.join(allowed)}.",
            where="--out",
        )
    require_folder(out)
