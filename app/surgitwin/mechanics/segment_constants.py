"""Bone from an MR image: one named stiffness per segment, because MR tells no density."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from surgitwin.core.errors import InputError
from surgitwin.core.mesh import TetMesh
from surgitwin.core.resources import load_table
from surgitwin.mechanics.ct_stiffness import BoneModulus

TABLE = "materials/segment_constants"
WARNING = "The image tells no density: each segment has one stiffness from a table. Read results as relative."


@dataclass(frozen=True)
class SegmentConstant:
    """Stiffness of a segment; low, high: the range of its source, MPa."""

    name: str
    title: str
    modulus_MPa: float
    poisson: float
    low_MPa: float
    high_MPa: float
    source: str
    verified: bool


def segment_constants() -> dict[str, SegmentConstant]:
    """Every constant by the name of its segment."""
    rows: dict[str, Any] = load_table(TABLE)["materials"]
    return {name: SegmentConstant(name=name, **row) for name, row in rows.items()}


def constant_of(segment: str) -> SegmentConstant:
    """The constant of `segment`. Raises InputError "material.no_constant"."""
    known = segment_constants()
    if segment not in known:
        raise InputError(
            "material.no_constant",
            f"There is no constant stiffness for a segment called {segment!r}.",
            hint=f"Known: {', '.join(known)}. Rename the segment, or leave it out of the mesh.",
            where=segment,
        )
    return known[segment]


def constant_modulus(mesh: TetMesh, points: int = 1) -> BoneModulus:
    """Stiffness of a mesh whose parts are segments, the same at all `points` of a cell.

    A thread holds in cortical and trabecular bone, not in marrow. Raises InputError "material.no_constant".
    """
    modulus, poisson = np.zeros((len(mesh.part), points)), np.zeros(len(mesh.part))
    tie = np.zeros(len(mesh.part), bool)
    used = {}
    for number, name in mesh.names.items():
        row, inside = constant_of(name), mesh.part == number
        modulus[inside], poisson[inside] = row.modulus_MPa, row.poisson
        tie[inside] = name != "marrow"
        used[name] = {"modulus_MPa": row.modulus_MPa, "poisson": row.poisson, "source": row.source,
                      "verified": row.verified, "range_MPa": [row.low_MPa, row.high_MPa]}  # fmt: skip
    report = {"law": "constant", "calibrated": False, "segments": used, "warnings": [WARNING]}
    return BoneModulus(modulus, poisson, tie, report)
