"""A surface file into an object of a case: read once, judged, never mended silently."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import UsageError
from surgitwin.core.mesh import SurfaceMesh, triangle_areas
from surgitwin.core.progress import SILENT, Progress
from surgitwin.implants.tables import material
from surgitwin.meshing.files.surfaces import SurfaceFile, settle_surface
from surgitwin.meshing.repair.faults import faults
from surgitwin.planning.case import Case
from surgitwin.planning.objects.overlap import encloses_twice
from surgitwin.planning.objects.peek import Peek, peek
from surgitwin.planning.objects.pose import diagonal_mm, put, size_note
from surgitwin.planning.objects.record import COLOURS, KINDS, Kind, OwnObject, Rgb, next_id, objects_of
from surgitwin.segmentation.table import free_colour

ELONGATED = 3.0
"""Numerical setting: a body at least so many times as long as it is wide has a long axis."""

LONGEST_NAME = 60


@dataclass(frozen=True)
class Wanted:
    """What a user says of a file. unit, frame, accept_size: as in `settle_surface`. name "": the next
    free one ("Implant 2"); a file's name may be the patient's, so it is not taken. material "": not said.
    seen: the file when it was read before, else it is read now."""

    path: Path
    kind: Kind = "implant"
    name: str = ""
    material: str = ""
    unit: str | None = None
    frame: Any = None
    accept_size: bool = False
    seen: Peek | None = None


def read_object(case: Case, wanted: Wanted, at_mm: FloatArray, progress: Progress = SILENT) -> OwnObject:
    """Read the file and store its triangles in the case's folder; the state is not changed.

    at_mm: (3,) LPS, where the middle of a body in axes of its own is put; one in the patient's coordinates
    lies where its file says. Slow for large files. Raises the errors of `read_surface_file`, InputError
    "image.no_scale", "material.unknown", UsageError "object.kind", "object.name".
    """
    case.volume.require_scale()
    if wanted.kind not in KINDS:
        raise UsageError(
            "object.kind",
            f"{wanted.kind!r} is no kind of object.",
            hint=f"Use {', '.join(KINDS)}.",
            where="--kind",
        )
    if wanted.material:
        material(wanted.material)
    name = free_name(case, wanted.kind) if not wanted.name else checked_name(case, wanted.name)
    progress("Reading the file", 0.0)
    seen = wanted.seen or peek(wanted.path)
    progress("Joining its points", 0.1)
    found = settle_surface(seen.raw, unit=wanted.unit, frame=wanted.frame, accept_size=wanted.accept_size)
    rgb = free_colour(COLOURS[wanted.kind], {o.rgb for o in objects_of(case.state)})
    made = _judged(found, wanted, seen.sha256, name, rgb, progress.part(0.3, 0.9))
    progress("Keeping the surface", 0.9)
    mesh = found.mesh
    blob = case.folder.put(".npz", lambda p: _write(p, mesh))
    odd = size_note(made.size_mm, diagonal_mm(case.volume.grid))
    notes = (*made.notes, odd) if odd else made.notes
    made = replace(made, blob=blob, id=next_id(case.state), notes=notes)
    return put(made, at_mm) if found.frame == "own" else made


def _write(path: Path, mesh: SurfaceMesh) -> None:
    with path.open("wb") as stream:
        np.savez(stream, points_mm=mesh.points_mm, triangles=mesh.triangles)


def _judged(
    found: SurfaceFile, wanted: Wanted, digest: str, name: str, rgb: Rgb, progress: Progress
) -> OwnObject:
    """The record of what was read."""
    mesh, fault = found.mesh, fault_words(found, progress)
    low, high = mesh.points_mm.min(axis=0), mesh.points_mm.max(axis=0)
    axis = long_axis(mesh)
    return OwnObject(
        id="", name=name, kind=wanted.kind, blob="", file=wanted.path.name, sha256=digest,
        format=found.format, unit=found.unit, frame=found.frame, triangles=len(mesh.triangles),
        size_mm=_three(high - low), centre_mm=_three((low + high) / 2), area_mm2=mesh.area_mm2,
        volume_mm3=None if fault else mesh.volume_mm3, fault=fault,
        long_axis=None if axis is None else _three(axis), material=wanted.material,
        rgb=rgb, notes=found.notes,
    )  # fmt: skip


def _three(values: FloatArray) -> tuple[float, float, float]:
    x, y, z = (float(v) for v in values)
    return x, y, z


def fault_words(found: SurfaceFile, progress: Progress = SILENT) -> str:
    """Why no inside can be told, with the next step; "" for a closed surface that does not cut itself."""
    count = faults(found.mesh.points_mm, found.mesh.triangles, progress.part(0.0, 0.8))
    progress("Looking for parts that overlap", 0.8)
    what = [
        f"{number} {words}"
        for number, words in (
            (found.open_edges, "edges do not join exactly two triangles"),
            (count.turned_edges, "edges join triangles that face opposite ways"),
            (count.inward_shells, "parts are inside out"),
            (count.crossings, "pairs of triangles cut through each other"),
        )
        if number
    ]
    if not what and encloses_twice(found.mesh):
        what = ["its parts overlap or are inside out"]
    if not what:
        return ""
    return (
        f"The surface encloses no certain volume: {'; '.join(what)}. It was not changed. Mend the file with "
        "`surgitwin repair FILE --out NEW.stl` and add it again."
    )


def long_axis(mesh: SurfaceMesh) -> FloatArray | None:
    """(3,) unit direction of the longest principal axis of the surface when the body is `ELONGATED`."""
    area = triangle_areas(mesh.points_mm, mesh.triangles)
    if not area.sum() > 0:
        return None
    corners = [mesh.points_mm[mesh.triangles[:, n]] for n in range(3)]
    centre = area @ sum(corners) / (3 * area.sum())
    a, b, c = (x - centre for x in corners)
    # Second moments of the surface itself, not of points on it: coarse triangles would tilt the axes.
    moments = sum((area[:, None] * x).T @ x for x in (a, b, c, a + b + c))
    _, axes = np.linalg.eigh(moments)
    extents = np.ptp(mesh.points_mm @ axes, axis=0)
    out: FloatArray = axes[:, 2]
    return out if extents[2] >= ELONGATED * max(extents[0], extents[1]) else None


def checked_name(case: Case, name: str, but: str = "") -> str:
    """`name` when no other object (but the one with id `but`) has it. UsageError "object.name"."""
    given = " ".join(name.split())
    others = {o.name.casefold() for o in objects_of(case.state) if o.id != but}
    if given and len(given) <= LONGEST_NAME and given.casefold() not in others:
        return given
    fact = f"There is an object called {given!r} already."
    if not given or len(given) > LONGEST_NAME:
        fact = f"A name has 1 to {LONGEST_NAME} characters."
    raise UsageError("object.name", fact, hint="Choose another name.", where="--name")


def free_name(case: Case, kind: Kind) -> str:
    """The next of "Implant 1", "Implant 2", ... that no object has."""
    known = {o.name.casefold() for o in objects_of(case.state)}
    return next(
        n for n in (f"{kind.capitalize()} {k}" for k in range(1, 10_000)) if n.casefold() not in known
    )
