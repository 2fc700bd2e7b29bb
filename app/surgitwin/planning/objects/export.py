"""Objects as files where they lie in the patient: LPS, mm."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from surgitwin.core.errors import InputError, UsageError
from surgitwin.core.places import require_folder
from surgitwin.meshing.files.vtu import FRAME, LENGTH_UNIT, NOTICE
from surgitwin.planning.case import Case
from surgitwin.planning.case_names import safe_name
from surgitwin.planning.objects.pose import place_note
from surgitwin.planning.objects.record import NOT_SIMULATED, OwnObject, objects_of, placed_mesh
from surgitwin.planning.output.segment_files import SURFACE_WRITERS, write_surface
from surgitwin.planning.privacy.leaving_file import may_be_face
from surgitwin.storage import write_atomically


def export_object(case: Case, own: OwnObject, out: Path) -> None:
    """One object at `out` (.stl, .ply, .vtp).

    Raises UsageError "usage.format", StorageError "mesh.write", "storage.no_folder".
    """
    require_folder(out)
    write_surface(placed_mesh(case, own), out)


def export_notes(case: Case, objects: Sequence[OwnObject]) -> tuple[str, ...]:
    """What must be known of written objects: not simulated, open, outside the image."""
    open_ = [o.name for o in objects if o.fault]
    away = [o.name for o in objects if place_note(o, case.volume.grid)]
    return (
        *([NOT_SIMULATED] if any(o.kind == "implant" for o in objects) else []),
        *([f"Written as they were read, open or crossing themselves: {', '.join(open_)}."] if open_ else []),
        *([f"Their middle lies outside the image: {', '.join(away)}. Check where it lies."] if away else []),
    )


def export_objects(case: Case, out: Path, form: str = "stl") -> tuple[str, ...]:
    """A file for each object and `objects.json` (names, materials, poses) in the folder `out`; what to know.

    Raises InputError "object.none", UsageError "usage.format".
    """
    known = objects_of(case.state)
    if not known:
        raise InputError(
            "object.none",
            f"{case.name} has no objects of its own.",
            hint="Add one with `surgitwin object add CASE FILE`.",
            where=str(case.folder.path),
        )
    if form not in SURFACE_WRITERS or out.suffix:
        raise UsageError(
            "usage.format",
            f"objects cannot be written as {form if form not in SURFACE_WRITERS else out.suffix}.",
            hint=f"Give --format {' or '.join(SURFACE_WRITERS)} and the name of a folder as --out.",
            where="--out",
        )
    rows, used, faces = [], set(), list[str]()
    for n, own in enumerate(known, 1):
        base = safe_name(own.name).replace(" ", "_")
        name = base if base.casefold() not in used else f"{base}_{n}"
        used.add(name.casefold())
        mesh = placed_mesh(case, own)
        write_surface(mesh, out / f"{name}.{form}")
        faces += [f"{own.name}: {words}" for words in may_be_face(mesh)]
        pose = [list(row) for row in own.pose]
        rows.append({
            "file": f"{name}.{form}", "name": own.name, "kind": own.kind, "material": own.material or None,
            "volume_mm3": own.volume_mm3, "fault": own.fault, "pose": pose, "pose_from": own.frame,
        })  # fmt: skip
    about = {"notice": NOTICE, "frame": FRAME, "unit": LENGTH_UNIT, "objects": rows}
    text = json.dumps(about, indent=1)
    write_atomically(out / "objects.json", lambda p: p.write_text(text, encoding="utf-8"))
    return (*faces, *export_notes(case, known))
