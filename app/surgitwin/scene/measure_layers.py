"""Measurements in the 3D view: thin tubes along their lines, balls at their points."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyvista as pv

from surgitwin.core.arrays import FloatArray
from surgitwin.scene.model import Layer

TUBE_MM, BALL_MM = 0.45, 1.3
"""Radii (display only)."""
GLASS = 0.35

Colour = tuple[float, float, float]


def stroke_layer(name: str, strokes: Sequence[FloatArray], points_mm: npt.ArrayLike, rgb: Colour) -> Layer:
    """One measurement: `strokes` (n, 3) each and the points (m, 3) that were placed, LPS mm."""
    parts: list[pv.PolyData] = [
        pv.Sphere(radius=BALL_MM, center=p.tolist(), theta_resolution=12, phi_resolution=12)
        for p in np.asarray(points_mm, float)
    ]
    for stroke in strokes:
        keep = np.r_[True, np.linalg.norm(np.diff(stroke, axis=0), axis=1) > 1e-9]
        if keep.sum() > 1:
            line = pv.lines_from_points(np.asarray(stroke, float)[keep])
            parts.append(line.tube(radius=TUBE_MM, n_sides=8).triangulate())
    return Layer(name, pv.merge(parts).extract_surface(algorithm=None).triangulate(), rgb)


def ball_layer(name: str, centre_mm: npt.ArrayLike, radius_mm: float, rgb: Colour) -> Layer:
    """A measured ball as glass."""
    ball = pv.Sphere(radius=radius_mm, center=np.asarray(centre_mm, float).tolist())
    return Layer(name, ball, rgb, GLASS)
