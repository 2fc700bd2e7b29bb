"""Valleys of a surface (between branches, inside bends): the outer skin is rounded where its triangles
close up.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.meshing.walls.normals import OpenEnd, face_normals

LEAST_RATIO = 0.5
"""Numerical setting: a triangle of the outer skin keeps at least this share of the area below it; less
makes flat
cells (a crotch of two branches had scaled Jacobians of 0.01 without this, 0.06 with it)."""

ROUNDS = 60
"""Numerical setting: rounds of averaging; what still folds then is refused."""

RINGS = 3
"""Numerical setting: rings of neighbours that are averaged with the points of a closing triangle."""


def rounded_valleys(surface: SurfaceMesh, offset_mm: FloatArray, ends: Sequence[OpenEnd]) -> FloatArray:
    """(n, 3) offsets to the outer skin, with the skin averaged where it would close up.

    A fillet: the wall gets thicker at the bottom of a valley. Points of flat ends stay in their planes.
    """
    points, triangles = surface.points_mm, surface.triangles
    below = face_normals(points, triangles)
    area2 = np.einsum("ij,ij->i", below, below)
    pairs = triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
    pairs = np.concatenate([pairs, pairs[:, ::-1]])
    degree = np.bincount(pairs[:, 0], minlength=len(points))
    outer: FloatArray = points + offset_mm
    for _ in range(ROUNDS):
        ratio = np.einsum("ij,ij->i", face_normals(outer, triangles), below) / area2
        closing = _with_rings(np.unique(triangles[ratio < LEAST_RATIO]), pairs, len(points))
        if not closing.any():
            break
        mean = np.stack(
            [np.bincount(pairs[:, 0], outer[pairs[:, 1], k], minlength=len(points)) for k in range(3)], axis=1
        ) / np.maximum(degree, 1)[:, None]  # fmt: skip
        outer[closing] = (outer[closing] + mean[closing]) / 2
        outer = _kept_flat(outer, points, ends)
    return outer - points


def _with_rings(nodes: IntArray, pairs: IntArray, count: int) -> IntArray:
    chosen = np.zeros(count, bool)
    chosen[nodes] = True
    for _ in range(RINGS):
        chosen[pairs[chosen[pairs[:, 0]], 1]] = True
    return chosen


def _kept_flat(outer: FloatArray, points: FloatArray, ends: Sequence[OpenEnd]) -> FloatArray:
    for end in ends:
        if end.flat:
            off = (outer[end.loop] - points[end.loop]) @ end.normal
            outer[end.loop] -= off[:, None] * end.normal
    return outer
