"""The tubes of all branches of a skeleton; a branch that did not change is not measured twice."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np

from surgitwin.anatomy.tree.build import end_radius
from surgitwin.anatomy.tree.skeleton import Edge, Skeleton
from surgitwin.anatomy.tree.thin import ball_radius
from surgitwin.anatomy.tree.tubes import Picture, tube_of
from surgitwin.core.progress import SILENT, Progress
from surgitwin.core.vessel import LumenTube

_SHARP_SHARE = 0.2  # of the time, about: the largest branches are measured twice
_SHARP_FROM = 3  # the sharpness is the median over that many of the largest branches
Found = tuple[LumenTube, float]


class TubesOfTree:
    """Tubes by edge. picture.fwhm_mm: the blur that is corrected in all, from the largest branches where it
    is not known.
    """

    def __init__(self, picture: Picture, skeleton: Skeleton) -> None:
        self.picture, self._skeleton = picture, skeleton
        self._known: dict[tuple[object, ...], Found | None] = {}

    def measure(self, progress: Progress) -> dict[int, LumenTube]:
        """Tubes by the number of the edge; edges without one are left out."""
        edges = self._skeleton.edges
        order = sorted(range(len(edges)), key=lambda n: -_size(edges[n]))
        if self.picture.fwhm_mm is None:
            sharp, progress = progress.part(0.0, _SHARP_SHARE), progress.part(_SHARP_SHARE, 1.0)
            parts = [
                sharp.part(q / 2 / _SHARP_FROM, (q + 1) / 2 / _SHARP_FROM) for q in range(2 * _SHARP_FROM)
            ]
            tried = (self._tube(edges[n], p) for n, p in zip(order, parts, strict=False))
            widths = [q[1] for q in islice((q for q in tried if q is not None), _SHARP_FROM)]
            if widths:
                self.picture = replace(self.picture, fwhm_mm=float(np.median(widths)))
        out: dict[int, LumenTube] = {}
        work = np.cumsum([0.0, *(_work(edges[n]) for n in order)])
        for turn, n in enumerate(order):
            part = progress.part(work[turn] / work[-1], work[turn + 1] / work[-1])
            part("Sections of the lumen", 0.0)
            found = self._tube(edges[n], part)
            if found is not None:
                out[n] = found[0]
        return out

    def radius(self, edge: Edge) -> float:
        """Mean radius of an edge: of its tube; of inscribed balls where there is none."""
        found = self._tube(edge)
        if found is None:
            return ball_radius(edge, float(self.picture.volume.grid.spacing_mm.mean()))
        return float(found[0].diameter_mm.mean()) / 2

    def _tube(self, edge: Edge, progress: Progress = SILENT) -> Found | None:
        """Tube without what belongs to joints and closed ends."""
        skeleton = self._skeleton
        first = end_radius(edge, False) if edge.start == skeleton.root else 0.0
        free = len(skeleton.all_incoming(edge.end)) + len(skeleton.outgoing(edge.end)) == 1
        inset = (first, end_radius(edge, True) if free else 0.0)
        key = (edge.points_mm.tobytes(), edge.before_mm, edge.after_mm, inset, self.picture.fwhm_mm)
        if key not in self._known:
            self._known[key] = tube_of(self.picture, edge, inset, progress)
        return self._known[key]


def _work(edge: Edge) -> float:
    """What its sections cost, about: as many as it is long, as wide as the widest of them."""
    return edge.length_mm * float(edge.depth_mm.max())


def _size(edge: Edge) -> float:
    return edge.length_mm * float(np.median(edge.depth_mm)) ** 2
