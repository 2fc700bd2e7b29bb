"""Where a slice cuts a surface, fast enough to follow the wheel."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyvista as pv

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.scene.model import Layer

NOTHING: FloatArray = np.zeros((0, 2, 3))
Lines = tuple[tuple[float, float, float], FloatArray]
"""Colour and line segments (n, 2, 3), LPS mm."""


class Cutter:
    """Cuts one triangle surface by planes; remembers heights along the last directions it was asked for."""

    def __init__(self, surface: pv.PolyData) -> None:
        self.surface = surface
        self._points: FloatArray = np.asarray(surface.points, float)
        self._triangles: IntArray = triangles_of(surface)
        self._heights: dict[bytes, tuple[FloatArray, FloatArray, FloatArray]] = {}

    def cut(self, point_mm: npt.ArrayLike, normal: npt.ArrayLike) -> FloatArray:
        """(n, 2, 3) line segments, LPS mm; n = 0 where the plane misses the surface."""
        if not len(self._triangles):
            return NOTHING
        normal = np.asarray(normal, float)
        heights, low, high = self._along(normal)
        level = float(np.asarray(point_mm, float) @ normal)
        hit = np.flatnonzero((low < level) & (high >= level))
        if not len(hit):
            return NOTHING
        return level_lines(self._points, self._triangles[hit], heights - level)

    def _along(self, normal: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Heights of points, lowest and highest of each triangle along `normal`; the last three are kept."""
        key = (np.round(normal, 12) + 0.0).tobytes()  # a body that is shifted only keeps its heights
        if key not in self._heights:
            heights = self._points @ normal
            a, b, c = (heights[self._triangles[:, n]] for n in range(3))
            while len(self._heights) >= 3:
                del self._heights[next(iter(self._heights))]
            low, high = np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)
            self._heights[key] = heights, low, high
        return self._heights[key]


def level_lines(points_mm: FloatArray, triangles: IntArray, heights: FloatArray) -> FloatArray:
    """(n, 2, 3) segments in which triangles (n, 3) are cut at height 0, each of which must be cut.

    heights: of the points (p,); a height of 0 counts as above.
    """
    h = heights[triangles]
    above = h >= 0
    # The corner alone on its side of the plane: both edges from it are cut.
    alone = np.where(above.sum(axis=1) == 1, above.argmax(axis=1), (~above).argmax(axis=1))
    rows = np.arange(len(triangles))
    ends = []
    for step in (1, 2):
        other = (alone + step) % 3
        h0, h1 = h[rows, alone], h[rows, other]
        p0, p1 = points_mm[triangles[rows, alone]], points_mm[triangles[rows, other]]
        ends.append(p0 + (p1 - p0) * (h0 / (h0 - h1))[:, None])
    return np.stack(ends, axis=1)


def triangles_of(surface: pv.PolyData) -> IntArray:
    """(n, 3) corners of the faces, those with more corners split."""
    if not surface.n_points:
        return np.zeros((0, 3), np.int64)
    whole = surface if surface.n_strips == 0 and surface.is_all_triangles else surface.triangulate()
    corners: IntArray = np.asarray(whole.faces).reshape(-1, 4)[:, 1:]
    return corners


def cut_lines(surface: pv.PolyData, point_mm: npt.ArrayLike, normal: npt.ArrayLike) -> FloatArray:
    """(n, 2, 3) line segments, LPS mm, of one cut of a surface by a plane."""
    return Cutter(surface).cut(point_mm, normal)


class Outlined:
    """Groups of surfaces whose outlines the slices show, each group with a rigid move of its own.

    The cuts of the last planes are kept until a group changes.
    """

    def __init__(self) -> None:
        self._cutters: dict[str, list[tuple[Layer, Cutter]]] = {}
        self._moves: dict[str, FloatArray] = {}
        self._kept: dict[str, tuple[bytes, list[Lines]]] = {}

    def put(self, group: str, layers: Iterable[Layer], ready: Iterable[Cutter] = ()) -> None:
        """Show `layers` as `group`, unmoved; none takes it away. Known surfaces keep their preparation.

        ready: what cuts some of them, prepared by a worker.
        """
        old = {id(layer.data): cutter for layer, cutter in self._cutters.get(group, ())}
        old |= {id(cutter.surface): cutter for cutter in ready}
        shown = [x for x in layers if not x.name.endswith(" holes")]
        self._cutters[group] = [(x, old.get(id(x.data)) or Cutter(x.data)) for x in shown]
        self._moves.pop(group, None)
        self._kept.clear()

    def move(self, group: str, matrix: npt.ArrayLike | None) -> None:
        """Shift and turn a group by a rigid 4x4 matrix (LPS to LPS); None: as it was put."""
        self._moves.pop(group, None)
        if matrix is not None:
            self._moves[group] = np.asarray(matrix, float)
        self._kept.clear()

    def lines(self, plane: str, point_mm: FloatArray, normal: FloatArray) -> list[Lines]:
        """Where the plane cuts the shown surfaces; `plane` names the place where the answer is kept."""
        key = np.concatenate([normal, [point_mm @ normal]]).round(6).tobytes()
        kept = self._kept.get(plane)
        if kept is None or kept[0] != key:
            found = [
                (layer.colour, self._moved(group, cutter, point_mm, normal))
                for group, cutters in self._cutters.items()
                for layer, cutter in cutters
            ]
            kept = self._kept[plane] = (key, [(colour, lines) for colour, lines in found if len(lines)])
        return kept[1]

    def _moved(self, group: str, cutter: Cutter, point_mm: FloatArray, normal: FloatArray) -> FloatArray:
        matrix = self._moves.get(group)
        if matrix is None:
            return cutter.cut(point_mm, normal)
        turn, shift = matrix[:3, :3], matrix[:3, 3]
        lines = cutter.cut((point_mm - shift) @ turn, normal @ turn)
        out: FloatArray = lines @ turn.T + shift
        return out
