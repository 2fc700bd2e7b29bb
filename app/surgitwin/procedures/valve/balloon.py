"""How far a balloon-expandable valve is inflated."""

from __future__ import annotations

import math
from functools import cache

from surgitwin.implants import ValveItem, valve
from surgitwin.mechanics.devices.ring_law import ring_law

TURNS = 6
"""Numerical setting: recoil is some 2 %, so each turn takes 50 times off the error."""


def nominal_diameter_mm(item: ValveItem) -> float:
    """Diameter of the circle of the nominal area."""
    return 2 * math.sqrt(item.nominal_area_mm2 / math.pi)


def balloon_diameter_mm(item: ValveItem) -> float | None:
    """Outer diameter at full inflation: the free valve then springs back to its nominal area.

    By the ring at the inflow end. None for a self-expanding valve.
    """
    return _balloon(item.id) if item.frame.kind == "balloon_expandable" else None


@cache
def _balloon(item_id: str) -> float:
    item = valve(item_id)
    wanted, frame = nominal_diameter_mm(item), item.frame
    full = wanted
    for _ in range(TURNS):
        full = wanted / (1 - ring_law(frame.rings[0], frame.metal, frame.kind, full).recoil)
    return full
