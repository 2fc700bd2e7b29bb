"""What stiffness the meshed segments of a case would have, and where it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from surgitwin.mechanics.segment_constants import segment_constants
from surgitwin.planning.case import Case

BONES = frozenset(
    (
        "bone", "cortical_bone", "trabecular_bone", "other_bone", "femur", "skull", "mandible",
        "vertebra", "vertebral_body", "vertebral_arch",
    )
)  # fmt: skip
"""Segments of the presets whose voxels are bone; canals and marrow are none."""


def material_rows(case: Case, tissues: Iterable[str]) -> list[dict[str, Any]]:
    """A row a segment: name, rule ("constant" or "density"), modulus_MPa or None, range_MPa, source,
    verified.

    Bone of a CT takes its stiffness from density at solving time; an image without HU gives constants. A
    segment that has neither says so in "reason".
    """
    constants = segment_constants()
    is_ct = case.volume.modality == "CT" and case.volume.unit == "HU"
    rows: list[dict[str, Any]] = []
    for name in tissues:
        found = constants.get(name)
        if is_ct and _is_bone(name):
            rows.append({"name": name, "rule": "density", "modulus_MPa": None})
        elif found is not None and not is_ct:
            rows.append(
                {
                    "name": name,
                    "rule": "constant",
                    "modulus_MPa": found.modulus_MPa,
                    "poisson": found.poisson,
                    "range_MPa": [found.low_MPa, found.high_MPa],
                    "source": found.source,
                    "verified": found.verified,
                }
            )
        else:
            reason = "No stiffness is known for a segment of this name."
            rows.append({"name": name, "rule": None, "modulus_MPa": None, "reason": reason})
    return rows


def _is_bone(segment: str) -> bool:
    """Whether a segment holds bone by its name, also when it was numbered ("bone_2", "vertebra_2")."""
    return re.sub(r"_\d+$", "", segment) in BONES


def material_words(rows: Iterable[dict[str, Any]]) -> list[str]:
    """The rows as lines of text."""
    out = []
    for row in rows:
        if row["rule"] == "density":
            out.append(f"Stiffness of {row['name']}: from the density that the CT shows.")
        elif row["rule"] == "constant":
            low, high = row["range_MPa"]
            out.append(
                f"Stiffness of {row['name']}: constant {row['modulus_MPa']:g} MPa (range {low:g} to "
                f"{high:g}); "
                "the image tells no density."
            )
        else:
            out.append(f"Stiffness of {row['name']}: none. {row['reason']}")
    return out
