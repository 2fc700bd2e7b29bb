"""Mesh of the wall or the blood of a vessel, from a segment of a case or the file of a surface."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from surgitwin.core.arrays import IntArray
from surgitwin.core.errors import UsageError
from surgitwin.core.mesh import SurfaceMesh, TetMesh
from surgitwin.core.places import require_folder
from surgitwin.core.progress import SILENT, Progress
from surgitwin.meshing.files.vtu import write_vtu
from surgitwin.meshing.tissues.surfaces import segment_surface
from surgitwin.meshing.walls.vessel import Cut, VesselMesh, VesselWish, mesh_vessel
from surgitwin.planning.case import Case
from surgitwin.planning.meshes.surface import SurfaceTask
from surgitwin.planning.output.mesh_files import Write, plain_writers
from surgitwin.planning.privacy.leaving import before_leaving
from surgitwin.planning.segments.edit import find_segment
from surgitwin.planning.segments.tree import tree_current, tree_of
from surgitwin.storage import write_atomically

BACK = 2.0
"""Numerical setting: an end of the tree is cut open so many of its radii before its tip."""


@dataclass(frozen=True, eq=False)
class VesselSource:
    """surface: LPS mm, or axes of its own. tips: cuts at the ends of the case's tree. notes: what to know."""

    surface: SurfaceMesh
    tips: tuple[Cut, ...] = ()
    notes: tuple[str, ...] = ()


def of_case(case: Case, segment: str, open_ends: bool, purpose: str = "planning") -> VesselSource:
    """The surface of a segment; open_ends: with a cut at each end of its tree.

    Raises UsageError "edit.no_segment", "consent.outside_scope", InputError "image.no_scale", "tree.missing",
    "tree.outdated" and as `segment_surface`.
    """
    case.volume.require_scale()
    said = before_leaving(case, "mesh", purpose)
    name = find_segment(case.labels, segment).name
    cuts = tree_cuts(case, name) if open_ends else ()
    return VesselSource(segment_surface(case.labels, name).mesh, cuts, said)


def tree_cuts(case: Case, segment: str) -> tuple[Cut, ...]:
    """A cut near each end of the segment's tree, and its root; the direction is outwards."""
    tree = tree_of(case, segment)
    if not tree_current(case, segment):
        raise UsageError(
            "tree.outdated",
            f"The segment {segment} was changed after its tree was measured.",
            hint=f"Run `surgitwin tree {case.folder.path.name} --segment {segment}` again.",
            where="--open-ends",
        )
    cuts: list[Cut] = []
    for joint in tree.joints:
        if joint.kind not in ("root", "end", "cut_off"):
            continue
        at_start = joint.kind == "root"
        for number in joint.outgoing if at_start else joint.incoming:
            branch = tree.branch(number)
            line = branch.points_mm[:: 1 if at_start else -1]
            radius = float(np.median(branch.radius_mm))
            along = np.r_[0, np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))]
            at = min(BACK * radius, 0.5 * along[-1])
            place, ahead = (
                np.array([np.interp(s, along, line[:, k]) for k in range(3)]) for s in (at, at + radius)
            )
            cuts.append((place, place - ahead))
    return tuple(cuts)


def of_file(task: SurfaceTask) -> VesselSource:
    """The surface of a file, closed or with open ends. Raises as `read_surface_file`."""
    read = task.read()
    return VesselSource(read.mesh, (), read.notes)


@dataclass(frozen=True, eq=False)
class MeshedVessel:
    """A file of tetrahedra, what is in it, seconds of meshing, what must be known."""

    file: Path
    made: VesselMesh
    wall_s: float
    warnings: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain form for --json; volumes in mm3, lengths in mm."""
        made = self.made
        return {
            "file": str(self.file),
            "parts": [q.as_dict() for q in made.parts],
            "boundaries": {name: len(nodes) for name, nodes in made.boundaries.items()},
            "ends": list(made.ends),
            "triangles": len(made.surface.triangles),
            "moved_mm": made.moved_mm,
            "thinned": made.thinned,
            "wall_s": self.wall_s,
            "warnings": list(self.warnings),
        }


def mesh_vessel_file(
    source: VesselSource, wish: VesselWish, out: Path, own: bool = False, progress: Progress = SILENT
) -> MeshedVessel:
    """Mesh and write; the suffix of `out` is the format, VTU, XDMF and FEBio also say the boundaries.

    own: the surface lies in axes of its own, which only VTU can say. Raises UsageError "usage.format",
    StorageError "storage.no_folder" and as `mesh_vessel`.
    """
    formats = (".vtu",) if own else (".vtu", *plain_writers(lambda: _no_mesh()))
    if out.suffix.lower() not in formats:
        raise UsageError(
            "usage.format",
            f"{out.name}: this is no format that is written.",
            hint=f"Use a name that ends in {' or '.join(formats)}.",
            where="--out",
        )
    require_folder(out)
    start = time.perf_counter()
    made = mesh_vessel(source.surface, replace(wish, tips=source.tips), progress.part(0, 0.95))
    seconds = time.perf_counter() - start
    writers: dict[str, Write] = {
        ".vtu": lambda p: write_vessel_vtu(p, made.mesh, made.boundaries, own),
        **plain_writers(lambda: made.mesh, boundaries=lambda: made.boundaries),
    }
    write_atomically(out, writers[out.suffix.lower()])
    return MeshedVessel(out, made, seconds, (*source.notes, *vessel_warnings(made)))


def write_vessel_vtu(
    path: Path, mesh: TetMesh, boundaries: Mapping[str, IntArray], own: bool = False
) -> None:
    """The mesh; for each boundary an array at the nodes, 1 on it."""
    marks: dict[str, Any] = {}
    for name, nodes in boundaries.items():
        marks[name] = np.zeros(len(mesh.points_mm), np.uint8)
        marks[name][nodes] = 1
    about: Any = {"frame": "own axes of the device"} if own else None
    write_vtu(path, mesh, point_data=marks, field_data=about)


def vessel_warnings(made: VesselMesh) -> tuple[str, ...]:
    """What must be known of the mesh, in words."""
    said = list(made.closed)
    if made.dropped:
        said.append(f"{made.dropped} smaller pieces of the surface were left out.")
    if made.thinned:
        said.append(
            f"The wall is thinner than asked at {made.thinned:.1%} of its points, where it has no room."
        )
    if not made.ends:
        said.append("The vessel is closed at all ends: nothing flows in or out of it (--open, --open-ends).")
    return tuple(said)


def _no_mesh() -> Any:
    """Stands for a mesh where only the suffixes of the writers are asked for."""
    return None


def points_of(cuts: Sequence[Any]) -> tuple[Cut, ...]:
    """Points (3,) as cuts that take the smaller side off."""
    return tuple((np.asarray(p, float), None) for p in cuts)
