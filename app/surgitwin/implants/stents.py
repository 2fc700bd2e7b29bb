"""Stents of the catalogue: lines of ``resources/implants/stents.toml`` expanded to single items."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

from surgitwin.core.device import DeviceFrame, Expansion, ZigzagRing
from surgitwin.core.resources import load_table

StentVessel = Literal["coronary", "peripheral", "carotid"]
Link = Literal["in_phase", "peak_to_peak"]


@dataclass(frozen=True)
class StentItem:
    """One stent of a line: label diameter (outer) and length on the label, mm.

    max_diameter_mm: outer, the largest that its pattern takes. rings: number of zig-zag rings. link:
    "in_phase" when the pitch of the rings does not depend on the diameter. vessel: for which vessels the
    line is made. version: date of the row.
    """

    id: str
    title: str
    line: str
    version: str
    vessel: StentVessel
    expansion: Expansion
    diameter_mm: float
    length_mm: float
    max_diameter_mm: float
    rings: int
    crowns: int
    strut_length_mm: float
    strut_width_mm: float
    strut_thickness_mm: float
    rest_diameter_mm: float
    crimped_diameter_mm: float
    connectors: int
    link: Link
    material: str
    source: str
    verified: bool
    unverified: tuple[str, ...] = ()

    @property
    def frame(self) -> DeviceFrame:
        """The stack of rings; ring diameters are those of the struts' mid-surface."""
        pitch = self.length_mm / self.rings
        rings = tuple(
            ZigzagRing(
                z_mm=(k + 0.5) * pitch,
                crowns=self.crowns,
                strut_length_mm=self.strut_length_mm,
                strut_width_mm=self.strut_width_mm,
                strut_thickness_mm=self.strut_thickness_mm,
                rest_diameter_mm=self.rest_diameter_mm - self.strut_thickness_mm,
            )
            for k in range(self.rings)
        )
        return DeviceFrame(
            kind=self.expansion,
            metal=self.material,
            rings=rings,
            nominal_diameter_mm=self.diameter_mm,
            crimped_diameter_mm=self.crimped_diameter_mm,
            connectors=self.connectors,
            length_mm=self.length_mm,
        )

    def ring_height_mm(self, diameter_mm: float) -> float:
        """Length of one ring along the vessel at an outer diameter: L cos(phi), pi D = 2 n L sin(phi).

        A diameter beyond the full stretch of the struts gives 0.
        """
        sine = math.pi * (diameter_mm - self.strut_thickness_mm) / (2 * self.crowns * self.strut_length_mm)
        return self.strut_length_mm * math.sqrt(max(0.0, 1 - sine**2))

    def length_at_mm(self, diameter_mm: float) -> float:
        """Length of the whole stent at an outer diameter; the label's length holds at the label's diameter.

        With links in phase only the two half rings at the ends change; peak to peak, every ring does.
        """
        change = self.ring_height_mm(diameter_mm) - self.ring_height_mm(self.diameter_mm)
        return self.length_mm + change * (1 if self.link == "in_phase" else self.rings)

    def as_dict(self) -> dict[str, Any]:
        """The row of a listing; sizes in mm."""
        return {
            "id": self.id,
            "kind": "stent",
            "title": self.title,
            "sizes_mm": {
                "diameter": self.diameter_mm,
                "length": self.length_mm,
                "max_diameter": self.max_diameter_mm,
            },
            "material": self.material,
            "source": self.source,
            "verified": self.verified,
            "unverified": list(self.unverified),
            "expansion": self.expansion,
            "vessel": self.vessel,
            "version": self.version,
        }


@cache
def stents() -> Mapping[str, StentItem]:
    """Every stent by its id, for example ``stent-cocr-iliac-6-29``."""
    found = [
        item
        for line, row in load_table("implants/stents")["lines"].items()
        for size in row["sizes"]
        for diameter in size["diameters_mm"]
        for item in _items(line, row, size, float(diameter))
    ]
    return MappingProxyType({item.id: item for item in found})


def _items(line: str, row: dict[str, Any], size: dict[str, Any], diameter: float) -> list[StentItem]:
    open_fields = (*row.get("unverified", ()), *size.get("unverified", ()))
    if not size["verified"]:
        open_fields += ("max_diameter_mm", "crowns", "strut_length_mm", "rings", "rest_diameter_mm")
    return [
        StentItem(
            id=f"stent-{line}-{diameter:g}-{length:g}",
            title=f"{row['title']}, {diameter:g} x {length:g} mm",
            line=line,
            version=row["version"],
            vessel=row["vessel"],
            expansion=row["kind"],
            diameter_mm=diameter,
            length_mm=float(length),
            max_diameter_mm=float(size["max_diameter_mm"]),
            rings=max(2, round(length / size["ring_pitch_mm"])),
            crowns=int(size["crowns"]),
            strut_length_mm=float(size["strut_length_mm"]),
            strut_width_mm=float(row["strut_width_mm"]),
            strut_thickness_mm=float(row["strut_thickness_mm"]),
            rest_diameter_mm=float(size.get("rest_diameter_mm", diameter)),
            crimped_diameter_mm=float(row["crimped_diameter_mm"]),
            connectors=int(row["connectors"]),
            link=row["link"],
            material=row["metal"],
            source=f"{row['source']}. {size['source']}",
            verified=bool(row["verified"]),
            unverified=tuple(dict.fromkeys(open_fields)),
        )
        for length in row["lengths_mm"]
    ]
