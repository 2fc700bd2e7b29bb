"""Clicks of a preset from text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import UsageError
from surgitwin.segmentation.presets import load_preset


def parse_points(preset: str, words: Sequence[str]) -> dict[str, FloatArray]:
    """`name=x,y,z` words, or `name=x,y,z;x,y,z;...` for a stroke, as points in LPS mm: (3,) for a single one,
    else (n, 3) in the order of the words.

    Raises UsageError "segment.clicks" (a name that the preset does not ask for, no three numbers).
    """
    asked = {p.name: p for p in load_preset(preset).points}
    found: dict[str, list[FloatArray]] = {}
    for word in words:
        name, _, text = word.partition("=")
        points = _numbers(text)
        if name not in asked or points is None:
            said = f"its points are {', '.join(asked)}" if asked else "it asks for no point"
            raise UsageError(
                "segment.clicks",
                f"--point {word}: a point of the preset {preset} expected ({said}).",
                hint="Write NAME=x,y,z in LPS mm, for example --point aorta=12.5,-30,210; several points of "
                "one name with semicolons between them, in quotes: --point 'NAME=x,y,z;x,y,z'.",
                where=name or "--point",
            )
        found.setdefault(name, []).extend(points)
    return {name: p[0] if len(p) == 1 else np.array(p) for name, p in found.items()}


def _numbers(text: str) -> FloatArray | None:
    """(n, 3) from "x,y,z" or "x,y,z;x,y,z"; None when it is neither."""
    try:
        rows = [[float(v) for v in part.split(",")] for part in text.split(";")]
    except ValueError:
        return None
    if any(len(row) != 3 for row in rows) or not np.isfinite(rows).all():
        return None
    return np.array(rows)
