"""The registrations of a case as rows and in words, from its state alone: no image is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def registration_rows(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is kept of each registration, with its number from 1, the first one first."""
    known = state.get("registrations") or []
    return [{"number": n, **{k: v for k, v in e.items() if k != "blob"}} for n, e in enumerate(known, 1)]


def registration_line(row: Mapping[str, Any]) -> str:
    """A row of `registration_rows` in one line: what, how, when, and the estimated error."""
    return f"{row['number']}: {entry_words(row)}. Estimated error: {error_words(row)}."


def entry_words(entry: Mapping[str, Any]) -> str:
    """What was registered, how and when, in one line."""
    name = f"{entry['modality']} {entry['description']}".strip()
    region = f", {', '.join(entry['mask'])}" if entry["mask"] else ""
    return f"{name}, {entry['kind']}{region}, {str(entry['when'])[:16].replace('T', ' ')}"


def error_words(entry: Mapping[str, Any]) -> str:
    """The estimated error in one sentence; never a figure that was not estimated."""
    error = entry["error"]
    said = []
    if error.get("target_p95_mm") is not None:
        said.append(f"95 % of what was compared lie within {error['target_p95_mm']:.1f} mm of their place")
    if error["landmark_left_out_mm"] is not None:
        said.append(f"{error['landmark_left_out_mm']:.1f} mm at landmarks left out (rms)")
    if error["spread_p95_mm"] is not None:
        said.append(f"runs agree within {error['spread_p95_mm']:.1f} mm (95 %)")
    if error["inverse_p95_mm"] is not None:
        said.append(f"there and back {error['inverse_p95_mm']:.1f} mm (95 %)")
    return "; ".join(said) or "no error could be estimated"
