"""The phase of the heart in which the image was taken, from what the header told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

UNKNOWN = "unknown"
SYSTOLE_PERCENT = (20.0, 45.0)
"""Share of the RR interval in which an annulus is sized (physics.md 3.3, GK)."""
PHASE_KEY = "cardiac_phase_percent"
"""`Volume.meta` key for NominalPercentageOfCardiacPhase (0020,9241), where the reader carries it."""


def phase_of(meta: Mapping[str, Any]) -> str:
    """ "35 % of the RR interval" from the header's phase or the series description, else "unknown"."""
    percent = meta.get(PHASE_KEY)
    if percent is None:
        match = re.search(r"(?<![\d.])(\d{1,2}(?:\.\d+)?|100)\s*%", str(meta.get("description") or ""))
        percent = float(match[1]) if match else None
    return UNKNOWN if percent is None else f"{float(percent):g} % of the RR interval"


def is_systolic(phase: str) -> bool | None:
    """Whether a phase in words lies in systole; None when it is unknown."""
    match = re.match(r"([\d.]+) %", phase)
    return None if match is None else SYSTOLE_PERCENT[0] <= float(match[1]) <= SYSTOLE_PERCENT[1]
