"""How thick a wall may be at each point before it meets the wall of another stretch (branches, tight
bends).
"""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.meshing.distance import point_distance
from surgitwin.meshing.walls.normals import face_normals, facing, unit

CLEAR = 0.93
"""Numerical setting: a point carried by t lies t from a smooth surface, and t times the cosine of the lean
from the planes of its own triangles. Less than this share of that means that another stretch is nearer, so
the walls would overlap."""

SHARES = np.linspace(1.0, 0.1, 10)
"""Numerical setting: shares of the thickness that are tried."""

THINNER = 0.75
"""Numerical setting: share of the thickness that is tried next where cells fold."""

SPREAD = 6
"""Numerical setting: rounds that let a thinning run out smoothly over neighbouring points."""


def possible_thickness(surface: SurfaceMesh, direction: FloatArray, thickness_mm: FloatArray) -> FloatArray:
    """(n,) thickness of at most thickness_mm (n,) at which walls grown along direction (n, 3) stay apart."""
    faces = unit(face_normals(surface.points_mm, surface.triangles))
    # Directions lie on one side of all their triangles, inwards or outwards.
    own = np.min(np.abs([facing(side * direction, faces, surface.triangles) for side in (1, -1)]), axis=0)
    share = np.ones(len(thickness_mm))
    left = np.arange(len(thickness_mm))
    for trial in SHARES:
        reach = trial * thickness_mm[left]
        away = np.abs(point_distance(surface.points_mm[left] + reach[:, None] * direction[left], surface))
        share[left] = trial
        left = left[away < CLEAR * own[left] * reach]
        if not len(left):
            break
    return _spread(surface, share) * thickness_mm


def thinner_at(surface: SurfaceMesh, thickness_mm: FloatArray, points: IntArray) -> FloatArray:
    """(n,) thickness with that of some points (numbers) cut to `THINNER` of it, and neighbours less."""
    share = np.ones(len(thickness_mm))
    share[points] = THINNER
    return _spread(surface, share) * thickness_mm


def _spread(surface: SurfaceMesh, share: FloatArray) -> FloatArray:
    """Shares that fall off gradually: the mean over neighbours, where that is less."""
    if (share == 1).all():
        return share
    pairs = surface.triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
    pairs = np.concatenate([pairs, pairs[:, ::-1]])
    count = np.bincount(pairs[:, 0], minlength=len(share))
    out = share
    for _ in range(SPREAD):
        mean = np.bincount(pairs[:, 0], out[pairs[:, 1]], minlength=len(share)) / np.maximum(count, 1)
        out = np.minimum(out, (out + mean) / 2)
    return out
