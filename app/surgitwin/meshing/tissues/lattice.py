"""The lattice of tetrahedra cut at every interface of several tissues, one tissue after the other."""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.frame import Frame
from surgitwin.meshing.bone import box_corners
from surgitwin.meshing.lattice import lattice, layers, split, warp
from surgitwin.meshing.optimise import Pieces
from surgitwin.meshing.tissues.fields import OUTSIDE, TissueFields, lead_over_rest

CUT_MARGIN = 1e-9
"""Values below this count as on the interface (mm)."""

COLLAPSED = 0.1
"""Numerical setting: a layer thinner than twice this share of the lattice's step ends there, its two borders
share their nodes. Where the femur's wall runs out to nothing the worst scaled Jacobian was 0.006 without
this,
0.06 to 0.08 with it, 0.03 to 0.05 with half or one and a half of it."""


def cut_lattice(fields: TissueFields, step_mm: float) -> Pieces:
    """Tetrahedra of all tissues with shared nodes at the interfaces; `part` is the tissue's number.

    step_mm: side of the lattice's cells. Bit t of a node's tags: it lies on the border of tissue t (0: of
    all).
    """

    def outside(points: FloatArray) -> FloatArray:
        return -fields(points)[:, OUTSIDE] / 2

    frame = Frame(np.zeros(3), np.eye(3))
    corners = box_corners(fields.bounds_mm)
    low, high = corners.min(axis=0), corners.max(axis=0)
    axes = tuple(layers(a, b, step_mm) for a, b in zip(low, high, strict=True))
    points, tets = lattice(frame, (axes[0], axes[1], axes[2]), step_mm, outside)
    tags: IntArray = np.zeros(len(points), np.int64)
    part: IntArray = np.full(len(tets), -1, np.int32)
    for number in range(len(fields.names)):
        points, tets, tags, part = _take(fields, number, points, tets, tags, part, step_mm)
        if number == OUTSIDE:
            keep = part != OUTSIDE
            tets, part = tets[keep], part[keep]
    part[part < 0] = len(fields.names)
    used, inverse = np.unique(tets, return_inverse=True)
    return Pieces(points[used], inverse.reshape(tets.shape), part, tags[used])


def _take(
    fields: TissueFields,
    number: int,
    points: FloatArray,
    tets: IntArray,
    tags: IntArray,
    part: IntArray,
    step_mm: float,
) -> tuple[FloatArray, IntArray, IntArray, IntArray]:
    """Cut the tetrahedra that belong to nobody yet at the border of tissue `number` and give it its share.

    Nodes elsewhere have the value nan, so their edges are not cut; a tetrahedron of an earlier tissue is
    split where one of its edges is, so neighbours stay conforming.
    """
    others = list(range(number + 1, len(fields.names) + 1))

    def lead(at: FloatArray) -> FloatArray:
        out: FloatArray = lead_over_rest(fields(at), number, others) / 2
        return out

    free = np.unique(tets[part < 0])
    value = np.full(len(points), np.nan)
    value[free] = lead(points[free])
    value[np.abs(value) < np.where(tags > 0, COLLAPSED * step_mm, CUT_MARGIN)] = 0.0
    points, value = warp(points, tets, value, lead, tags)
    cut = split(points, tets, value, lead, tags, 1 << number)
    part = part[cut.origin]
    inside = (part < 0) & (cut.value[cut.tets].min(axis=1) < 0)
    return cut.points, cut.tets, cut.tags, np.where(inside, number, part).astype(np.int32)
