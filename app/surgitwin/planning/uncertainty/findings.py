"""Findings on one plan, kept beside its samples: boundary conditions, three meshes. Light to import."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from surgitwin.core.arrays import content_hash
from surgitwin.core.resources import load_table
from surgitwin.planning.case import Case
from surgitwin.planning.uncertainty.study_bands import FOLDER

BOUNDARY_VERSION = 1
"""Of the way boundary conditions are made and measured: raise it when their numbers change."""
STIFFNESS = "head_stiffness"
"""Hip force over the displacement of the head centre along it, under each set's own loads."""
KEY_METRICS = (
    "axial_stiffness", "ifm_axial_near", "ifm_axial_far", "ifm_shear", "ifs", "implant_stress_surface",
    "bone_rf_patch_max",
)  # fmt: skip
LOADS = ("stance_full", "axial")


def boundary_file(case: Case, plan_hash: str) -> Path:
    """Where the finding on boundary conditions is kept."""
    return case.folder.path / FOLDER / f"boundary-{plan_hash[:24]}.json"


def boundary_key(plan_hash: str) -> str:
    """What the finding depends on: the result's input hash and the table of sets."""
    return content_hash(plan_hash, load_table("boundary_sets"), BOUNDARY_VERSION)


def read_boundary(case: Case, plan_hash: str) -> dict[str, Any] | None:
    """What was found for the result with this input hash under the present table; None when nothing was."""
    found = _read(boundary_file(case, plan_hash))
    return found if found is not None and found["key"] == boundary_key(plan_hash) else None


def mesh_file(case: Case, plan_hash: str) -> Path:
    """Where the finding of a study of three meshes is kept."""
    return case.folder.path / FOLDER / f"mesh-{plan_hash[:24]}.json"


def read_mesh_study(case: Case, plan_hash: str) -> dict[str, Any] | None:
    """What was found for the result with this input hash; None when nothing was."""
    return _read(mesh_file(case, plan_hash))


def _read(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    out: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return out
