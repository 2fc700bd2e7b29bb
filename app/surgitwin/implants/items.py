"""Catalogue items: what a maker sells, as plain values in mm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from surgitwin.implants.stents import StentItem
from surgitwin.implants.valves import ValveItem

ScrewRole = Literal["screw", "bolt"]
"""What a screw belongs to: a plate's screw or a nail's locking bolt."""


@dataclass(frozen=True)
class Material:
    """Metal of an implant (row of ``resources/materials/implants.toml``)."""

    name: str
    title: str
    modulus_MPa: float
    poisson: float
    yield_MPa: float
    endurance_MPa: float
    source: str
    verified: bool


@dataclass(frozen=True)
class ScrewItem:
    """Screw or locking bolt; every catalogue length in `lengths_mm`.

    model_diameter_mm: diameter of the solid cylinder that stands for it (`model` says which one).
    """

    id: str
    title: str
    role: ScrewRole
    major_diameter_mm: float
    model_diameter_mm: float
    model: str
    lengths_mm: tuple[float, ...]
    material: str
    source: str
    verified: bool
    unverified: tuple[str, ...] = ()

    def snap_up(self, length_mm: float) -> float | None:
        """Shortest catalogue length of at least `length_mm`; None when even the longest is too short."""
        return next((x for x in self.lengths_mm if x >= length_mm - 1e-9), None)

    def as_dict(self) -> dict[str, Any]:
        """The row of a listing; sizes in mm."""
        return _row(self, self.role, {"diameter": self.major_diameter_mm, "lengths": list(self.lengths_mm)})


@dataclass(frozen=True)
class PlateItem:
    """Straight locking plate with `n_holes` holes, numbered 1 (most proximal) to n_holes.

    hole_diameter_mm: round hole that stands for an empty combi-hole.
    """

    id: str
    title: str
    n_holes: int
    length_mm: float
    width_mm: float
    thickness_mm: float
    pitch_mm: float
    hole_diameter_mm: float
    screw: str
    material: str
    source: str
    verified: bool
    unverified: tuple[str, ...] = ()

    def hole_z_mm(self, number: int) -> float:
        """Height of a hole above the middle of the plate, in the plate's frame."""
        return ((self.n_holes + 1) / 2 - number) * self.pitch_mm

    def as_dict(self) -> dict[str, Any]:
        """The row of a listing; sizes in mm."""
        return _row(
            self,
            "plate",
            {
                "length": self.length_mm,
                "width": self.width_mm,
                "thickness": self.thickness_mm,
                "pitch": self.pitch_mm,
            },
        )


@dataclass(frozen=True)
class NailItem:
    """Femoral nail of one diameter and length.

    holes_mm: distances of the locking holes from the proximal end along the nail, proximal first; the
    first `n_proximal` are the proximal ones. curvature_per_mm: 0 for a straight nail.
    """

    id: str
    title: str
    diameter_mm: float
    length_mm: float
    curvature_per_mm: float
    holes_mm: tuple[float, ...]
    n_proximal: int
    bolt: str
    material: str
    source: str
    verified: bool
    unverified: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The row of a listing; sizes in mm."""
        return _row(
            self,
            "nail",
            {"diameter": self.diameter_mm, "length": self.length_mm, "holes": list(self.holes_mm)},
        )


Item = PlateItem | NailItem | ScrewItem | StentItem | ValveItem


def _row(item: Item, kind: str, sizes_mm: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": item.id,
        "kind": kind,
        "title": item.title,
        "sizes_mm": sizes_mm,
        "material": item.material,
        "source": item.source,
        "verified": item.verified,
        "unverified": list(item.unverified),
    }
