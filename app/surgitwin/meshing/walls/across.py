"""A vessel's surface cut open at right angles to it, so that it has an end that blood can pass."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import GeometryError
from surgitwin.core.frame import Plane
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.meshing.walls.normals import point_normals

REACH = 2.5
"""Numerical setting: the axis of a vessel is found from the normals within so many distances to its wall."""

FARTHEST = 3.0
"""Numerical setting: a cut whose middle lies more than so many of its own radii from the point is of another
vessel."""


def vessel_axis(surface: SurfaceMesh, point_mm: FloatArray) -> FloatArray:
    """(3,) unit direction of the vessel round a point (3,): square to the wall's normals."""
    tree = cKDTree(surface.points_mm)
    away = float(tree.query(point_mm)[0])
    near = np.asarray(tree.query_ball_point(point_mm, REACH * away), int)
    normals = point_normals(surface)[near]
    values, vectors = np.linalg.eigh(normals.T @ normals)
    out: FloatArray = vectors[:, int(values.argmin())]
    return out


def cut_across(surface: SurfaceMesh, plane: Plane | None, point_mm: FloatArray) -> tuple[SurfaceMesh, Plane]:
    """The surface without what lies beyond a cut of the one vessel round `point_mm` (3,), and the plane.

    plane: its normal points to what is removed; None for a cut square to the vessel that removes the side of
    less area. Other vessels that the plane meets stay whole. Raises GeometryError "mesh.vessel_cut".
    """
    used = plane or Plane(point_mm, vessel_axis(surface, point_mm))
    height = used.distance(surface.points_mm)
    height[np.abs(height) < 1e-9] = 1e-9
    ring = _ring(surface, height, point_mm)
    points, triangles, side = _split(surface, height, ring)
    part = _parts(len(points), triangles)[triangles[:, 0]]
    gone, kept = (np.isin(part, part[side == k]) for k in (1, -1))
    if (gone & kept).any():
        raise _no_cut(point_mm, "the vessel goes round in a loop there, so the cut takes nothing off")
    if plane is None and _area(points, triangles[kept]) < _area(points, triangles[gone]):
        kept, used = gone, Plane(used.point_mm, -used.normal)
    return compact(points, triangles[kept]), used


def compact(points: FloatArray, triangles: IntArray) -> SurfaceMesh:
    """A surface of the points that are used."""
    nodes, inverse = np.unique(triangles, return_inverse=True)
    return SurfaceMesh(points[nodes], inverse.reshape(triangles.shape))


def largest_piece(surface: SurfaceMesh) -> tuple[SurfaceMesh, int]:
    """The connected piece of the largest area, and how many others were left out."""
    part = _parts(len(surface.points_mm), surface.triangles)[surface.triangles[:, 0]]
    names = np.unique(part)
    areas = [_area(surface.points_mm, surface.triangles[part == k]) for k in names]
    best = names[int(np.argmax(areas))]
    return compact(surface.points_mm, surface.triangles[part == best]), len(names) - 1


def _ring(surface: SurfaceMesh, height: FloatArray, point_mm: FloatArray) -> IntArray:
    """Numbers of the triangles that the plane meets, of the one closed line round the point."""
    sign = height[surface.triangles] > 0
    met = np.flatnonzero(sign.any(axis=1) & ~sign.all(axis=1))
    if not len(met):
        raise _no_cut(point_mm, "the plane does not meet the surface")
    triangles = surface.triangles[met]
    # Crossed triangles are neighbours when they share a point of an edge that is crossed.
    part = _parts_of_crossed(triangles, sign[met])
    middle = surface.points_mm[triangles].mean(axis=1)
    found = []
    for k in np.unique(part):
        own = middle[part == k]
        centre = own.mean(axis=0)
        radius = float(np.linalg.norm(own - centre, axis=1).mean())
        found.append((float(np.linalg.norm(centre - point_mm)), radius, k))
    away, radius, best = min(found)
    if away > FARTHEST * radius:
        raise _no_cut(point_mm, f"the nearest vessel that the cut meets is {away:.1f} mm away")
    return np.asarray(met[part == best], int)


def _parts_of_crossed(triangles: IntArray, sign: npt.NDArray[np.bool_]) -> IntArray:
    """(m,) number of the line of crossed triangles that each belongs to."""
    edges, owner = [], []
    for a, b in ((0, 1), (1, 2), (2, 0)):
        crossed = sign[:, a] != sign[:, b]
        edges.append(np.sort(triangles[crossed][:, [a, b]], axis=1))
        owner.append(np.flatnonzero(crossed))
    of = np.unique(np.concatenate(edges), axis=0, return_inverse=True)[1].ravel()
    who = np.concatenate(owner)
    count = len(triangles)
    graph = coo_array((np.ones(len(who)), (who, count + of)), shape=(count + of.max() + 1,) * 2)
    out: IntArray = connected_components(graph, directed=False)[1][:count]
    return out


def _split(surface: SurfaceMesh, height: FloatArray, ring: IntArray) -> tuple[FloatArray, IntArray, IntArray]:
    """Points and triangles with the ring cut through (both sides with points of their own), and 1, -1 for the
    ring's triangles above and below the plane, 0 for others."""
    corners = surface.triangles[ring]
    sign = height[corners] > 0
    lone = np.where(sign.sum(axis=1) == 1, sign.argmax(axis=1), (~sign).argmax(axis=1))
    rows = np.arange(len(ring))
    a, b, c = (corners[rows, (lone + k) % 3] for k in range(3))
    pairs = np.sort(np.concatenate([np.stack([a, b], 1), np.stack([a, c], 1)]), axis=1)
    keys, inverse = np.unique(pairs, axis=0, return_inverse=True)
    low, high = keys.T
    share = height[low] / (height[low] - height[high])
    crossing = surface.points_mm[low] + share[:, None] * (surface.points_mm[high] - surface.points_mm[low])
    first = len(surface.points_mm)
    ab, ac = inverse.ravel()[: len(ring)], inverse.ravel()[len(ring) :]
    lone_up = sign[rows, lone]
    of_lone, of_pair = first + np.where(lone_up, 0, len(keys)), first + np.where(lone_up, len(keys), 0)
    tips = np.stack([a, of_lone + ab, of_lone + ac], axis=1)
    near = np.stack([of_pair + ab, b, c], axis=1)
    far = np.stack([of_pair + ab, c, of_pair + ac], axis=1)
    rest = np.delete(np.asarray(surface.triangles), ring, axis=0)
    triangles = np.concatenate([rest, tips, near, far])
    tip = np.where(lone_up, 1, -1)
    side = np.concatenate([np.zeros(len(rest), int), tip, -tip, -tip])
    return np.vstack([surface.points_mm, crossing, crossing]), triangles, side


def _parts(count: int, triangles: IntArray) -> IntArray:
    """(n,) number of the connected piece of each point."""
    ends = triangles[:, [0, 1, 1, 2]].reshape(-1, 2)
    graph = coo_array((np.ones(len(ends)), ends.T), shape=(count, count))
    out: IntArray = connected_components(graph, directed=False)[1]
    return out


def _area(points: FloatArray, triangles: IntArray) -> float:
    return SurfaceMesh(points, triangles).area_mm2


def _no_cut(point_mm: FloatArray, reason: str) -> GeometryError:
    x, y, z = point_mm
    return GeometryError(
        "mesh.vessel_cut",
        f"The vessel cannot be cut open at LPS ({x:.1f}, {y:.1f}, {z:.1f}) mm: {reason}.",
        hint="Give a point inside a straight stretch of the vessel, near the end that is to be opened.",
        where="cut",
    )
