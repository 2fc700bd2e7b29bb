"""Where a slice cuts a surface."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyvista as pv

from surgitwin.core.arrays import FloatArray


def cut_lines(surface: pv.PolyData, point_mm: npt.ArrayLike, normal: npt.ArrayLike) -> FloatArray:
    """(n, 2, 3) line segments, LPS mm, of the cut of triangles by a plane; n = 0 where it misses them."""
    if not surface.n_points:
        return np.zeros((0, 2, 3))
    normal = np.asarray(normal, float)
    height = (np.asarray(surface.points, float) - np.asarray(point_mm, float)) @ normal
    if height.min() > 0 or height.max() < 0:
        return np.zeros((0, 2, 3))
    cut = surface.slice(normal=normal, origin=np.asarray(point_mm, float))
    lines = np.asarray(cut.lines)
    out, at = [], 0
    points = np.asarray(cut.points, float)
    while at < len(lines):
        ids = lines[at + 1 : at + 1 + lines[at]]
        out.append(np.stack([points[ids[:-1]], points[ids[1:]]], axis=1))
        at += lines[at] + 1
    return np.vstack(out) if out else np.zeros((0, 2, 3))
