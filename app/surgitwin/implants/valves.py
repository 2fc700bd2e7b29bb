"""Transcatheter valves of the catalogue: size ranges and a generic frame of zig-zag rings."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.device import DeviceFrame, ZigzagRing
from surgitwin.core.resources import load_table

SizedBy = Literal["area", "perimeter"]
Range = tuple[float, float]


@dataclass(frozen=True)
class ValveItem:
    """One size of one valve family.

    size_mm: on the label, outer diameter of the inflow. nominal_area_mm2: of the valve at its nominal state.
    area_mm2, perimeter_mm: published ranges of the annulus, None where none was published. sized_by: which
    of the two decides; accepted: its range, mm2 or mm. sinus_diameter_mm, sinus_height_mm: least sinus,
    None without a demand. version: edition of the document behind the ranges. unverified: what no document
    was seen for.
    """

    id: str
    title: str
    family: str
    size_mm: float
    frame: DeviceFrame
    sized_by: SizedBy
    accepted: Range
    nominal_area_mm2: float
    area_mm2: Range | None
    perimeter_mm: Range | None
    sinus_diameter_mm: float | None
    sinus_height_mm: float | None
    material: str
    version: str
    source: str
    verified: bool
    unverified: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The row of a listing; sizes in mm, areas in mm2."""
        return {
            "id": self.id,
            "kind": "valve",
            "title": self.title,
            "sizes_mm": {
                "diameter": self.size_mm,
                "height": self.frame.length_mm,
                "annulus_area_mm2": list(self.area_mm2) if self.area_mm2 else None,
                "annulus_perimeter": list(self.perimeter_mm) if self.perimeter_mm else None,
            },
            "material": self.material,
            "version": self.version,
            "source": self.source,
            "verified": self.verified,
            "unverified": list(self.unverified),
        }


def valve_items() -> tuple[ValveItem, ...]:
    """Every valve of ``resources/implants/valves.toml``, by family and size."""
    families = load_table("implants/valves")["families"]
    return tuple(
        _item(name, row, label, size)
        for name, row in families.items()
        for label, size in row["sizes"].items()
    )


def _item(name: str, row: Mapping[str, Any], label: str, size: Mapping[str, Any]) -> ValveItem:
    diameter = float(label)
    area, perimeter = size.get("area_mm2"), size.get("perimeter_mm")
    low, high = size[f"{row['sized_by']}_{'mm2' if row['sized_by'] == 'area' else 'mm'}"]
    return ValveItem(
        id=f"valve-{name}-{label}",
        title=f"{row['title']} {label}",
        family=name,
        size_mm=diameter,
        frame=_frame(row, diameter, size),
        sized_by=row["sized_by"],
        accepted=(low, high),
        nominal_area_mm2=float(size.get("nominal_area_mm2", math.pi / 4 * diameter**2)),
        area_mm2=(area[0], area[1]) if area else None,
        perimeter_mm=(perimeter[0], perimeter[1]) if perimeter else None,
        sinus_diameter_mm=size.get("sinus_diameter_mm"),
        sinus_height_mm=size.get("sinus_height_mm"),
        material=row["material"],
        version=row["version"],
        source=row["source"],
        verified=row["verified"],
        unverified=(*row.get("unverified", ()), *size.get("unverified", ())),
    )


def _frame(row: Mapping[str, Any], diameter: float, size: Mapping[str, Any]) -> DeviceFrame:
    """Rings whose peaks are joined to the next ring's troughs; struts as long as the height asks for."""
    height, thick = float(size["height_mm"]), float(row["strut_thickness_mm"])
    shares = np.asarray(row["ring_shares"], float)
    tall = shares / shares.sum() * height
    middle = np.cumsum(tall) - tall / 2
    outer = _profile(row, diameter, size, middle / height)
    half_pitch = math.pi * (outer - thick) / (2 * row["crowns"])
    cut = row.get("cut_diameter_mm")
    rings = tuple(
        ZigzagRing(
            z_mm=float(z),
            crowns=int(row["crowns"]),
            strut_length_mm=float(math.hypot(h, p)),
            strut_width_mm=float(row["strut_width_mm"]),
            strut_thickness_mm=thick,
            rest_diameter_mm=float((d if cut is None else cut) - thick),
        )
        for z, h, p, d in zip(middle, tall, half_pitch, outer, strict=True)
    )
    skirt = float(row["skirt_mm"]) if "skirt_mm" in row else float(row["skirt_share"]) * height
    return DeviceFrame(
        kind=row["expansion"],
        metal=row["material"],
        rings=rings,
        nominal_diameter_mm=diameter,
        crimped_diameter_mm=float(row["crimped_diameter_mm"]),
        connectors=0,
        length_mm=height,
        skirt_mm=(0.0, skirt),
    )


def _profile(row: Mapping[str, Any], diameter: float, size: Mapping[str, Any], at: FloatArray) -> FloatArray:
    """Outer diameter in the nominal state at shares of the height; a factor 0 stands for waist, outflow."""
    if "profile_shares" not in row:
        return np.full(len(at), diameter)
    given = iter((size["waist_mm"], size["outflow_mm"]))
    known = [f * diameter if f else float(next(given)) for f in row["profile_factors"]]
    out: FloatArray = np.interp(at, row["profile_shares"], known)
    return out
