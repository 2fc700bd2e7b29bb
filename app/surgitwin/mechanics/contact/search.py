"""Closest-point projection of points on a surface of curved facets.

Candidates come from a k-d tree of facet samples; Newton's method on each candidate runs in compiled code. A
point belongs to the facet whose normal meets it. Over a convex edge between two facets the facets are
extended by a small part of their size, so that no point falls in between; further out there is no pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.mechanics.contact.closest import project_all
from surgitwin.mechanics.contact.shapes import KINDS, NODES, Kind, dimension, rule, shape
from surgitwin.mechanics.contact.surface import cross, unit

OVERSHOOT = 0.05
"""Part of a facet's size by which it is extended over its edges (numerical setting: bridges convex edges
with gaps well below an element)."""
OPPOSING = 0.3
"""Least cosine between the slave's normal and the reversed master normal (73 degrees): surfaces that
face the same way, as the two sides of a thin wall, are never paired."""
FEW, MANY = 4, 16
"""Samples of facets tried for a point: the nearest few; many where none of those facets holds it; and, where
that gives nothing either, the nearest many among those that face it (behind a thin wall). A facet's
samples are its corners and 4 to 9 inner points (lines 3)."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """facet (n,): master facet of each point, -1 for none. xi (n, p): place on it.
    gap_mm (n,): along its normal, negative inside the master.
    """

    facet: IntArray
    xi: FloatArray
    gap_mm: FloatArray

    @property
    def paired(self) -> Any:
        """(n,) bool."""
        return self.facet >= 0


def project(
    points: FloatArray,
    slave_normal: FloatArray,
    x: FloatArray,
    nodes: IntArray,
    kind: Kind,
    limit_mm: float,
) -> Pairs:
    """Pairs of points (n, d) with outward normals (n, d) on facets nodes (f, k) at positions x (N, d)."""
    samples = np.vstack([_corner_places(kind), rule(kind, 0)[0]])
    value = shape(kind, samples).value
    corner = np.ascontiguousarray(x[nodes])
    cloud = np.einsum("qk,fkd->fqd", value, corner).reshape(-1, x.shape[1])
    n = len(points)
    facet, outside = np.full(n, -1, np.int64), np.full(n, np.inf)
    xi, gap = np.zeros((n, dimension(kind))), np.full(n, np.inf)
    settings = np.array([limit_mm, OVERSHOOT, OPPOSING])

    def attempt(tree: cKDTree, wanted: FloatArray, rest: IntArray, count: int) -> None:
        count = min(count, len(cloud))
        candidate = np.reshape(tree.query(wanted[rest], k=count)[1], (-1, count)) // len(samples)
        project_all(
            (KINDS.index(kind), NODES[kind]), rest, points, slave_normal, corner, candidate, settings,
            facet, xi, gap, outside,
        )  # fmt: skip

    tree = cKDTree(cloud)
    attempt(tree, points, np.arange(n), FEW)
    if (outside > 0).any():
        attempt(tree, points, np.flatnonzero(outside > 0), MANY)
    alone = np.flatnonzero(facet < 0)
    if len(alone):
        facing = limit_mm * _sample_normals(kind, samples, corner)
        wanted = np.hstack([points, -limit_mm * slave_normal])
        attempt(cKDTree(np.hstack([cloud, facing])), wanted, alone, MANY)
    return Pairs(facet, xi, gap)


def _sample_normals(kind: Kind, samples: FloatArray, corner: FloatArray) -> FloatArray:
    """(f * q, d) unit normals of facets with nodes (f, k, d) at the samples (q, p)."""
    tangent = np.einsum("qpk,fkd->fqpd", shape(kind, samples).first, corner)
    return unit(cross(tangent.reshape(-1, *tangent.shape[2:])))


def _corner_places(kind: Kind) -> FloatArray:
    if dimension(kind) == 1:
        return np.array([[0.0], [1.0]])
    square = [[0.0, 0], [1, 0], [0, 1], [1, 1]]
    return np.array(square if kind.startswith("quad") else square[:3])
