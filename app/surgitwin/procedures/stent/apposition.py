"""How well the struts lie against the wall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from surgitwin.core.arrays import FloatArray
from surgitwin.core.wall import WallMesh
from surgitwin.mechanics.devices.result import DeploymentResult

NEIGHBOURS = 3
"""Numerical setting: the gap at a strut's point comes from so many lumen nodes, weighted by 1 / distance."""


@dataclass(frozen=True)
class Apposition:
    """largest_mm: gap at any point of a strut, 0 when all touch. share: 0 to 1 of struts off the wall."""

    largest_mm: float
    share: float


def apposition(wall: WallMesh, result: DeploymentResult, limit_mm: float) -> Apposition | None:
    """Gaps at the struts; a strut is off the wall when its mean gap exceeds `limit_mm`.

    None when the result holds no struts or no gap.
    """
    gaps = strut_gaps(wall, result)
    if gaps is None:
        return None
    ends = result.strut_offsets[: result.n_struts + 1]  # links are drawn, not measured
    gaps = gaps[: ends[-1]]
    length = np.diff(ends)
    mean = np.add.reduceat(gaps, ends[:-1]) / length
    return Apposition(max(0.0, float(gaps.max())), float((mean > limit_mm).mean()))


def strut_gaps(wall: WallMesh, result: DeploymentResult) -> FloatArray | None:
    """(k,) gap in mm at each point of the struts, positive off the wall; None without struts or gaps."""
    known = np.flatnonzero(np.isfinite(result.gap_mm))
    if not len(result.strut_points_mm) or len(known) < NEIGHBOURS:
        return None
    nodes = wall.points_mm[known] + result.displacement_mm[known]
    distance, near = cKDTree(nodes).query(result.strut_points_mm, k=NEIGHBOURS)
    weight = 1 / np.maximum(distance, 1e-9)
    out: FloatArray = (weight * result.gap_mm[known][near]).sum(axis=1) / weight.sum(axis=1)
    return out
