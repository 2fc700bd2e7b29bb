"""Livewire: a closed line on a slice that follows edges of the image between the points that are clicked.

Intelligent scissors (Mortensen and Barrett, Graph Models Image Process 60:349-384, 1998): the line is the
cheapest path, and a pixel is cheap where the image is steep. Paths come from scikit-image's MCP_Geometric.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.ndimage as ndi
from skimage.graph import MCP_Geometric

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import UsageError
from surgitwin.core.image import ImageGrid
from surgitwin.core.progress import SILENT, Progress
from surgitwin.segmentation.edit.axes import array_axis
from surgitwin.segmentation.edit.scissors import Cut, Span, scissors
from surgitwin.segmentation.edit.source import EditSource
from surgitwin.segmentation.morphology import Mask
from surgitwin.segmentation.patch import LabelPatch

Pixel = tuple[int, int]
Point = tuple[float, float, float]

BLUR = 1.0
"""Numerical setting: width in pixels of the Gaussian whose gradient makes edges cheap."""

FLOOR = 0.02
"""Numerical setting: cost of the steepest pixel; 1 is the cost of a flat one. Over 0 keeps paths short."""

STEEP = 98.0
"""Numerical setting: percentile of the slice's gradients that counts as fully steep."""

CONTRAST = 3
"""Numerical setting: power of a pixel's cost, so that the long way along a weak edge beats a short cut."""

OFF_CREST = 0.5
"""Numerical setting: a steep pixel beside the crest of its edge counts as this much as steep."""

SNAP = 4
"""Numerical setting: a click goes to the best edge within this many pixels."""

REACH = 100
"""Numerical setting: pixels round an anchor that are searched at first; a farther mouse widens the search."""


class Wire:
    """Paths on one slice. image: (rows, columns). inside: where it is image and not padding; None: all."""

    def __init__(self, image: npt.NDArray[Any], inside: Mask | None = None) -> None:
        self.cost = edge_cost(image, inside)
        self._anchor: Pixel | None = None
        self._reach = REACH
        self._search: tuple[MCP_Geometric, Pixel] | None = None

    def snapped(self, at: Pixel) -> Pixel:
        """The cheapest pixel within SNAP of `at`, of equal ones the nearest; kept in the slice."""
        rows, columns = self.cost.shape
        row, column = min(max(at[0], 0), rows - 1), min(max(at[1], 0), columns - 1)
        low = (max(row - SNAP, 0), max(column - SNAP, 0))
        part = self.cost[low[0] : row + SNAP + 1, low[1] : column + SNAP + 1]
        r, c = np.ogrid[: part.shape[0], : part.shape[1]]
        away = np.hypot(r + low[0] - row, c + low[1] - column)
        best = np.where(away <= SNAP, part + 1e-3 * away, np.inf)
        found = np.unravel_index(int(best.argmin()), part.shape)
        return (int(found[0]) + low[0], int(found[1]) + low[1])

    def start(self, at: Pixel) -> None:
        """Paths begin at pixel `at` (row, column), kept in the slice."""
        rows, columns = self.cost.shape
        self._anchor = (min(max(at[0], 0), rows - 1), min(max(at[1], 0), columns - 1))
        self._reach, self._search = REACH, None

    def to(self, at: Pixel) -> npt.NDArray[np.int64]:
        """The cheapest path (n, 2) of pixels from the start to `at`, both included."""
        if self._anchor is None:
            raise ValueError("a wire needs a start")
        rows, columns = self.cost.shape
        end = (min(max(at[0], 0), rows - 1), min(max(at[1], 0), columns - 1))
        far = max(abs(e - a) for e, a in zip(end, self._anchor, strict=True))
        if self._search is None or far > self._reach:
            self._reach = max(self._reach, 2 * far)
            self._search = self._searched(self._anchor, self._reach)
        search, first = self._search
        path = search.traceback((end[0] - first[0], end[1] - first[1]))
        out: npt.NDArray[np.int64] = np.asarray(path, np.int64) + np.asarray(first, np.int64)
        return out

    def _searched(self, anchor: Pixel, reach: int) -> tuple[MCP_Geometric, Pixel]:
        """Costs from the anchor in a square round it, and the square's first pixel."""
        first = (max(anchor[0] - reach, 0), max(anchor[1] - reach, 0))
        part = self.cost[first[0] : anchor[0] + reach + 1, first[1] : anchor[1] + reach + 1]
        search = MCP_Geometric(part)
        search.find_costs([(anchor[0] - first[0], anchor[1] - first[1])])
        return search, first


def edge_cost(image: npt.NDArray[Any], inside: Mask | None = None) -> FloatArray:
    """Cost FLOOR..1 of every pixel (float64): low on the crest of an edge (the Laplacian changes sign)."""
    smooth = ndi.gaussian_filter(np.asarray(image, np.float32), BLUR)
    steep = np.hypot(*np.gradient(smooth))
    bend = ndi.laplace(smooth)
    crest = np.zeros(bend.shape, bool)
    for axis in (0, 1):
        a, b = (tuple(s if x == axis else slice(None) for x in (0, 1)) for s in (slice(-1), slice(1, None)))
        turns, first = bend[a] * bend[b] < 0, np.abs(bend[a]) < np.abs(bend[b])
        crest[a] |= turns & first
        crest[b] |= turns & ~first
    if inside is not None and not inside.all():  # the rim of the image is no edge
        steep[~ndi.binary_erosion(inside, iterations=round(4 * BLUR) + 1, border_value=1)] = 0.0
    seen = steep if inside is None or not inside.any() else steep[inside]
    top = max(float(np.percentile(seen, STEEP)), 1e-6)
    merit = np.clip(steep / top, 0, 1) * np.where(crest, 1.0, OFF_CREST)
    out: FloatArray = FLOOR + (1.0 - FLOOR) * (1.0 - merit.astype(np.float64)) ** CONTRAST
    return out


def closed_path(image: npt.NDArray[Any], anchors: list[Pixel]) -> npt.NDArray[np.int64]:
    """The closed line (n, 2) of pixels through the edges nearest to all anchors, back to the first.

    Raises UsageError "edit.outline" for fewer than two anchors.
    """
    if len(set(anchors)) < 2:
        raise UsageError(
            "edit.outline",
            "A livewire needs at least two different points.",
            hint="Click along the edge, then close the line at its first point.",
            where="points",
        )
    wire, pieces = Wire(image), []
    anchors = [wire.snapped(a) for a in anchors]
    for a, b in zip(anchors, [*anchors[1:], anchors[0]], strict=True):
        wire.start(a)
        pieces.append(wire.to(b)[:-1])
    return np.concatenate(pieces)


def slice_depth(grid: ImageGrid, normal: npt.ArrayLike) -> Span:
    """Depth along `normal` (unit, LPS) to either side of a slice, in which it passes through voxels, mm."""
    half = 0.5 * float(np.abs(grid.affine[:3, :3].T @ np.asarray(normal, float)).sum())
    return (-half + 3e-6, half)


def livewire(
    source: EditSource, progress: Progress = SILENT, *, points: tuple[Point, ...], slices: str = "axial"
) -> LabelPatch:
    """Fill what a livewire through `points` encloses on one slice of the image with the chosen segment.

    points: LPS mm, all on the slice of the first one (of the array axis nearest to `slices`).
    Raises UsageError as `require_target`, "edit.no_image", "edit.outline", "edit.outside".
    """
    source.require_target()
    image, grid = source.require_image(), source.grid
    axis = array_axis(grid, slices)
    found = np.asarray(points, float).reshape(-1, 3)
    kji = np.rint(grid.lps_to_index(found)).astype(int)[:, ::-1]
    if (kji < 0).any() or (kji >= np.array(grid.shape)).any():
        raise UsageError(
            "edit.outside",
            "A point of the livewire is outside the image.",
            hint="Give points in LPS mm inside the image.",
            where="points",
        )
    if len(kji) and (kji[:, axis] != kji[0, axis]).any():
        raise UsageError(
            "edit.outline",
            f"The points of the livewire lie on different {slices} slices.",
            hint="Give points of one slice.",
            where="points",
        )
    progress("Following edges", 0.2)
    flat = [a for a in range(3) if a != axis]
    number = int(kji[0, axis]) if len(kji) else 0
    anchors = [(int(p[flat[0]]), int(p[flat[1]])) for p in kji]
    path = closed_path(np.take(image, number, axis), anchors)
    voxels = np.empty((len(path), 3))
    voxels[:, axis], voxels[:, flat] = number, path
    return fill_line(source, grid.index_to_lps(voxels[:, ::-1]), _across(grid, flat))


def _across(grid: ImageGrid, flat: list[int]) -> tuple[FloatArray, FloatArray]:
    """Directions (LPS) along the columns and rows of a slice with array axes `flat`."""
    return grid.direction[:, 2 - flat[1]], grid.direction[:, 2 - flat[0]]


def fill_line(source: EditSource, line_mm: FloatArray, axes: tuple[FloatArray, FloatArray]) -> LabelPatch:
    """Fill a closed line (n, 3) LPS on a slice with unit directions right and down; one slice deep."""
    right, down = axes
    depth = slice_depth(source.grid, np.cross(right, down))
    cut = Cut.on_slice(line_mm, right, down, depth)
    return scissors(
        source.labels, source.grid, source.target, source.states, cut, "fill inside", source.overwrite
    )
