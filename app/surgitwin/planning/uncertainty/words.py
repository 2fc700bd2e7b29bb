"""A study's findings in words, the same for command line, report and window."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SINGLE_CHANGES = "single changes"


def band_words(samples: int) -> str:
    """Where a band comes from when a study gives it."""
    return f"study, {samples} samples"


def robust_words(found: Mapping[str, Any] | None, titles: Mapping[str, str] | None = None) -> list[str]:
    """How firm the ranking is, one sentence a plan; titles: plan name to words."""
    if found is None:
        return []
    names = titles or {}
    count = found["samples"]
    rows = sorted(found["first"].items(), key=lambda item: -item[1]["share"])
    return [
        f"{names.get(n, n)} is first in {x['share'] * count:.3g} of {count} samples "
        f"({100 * x['share']:.0f} %, confidence {100 * x['low']:.0f} to {100 * x['high']:.0f} %)."
        for n, x in rows
    ]
