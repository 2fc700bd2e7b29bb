"""A plan: what the surgeon intends, as a description that can be stored, compared and replayed.

The text form is TOML (see `surgitwin.planning.plans.file`). Poses are rigid 4x4 matrices from the
implant's own frame to LPS in mm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray, content_hash, readonly
from surgitwin.core.frame import Plane, PlanSide

PLAN_SCHEMA = 1


@dataclass(frozen=True, eq=False)
class Fracture:
    """A transverse or oblique gap between two parallel planes.

    plane: centre of the gap, LPS; its normal points proximally. gap_mm: width. healing: name of a
    stage in ``resources/materials/callus.toml``. virtual: made by the planner, not seen in the image.
    """

    plane: Plane
    gap_mm: float
    healing: str
    virtual: bool

    @property
    def hash(self) -> str:
        """Hash of position, width, stage."""
        return content_hash(self)


@dataclass(frozen=True, eq=False)
class PlacedImplant:
    """A catalogue item at a rigid pose (4x4 to LPS) with its chosen parameters (mm, degrees, names)."""

    catalogue_id: str
    pose: FloatArray
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        pose = readonly(self.pose, np.float64)
        if pose.shape != (4, 4) or not np.allclose(pose[3], (0, 0, 0, 1)):
            raise ValueError("pose must be a 4x4 matrix with last row 0 0 0 1")
        r = pose[:3, :3]
        if not np.allclose(r.T @ r, np.eye(3), atol=1e-6) or np.linalg.det(r) < 0:
            raise ValueError("pose must be rigid: a rotation without mirror or scale")
        object.__setattr__(self, "pose", pose)


@dataclass(frozen=True, eq=False)
class Plan:
    """One candidate operation."""

    procedure: str
    name: str
    side: PlanSide
    fracture: Fracture | None
    implants: tuple[PlacedImplant, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    schema: int = PLAN_SCHEMA

    @property
    def hash(self) -> str:
        """Hash of everything but the name."""
        return content_hash(self.procedure, self.side, self.fracture, list(self.implants), dict(self.options))
