"""Material rows of problem files that take law and numbers from a named set, and what is not verified."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from surgitwin.mechanics.law_sets import parameter_set
from surgitwin.mechanics.point_laws.tables import metal

ARTERIAL = ("hgo2000", "goh2006", "holzapfel2005")
"""Laws of two fibre families around a vessel."""


def with_set(row: Mapping[str, Any]) -> dict[str, Any]:
    """A material row with ``set = NAME`` replaced by law and values; what stands beside it overrides.

    Arterial sets give both families their angle around the vessel's ``axis`` (through ``point_mm``), unless
    the row has fibres of its own. Raises InputError "material.unknown" naming the sets there are.
    """
    out = dict(row)
    if not isinstance(out.get("set"), str):
        return out
    found = parameter_set(out.pop("set"))
    if found.law in ARTERIAL and found.fibre_angle_deg is not None and "fibres" not in out and "axis" in out:
        line = {k: out.pop(k) for k in ("axis", "point_mm") if k in out}
        out["fibres"] = [{**line, "angle_deg": sign * found.fibre_angle_deg} for sign in (1.0, -1.0)]
    return {"law": found.law, **found.values, **out}


def unverified(data: Mapping[str, Any]) -> list[str]:
    """Named sets and metals of a problem's tables (without faults) that are not verified, in words."""
    out = []
    for part in data.get("parts", []):
        rows = part.get("materials") or {"": part.get("material", {})}
        for row in rows.values():
            if "set" in row:
                found = parameter_set(row["set"])
                if not found.verified:
                    out.append(_words(part["name"], f"set {found.name}", found.source))
            if "metal" in row:
                alloy = metal(row["metal"])
                if not alloy.verified:
                    out.append(_words(part["name"], f"metal {row['metal']}", alloy.source))
    return out


def _words(part: str, name: str, source: str) -> str:
    return f"Part {part!r}: the numbers of {name} are not verified. Source: {source}."
