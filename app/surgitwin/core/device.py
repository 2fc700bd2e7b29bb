"""Stents and valve frames as stacks of zig-zag rings: what a catalogue gives and mechanics and pictures
take.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Expansion = Literal["balloon_expandable", "self_expanding"]


@dataclass(frozen=True)
class ZigzagRing:
    """One ring of `2 crowns` straight struts, mm.

    z_mm: middle of the ring from the inflow end along the device's axis, in the deployed (nominal) state.
    crowns: peaks on one side. strut_width_mm: around, strut_thickness_mm: radial. rest_diameter_mm:
    mid-surface diameter at which the ring is free of stress: as cut (balloon-expandable) or as heat-set
    (self-expanding).
    """

    z_mm: float
    crowns: int
    strut_length_mm: float
    strut_width_mm: float
    strut_thickness_mm: float
    rest_diameter_mm: float


@dataclass(frozen=True)
class DeviceFrame:
    """A stack of rings from inflow to outflow.

    metal: a row of ``resources/materials/metals.toml``. nominal_diameter_mm: outer diameter on the label.
    crimped_diameter_mm: outer, on the catheter. connectors: links between neighbouring rings, 0 when the
    peaks are joined to the next ring's troughs (closed cells). skirt_mm: axial range of the sealing skirt
    from the inflow end, None without one.
    """

    kind: Expansion
    metal: str
    rings: tuple[ZigzagRing, ...]
    nominal_diameter_mm: float
    crimped_diameter_mm: float
    connectors: int
    length_mm: float
    skirt_mm: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if not self.rings or any(b.z_mm <= a.z_mm for a, b in zip(self.rings, self.rings[1:], strict=False)):
            raise ValueError("DeviceFrame.rings must be given from inflow to outflow")
