"""Ways that run side by side through one lumen made one: a bifurcation lies where the lumens part.

On a flat ridge of the depth (a vessel an even number of voxels wide) two shortest ways may keep to
neighbouring voxels long before their vessels part.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from scipy.spatial import cKDTree

from surgitwin.anatomy.tree.skeleton import Edge, Skeleton
from surgitwin.core.arrays import FloatArray

_ONE_SHARE = 0.5  # numerical setting: of the inscribed radius; axes nearer than that lie in one lumen
_ONE_VOXELS = 1.5  # numerical setting: the same on thin vessels; neighbouring voxels lie up to 1.7 apart
_LEAST_RADII = 1.0  # numerical setting: shorter runs belong to the bifurcation


def join_side_by_side(skeleton: Skeleton, voxel_mm: float) -> None:
    """Move bifurcations to where their branches part."""
    done: set[int] = set()  # joints that need no further look as long as their edges stay
    while (joint := next((n for n in skeleton.joints if n not in done), None)) is not None:
        if _joined(skeleton, joint, voxel_mm):
            done -= {e.start for e in skeleton.all_incoming(joint)}  # these edges may be longer now
        else:
            done.add(joint)


def _joined(skeleton: Skeleton, joint: int, voxel_mm: float) -> bool:
    """Join the first two branches of a joint that run side by side; whether there were any."""
    out = skeleton.outgoing(joint)
    for a, b in combinations(out, 2):
        place = _parting(a, b, voxel_mm)
        if place is None or a.s_mm[place[0]] <= _LEAST_RADII * skeleton.depth_mm[joint]:
            continue
        _join(skeleton, joint, (a, b), place, alone=len(out) == 2)
        return True
    return False


def _parting(a: Edge, b: Edge, voxel_mm: float) -> tuple[int, int] | None:
    """Last points of two edges from one joint that lie in one lumen; None when one of them ends there."""
    away, near = cKDTree(b.points_mm).query(a.points_mm)
    apart = away > np.maximum(_ONE_SHARE * a.depth_mm, _ONE_VOXELS * voxel_mm)
    if not apart.any():
        return None
    last = int(apart.argmax()) - 1
    if last < 1 or last > len(a.points_mm) - 3 or near[last] > len(b.points_mm) - 3:
        return None
    return last, int(near[last])


def _join(
    skeleton: Skeleton, joint: int, pair: tuple[Edge, Edge], place: tuple[int, int], *, alone: bool
) -> None:
    a, b = pair
    last, near = place
    shared, depth = a.points_mm[: last + 1], a.depth_mm[: last + 1]
    point, ball = shared[-1], depth[-1]
    a.points_mm, a.depth_mm = a.points_mm[last:], a.depth_mm[last:]
    b.points_mm = np.concatenate([point[None], b.points_mm[near + 1 :]])
    b.depth_mm = np.concatenate([ball[None], b.depth_mm[near + 1 :]])
    into = skeleton.all_incoming(joint)
    if alone and len(into) == 1:
        into[0].points_mm = _longer(into[0].points_mm, shared)
        into[0].depth_mm = _longer(into[0].depth_mm, depth)
        skeleton.joints[joint], skeleton.depth_mm[joint] = point, float(ball)
        return
    number = max(skeleton.joints) + 1
    skeleton.joints[number], skeleton.depth_mm[number] = point, float(ball)
    first = min(skeleton.edges.index(a), skeleton.edges.index(b))
    skeleton.edges.insert(first, Edge(joint, number, shared, depth))
    a.start = b.start = number


def _longer(before: FloatArray, more: FloatArray) -> FloatArray:
    out: FloatArray = np.concatenate([before, more[1:]])
    return out
