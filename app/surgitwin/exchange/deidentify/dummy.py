"""Values that stand for nothing, by value representation (PS3.15 E.1-1a, action D)."""

from __future__ import annotations

from typing import Any

DUMMIES: dict[str, Any] = {
    "AE": "REMOVED", "AS": "000Y", "CS": "REMOVED", "DA": "19000101", "DS": "0", "DT": "19000101000000",
    "FD": 0.0, "FL": 0.0, "IS": "0", "LO": "REMOVED", "LT": "REMOVED", "OB": b"\0\0", "OW": b"\0\0",
    "PN": "REMOVED", "SH": "REMOVED", "SL": 0, "SS": 0, "ST": "REMOVED", "SV": 0, "TM": "000000",
    "UC": "REMOVED", "UL": 0, "UN": b"\0\0", "UR": "REMOVED", "US": 0, "UT": "REMOVED", "UV": 0,
}  # fmt: skip
"""A sequence has none: what its items would hold is not known here, so it stays empty."""


def dummy_of(vr: str) -> Any:
    """A value of the representation; None, which is written as empty, when it has none."""
    return DUMMIES.get(vr)
