"""Mesh the intact bone, or the tissues of other anatomy."""

from __future__ import annotations

import time
from collections.abc import Sequence

from surgitwin.core.errors import UsageError
from surgitwin.core.progress import SILENT, Progress
from surgitwin.meshing import DEFAULT_MESHER, bone_surface, gate, get_mesher, mesh_bone, part_reports
from surgitwin.meshing.bone import end_cuts
from surgitwin.meshing.estimate import COSTS, estimate, require_wanted
from surgitwin.meshing.tissues.fill import TISSUE_MESHER
from surgitwin.planning.case import Case, store_mesh, store_surface
from surgitwin.planning.freshness import mesh_key
from surgitwin.planning.meshes.sizes import LocalSizes
from surgitwin.planning.meshes.tissues import mesh_tissues_case
from surgitwin.planning.site import is_general

DEFAULT_SIZE_MM = 4.0
"""Edge length of bone tetrahedra: some 170 000 unknowns of a proximal femur. Bone of 4 mm was within 1.3 %
of a converged mesh (the implant's own mesh sets the error, see packaging/docs/meshing.md)."""
SIZE_RANGE_MM = (0.8, 10.0)


def mesh_case(
    case: Case,
    *,
    size_mm: float | None = None,
    tissues: Sequence[str] = (),
    mesher: str = DEFAULT_MESHER,
    sizes: LocalSizes | None = None,
    large: bool = False,
    progress: Progress = SILENT,
) -> Case:
    """Mesh the intact bone; with `tissues`, or on other anatomy, the named segments as one
    conforming mesh. mesher: of the intact bone (`meshing.meshers.mesher`). sizes: of segments. large: also
    when very many elements are expected (GeometryError "mesh.large")."""
    case.volume.require_scale()
    if tissues or is_general(case):
        if mesher != DEFAULT_MESHER:
            raise UsageError(
                "usage.mesher",
                f"The mesher {mesher!r} fills one intact bone; segments are meshed by {TISSUE_MESHER!r}.",
                hint="Leave --mesher out, or export the surface and use `surgitwin mesh-surface`.",
                where="--mesher",
            )
        return mesh_tissues_case(case, tissues, size_mm=size_mm, sizes=sizes, large=large, progress=progress)
    if sizes:
        raise UsageError(
            "usage.size_near",
            "Local sizes belong to segments or files; the intact bone has one size.",
            hint="Add --tissue NAME, or export the surface and use `surgitwin mesh-surface`.",
            where="--size-near, --curvature",
        )
    return mesh_femur(case, size_mm=size_mm, mesher=mesher, large=large, progress=progress)


def mesh_femur(
    case: Case,
    *,
    size_mm: float | None = None,
    mesher: str = DEFAULT_MESHER,
    large: bool = False,
    progress: Progress = SILENT,
) -> Case:
    """Smooth closed surface, then tetrahedra between the cuts; quality is gated. large: see `mesh_case`."""
    size = DEFAULT_SIZE_MM if size_mm is None else size_mm
    low, high = SIZE_RANGE_MM
    if not low <= size <= high:
        raise UsageError(
            "usage.size",
            f"A mesh size of {size:g} mm is outside {low:g} to {high:g} mm.",
            hint=f"{DEFAULT_SIZE_MM:g} mm is the default.",
            where="--size",
        )
    case.require_bone()
    labels, anatomy = case.labels, case.anatomy
    key = mesh_key(case, size, mesher)
    if case.state.get("mesh") and case.state["mesh"]["input_hash"] == key:
        return case
    start = time.perf_counter()
    surface = bone_surface(labels, progress=progress.part(0, 0.4))
    expected = estimate(mesher, surface.mesh.volume_mm3, size) if mesher in COSTS else None
    if expected is not None:  # a name that is not known is told by `get_mesher`
        require_wanted(expected, size, large)
        progress(expected.words, 0.4)
    filling = progress.part(0.4, 0.9)
    if mesher == DEFAULT_MESHER:
        mesh = mesh_bone(surface, anatomy, size, progress=filling)
    else:
        mesh = get_mesher(mesher).fill(surface.mesh, size, end_cuts(anatomy), progress=filling)
    gate(mesh)
    step = {
        "blob": store_mesh(case.folder, mesh),
        "surface": store_surface(case.folder, surface),
        "surface_report": surface.as_dict(),
        "parts": [p.as_dict() for p in part_reports(mesh.with_midside_nodes(), surface.mesh, anatomy)],
        "mesher": mesher,
        "size_mm": size,
        "large": large,
        "wall_s": time.perf_counter() - start,
        "input_hash": key,
    }
    return case.updated(f"mesh {size:g} mm", mesh=step)
