"""Which segments are meshed when none is named: those large enough for elements; the others are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cc3d
import numpy as np

from surgitwin.core.errors import GeometryError
from surgitwin.core.image import LabelMap

FEWEST_CUBES = 8
"""Numerical setting: a segment is meshed unasked when its largest piece fills 8 cubes of an element's edge,
two elements across; smaller ones are mostly specks of a threshold. Half a ball of 21 cubes meshed well."""


@dataclass(frozen=True)
class LeftOut:
    """A segment that was not meshed, with the volume of its largest 6-connected piece in mm3."""

    name: str
    piece_mm3: float

    def words(self, size_mm: float) -> str:
        """One sentence with the reason and what to do."""
        return (
            f"{self.name} was left out: its largest piece has {self.piece_mm3:.3g} mm3, under "
            f"{FEWEST_CUBES} cubes of {size_mm:g} mm. To mesh it, name it with "
            f"--tissue, with a smaller --size."
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain form for --json."""
        return {"name": self.name, "piece_mm3": self.piece_mm3}


def large_enough(
    labels: LabelMap, names: Sequence[str], size_mm: float
) -> tuple[tuple[str, ...], tuple[LeftOut, ...]]:
    """The named segments that elements of size_mm can fill, and those that they cannot.

    Raises GeometryError "mesh.tissue_small" when no segment is left.
    """
    kept: list[str] = []
    small: list[LeftOut] = []
    for name in names:
        piece = _largest_piece_mm3(labels, name)
        if piece < FEWEST_CUBES * size_mm**3:
            small.append(LeftOut(name, piece))
        else:
            kept.append(name)
    if names and not kept:
        largest = max(s.piece_mm3 for s in small)
        fits = np.floor(100 * np.cbrt(largest / FEWEST_CUBES)) / 100
        raise GeometryError(
            "mesh.tissue_small",
            f"No segment is large enough for elements of {size_mm:g} mm: the largest piece has "
            f"{largest:.3g} mm3, {FEWEST_CUBES} cubes of an edge are wanted.",
            hint=f"Use --size {fits:g} or less, or name them with --tissue.",
            where="--size",
        )
    return tuple(kept), tuple(small)


def _largest_piece_mm3(labels: LabelMap, name: str) -> float:
    mask = labels.mask(name)
    box = tuple(slice(int(a.min()), int(a.max()) + 1) for a in np.nonzero(mask))
    pieces = cc3d.connected_components(mask[box].astype(np.uint8), connectivity=6)
    return float(np.bincount(pieces.ravel())[1:].max()) * labels.grid.voxel_volume_mm3
