"""Mesh chosen segments of a case, conforming; the step of cases that plan nothing on the mesh."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from surgitwin.core.arrays import content_hash
from surgitwin.core.errors import InputError, UsageError
from surgitwin.core.image import LabelMap
from surgitwin.core.mesh import TetMesh
from surgitwin.core.progress import SILENT, Progress
from surgitwin.meshing.tissues.fill import TISSUE_MESHER, mesh_tissues
from surgitwin.planning.case import Case, store_mesh
from surgitwin.planning.site import GENERAL, is_general, site_of

VERSION = 1
"""Of the model "meshing.tissues.fill": raised when its meshes change."""

SIZE_RANGE_MM = (0.2, 20.0)
ELEMENTS_ACROSS = 10.0
"""Numerical setting: elements to the side of a cube of the tissues' volume, by default."""


def mesh_tissues_case(
    case: Case,
    tissues: Sequence[str] = (),
    *,
    size_mm: float | None = None,
    order: int = 2,
    progress: Progress = SILENT,
) -> Case:
    """The case with a mesh of the named segments (all when none is named) in `state["mesh"]`.

    A case of another site than "general" keeps its own mesh: there the result is `state["tissue_mesh"]`.
    Raises InputError "case.not_segmented", "image.no_scale", UsageError "usage.size" and as `mesh_tissues`.
    """
    labels = case.labels
    names = tuple(tissues) or present_tissues(labels)
    size = default_size(labels, names) if size_mm is None else size_mm
    _require_size(size)
    case.volume.require_scale()
    slot = mesh_slot(case)
    key = tissue_key(case, names, size, order)
    if case.state.get(slot) and case.state[slot]["input_hash"] == key:
        return case
    start = time.perf_counter()
    made = mesh_tissues(labels, names, size, order=order, progress=progress.part(0, 0.95))
    step: dict[str, Any] = {
        **made.as_dict(),
        "blob": store_mesh(case.folder, made.mesh),
        "tissues": list(names),
        "wall_s": time.perf_counter() - start,
        "input_hash": key,
    }
    return case.updated(f"mesh {', '.join(names)} {size:g} mm", **{slot: step})


def mesh_slot(case: Case) -> str:
    """Where the case's state keeps its mesh of tissues."""
    return "mesh" if site_of(case) == GENERAL else "tissue_mesh"


def tissue_mesh(case: Case) -> TetMesh:
    """The stored mesh. Raises InputError "case.not_meshed"."""
    step = case.state.get(mesh_slot(case))
    if not step:
        raise InputError(
            "case.not_meshed",
            f"{case.folder.path.name} has no mesh of its tissues yet.",
            hint=f"Run `surgitwin mesh {case.folder.path.name} --tissue NAME` first.",
            where=str(case.folder.path),
        )
    blob = step["blob"]
    out: TetMesh = case.kept("tissue_mesh", blob, lambda: case.load_mesh(blob))
    return out


def read_ahead(case: Case) -> None:
    """Read the mesh that the window shows, in whichever thread this is called."""
    if not case.state.get("mesh"):
        return
    if is_general(case):
        tissue_mesh(case)
    else:
        _ = case.closed_surface


def tissue_mesh_current(case: Case) -> bool:
    """Whether the stored mesh of tissues was made from the present labels."""
    step = case.state.get(mesh_slot(case))
    if not step or not case.state.get("labels"):
        return False
    key = tissue_key(case, step["tissues"], step["size_mm"], step["order"])
    return bool(step["input_hash"] == key)


def tissue_key(case: Case, tissues: Sequence[str], size_mm: float, order: int) -> str:
    """What a mesh made now would be identified by."""
    labels = str(case.state["labels"]["hash"])
    return content_hash(labels, list(tissues), float(size_mm), order, TISSUE_MESHER, VERSION)


def present_tissues(labels: LabelMap) -> tuple[str, ...]:
    """Names of the segments that have voxels."""
    count = np.bincount(labels.array.ravel(), minlength=256)
    return tuple(s.name for s in labels.segments if count[s.label])


def default_size(labels: LabelMap, tissues: Sequence[str]) -> float:
    """Edge length in mm: a tenth of the side of a cube as large as the tissues, at least 1.5 voxels.

    Rounded to 0.1 mm and kept within `SIZE_RANGE_MM`.
    """
    voxel = labels.grid.voxel_volume_mm3
    known = [t for t in tissues if any(s.name == t for s in labels.segments)]
    volume = float(np.count_nonzero(labels.mask(*known))) * voxel if known else voxel
    size = max(float(np.cbrt(volume)) / ELEMENTS_ACROSS, 1.5 * float(np.cbrt(voxel)))
    return float(np.clip(round(size, 1), *SIZE_RANGE_MM))


def _require_size(size_mm: float) -> None:
    low, high = SIZE_RANGE_MM
    if not low <= size_mm <= high:
        raise UsageError(
            "usage.size",
            f"A mesh size of {size_mm:g} mm is outside {low:g} to {high:g} mm.",
            hint="Give an edge length in mm that fits the tissues, for example 2.",
            where="--size",
        )
