"""Surfaces of bones and implants from STL, OBJ, PLY, VTP and STEP files: unit and frame are read or asked.

STL, OBJ and PLY hold plain numbers; VTP too, unless its field data say more. STEP names its unit (ISO
10303-41) and never a side of the body. 3D Slicer writes SPACE=LPS or SPACE=RAS into its files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import InputError, UsageError
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.core.places import require_file
from surgitwin.meshing.files.surface_formats import READERS, Said, surface_suffix
from surgitwin.meshing.surface import open_edges, weld

SurfaceFrame = Literal["lps", "ras", "own"]
"""Frame of coordinates; "own": the axes of a device by itself, in no body."""

MM_PER_UNIT: Mapping[str, float] = {"mm": 1.0, "cm": 10.0, "m": 1000.0, "um": 0.001, "inch": 25.4}

LARGEST_MM, SMALLEST_MM = 1500.0, 1.0
"""Plausible extent of a bone or implant: a thousand-fold mistake (m or micrometre for mm) falls outside."""

WELD = 1e-7
"""Numerical setting: points nearer than this share of the extent are one; STL repeats each, in 32 bits."""


@dataclass(frozen=True, eq=False)
class SurfaceFile:
    """mesh: closed or not, in mm; LPS unless `frame` is "own". open_edges: 0 for a closed surface, whose
    normals point outwards. unit: of the file. notes: what must be known."""

    mesh: SurfaceMesh
    format: str
    frame: SurfaceFrame
    unit: str
    open_edges: int
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain form for --json; lengths in mm, volume only of a closed surface."""
        low, high = self.mesh.points_mm.min(axis=0), self.mesh.points_mm.max(axis=0)
        closed = self.open_edges == 0
        return {
            "format": self.format,
            "frame": self.frame,
            "unit": self.unit,
            "triangles": len(self.mesh.triangles),
            "points": len(self.mesh.points_mm),
            "size_mm": (high - low).tolist(),
            "lowest_mm": low.tolist(),
            "highest_mm": high.tolist(),
            "open_edges": self.open_edges,
            "area_mm2": self.mesh.area_mm2,
            "volume_ml": self.mesh.volume_mm3 / 1000 if closed else None,
            "reason": None if closed else "The surface is not closed, so it encloses no volume.",
            "notes": list(self.notes),
        }


@dataclass(frozen=True, eq=False)
class RawSurface:
    """A file as it is: points (n, 3) in its own unit and frame, triangles (m, 3), what it says of both."""

    path: Path
    points: FloatArray
    triangles: IntArray
    said: Said


def load_surface(path: Path) -> RawSurface:
    """Read a file once; what it leaves open is settled by `settle_surface`.

    Raises InputError "mesh.unreadable", "surface.missing", "surface.unknown_format".
    """
    suffix = surface_suffix(path)
    if not suffix:
        raise InputError(
            "surface.unknown_format",
            f"{path.name} is no surface format that is read.",
            hint=f"Give a file that ends in {', '.join(READERS)}.",
            where=str(path),
        )
    require_file(path, "surface.missing")
    return RawSurface(path, *READERS[suffix](path))


def read_surface_file(
    path: Path,
    *,
    unit: str | None = None,
    frame: SurfaceFrame | None = None,
    accept_size: bool = False,
) -> SurfaceFile:
    """Triangles of a file in mm. unit, frame: what the file does not say.

    Raises the errors of `load_surface` and `settle_surface`.
    """
    return settle_surface(load_surface(path), unit=unit, frame=frame, accept_size=accept_size)


def settle_surface(
    raw: RawSurface,
    *,
    unit: str | None = None,
    frame: SurfaceFrame | None = None,
    accept_size: bool = False,
) -> SurfaceFile:
    """The same in mm, its points welded. unit, frame: what the file does not say.

    Raises InputError: open questions "surface.unit_unknown", "surface.frame_unknown", "mesh.units" (a size
    that no bone or implant has, unless `accept_size`); UsageError "surface.contradiction" when the file says
    otherwise.
    """
    path = raw.path
    used_unit = _settled(path, "unit", raw.said.unit, unit)
    used_frame = _settled(path, "frame", raw.said.frame, frame)
    _ask(path, used_unit, used_frame)
    points = raw.points * MM_PER_UNIT[used_unit]
    if used_frame == "ras":
        points = points * np.array([-1.0, -1.0, 1.0])
    notes = _judge_size(path, points, used_unit, accept_size)
    extent = float(np.ptp(points, axis=0).max())
    mesh = SurfaceMesh(*weld(points, raw.triangles, WELD * extent))
    gaps = open_edges(mesh.triangles)
    if gaps == 0 and mesh.volume_mm3 < 0:
        mesh = SurfaceMesh(mesh.points_mm, mesh.triangles[:, ::-1])
    final: Any = used_frame
    kind = surface_suffix(path).lstrip(".").upper()
    return SurfaceFile(mesh, kind, final, used_unit, gaps, notes)


def _settled(path: Path, what: str, own: str | None, given: str | None) -> str:
    """What the file says, else what was answered, else ""."""
    if own is not None and given is not None and own != given:
        raise UsageError(
            "surface.contradiction",
            f"{path.name} says that its {what} is {own}, not {given}.",
            hint=f"Leave --{what} out, or export the file again.",
            where=f"--{what}",
        )
    return own or given or ""


def _ask(path: Path, unit: str, frame: str) -> None:
    """Raise InputError for what is open, both questions in one message."""
    facts, hints = [], []
    if not unit:
        facts.append("It does not say in which unit its lengths are.")
        hints.append("Answer with --unit mm (or um, cm, m, inch).")
    if not frame:
        facts.append("It does not say in which frame its coordinates are.")
        hints.append("Answer with --frame lps, ras (of the patient), or own (a device by itself).")
    if facts:
        raise InputError(
            "surface.unit_unknown" if not unit else "surface.frame_unknown",
            f"{path.name}: {' '.join(facts)}",
            hint=" ".join(hints),
            where=str(path),
        )


def _judge_size(path: Path, points: FloatArray, unit: str, accepted: bool) -> tuple[str, ...]:
    """A note on an accepted size; InputError "mesh.units" on an implausible one."""
    extent = float(np.ptp(points, axis=0).max())
    if SMALLEST_MM <= extent <= LARGEST_MM:
        return ()
    fact = (
        f"{path.name} in {unit} is {extent:g} mm long; a bone or implant has {SMALLEST_MM:g} to "
        f"{LARGEST_MM:g} mm."
    )
    if accepted:
        return (f"{fact} Accepted when it was read.",)
    raise InputError(
        "mesh.units", fact, hint="Give another --unit, or --accept-size when that is right.", where=str(path)
    )
