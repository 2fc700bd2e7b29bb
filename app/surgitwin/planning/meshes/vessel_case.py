"""The mesh of a vessel that a case keeps: made by a job of the window, looked at, written to files."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from surgitwin.core.arrays import IntArray, content_hash
from surgitwin.core.errors import InputError, UsageError
from surgitwin.core.mesh import TetMesh
from surgitwin.core.places import require_folder
from surgitwin.core.progress import SILENT, Progress
from surgitwin.meshing.tissues.surfaces import segment_surface
from surgitwin.meshing.walls.vessel import VesselWish, mesh_vessel
from surgitwin.planning.case import Case, store_mesh
from surgitwin.planning.meshes.vessel import points_of, tree_cuts, vessel_warnings, write_vessel_vtu
from surgitwin.planning.output.mesh_files import Write, plain_writers
from surgitwin.planning.privacy.leaving import before_leaving
from surgitwin.planning.segments.edit import find_segment
from surgitwin.storage import write_atomically

KEY = "vessel_mesh"
"""Of the case's state: what is known of the mesh, with the blobs of its cells and its boundaries."""


def mesh_vessel_case(
    case: Case,
    segment: str,
    wish: Mapping[str, Any],
    *,
    cuts: Sequence[Any] = (),
    open_ends: bool = False,
    progress: Progress = SILENT,
) -> Case:
    """The case with the mesh of a segment's wall, blood or both in `state["vessel_mesh"]`.

    wish: fields of `VesselWish` but its cuts. cuts: points (3,) LPS mm at which the vessel is cut open.
    open_ends: also at the ends of its tree. Raises as `planning.meshes.vessel.of_case` and `mesh_vessel`.
    """
    case.volume.require_scale()
    name = find_segment(case.labels, segment).name
    tips = tree_cuts(case, name) if open_ends else ()
    asked = replace(VesselWish(**wish), cuts=points_of(cuts), tips=tips)
    start = time.perf_counter()
    made = mesh_vessel(segment_surface(case.labels, name).mesh, asked, progress.part(0, 0.95))

    kept: dict[str, Any] = dict(made.boundaries)

    def write(path: Path) -> None:
        with path.open("wb") as stream:
            np.savez(stream, **kept)

    step = {
        "blob": store_mesh(case.folder, made.mesh),
        "boundaries": case.folder.put(".npz", write),
        "segment": name,
        "labels": str(case.state["labels"]["hash"]),
        "wish": dict(wish),
        "parts": [q.as_dict() for q in made.parts],
        "ends": list(made.ends),
        "moved_mm": made.moved_mm,
        "thinned": made.thinned,
        "warnings": list(vessel_warnings(made)),
        "wall_s": time.perf_counter() - start,
    }
    step["key"] = content_hash(step["blob"], step["labels"])
    return case.updated(f"mesh of the vessel {name}", **{KEY: step})


def vessel_mesh_current(case: Case) -> bool:
    """Whether the kept mesh was made from the present segments."""
    step, labels = case.state.get(KEY), case.state.get("labels")
    return bool(step and labels and step["labels"] == labels["hash"])


def vessel_mesh(case: Case) -> TetMesh:
    """The kept mesh. Raises InputError "case.not_meshed"."""
    step = case.state.get(KEY)
    if not step:
        raise InputError(
            "case.not_meshed",
            f"{case.folder.path.name} keeps no mesh of a vessel.",
            hint="Make one in the window with Tools, Mesh of a vessel.",
            where=str(case.folder.path),
        )
    blob = str(step["blob"])
    out: TetMesh = case.kept("vessel_mesh", blob, lambda: case.load_mesh(blob))
    return out


def export_vessel_mesh(case: Case, out: Path, purpose: str = "planning") -> tuple[str, ...]:
    """Write the kept mesh and say what must be known of it; VTU, XDMF and FEBio mark the boundaries.

    Raises UsageError "usage.format", "consent.outside_scope", InputError "case.not_meshed",
    StorageError "storage.no_folder".
    """
    require_folder(out)
    mesh = vessel_mesh(case)
    said = before_leaving(case, "mesh", purpose)
    writers: dict[str, Write] = {
        ".vtu": lambda p: write_vessel_vtu(p, mesh, boundaries(case)),
        **plain_writers(lambda: mesh, boundaries=lambda: boundaries(case)),
    }
    suffix = out.suffix.lower()
    if suffix not in writers:
        raise UsageError(
            "usage.format",
            f"{out.name}: this is no format that is written.",
            hint=f"Use a name that ends in {' or '.join(writers)}.",
            where="--out",
        )
    write_atomically(out, writers[suffix])
    old = () if vessel_mesh_current(case) else ("The segments changed after this mesh was made.",)
    return (*said, *old)


def boundaries(case: Case) -> dict[str, IntArray]:
    """Nodes of the named boundaries of the kept mesh."""
    with np.load(case.folder.blob(case.state[KEY]["boundaries"])) as held:
        return {name: held[name] for name in held.files}
