"""Mesh chosen segments of a case, conforming; the step of cases that plan nothing on the mesh."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, content_hash
from surgitwin.core.errors import InputError, UsageError
from surgitwin.core.image import LabelMap
from surgitwin.core.mesh import SurfaceMesh, TetMesh
from surgitwin.core.progress import SILENT, Progress
from surgitwin.meshing.estimate import Estimate, estimate, require_wanted
from surgitwin.meshing.sizing import SizeField
from surgitwin.meshing.tissues.fill import TISSUE_MESHER, mesh_tissues
from surgitwin.meshing.tissues.surfaces import segment_surface
from surgitwin.planning.case import Case, store_mesh
from surgitwin.planning.meshes.choice import LeftOut, large_enough
from surgitwin.planning.meshes.sizes import SAMPLES, LocalSizes, other_surface, require_reached, size_fields
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
    sizes: LocalSizes | None = None,
    large: bool = False,
    progress: Progress = SILENT,
) -> Case:
    """The case with a mesh of the named segments (when none is named, all that are large
    enough, see `large_enough`) in `state["mesh"]`.

    A case of another site than "general" keeps its own mesh: there the result is `state["tissue_mesh"]`.
    sizes: smaller elements at places. large: also when `meshing.estimate` expects very many. Raises
    InputError "case.not_segmented", "image.no_scale", UsageError "usage.size", "usage.size_near",
    GeometryError "mesh.large" and as `mesh_tissues`.
    """
    wish = sizes or LocalSizes()
    labels = case.labels
    names, left = tuple(tissues) or present_tissues(labels), tuple[LeftOut, ...]()
    size = default_size(labels, names) if size_mm is None else size_mm
    _require_size(size)
    case.volume.require_scale()
    if not tissues:
        names, left = large_enough(labels, names, size)
    slot = mesh_slot(case)
    key = tissue_key(case, names, size, order, wish)
    if case.state.get(slot) and case.state[slot]["input_hash"] == key:
        return case
    start = time.perf_counter()
    progress("Looking where elements must be small", 0.0)
    refine = tissue_sizes(labels, names, size, wish)
    if wish.near and len(places := _places(labels, names)):
        require_reached(wish, refine, places, size)
    expected = expect_tissues(labels, names, size, refine)
    require_wanted(expected, size, large)
    progress(expected.words, 0.0)
    made = mesh_tissues(labels, names, size, order=order, refine=refine, progress=progress.part(0.05, 0.95))
    step: dict[str, Any] = {
        **made.as_dict(),
        "blob": store_mesh(case.folder, made.mesh),
        "tissues": list(names),
        "left_out": [s.as_dict() for s in left],
        "warnings": [s.words(size) for s in left],
        "sizes": wish.as_dict() if wish else None,
        "expected": expected.as_dict(),
        "large": large,
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
    wish = LocalSizes.from_dict(step.get("sizes") or {})
    key = tissue_key(case, step["tissues"], step["size_mm"], step["order"], wish)
    return bool(step["input_hash"] == key)


def tissue_key(
    case: Case, tissues: Sequence[str], size_mm: float, order: int, sizes: LocalSizes | None = None
) -> str:
    """What a mesh made now would be identified by."""
    labels = str(case.state["labels"]["hash"])
    local = [sizes.as_dict()] if sizes else []
    return content_hash(labels, list(tissues), float(size_mm), order, TISSUE_MESHER, VERSION, *local)


def tissue_sizes(
    labels: LabelMap, tissues: Sequence[str], size_mm: float, wish: LocalSizes
) -> tuple[SizeField, ...]:
    """The local sizes of a wish; the bends of all named tissues count, and distances from any segment."""
    if not wish:
        return ()
    curved = [segment_surface(labels, t).mesh for t in tissues] if wish.per_radius is not None else []
    return size_fields(wish, size_mm, curved, lambda name: _place(labels, name))


def _place(labels: LabelMap, name: str) -> SurfaceMesh:
    """The surface of a segment, or of a file when there is one of that name."""
    if any(s.name == name for s in labels.segments):
        return segment_surface(labels, name).mesh
    if Path(name).is_file():
        return other_surface(name)
    raise InputError(
        "mesh.unknown_tissue",
        f"there is neither a segment nor a file called so; the segments are "
        f"{', '.join(s.name for s in labels.segments)}.",
        where=name,
    )


def expect_tissues(
    labels: LabelMap, tissues: Sequence[str], size_mm: float, refine: Sequence[SizeField] = ()
) -> Estimate:
    """Elements of the named tissues. Thin layers need more, which is not known before they are measured."""
    volume = np.count_nonzero(_mask(labels, tissues)) * labels.grid.voxel_volume_mm3
    if not refine:
        return estimate("tissues", volume, size_mm)
    return estimate("tissues", volume, size_mm, _places(labels, tissues), refine)


def _mask(labels: LabelMap, tissues: Sequence[str]) -> npt.NDArray[np.bool_]:
    return labels.mask(*[t for t in tissues if any(s.name == t for s in labels.segments)])


def _places(labels: LabelMap, tissues: Sequence[str]) -> FloatArray:
    """(n, 3) LPS mm: some `SAMPLES` voxels of the named tissues, evenly through their list."""
    mask = _mask(labels, tissues)
    found = np.flatnonzero(mask)
    kji = np.stack(np.unravel_index(found[:: max(1, len(found) // SAMPLES)], mask.shape), axis=1)
    return labels.grid.index_to_lps(kji[:, ::-1].astype(float))


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
