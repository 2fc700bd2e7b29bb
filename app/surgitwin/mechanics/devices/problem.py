"""The deployment of one device in one wall, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from surgitwin.core.arrays import FloatArray, content_hash, readonly
from surgitwin.core.device import DeviceFrame
from surgitwin.core.wall import WallMesh

Level = Literal["L0", "L1", "L2"]
LEVELS: Mapping[str, str] = {
    "L0": "geometric sizing on the undeformed lumen",
    "L1": "rings with a force-diameter law in contact with a deformable wall; no friction",
    "L2": "deformable frame of struts in frictional contact with a deformable wall",
}


@dataclass(frozen=True)
class WallMaterial:
    """Isotropic hyperelastic law of one layer: W = mu/2 (I1bar - 3) + c2 (I1bar - 3)^2 + kappa/2 (J - 1)^2.

    mu_MPa: shear modulus at rest. c2_MPa: second term (Yeoh), 0 for neo-Hookean. kappa_ratio: kappa / mu,
    100 to 1000. source, verified: as in ``resources/materials``.
    """

    name: str
    mu_MPa: float
    c2_MPa: float = 0.0
    kappa_ratio: float = 100.0
    source: str = ""
    verified: bool = False


@dataclass(frozen=True, eq=False)
class Placement:
    """Where the rings stand: frames of each ring, LPS. origin_mm, e1, e2, axis (rings, 3); axis points
    downstream.
    """

    origin_mm: FloatArray
    e1: FloatArray
    e2: FloatArray
    axis: FloatArray

    def __post_init__(self) -> None:
        for name in ("origin_mm", "e1", "e2", "axis"):
            object.__setattr__(self, name, readonly(getattr(self, name), np.float64))


@dataclass(frozen=True)
class ContactLaw:
    """Penalty contact of wall and device.

    penalty_per_size: penalty in MPa/mm is this times E / h, E = 3 mu of the wall, h its element size
    (10 in devices-in-vessels.md; 20 to 50 where gaps of 0.1 mm matter). smoothing_mm: half width of the
    parabola at first touch. friction: Coulomb coefficient, used by L2 only. touch_MPa: pressure from which a
    place counts as touched (planning setting, far below that of blood, 0.013 MPa).
    """

    penalty_per_size: float = 10.0
    smoothing_mm: float = 0.02
    friction: float = 0.0
    touch_MPa: float = 0.001


@dataclass(frozen=True, eq=False)
class Deployment:
    """One plan as a mechanical task.

    wall: stress free at the image's shape (said in every result). materials: one for each layer of the wall;
    calcium: of the calcified share of a cell. balloon_diameter_mm: outer diameter of the rings at full
    inflation (balloon-expandable) or None (self-expanding: released from the sheath). start_diameter_mm:
    outer, at which nothing touches; None lets the solver find it. foundation_MPa_per_mm: springs of the
    surroundings on the outer surface. ends: "axial" holds the cut ends along the vessel only, "clamped"
    altogether.
    """

    name: str
    wall: WallMesh
    materials: Mapping[str, WallMaterial]
    calcium: WallMaterial
    device: DeviceFrame
    placement: Placement
    balloon_diameter_mm: float | None
    start_diameter_mm: float | None = None
    contact: ContactLaw = field(default_factory=ContactLaw)
    foundation_MPa_per_mm: float = 1e-3
    ends: Literal["axial", "clamped"] = "axial"

    @property
    def hash(self) -> str:
        """Hash of everything but the name."""
        return content_hash(
            self.wall, dict(self.materials), self.calcium, self.device, self.placement,
            self.balloon_diameter_mm, self.start_diameter_mm, self.contact, self.foundation_MPa_per_mm,
            self.ends,
        )  # fmt: skip
