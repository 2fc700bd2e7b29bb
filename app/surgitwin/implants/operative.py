"""The operative list: what the theatre must lay out, in the order of use."""

from __future__ import annotations

from dataclasses import dataclass

from surgitwin.core.plan import PlacedImplant
from surgitwin.implants import tables
from surgitwin.implants.geometry import locked_holes
from surgitwin.implants.items import NailItem, PlateItem


@dataclass(frozen=True)
class OperativeEntry:
    """One line of the list. place: hole number or the like; length_mm None where it has none of its own."""

    order: int
    catalogue_id: str
    title: str
    place: str
    length_mm: float | None
    verified: bool


def operative_list(placed: PlacedImplant) -> tuple[OperativeEntry, ...]:
    """The implant and then its screws or bolts from proximal to distal.

    Raises InputError as `implants.build` does for unknown ids.
    """
    found = tables.item(placed.catalogue_id)
    p = placed.parameters
    if isinstance(found, PlateItem):
        rows = [(f"hole {n}", float(x)) for n, x in sorted(zip(p["holes"], p["lengths_mm"], strict=True))]
        screw = tables.screw(p["screw"])
    else:
        nail = tables.nail(placed.catalogue_id)
        filled = locked_holes(nail, placed)
        rows = [(nail_place(nail, n), float(x)) for n, x in zip(filled, p["lengths_mm"], strict=True)]
        screw, found = tables.screw(p["bolt"]), nail
    first = OperativeEntry(1, found.id, found.title, "", found.length_mm, found.verified)
    return (
        first,
        *(
            OperativeEntry(n, screw.id, screw.title, place, length, screw.verified)
            for n, (place, length) in enumerate(rows, 2)
        ),
    )


def nail_place(nail: NailItem, number: int) -> str:
    """Words for locking hole `number` (1 most proximal): "proximal hole 1", "distal hole 2"."""
    if number <= nail.n_proximal:
        return f"proximal hole {number}"
    return f"distal hole {number - nail.n_proximal}"
