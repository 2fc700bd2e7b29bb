"""Scissors: a closed line drawn on a view, extruded along the view's direction, cuts or fills a segment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import UsageError
from surgitwin.core.frame import Plane
from surgitwin.core.image import ImageGrid
from surgitwin.segmentation.edit.ink import Overwrite, States, erasing, painting
from surgitwin.segmentation.edit.region import corner, label_box
from surgitwin.segmentation.morphology import Box, Mask
from surgitwin.segmentation.patch import LabelPatch, Labels

Action = Literal["erase inside", "erase outside", "fill inside"]

Span = tuple[float, float]
"""From and to, mm along the plane's normal; both ends count."""

RASTER = 1024
"""Numerical setting: the outline is drawn on a grid this fine; a pixel is then far under a voxel."""

BLOCK = 32
"""Numerical setting: voxels per side of the blocks that are looked at, or passed over, as a whole."""


@dataclass(frozen=True, eq=False)
class Cut:
    """A closed line on a view.

    projection: (3, 4), takes homogeneous LPS points to (u*w, v*w, w) of the view: a slice (w = 1) or a
    camera, also in perspective. outline: (n, 2) corners u, v. plane, depth_mm: when given, only what lies at
    these distances from the plane along its normal is cut; one number: as far to either side.
    """

    projection: FloatArray
    outline: FloatArray
    plane: Plane | None = None
    depth_mm: float | Span | None = None

    @property
    def span_mm(self) -> Span | None:
        """The depth as from and to; None: through everything."""
        depth = self.depth_mm
        return depth if depth is None or isinstance(depth, tuple) else (-depth, depth)

    @classmethod
    def on_slice(
        cls,
        points_mm: npt.ArrayLike,
        right: npt.ArrayLike,
        down: npt.ArrayLike,
        depth_mm: float | Span | None = None,
    ) -> Cut:
        """From corners (n, 3) LPS on a slice with unit directions `right` and `down`."""
        points = np.asarray(points_mm, float)
        u, v = np.asarray(right, float), np.asarray(down, float)
        projection = np.zeros((3, 4))
        projection[0, :3], projection[1, :3], projection[2, 3] = u, v, 1.0
        plane = None if depth_mm is None else Plane(points[0], np.cross(u, v))
        return cls(projection, np.stack([points @ u, points @ v], axis=1), plane, depth_mm)


def scissors(
    labels: Labels,
    grid: ImageGrid,
    target: int,
    states: States,
    cut: Cut,
    action: Action,
    overwrite: Overwrite = "visible",
) -> LabelPatch:
    """Cut segment `target` by `cut`, or fill what is inside with it (background and open segments only).

    Raises UsageError as `require_open`, "edit.empty", "edit.outline" (under three corners or no area),
    "edit.bad_depth".
    """
    span = cut.span_mm
    if span is not None and not span[0] < span[1]:
        raise UsageError(
            "edit.bad_depth",
            f"The cut begins at {span[0]:g} mm and ends at {span[1]:g} mm, so it has no depth.",
            hint="Let it begin before it ends; distances count from the slice, away from you.",
            where="depth",
        )
    fill = action == "fill inside"
    ink = painting(target, states, overwrite) if fill else erasing(target, states)
    inside = _Outline(cut)
    box: Box = (slice(0, labels.shape[0]), slice(0, labels.shape[1]), slice(0, labels.shape[2]))
    if not fill:
        box = label_box(labels, target, states[target].name)
    before = labels[box]
    after = before.copy()
    for lo in np.ndindex(*(-(-n // BLOCK) for n in before.shape)):
        block = tuple(slice(n * BLOCK, (n + 1) * BLOCK) for n in lo)
        part = ink.table[before[block]]
        first = np.array([s.start + o.start for s, o in zip(box, block, strict=True)])
        if not part.any() or (action != "erase outside" and inside.misses(grid, first, part.shape)):
            continue
        at = np.nonzero(part)
        hit = inside.holds(grid, np.stack(at, axis=1) + first)
        hit = ~hit if action == "erase outside" else hit
        after[block][tuple(n[hit] for n in at)] = ink.value
    return LabelPatch.between(before, after, corner(box))


class _Outline:
    """The outline as a fine picture, so that a voxel costs one look."""

    def __init__(self, cut: Cut) -> None:
        corners = np.asarray(cut.outline, float)
        span = np.ptp(corners, axis=0) if len(corners) else np.zeros(2)
        if len(corners) < 3 or (span <= 0).any():
            raise UsageError(
                "edit.outline",
                "The outline of the cut encloses nothing.",
                hint="Draw round what you want to cut, then let go.",
                where="scissors",
            )
        self._cut = cut
        self._low, self._size = corners.min(axis=0), float(span.max()) / (RASTER - 1)
        picture = Image.new("1", (RASTER, RASTER))
        at = (corners - self._low) / self._size
        ImageDraw.Draw(picture).polygon([(float(x), float(y)) for x, y in at], fill=1)
        self._picture: Mask = np.asarray(picture, bool)

    def misses(self, grid: ImageGrid, first: npt.NDArray[np.integer], shape: tuple[int, ...]) -> bool:
        """Whether a block of voxels surely lies beside the outline; first: its first voxel (k, j, i)."""
        corners = first + np.array(list(np.ndindex(2, 2, 2))) * (np.array(shape) - 1)
        uvw = self._projected(grid, corners)
        if (uvw[:, 2] <= 0).any():
            return False
        uv = (uvw[:, :2] / uvw[:, 2:] - self._low) / self._size
        return bool((uv.max(axis=0) < -1).any() or (uv.min(axis=0) > RASTER).any())

    def _projected(self, grid: ImageGrid, kji: npt.NDArray[np.integer]) -> FloatArray:
        """(n, 3) homogeneous view coordinates of voxels."""
        flat = (self._cut.projection @ grid.affine)[:, [2, 1, 0, 3]]
        out: FloatArray = kji @ flat[:, :3].T + flat[:, 3]
        return out

    def holds(self, grid: ImageGrid, kji: npt.NDArray[np.integer]) -> Mask:
        """For voxels (n, 3) [k, j, i] whether the cut holds them."""
        uvw, to_lps = self._projected(grid, kji), grid.affine
        before_eye = uvw[:, 2] > 0
        uv = uvw[:, :2] / np.where(before_eye, uvw[:, 2], 1.0)[:, None]
        at = np.rint((uv - self._low) / self._size).astype(np.int64)
        inside: Mask = before_eye & (at >= 0).all(axis=1) & (at < RASTER).all(axis=1)
        inside[inside] = self._picture[at[inside, 1], at[inside, 0]]
        span = self._cut.span_mm
        if self._cut.plane is not None and span is not None:
            normal = np.asarray(self._cut.plane.normal)
            across = (to_lps[:3, :3].T @ normal)[[2, 1, 0]]
            start = float((to_lps[:3, 3] - self._cut.plane.point_mm) @ normal)
            away = kji @ across + start
            inside &= (away >= span[0] - 1e-6) & (away <= span[1] + 1e-6)
        return inside
