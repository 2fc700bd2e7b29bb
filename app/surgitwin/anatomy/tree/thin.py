"""Thin end branches left out: a branch stays where its mean radius is enough, or where wider ones begin."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

import numpy as np

from surgitwin.anatomy.tree.lumen import BALL_SHORT_VOXELS
from surgitwin.anatomy.tree.skeleton import Edge, Skeleton
from surgitwin.anatomy.tree.types import Contact

Dropped = list[tuple[Edge, Edge | None]]
"""Edges that are gone, each with the edge that it was joined to (None: left out)."""


def leaves(skeleton: Skeleton, kept: Collection[int] = ()) -> list[Edge]:
    """Edges with a free end that is none of the joints `kept`; () when there is one edge only."""
    if len(skeleton.edges) < 2:
        return []
    return [
        e
        for e in skeleton.edges
        if not skeleton.outgoing(e.end) and len(skeleton.all_incoming(e.end)) == 1 and e.end not in kept
    ]


def ball_radius(edge: Edge, voxel_mm: float) -> float:
    """Mean radius outside its joints and its closed end, from inscribed balls."""
    middle = float(np.median(edge.depth_mm))
    s = edge.s_mm
    inner = edge.depth_mm[(s >= edge.before_mm) & (s <= edge.length_mm - max(edge.after_mm, middle))]
    return (float(inner.mean()) if inner.size else middle) + BALL_SHORT_VOXELS * voxel_mm


def drop_thin(
    skeleton: Skeleton, least_mm: float, radius_of: Callable[[Edge], float], kept: Collection[int] = ()
) -> Dropped:
    """Leave out end branches under `least_mm`, the thinnest first; what is left of a bifurcation with one
    way on becomes one branch, which is judged anew.
    """
    out: Dropped = []
    while True:
        thin = [(radius_of(e), n) for n, e in enumerate(leaves(skeleton, kept))]
        if not thin or min(thin)[0] >= least_mm:
            return out
        out += drop_leaf(skeleton, leaves(skeleton, kept)[min(thin)[1]])


def drop_leaf(skeleton: Skeleton, gone: Edge) -> Dropped:
    """Leave out an edge with a free end, and join what its joint need not part any more."""
    skeleton.edges.remove(gone)
    del skeleton.joints[gone.end], skeleton.depth_mm[gone.end]
    into, out = skeleton.all_incoming(gone.start), skeleton.outgoing(gone.start)
    if gone.start == skeleton.root or len(into) != 1 or len(out) != 1:
        return [(gone, None)]
    first, rest = into[0], out[0]
    first.points_mm = np.concatenate([first.points_mm, rest.points_mm[1:]])
    first.depth_mm = np.concatenate([first.depth_mm, rest.depth_mm[1:]])
    first.end, first.after_mm = rest.end, rest.after_mm
    skeleton.edges.remove(rest)
    del skeleton.joints[gone.start], skeleton.depth_mm[gone.start]
    return [(gone, None), (rest, first)]


def contacts_left(
    contacts: Sequence[Contact], before: Sequence[Edge], dropped: Dropped, now: Sequence[Edge]
) -> tuple[Contact, ...]:
    """The contacts of the edges that are left, with their numbers. before, now: edges in their order then and
    now.
    """
    heir = {id(gone): kept for gone, kept in dropped}
    number = {id(e): n for n, e in enumerate(now)}

    def follow(n: int) -> int | None:
        edge: Edge | None = before[n]
        while edge is not None and id(edge) in heir:
            edge = heir[id(edge)]
        return None if edge is None else number[id(edge)]

    out = []
    for one in contacts:
        a, b = (follow(n) for n in one.branches)
        if a is not None and b is not None and a != b:
            out.append(replace(one, branches=(a, b)))
    return tuple(out)
