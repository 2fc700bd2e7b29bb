"""Ways of voxels as a graph of joints and edges."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from surgitwin.anatomy.tree.lumen import Lumen
from surgitwin.anatomy.tree.ways import Voxel, Ways
from surgitwin.core.arrays import FloatArray

_SAME_JOINT = 1.0  # numerical setting: joints within one inscribed radius of each other are one


@dataclass(eq=False)
class Edge:
    """A raw branch. points_mm (n, 3) and depth_mm (n,): from start to end joint. start, end: joint numbers.

    before_mm, after_mm: length at its start and end that belongs to the bifurcations.
    """

    start: int
    end: int
    points_mm: FloatArray
    depth_mm: FloatArray
    before_mm: float = 0.0
    after_mm: float = 0.0

    @property
    def s_mm(self) -> FloatArray:
        """(n,) arc length."""
        step = np.linalg.norm(np.diff(self.points_mm, axis=0), axis=1)
        out: FloatArray = np.concatenate([[0.0], np.cumsum(step)])
        return out

    @property
    def length_mm(self) -> float:
        """Its raw length."""
        return float(self.s_mm[-1])


@dataclass(eq=False)
class Skeleton:
    """edges: parents before children. joints: number -> LPS (3,). depth_mm: of the lumen at each joint."""

    edges: list[Edge]
    joints: dict[int, FloatArray]
    depth_mm: dict[int, float]
    root: int = 0

    def incoming(self, joint: int) -> Edge | None:
        """The edge that ends at a joint (the first of them where a loop closes)."""
        return next(iter(self.all_incoming(joint)), None)

    def all_incoming(self, joint: int) -> list[Edge]:
        """The edges that end at a joint."""
        return [e for e in self.edges if e.end == joint]

    def outgoing(self, joint: int) -> list[Edge]:
        """The edges that begin at a joint."""
        return [e for e in self.edges if e.start == joint]


def skeleton_of(ways: Ways) -> Skeleton:
    """The graph of all ways; joints that lie in one another's inscribed ball are made one."""
    chains = _chains(ways)
    lumen = ways.lumen
    numbers: dict[Voxel, int] = {ways.root: 0}
    for chain in chains:
        numbers.setdefault(chain[-1], len(numbers))
    edges = [_edge(lumen, chain, numbers) for chain in chains]
    joints = {n: lumen.lps(np.array([v]))[0] for v, n in numbers.items()}
    depth = {n: float(lumen.depth_mm[v]) for v, n in numbers.items()}
    out = Skeleton(edges, joints, depth, 0)
    _merge_close(out)
    return out


def _chains(ways: Ways) -> list[list[Voxel]]:
    """Voxels from joint to joint, parents first."""
    children: dict[Voxel, list[Voxel]] = {}
    for way in ways.accepted:
        line = [tuple(v) for v in way.tolist()]
        for a, b in pairwise(line):
            known = children.setdefault(a, [])
            if b not in known:
                known.append(b)
    out: list[list[Voxel]] = []
    waiting = [(ways.root, c) for c in children.get(ways.root, [])]
    while waiting:
        start, at = waiting.pop(0)
        chain = [start, at]
        while len(children.get(at, [])) == 1:
            at = children[at][0]
            chain.append(at)
        out.append(chain)
        waiting += [(at, c) for c in children.get(at, [])]
    return out


def _edge(lumen: Lumen, chain: list[Voxel], numbers: dict[Voxel, int]) -> Edge:
    kji = np.array(chain)
    return Edge(
        numbers[chain[0]], numbers[chain[-1]], lumen.lps(kji), lumen.depth_mm[tuple(kji.T)].astype(float)
    )


def _merge_close(skeleton: Skeleton) -> None:
    """Joints nearer to each other than their inscribed radius become one with more branches."""
    while True:
        short = [
            e
            for e in skeleton.edges
            if skeleton.outgoing(e.end)
            and e.start != skeleton.root
            and e.length_mm < _SAME_JOINT * skeleton.depth_mm[e.start]
        ]
        if not short:
            return
        gone = min(short, key=lambda e: e.length_mm)
        skeleton.edges.remove(gone)
        for e in skeleton.outgoing(gone.end):
            e.start = gone.start
            e.points_mm = np.concatenate([gone.points_mm[:-1], e.points_mm])
            e.depth_mm = np.concatenate([gone.depth_mm[:-1], e.depth_mm])
        del skeleton.joints[gone.end], skeleton.depth_mm[gone.end]
