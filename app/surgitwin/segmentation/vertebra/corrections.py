"""Clicks that correct: what is missing ("inside") and what does not belong ("outside")."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.ndimage as ndi

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import UsageError
from surgitwin.core.image import ImageGrid, Volume
from surgitwin.segmentation.morphology import Mask
from surgitwin.segmentation.recipe import Points
from surgitwin.segmentation.vertebra.contradictions import check_agree
from surgitwin.segmentation.vertebra.field import Lattice
from surgitwin.segmentation.vertebra.strokes import followed, signed_depth, stroke_points

SEED_MM, PAINT_MM = 2.0, 0.8
"""Numerical settings: radius in which a click is a seed of the race, and in which it is obeyed to the letter
(half a voxel of a coarse spine CT)."""

DEEP_MM = 3.5
"""Numerical setting: half the thickness of a process; a click this deep on the wrong side says that a piece
belongs to another vertebra, a shallower one that the surface is off."""


@dataclass(frozen=True, eq=False)
class Corrections:
    """inside, outside: (n, 3) and (m, 3) LPS mm; either may be empty."""

    inside: FloatArray
    outside: FloatArray

    def seeds(self, at: Lattice) -> tuple[Mask, Mask]:
        """Seeds of this vertebra and of the others on the lattice."""
        return near(at, self.inside, SEED_MM), near(at, self.outside, SEED_MM)

    @property
    def any(self) -> bool:
        """Whether there is a click."""
        return len(self.inside) + len(self.outside) > 0

    def none(self) -> Corrections:
        """Without clicks."""
        return Corrections(self.inside[:0], self.outside[:0])

    def deep(self, share: FloatArray, at: Lattice) -> Corrections:
        """The clicks farther than DEEP_MM on the wrong side of the outline: a whole piece is wrong."""
        if not self.any:
            return self
        depth = signed_depth(share, at.step)
        inside, outside = (
            ndi.map_coordinates(depth, at.index(at.frame.from_lps(c)).T, order=1, mode="nearest")
            for c in (self.inside, self.outside)
        )
        return Corrections(self.inside[inside < -DEEP_MM], self.outside[outside > DEEP_MM])

    def paint(self, share: FloatArray, at: Lattice) -> FloatArray:
        """`share` with its surface moved past the clicks, and their own places set to 1 and 0."""
        share = followed(share, at, self.inside, 1.0, PAINT_MM)
        share = followed(share, at, self.outside, -1.0, PAINT_MM)
        out = np.where(near(at, self.inside, PAINT_MM), 1.0, share)
        obeyed: FloatArray = np.where(near(at, self.outside, PAINT_MM), 0.0, out)
        return obeyed

    def obeyed(self, mask: Mask, grid: ImageGrid) -> Mask:
        """`mask` [k, j, i] on the image's grid with the voxels that were clicked set to what was said."""
        out = mask.copy()
        for clicks, value in ((self.inside, True), (self.outside, False)):
            index = np.round(grid.lps_to_index(clicks.reshape(-1, 3))[:, ::-1]).astype(int)
            index = np.clip(index, 0, np.array(mask.shape) - 1)
            out[tuple(index.T)] = value
        return out


def near(at: Lattice, clicks: FloatArray, radius_mm: float) -> Mask:
    """Voxels of the lattice within radius_mm of any of the (n, 3) clicks in LPS mm."""
    mask = np.zeros(at.shape, bool)
    local = at.frame.from_lps(clicks.reshape(-1, 3))
    for point, index in zip(local, at.index(local), strict=True):
        low = np.maximum(np.floor(index - radius_mm / at.step).astype(int), 0)
        high = np.maximum(np.ceil(index + radius_mm / at.step).astype(int) + 1, low)
        k, j, i = (slice(a, b) for a, b in zip(low, high, strict=True))
        gap = np.hypot(at.x[None, None, i] - point[0], at.y[None, j, None] - point[1])
        mask[k, j, i] |= np.hypot(gap, at.z[k, None, None] - point[2]) <= radius_mm
    return mask


def read_corrections(volume: Volume, points: Points) -> Corrections:
    """The clicks "inside" and "outside" of `points`.

    Raises UsageError "vertebra.bad_points", "vertebra.contradiction" (see `check_agree`).
    """
    unknown = sorted(set(points) - {"vertebra", "inside", "outside"})
    if unknown:
        raise UsageError(
            "vertebra.bad_points",
            f"The preset 'vertebra' takes no click called {', '.join(unknown)}.",
            hint='Use "vertebra", "inside" and "outside".',
            where=unknown[0],
        )
    inside, outside = (_clicks(volume, points, name) for name in ("inside", "outside"))
    check_agree(volume.grid, inside, outside)
    return Corrections(stroke_points(inside), stroke_points(outside))


def _clicks(volume: Volume, points: Points, name: str) -> FloatArray:
    clicks = np.asarray(points.get(name, np.empty((0, 3))), float)
    clicks = clicks.reshape(-1, 3) if clicks.size % 3 == 0 else clicks
    index = volume.grid.lps_to_index(clicks) if clicks.shape[-1:] == (3,) else np.array([np.nan])
    if (
        not np.isfinite(index).all()
        or (index < -0.5).any()
        or (index > np.array(volume.grid.shape[::-1]) - 0.5).any()
    ):
        raise UsageError(
            "vertebra.bad_points",
            f"The clicks {name!r} must be points of three numbers in LPS mm within the image.",
            hint="Click within the image.",
            where=name,
        )
    return clicks
