"""Clicks of a preset: which voxel they name, and refusals that say what to do."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError, UsageError
from surgitwin.core.image import ImageGrid
from surgitwin.segmentation.morphology import Box
from surgitwin.segmentation.presets import Preset
from surgitwin.segmentation.recipe import Points

Index = tuple[int, int, int]
NEAR_MM = 3.0
"""Numerical setting: a click this near to a label means it; a slice's thickness or a shaky hand."""


def check_points(preset: Preset, points: Points) -> None:
    """Raise UsageError "segment.clicks" for a point that the preset does not know or that it needs."""
    known = {p.name: p for p in preset.points}
    unknown = sorted(set(points) - set(known))
    missing = sorted(name for name, p in known.items() if p.needed and name not in points)
    if not unknown and not missing:
        return
    words = [f"it has no point {', '.join(unknown)}"] if unknown else []
    words += [f"the point {', '.join(missing)} is missing"] if missing else []
    example = (
        f"Its points: {', '.join(known)}; for example --point {next(iter(known))}=12.5,-30,210 (LPS mm)."
    )
    raise UsageError(
        "segment.clicks",
        f"The preset {preset.name!r} cannot start: {' and '.join(words)}.",
        hint=example if known else "It starts without points.",
        where=", ".join(unknown + missing),
    )


def voxel_at(grid: ImageGrid, point_mm: FloatArray, name: str) -> Index:
    """(k, j, i) of the voxel that holds `point_mm` (3,) LPS mm.

    Raises InputError "segment.click_outside" when it lies outside the image.
    """
    point = np.asarray(point_mm, float).reshape(-1, 3)[0]
    i, j, k = (int(n) for n in np.rint(grid.lps_to_index(point)))
    if not all(0 <= n < m for n, m in zip((k, j, i), grid.shape, strict=True)):
        raise outside(name, "lies outside the image")
    return k, j, i


def label_at(labels: npt.NDArray[Any], box: Box, grid: ImageGrid, point_mm: FloatArray, name: str) -> int:
    """The label of a crop at a click, or the nearest one within NEAR_MM.

    labels: the crop; box: where it lies in the image of `grid`. Raises InputError "segment.click_outside".
    """
    spacing = np.asarray(grid.spacing_mm)[::-1]
    at = np.array(voxel_at(grid, point_mm, name)) - [s.start for s in box]
    reach = np.ceil(NEAR_MM / spacing).astype(int)
    low = np.maximum(at - reach, 0)
    window = labels[
        tuple(slice(int(a), max(int(b), int(a))) for a, b in zip(low, at + reach + 1, strict=True))
    ]
    hit = np.argwhere(window > 0)
    distance = np.linalg.norm((hit + low - at) * spacing, axis=1)
    if not len(hit) or distance.min() > NEAR_MM:
        raise outside(name, "does not lie in one")
    return int(window[tuple(hit[distance.argmin()])])


def outside(name: str, fact: str) -> InputError:
    """A click that means nothing."""
    return InputError(
        "segment.click_outside",
        f"The point {name!r} {fact}.",
        hint="Click into the middle of it in a slice, and look at it in a second plane.",
        where=name,
    )
