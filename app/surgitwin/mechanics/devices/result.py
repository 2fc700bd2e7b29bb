"""What a deployment gave, and its file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray, readonly
from surgitwin.core.codec import whole

ARRAYS = (
    "ring_origin_mm", "ring_e1", "ring_e2", "ring_axis", "ring_radius_mm", "ring_diameter_mm",
    "balloon_diameter_mm", "displacement_mm", "pressure_MPa", "gap_mm", "stress_MPa", "strut_points_mm",
    "strut_offsets", "touched",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class DeploymentResult:
    """The state after deployment; wall arrays are in the order of the `WallMesh` that was given.

    level: "L1" or "L2". ring_origin_mm, ring_e1, ring_e2, ring_axis (r, 3): final frames. ring_radius_mm
    (r, t): outer radius of each ring at angles 2 pi j / t from e1. ring_diameter_mm (r,): outer, perimeter
    / pi. balloon_diameter_mm (r,): outer diameter at full inflation, nan when self-expanding.
    displacement_mm (n, 3): of the wall's nodes. pressure_MPa (n,): contact force over present area around
    each lumen node, 0 elsewhere. gap_mm (n,): from a lumen node to the device's swept outer surface,
    positive when apart, nan beyond the device's ends and off the lumen. stress_MPa (m,): largest principal
    Cauchy stress, mean of each cell. strut_points_mm (k, 3), strut_offsets (p + 1,): polylines of the
    deployed struts, then of the links between rings where they are drawn (facts "links"). facts: numbers
    about the run, among them force_N (sum of contact pressure times area), balance (force on wall and device,
    relative difference), iterations, unknowns, wall_s, penetration_mm (largest), volume_change (relative, of
    the wall), energy_error, converged. touched (n,): share of the area around each lumen node where the
    pressure exceeds `ContactLaw.touch_MPa`, told within the faces, so that its integral is the area in
    contact; empty when only nodes are known.
    """

    level: str
    ring_origin_mm: FloatArray
    ring_e1: FloatArray
    ring_e2: FloatArray
    ring_axis: FloatArray
    ring_radius_mm: FloatArray
    ring_diameter_mm: FloatArray
    balloon_diameter_mm: FloatArray
    displacement_mm: FloatArray
    pressure_MPa: FloatArray
    gap_mm: FloatArray
    stress_MPa: FloatArray
    strut_points_mm: FloatArray
    strut_offsets: IntArray
    facts: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    touched: FloatArray = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        for name in ARRAYS:
            kind = np.int64 if name == "strut_offsets" else np.float64
            object.__setattr__(self, name, readonly(getattr(self, name), kind))

    @property
    def struts_mm(self) -> list[FloatArray]:
        """Each strut, then each link, as points (k, 3), LPS."""
        ends = self.strut_offsets
        return [self.strut_points_mm[a:b] for a, b in pairwise(ends)]

    @property
    def n_struts(self) -> int:
        """How many of the polylines are struts."""
        return len(self.strut_offsets) - 1 - int(self.facts.get("links", 0))


def save_result(result: DeploymentResult, path: Path) -> None:
    """Write to one .npz file."""
    text = json.dumps({"level": result.level, "facts": dict(result.facts), "warnings": list(result.warnings)})
    with whole(path) as stream:
        np.savez_compressed(stream, plain=np.array(text), **{n: getattr(result, n) for n in ARRAYS})


def load_result(path: Path) -> DeploymentResult:
    """Inverse of `save_result`."""
    with path.open("rb") as stream, np.load(stream) as data:
        plain = json.loads(str(data["plain"]))
        names = {f.name for f in fields(DeploymentResult)} & {*ARRAYS} & {*data.files}
        arrays = {name: data[name] for name in names}
    return DeploymentResult(
        level=plain["level"], facts=plain["facts"], warnings=tuple(plain["warnings"]), **arrays
    )
