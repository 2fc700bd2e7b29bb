"""Directions in which the points of an open or closed surface are carried to make a layer of tissue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.mesh import SurfaceMesh

SMOOTHINGS = 4
"""Numerical setting: rounds of averaging the directions over neighbours; a kink of the surface spreads over
some
triangles, so that neighbouring lines do not cross."""

LEAST_FACING = 0.35
"""Numerical setting: a direction leans at most so far (cosine) from the normals of its own triangles."""

FLAT_END = 0.05
"""Numerical setting: an open end whose points leave one plane by less than this share of its diameter is
flat, and
its wall ends in the same plane."""


@dataclass(frozen=True, eq=False)
class OpenEnd:
    """A border loop (k,) of points in order along the surface's own edges; plane by centre and outward
    normal.
    """

    loop: IntArray
    centre_mm: FloatArray
    normal: FloatArray
    diameter_mm: float
    flat: bool


def face_normals(points: FloatArray, triangles: IntArray) -> FloatArray:
    """(m, 3) normals as long as twice the triangles' areas."""
    a, b, c = (points[triangles[:, k]] for k in range(3))
    out: FloatArray = np.cross(b - a, c - a)
    return out


def point_normals(surface: SurfaceMesh) -> FloatArray:
    """(n, 3) unit normals at the points: those of their triangles weighted by angle (Thuermer & Wuthrich
    1998).
    """
    points, triangles = surface.points_mm, surface.triangles
    normals = unit(face_normals(points, triangles))
    out = np.zeros_like(points)
    for k in range(3):
        at = points[triangles[:, k]]
        u, v = (unit(points[triangles[:, (k + s) % 3]] - at) for s in (1, 2))
        angle = np.arccos(np.clip(np.einsum("ij,ij->i", u, v), -1, 1))
        np.add.at(out, triangles[:, k], angle[:, None] * normals)
    return unit(out)


def directions(surface: SurfaceMesh, ends: Sequence[OpenEnd] = ()) -> FloatArray:
    """(n, 3) unit directions of extrusion: smoothed normals that still face all their triangles.

    On flat open ends they lie in the end's plane.
    """
    normal = point_normals(surface)
    out = in_end_planes(normal, ends)
    pairs = surface.triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
    faces = unit(face_normals(surface.points_mm, surface.triangles))
    for _ in range(SMOOTHINGS):
        total = 2 * out
        for a, b in (pairs.T, pairs[:, ::-1].T):
            np.add.at(total, a, out[b])
        trial = in_end_planes(unit(total), ends)
        lean = facing(trial, faces, surface.triangles)
        out = np.where((lean >= LEAST_FACING)[:, None], trial, out)
    return out


def in_end_planes(vectors: FloatArray, ends: Sequence[OpenEnd]) -> FloatArray:
    """Unit vectors, those of flat ends turned into their planes."""
    out = vectors.copy()
    for end in ends:
        if end.flat:
            own = out[end.loop]
            out[end.loop] = unit(own - (own @ end.normal)[:, None] * end.normal)
    return out


def facing(direction: FloatArray, faces: FloatArray, triangles: IntArray) -> FloatArray:
    """(n,) least cosine between a point's direction and its triangles' normals."""
    out = np.full(len(direction), np.inf)
    for k in range(3):
        np.minimum.at(out, triangles[:, k], np.einsum("ij,ij->i", direction[triangles[:, k]], faces))
    return out


def unit(vectors: FloatArray) -> FloatArray:
    """The vectors at length one."""
    out: FloatArray = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-300)
    return out


def open_ends(surface: SurfaceMesh) -> tuple[OpenEnd, ...]:
    """The border loops of a surface, largest first; none for a closed one. Normals point away from the
    surface.
    """
    triangles = surface.triangles
    edges = triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2).astype(np.int64)
    count = len(surface.points_mm)
    lone = ~np.isin(edges[:, 0] * count + edges[:, 1], edges[:, 1] * count + edges[:, 0])
    follow = dict(edges[lone].tolist())
    out = []
    while follow:
        start, at = follow.popitem()
        loop = [start]
        while at != start and at in follow:
            loop.append(at)
            at = follow.pop(at)
        out.append(_end(surface, np.array(loop)))
    return tuple(sorted(out, key=lambda e: -e.diameter_mm))


def turned_outwards(surface: SurfaceMesh) -> SurfaceMesh:
    """The surface with outward normals: the volume within it and its open ends' fans decides."""
    volume = surface.volume_mm3
    for end in open_ends(surface):
        ring = surface.points_mm[end.loop]
        # The fan continues the surface's orientation: against the direction of the loop.
        volume += float((np.cross(np.roll(ring, -1, axis=0), ring) @ end.centre_mm).sum()) / 6
    if volume >= 0:
        return surface
    return SurfaceMesh(surface.points_mm, surface.triangles[:, ::-1])


def _end(surface: SurfaceMesh, loop: IntArray) -> OpenEnd:
    ring = surface.points_mm[loop]
    step = np.linalg.norm(np.roll(ring, -1, axis=0) - ring, axis=1)
    weight = step + np.roll(step, 1)
    centre = (weight[:, None] * ring).sum(axis=0) / weight.sum()
    swept = np.cross(ring - centre, np.roll(ring, -1, axis=0) - centre).sum(axis=0) / 2
    area = float(np.linalg.norm(swept))
    # The border runs with its triangles' orientation, so the vector area points into the surface.
    normal = -swept / max(area, 1e-300)
    diameter = 2 * float(np.sqrt(area / np.pi))
    off = float(np.abs((ring - centre) @ normal).max())
    return OpenEnd(loop, centre, normal, diameter, off <= FLAT_END * diameter)
