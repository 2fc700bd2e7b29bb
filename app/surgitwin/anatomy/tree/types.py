"""A tree of vessels as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from surgitwin.anatomy.artery.types import Lesion
from surgitwin.core.arrays import FloatArray, readonly
from surgitwin.core.vessel import LumenTube, Notice

JointKind = Literal["root", "bifurcation", "join", "end", "cut_off"]
"""join: branches come together again (a loop). cut_off: an end at the border of the image."""


@dataclass(frozen=True, eq=False)
class Joint:
    """Where branches begin or end. point_mm: LPS. incoming: ids of the branches that end here, () at the
    root, more than one only at a join. outgoing: ids of those that begin here.

    turn_deg: of each outgoing branch against the direction of the first incoming one (0: straight on).
    between_deg: between each pair of outgoing branches (of incoming ones at a join), in the order of
    itertools.combinations. Both empty where a direction is not known.
    """

    id: int
    kind: JointKind
    point_mm: FloatArray
    incoming: tuple[int, ...]
    outgoing: tuple[int, ...] = ()
    turn_deg: tuple[float, ...] = ()
    between_deg: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "point_mm", readonly(self.point_mm, np.float64))


@dataclass(frozen=True, eq=False)
class TreeBranch:
    """One vessel between two joints, in the direction away from the root.

    parent: id, None for the branch of the root. generation: 0 at the root. points_mm (n, 3): centreline, LPS,
    from joint to joint. tortuosity: length / chord - 1. radius_mm (n,): of the largest ball inside the
    segment at each point of the centreline.
    Such a ball is about half a voxel short of the lumen's radius. tube: measured lumen outside the
    bifurcations, from `tube_start_mm` along the centreline; None where too little of the branch lies outside
    them or too little of it has an edge. reference_mm: healthy diameter at each station of the tube.
    lesions: narrowings of the tube, arc lengths from the start of the branch, the worst first.
    """

    id: int
    start: int
    end: int
    parent: int | None
    children: tuple[int, ...]
    generation: int
    points_mm: FloatArray
    radius_mm: FloatArray
    length_mm: float
    tortuosity: float
    tube: LumenTube | None = None
    tube_start_mm: float = 0.0
    reference_mm: FloatArray | None = None
    lesions: tuple[Lesion, ...] = ()

    def __post_init__(self) -> None:
        for name in ("points_mm", "radius_mm"):
            object.__setattr__(self, name, readonly(getattr(self, name), np.float64))

    @property
    def mean_radius_mm(self) -> float:
        """Mean of half the area diameter over the tube; of the inscribed balls where there is no tube."""
        return float(np.mean(self._radii))

    @property
    def min_radius_mm(self) -> float:
        """Smallest such radius."""
        return float(np.min(self._radii))

    @property
    def _radii(self) -> FloatArray:
        """(n,) of the tube; without one the inscribed balls more than their radius from both ends: a ball at
        a closed end shrinks to nothing. Their median where the branch is shorter.
        """
        if self.tube is not None:
            out: FloatArray = self.tube.diameter_mm / 2
            return out
        step = np.linalg.norm(np.diff(self.points_mm, axis=0), axis=1)
        s = np.concatenate([[0.0], np.cumsum(step)])
        middle = float(np.median(self.radius_mm))
        inner = self.radius_mm[(s >= middle) & (s <= s[-1] - middle)]
        return inner if inner.size else np.array([middle])


@dataclass(frozen=True)
class Contact:
    """Two branches that touch away from their bifurcation. kind: "loop" where ends come together, else
    "touch" (vessels that lie against each other, or a leak of the segment). point_mm: the middle of it, LPS.
    """

    kind: str
    branches: tuple[int, int]
    point_mm: tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class VesselTree:
    """metric: False when lengths of the image are not mm; then only the topology means anything and no branch
    has a tube. source: what the sections were measured on, "image" (half maximum of the contrast) or
    "segment". fwhm_mm: the blur that was corrected. loops: independent loops of the
    segment (from its Euler number).
    """

    joints: tuple[Joint, ...]
    branches: tuple[TreeBranch, ...]
    contacts: tuple[Contact, ...]
    loops: int
    metric: bool
    source: str
    fwhm_mm: float
    notices: tuple[Notice, ...] = field(default_factory=tuple)

    def branch(self, number: int) -> TreeBranch:
        """The branch with an id; KeyError when there is none."""
        for one in self.branches:
            if one.id == number:
                return one
        raise KeyError(number)

    @property
    def root(self) -> Joint:
        """Where the tree begins."""
        return self.joints[0]
