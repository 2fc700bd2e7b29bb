"""Numbers given as one word of the command line: "12,-40,310"."""

from __future__ import annotations

from typing import Any

import numpy as np

from surgitwin.core.errors import UsageError


def numbers(text: str, count: int, where: str) -> np.ndarray[Any, Any]:
    """Numbers with commas or spaces between them. UsageError "usage.arguments"."""
    try:
        values = np.array([float(v) for v in text.replace(",", " ").split()])
    except ValueError:
        values = np.zeros(0)
    if len(values) == count and np.isfinite(values).all():
        return values
    raise UsageError(
        "usage.arguments",
        f"{text!r} is not {count} numbers." if count > 1 else f"{text!r} is no number.",
        hint="Put commas between them." if count > 1 else "Give axis and degrees, as z,15.",
        where=where,
    )
