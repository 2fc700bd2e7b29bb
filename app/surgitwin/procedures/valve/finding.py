"""A finding of the checks, with its defaults."""

from __future__ import annotations

from surgitwin.core.arrays import FloatArray
from surgitwin.procedures.base import Finding, Severity


def finding(
    code: str,
    severity: Severity,
    message: str,
    value: float = 0.0,
    unit: str = "1",
    *,
    implant: str = "",
    point_mm: FloatArray | None = None,
) -> Finding:
    """A finding; point_mm (3,) LPS where it was measured."""
    place = None if point_mm is None else (float(point_mm[0]), float(point_mm[1]), float(point_mm[2]))
    return Finding(code, severity, message, implant, float(value), unit, place)
