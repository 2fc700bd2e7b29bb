"""Clicks of a preset from text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import UsageError
from surgitwin.segmentation.presets import load_preset


def parse_points(preset: str, words: Sequence[str]) -> dict[str, FloatArray]:
    """`name=x,y,z` words as points (3,) in LPS mm; a name that stands several times gives (n, 3).

    Raises UsageError "segment.clicks" (a name that the preset does not ask for, no three numbers).
    """
    asked = {p.name: p for p in load_preset(preset).points}
    found: dict[str, list[FloatArray]] = {}
    for word in words:
        name, _, text = word.partition("=")
        try:
            point = np.array([float(v) for v in text.replace(";", ",").split(",")])
        except ValueError:
            point = np.zeros(0)
        if name not in asked or point.shape != (3,) or not np.isfinite(point).all():
            said = f"its points are {', '.join(asked)}" if asked else "it asks for no point"
            raise UsageError(
                "segment.clicks",
                f"--point {word}: a point of the preset {preset} expected ({said}).",
                hint="Write NAME=x,y,z in LPS mm, for example --point aorta=12.5,-30,210.",
                where=name or "--point",
            )
        found.setdefault(name, []).append(point)
    return {name: p[0] if len(p) == 1 else np.array(p) for name, p in found.items()}
