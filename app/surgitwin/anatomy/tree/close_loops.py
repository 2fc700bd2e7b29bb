"""Loops of a skeleton closed: the ways of a tree stop where two of its branches come together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surgitwin.anatomy.tree.skeleton import Edge, Skeleton
from surgitwin.anatomy.tree.types import Contact
from surgitwin.core.arrays import FloatArray

_END_RADII = 3.0  # numerical setting: an end this near to a contact is the one that comes together


def close_loops(skeleton: Skeleton, contacts: Sequence[Contact]) -> list[Contact]:
    """Join the ends of loops to the branches that they meet.

    Returns the contacts with the numbers of the edges as they are then. Edges are split where an end meets
    their side.
    """
    pairs = [(c, skeleton.edges[c.branches[0]], skeleton.edges[c.branches[1]]) for c in contacts]
    for contact, a, b in pairs:
        if contact.kind == "loop":
            place = np.array(contact.point_mm)
            loose = [e for e in (a, b) if _ends_at(skeleton, e, place)]
            if len(loose) == 2:
                _tie(skeleton, a, b)
            elif loose:
                _meet(skeleton, loose[0], _piece_near(skeleton, b if loose[0] is a else a, place))
    number = {id(e): n for n, e in enumerate(skeleton.edges)}
    return [Contact(c.kind, (number[id(a)], number[id(b)]), c.point_mm) for c, a, b in pairs]


def _ends_at(skeleton: Skeleton, edge: Edge, place: FloatArray) -> bool:
    """Whether an edge has a free end at a place."""
    if skeleton.outgoing(edge.end) or len(skeleton.all_incoming(edge.end)) > 1:
        return False
    away = float(np.linalg.norm(edge.points_mm[-1] - place))
    return away < _END_RADII * float(np.median(edge.depth_mm))


def _piece_near(skeleton: Skeleton, edge: Edge, place: FloatArray) -> Edge:
    """The edge, or the part of it behind an earlier split that lies nearer to a place."""
    line = [edge]
    while len(skeleton.outgoing(line[-1].end)) == 1:
        line.append(skeleton.outgoing(line[-1].end)[0])
    return min(line, key=lambda e: float(np.linalg.norm(e.points_mm - place, axis=1).min()))


def _tie(skeleton: Skeleton, a: Edge, b: Edge) -> None:
    """Two free ends become one joint."""
    gone = b.end
    _append(b, a.points_mm[-1], float(a.depth_mm[-1]))
    b.end = a.end
    skeleton.depth_mm[a.end] = float(max(np.median(a.depth_mm), np.median(b.depth_mm)))
    del skeleton.joints[gone], skeleton.depth_mm[gone]


def _meet(skeleton: Skeleton, loose: Edge, other: Edge) -> None:
    """A free end joins the side of another edge, which is split there."""
    row = int(np.linalg.norm(other.points_mm - loose.points_mm[-1], axis=1).argmin())
    row = min(max(row, 1), len(other.points_mm) - 2)
    joint = max(skeleton.joints) + 1
    skeleton.joints[joint] = other.points_mm[row]
    skeleton.depth_mm[joint] = float(other.depth_mm[row])
    rest = Edge(joint, other.end, other.points_mm[row:], other.depth_mm[row:])
    other.points_mm, other.depth_mm, other.end = other.points_mm[: row + 1], other.depth_mm[: row + 1], joint
    skeleton.edges.insert(skeleton.edges.index(other) + 1, rest)
    del skeleton.joints[loose.end], skeleton.depth_mm[loose.end]
    _append(loose, skeleton.joints[joint], skeleton.depth_mm[joint])
    loose.end = joint


def _append(edge: Edge, point: FloatArray, depth: float) -> None:
    """Carry an edge on to a point, straight, about as finely as it is sampled."""
    gap = float(np.linalg.norm(point - edge.points_mm[-1]))
    step = edge.length_mm / max(1, len(edge.points_mm) - 1)
    share = np.linspace(0, 1, max(2, round(gap / step) + 1))[1:]
    edge.points_mm = np.concatenate(
        [edge.points_mm, edge.points_mm[-1] + share[:, None] * (point - edge.points_mm[-1])]
    )
    edge.depth_mm = np.concatenate([edge.depth_mm, edge.depth_mm[-1] + share * (depth - edge.depth_mm[-1])])
