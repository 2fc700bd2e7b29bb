"""Whether anatomy and mesh still belong to the present segments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from surgitwin.core.arrays import content_hash
from surgitwin.meshing.meshers.mesher import DEFAULT_MESHER
from surgitwin.planning.case import Case
from surgitwin.planning.versions import MODELS


def bone_key(labels: Mapping[str, Any]) -> str:
    """Which voxels the bone has that is measured and meshed; painting a vessel or a nerve leaves it as it is.

    labels: of the case state.
    """
    return str(labels.get("bone_hash") or labels["hash"])


def measured_current(case: Case) -> bool:
    """Whether the anatomy was measured on the present labels (cases from before this was kept count)."""
    labels = case.state.get("labels")
    if not labels or not case.state.get("anatomy"):
        return False
    return bool(case.state.get("anatomy_labels", bone_key(labels)) == bone_key(labels))


def mesh_key(case: Case, size_mm: float, mesher: str = DEFAULT_MESHER) -> str:
    """What a mesh of this edge length (mm) made now by `mesher` would be identified by."""
    other = () if mesher == DEFAULT_MESHER else (mesher,)
    return content_hash(
        bone_key(case.state["labels"]), case.state["anatomy"], size_mm, MODELS["meshing.bone"], *other
    )


def mesh_current(case: Case) -> bool:
    """Whether the bone's mesh was made from the present labels and anatomy."""
    mesh = case.state.get("mesh")
    if not mesh or not case.state.get("labels") or not measured_current(case):
        return False
    return bool(mesh["input_hash"] == mesh_key(case, mesh["size_mm"], mesh["mesher"]))
