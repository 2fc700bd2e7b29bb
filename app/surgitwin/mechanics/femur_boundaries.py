"""Other ways to hold and load a femur: sets of boundary conditions, from ``resources/boundary_sets.toml``.

The patches are those of `femur_loads`, and besides them a hinge, a pot and the origin of vastus lateralis.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from surgitwin.anatomy.types import FemurAnatomy
from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import GeometryError
from surgitwin.core.frame import anatomical_to_frame
from surgitwin.core.mesh import TetMesh
from surgitwin.core.resources import load_table
from surgitwin.mechanics.femur_loads import distal_support, proximal_patch, trochanter_patch
from surgitwin.mechanics.problem import LoadCase, Patch, RemoteLoad

GAP = "gap"


@dataclass(frozen=True, eq=False)
class BoundarySet:
    """One way: support patch and the stance loads that act together, the hip force first."""

    name: str
    title: str
    source: str
    verified: bool
    support: Patch
    load: LoadCase


def boundary_sets(mesh: TetMesh, anatomy: FemurAnatomy, body_weight_kg: float) -> tuple[BoundarySet, ...]:
    """All sets of the table on the boundary of `mesh` (LPS mm); loads are named "stance_full".

    Raises GeometryError "loads.no_patch" where the mesh has no surface for a patch.
    """
    table = load_table("boundary_sets")
    vectors = {**load_table("load_cases/femur")["vectors"]["stance"], **table["vectors"]}
    scale = body_weight_kg * float(load_table("load_cases/femur")["gravity_m_s2"]["value"]) / 100.0
    supports = {
        kind: make(mesh, anatomy)
        for kind, make in SUPPORTS.items()
        if any(row["support"] == kind for row in table["sets"].values())
    }
    out = []
    for name, row in table["sets"].items():
        loads = tuple(_force(mesh, anatomy, f, vectors, scale) for f in row["forces"])
        load = LoadCase("stance_full", loads)
        support = supports[row["support"]]
        out.append(BoundarySet(name, row["title"], row["source"], row["verified"], support, load))
    return tuple(out)


def hinged_support(mesh: TetMesh, anatomy: FemurAnatomy) -> Patch:
    """A strip of the distal cut along the mediolateral axis through the middle of the cut."""
    cut = distal_support(mesh, anatomy)
    local = anatomy.frame.from_lps(mesh.points_mm[cut.triangles].mean(axis=1))
    front = local[:, 1]
    middle = (front.min() + front.max()) / 2
    near = np.abs(front - middle) <= _setting("hinge_half_width_mm")
    return _patch("distal_hinge", cut.triangles[near], "the hinge across the distal cut")


def potted_support(mesh: TetMesh, anatomy: FemurAnatomy) -> Patch:
    """The distal cut and the outer surface within the pot's depth of it."""
    faces, _ = _outer_faces(mesh)
    deep = -anatomy.distal_cut.distance(mesh.points_mm[faces]).min(axis=1)
    return _patch("distal_pot", faces[deep <= _setting("potted_mm")], "the distal end")


def vastus_patch(mesh: TetMesh, anatomy: FemurAnatomy) -> Patch:
    """Lateral surface of the shaft about the height of the lesser trochanter (the frame's origin)."""
    faces, normal = _outer_faces(mesh)
    height = anatomy.frame.from_lps(mesh.points_mm[faces].mean(axis=1))[:, 2]
    lateral = -anatomy.frame.vector_to_lps(anatomical_to_frame([1.0, 0.0, 0.0], anatomy.side))
    near = np.abs(height) <= _setting("vastus_half_height_mm")
    chosen = near & (normal @ lateral >= _setting("lateral_cosine"))
    return _patch("vastus_lateralis", faces[chosen], "the lateral shaft below the greater trochanter")


SUPPORTS: Mapping[str, Callable[[TetMesh, FemurAnatomy], Patch]] = {
    "clamped": distal_support,
    "hinged": hinged_support,
    "potted": potted_support,
}


def _force(
    mesh: TetMesh, anatomy: FemurAnatomy, name: str, vectors: Mapping[str, Any], scale: float
) -> RemoteLoad:
    force = scale * anatomy.frame.vector_to_lps(anatomical_to_frame(vectors[name], anatomy.side))
    if name == "hip":
        head = anatomy.landmarks["head_centre"].point_mm
        return RemoteLoad(proximal_patch(mesh, anatomy), head, force)
    patch = vastus_patch(mesh, anatomy) if name == "vastus_lateralis" else trochanter_patch(mesh, anatomy)
    return RemoteLoad(patch, _centre(mesh, patch), force)


def _outer_faces(mesh: TetMesh) -> tuple[Any, FloatArray]:
    """Boundary triangles (f, 3) of the bone, without the gap's, and their outward unit normals (f, 3)."""
    faces, cell = mesh.boundary_faces()
    gap = [k for k, name in mesh.names.items() if name == GAP]
    faces = faces[~np.isin(mesh.part[cell], gap)]
    a, b, c = (mesh.points_mm[faces[:, n]] for n in range(3))
    normal = np.cross(b - a, c - a)
    return faces, normal / np.linalg.norm(normal, axis=1, keepdims=True)


def _centre(mesh: TetMesh, patch: Patch) -> FloatArray:
    x = mesh.points_mm[patch.triangles]
    area = np.linalg.norm(np.cross(x[:, 1] - x[:, 0], x[:, 2] - x[:, 0]), axis=1)
    out: FloatArray = np.average(x.mean(axis=1), axis=0, weights=area)
    return out


def _patch(name: str, triangles: Any, what: str) -> Patch:
    if not len(triangles):
        raise GeometryError(
            "loads.no_patch",
            f"The bone mesh has no surface at {what}.",
            hint="Check side, landmarks and cuts of the anatomy, or mesh more finely.",
            where=name,
        )
    return Patch(name, triangles)


def _setting(name: str) -> float:
    return float(load_table("boundary_sets")["settings"][name])
