"""The implant catalogue: tables in ``resources/implants`` expanded to single items."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np

from surgitwin.core.errors import InputError
from surgitwin.core.resources import load_table
from surgitwin.implants.items import Item, Material, NailItem, PlateItem, ScrewItem, ScrewRole
from surgitwin.implants.stents import StentItem, stents
from surgitwin.implants.valves import ValveItem, valve_items


@cache
def catalogue() -> Mapping[str, Item]:
    """Every item by its id, for example ``plate-broad-08``, ``bolt-4.9``, ``stent-cocr-iliac-6-29``."""
    items: dict[str, Item] = {}
    for name, row in load_table("implants/plates")["plates"].items():
        for item in _plates(name, row):
            items[item.id] = item
    for name, row in load_table("implants/nails")["nails"].items():
        for nail in _nails(name, row):
            items[nail.id] = nail
    for name, row in load_table("implants/screws")["screws"].items():
        items[name] = _screw(name, row)
    items.update(stents())
    items |= {valve.id: valve for valve in valve_items()}
    return MappingProxyType(items)


def item(catalogue_id: str, kind: type[object] | None = None) -> Item:
    """The item called `catalogue_id`; InputError ("implant.unknown") naming close ones (of a kind)."""
    found = catalogue().get(catalogue_id)
    if found is None:
        known = [k for k, v in catalogue().items() if kind is None or isinstance(v, kind)]
        stem = catalogue_id.split("-")[0]
        near = [k for k in known if k.startswith(stem + "-")] or known
        raise InputError(
            "implant.unknown",
            f"The catalogue has no implant {catalogue_id!r}.",
            hint=f"Use one of its ids, for example {', '.join(near[:6])}.",
            where=catalogue_id,
        )
    return found


def plate(catalogue_id: str) -> PlateItem:
    """The plate called `catalogue_id`; InputError ("implant.unknown", "implant.wrong_kind")."""
    return _of_kind(catalogue_id, PlateItem, "a plate")


def nail(catalogue_id: str) -> NailItem:
    """The nail called `catalogue_id`; InputError ("implant.unknown", "implant.wrong_kind")."""
    return _of_kind(catalogue_id, NailItem, "a nail")


def screw(catalogue_id: str, role: ScrewRole | None = None) -> ScrewItem:
    """The screw or bolt called `catalogue_id`, of a role; "implant.unknown", "implant.wrong_kind"."""
    found = _of_kind(catalogue_id, ScrewItem, "a screw or bolt")
    if role not in (None, found.role):
        wanted = {"screw": "a plate's screw", "bolt": "a nail's locking bolt"}
        known = [k for k, v in catalogue().items() if isinstance(v, ScrewItem) and v.role == role]
        raise _wrong_kind(catalogue_id, wanted[str(role)], f"Use one of {', '.join(known)}.")
    return found


def valve(catalogue_id: str) -> ValveItem:
    """The valve called `catalogue_id`; InputError ("implant.unknown", "implant.wrong_kind")."""
    return _of_kind(catalogue_id, ValveItem, "a valve")


def stent(catalogue_id: str) -> StentItem:
    """The stent called `catalogue_id`; InputError ("implant.unknown", "implant.wrong_kind")."""
    return _of_kind(catalogue_id, StentItem, "a stent")


@cache
def material(name: str) -> Material:
    """The metal called `name`; InputError ("material.unknown")."""
    rows = load_table("materials/implants")["materials"]
    if name not in rows:
        raise InputError(
            "material.unknown", f"There is no implant material {name!r}.", hint=f"Known: {', '.join(rows)}."
        )
    return Material(name=name, **rows[name])


def _of_kind[I: Item](catalogue_id: str, kind: type[I], wanted: str) -> I:
    found = item(catalogue_id, kind)
    if not isinstance(found, kind):
        raise _wrong_kind(catalogue_id, wanted)
    return found


def _wrong_kind(catalogue_id: str, wanted: str, hint: str = "") -> InputError:
    return InputError(
        "implant.wrong_kind",
        f"{catalogue_id} is not {wanted}.",
        hint=hint or "`surgitwin plan catalogue` lists every id with its kind.",
        where=catalogue_id,
    )


def _common(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "material": row["material"],
        "source": row["source"],
        "verified": row["verified"],
        "unverified": tuple(row.get("unverified", ())),
    }


def _plates(name: str, row: dict[str, Any]) -> list[PlateItem]:
    return [
        PlateItem(
            id=f"plate-{name}-{n:02d}",
            title=f"{row['title']}, {n} holes",
            n_holes=n,
            length_mm=row["pitch_mm"] * n + row["length_offset_mm"],
            width_mm=row["width_mm"],
            thickness_mm=row["thickness_mm"],
            pitch_mm=row["pitch_mm"],
            hole_diameter_mm=row["hole_diameter_mm"],
            screw=row["screw"],
            **_common(row),
        )
        for n in range(row["holes_min"], row["holes_max"] + 1)
    ]


def _nails(name: str, row: dict[str, Any]) -> list[NailItem]:
    return [
        NailItem(
            id=f"nail-{name}-{diameter:g}-{length:g}",
            title=f"{row['title']}, {diameter:g} x {length:g} mm",
            diameter_mm=diameter,
            length_mm=length,
            curvature_per_mm=1 / row["bow_radius_mm"] if length >= row["bowed_from_mm"] else 0.0,
            holes_mm=(
                *sorted(row["proximal_holes_mm"]),
                *sorted(length - offset for offset in row["distal_holes_mm"]),
            ),
            n_proximal=len(row["proximal_holes_mm"]),
            bolt=row["bolt"],
            **_common(row),
        )
        for diameter in row["diameters_mm"]
        for length in row["lengths_mm"]
    ]


def _screw(name: str, row: dict[str, Any]) -> ScrewItem:
    fine = np.arange(row["length_min_mm"], row["fine_until_mm"] + 1e-9, row["fine_step_mm"])
    coarse = np.arange(
        row["fine_until_mm"] + row["coarse_step_mm"], row["length_max_mm"] + 1e-9, row["coarse_step_mm"]
    )
    return ScrewItem(
        id=name,
        title=row["title"],
        role=row["role"],
        major_diameter_mm=row["major_diameter_mm"],
        model_diameter_mm=row["model_diameter_mm"],
        model=row["model"],
        lengths_mm=tuple(float(x) for x in (*fine, *coarse)),
        **_common(row),
    )
