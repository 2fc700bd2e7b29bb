"""Bifurcations: how far they reach into each branch, and where the axes of the branches meet."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from scipy.spatial import cKDTree

from surgitwin.anatomy.tree.skeleton import Edge, Skeleton
from surgitwin.core.arrays import FloatArray

_PARENT_SHARE = 1.0  # numerical setting: of the inscribed radius, into the incoming branch
_NEAR = 8.0  # numerical setting: inscribed radii round a joint in which branches can still be one lumen
_FIT_RADII = 3.0  # numerical setting: length, in radii, over which the direction of a branch is fitted
_LEAST_FIT = 4

Line = tuple[FloatArray, FloatArray]
"""A point and a unit direction, LPS."""


def set_zones(skeleton: Skeleton, voxel_mm: float) -> None:
    """Set `before_mm` and `after_mm` of every edge.

    The one edge on its own side of a joint (the parent, or what leaves where a loop closes) loses an
    inscribed radius; the others lose what lies before their lumens part.
    """
    for joint in skeleton.joints:
        out, into = skeleton.outgoing(joint), skeleton.all_incoming(joint)
        if joint == skeleton.root or len(out) + len(into) < 2:
            continue
        depth = skeleton.depth_mm[joint]
        sides = [(e, False) for e in out] + [(e, True) for e in into]
        for edge, at_end in sides:
            alone = len(into if at_end else out) == 1
            rest = [_from_joint(e, end) for e, end in sides if e is not edge]
            points, ball = _from_joint(edge, at_end)
            if alone:
                reach = _PARENT_SHARE * depth + voxel_mm
            else:
                reach = _parted_at(points, ball, rest, depth, voxel_mm)
            if at_end:
                edge.after_mm = reach
            else:
                edge.before_mm = reach


def _from_joint(edge: Edge, at_end: bool) -> tuple[FloatArray, FloatArray]:
    """Points and depths of an edge beginning at the joint."""
    return (edge.points_mm[::-1], edge.depth_mm[::-1]) if at_end else (edge.points_mm, edge.depth_mm)


def _parted_at(
    line: FloatArray,
    ball: FloatArray,
    others: Sequence[tuple[FloatArray, FloatArray]],
    depth: float,
    voxel_mm: float,
) -> float:
    """Arc length from which the inscribed balls of a line clear those of the others."""
    s = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    near = np.linalg.norm(line - line[0], axis=1) < _NEAR * depth
    gap = np.full(len(s), np.inf)
    for points, other in others:
        close = np.linalg.norm(points - points[0], axis=1) < _NEAR * depth + depth
        away, row = cKDTree(points[close]).query(line[near])
        gap[near] = np.minimum(gap[near], away - ball[near] - other[close][row])
    clear = gap > 0.5 * voxel_mm
    return float(s[int(clear.argmax())] if clear.any() else s[-1])


def line_through(points_mm: FloatArray, s_mm: FloatArray, radius_mm: float, at_end: bool) -> Line | None:
    """The axis of a branch near its start (or end), in the direction of its points; None when too short."""
    away = s_mm[-1] - s_mm if at_end else s_mm - s_mm[0]
    part = points_mm[away <= max(_FIT_RADII * radius_mm, 1e-9)]
    if len(part) < _LEAST_FIT:
        return None
    middle = part.mean(0)
    direction = np.linalg.svd(part - middle)[2][0]
    direction = direction * np.sign(direction @ (part[-1] - part[0]))
    return middle, direction


def meeting_point(lines: Sequence[Line], raw_mm: FloatArray, reach_mm: float) -> FloatArray:
    """The point nearest to all lines; the raw one where that is farther than reach_mm from it."""
    if len(lines) < 2:
        return raw_mm
    across = [np.eye(3) - np.outer(d, d) for _, d in lines]
    system = np.sum(across, axis=0)
    if np.linalg.eigvalsh(system)[0] < 0.02:  # all but parallel: no meeting point to speak of
        return raw_mm
    found: FloatArray = np.linalg.solve(
        system, np.sum([a @ p for a, (p, _) in zip(across, lines, strict=True)], axis=0)
    )
    return found if np.linalg.norm(found - raw_mm) <= reach_mm else raw_mm


def turns(incoming: Line | None, outgoing: Sequence[Line | None]) -> tuple[float, ...]:
    """Degrees between each outgoing direction and the incoming one; () where one is not known."""
    if incoming is None or any(o is None for o in outgoing):
        return ()
    return tuple(_degrees(incoming[1], o[1]) for o in outgoing if o is not None)


def between(outgoing: Sequence[Line | None]) -> tuple[float, ...]:
    """Degrees between each pair of outgoing directions; () where one is not known."""
    known = [o for o in outgoing if o is not None]
    if len(known) < len(outgoing):
        return ()
    return tuple(_degrees(a[1], b[1]) for a, b in combinations(known, 2))


def _degrees(a: FloatArray, b: FloatArray) -> float:
    return float(np.degrees(np.arccos(np.clip(a @ b, -1, 1))))
