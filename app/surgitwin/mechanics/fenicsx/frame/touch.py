"""Contact of strut nodes with the curved lumen: closest points, pressure and friction.

Pairs and normals are kept during one balance and searched again after it, until that changes nothing: then
gaps are linear, the energy of contact is convex and Newton's method does not chatter. What a node has slid is
carried from step to step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.mechanics import tet10
from surgitwin.mechanics.contact.search import project
from surgitwin.mechanics.devices.frame_bound import ramp

SEARCH_MM = 1.5
"""Strut nodes further off the lumen have no pair (numerical setting)."""
STICK = 0.5
"""Stiffness of sticking over that of pressing (numerical setting)."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """Of k strut nodes: node (k,), the lumen's nodes (k, 6) with weights (k, 6), normal (k, 3) into the
    lumen, face (k,), relative (k, 3): strut node less lumen point at the beginning of the step; slip (k, 3):
    elastic part of what was slid before; limit_N (k,): largest friction force.
    """

    node: IntArray
    nodes: IntArray
    weights: FloatArray
    normal: FloatArray
    face: IntArray
    relative: FloatArray
    slip: FloatArray
    limit_N: FloatArray


@dataclass(frozen=True, eq=False)
class Touch:
    """Forces of contact. gap (k,) mm; normal (k,) N; friction (k, 3) N on the wall; blocks (k, 3, 3): slopes
    of the force on the strut node by its relative place; slip (k, 3): elastic part now; slid_Nmm: work lost.
    """

    gap: FloatArray
    normal: FloatArray
    friction: FloatArray
    blocks: FloatArray
    slip: FloatArray
    slid_Nmm: float


@dataclass(frozen=True, eq=False)
class Lumen:
    """faces (f, 6) of the wall's mesh. stiffness (n,): N/mm of each strut node, penalty times the lumen's
    area that it stands for. half_mm (n,): half thickness of the struts.
    """

    faces: IntArray
    stiffness: FloatArray
    half_mm: FloatArray
    smoothing_mm: float
    friction: float

    def pairs(self, wall: FloatArray, struts: FloatArray, outward: FloatArray, before: Anchors) -> Pairs:
        """Closest points of strut nodes (n, 3) at wall places (m, 3); outward (n, 3): off the axis."""
        found = project(struts, outward, wall, self.faces, "tri6", SEARCH_MM)
        node = np.flatnonzero(found.paired & (self.stiffness > 0))
        face, xi = found.facet[node], found.xi[node]
        weights, nodes = tet10.triangle_shape(xi), self.faces[face]
        slope = np.einsum("nai,nak->nik", tet10.triangle_shape_gradient(xi), wall[nodes])
        normal = np.cross(slope[:, 0], slope[:, 1])
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        start = before.struts[node] - np.einsum("ka,kai->ki", weights, before.wall[nodes])
        slip = before.slip[node]
        slip = slip - normal * np.einsum("ki,ki->k", slip, normal)[:, None]
        return Pairs(node, nodes, weights, normal, face, start, slip, self.friction * before.normal_N[node])

    def touch(self, pairs: Pairs, wall: FloatArray, struts: FloatArray) -> Touch:
        """Forces at places of wall and struts."""
        p, n = pairs, pairs.normal
        apart = struts[p.node] - np.einsum("ka,kai->ki", p.weights, wall[p.nodes])
        gap = np.einsum("ki,ki->k", apart, n) - self.half_mm[p.node]
        value, slope = ramp(-gap, self.smoothing_mm)
        k = self.stiffness[p.node]
        blocks = (k * slope)[:, None, None] * np.einsum("ki,kj->kij", n, n)
        moved = apart - p.relative
        moved = moved - n * np.einsum("ki,ki->k", moved, n)[:, None]
        trial = p.slip + moved
        slip, friction, lost = trial, np.zeros_like(n), 0.0
        if self.friction > 0:
            slip, friction, add, lost = _coulomb(trial, moved, STICK * k, p.limit_N, n)
            blocks = blocks + add
        return Touch(gap, k * value, friction, blocks, slip, lost)


def _coulomb(
    trial: FloatArray, moved: FloatArray, stiff: FloatArray, limit: FloatArray, n: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, float]:
    """Elastic slip, force on the wall, slopes and lost work at a fixed bound."""
    size = np.maximum(np.linalg.norm(trial, axis=1), 1e-15)
    sticks = stiff * size <= limit
    length = np.where(sticks, size, limit / stiff)
    along = trial / size[:, None]
    slip = along * length[:, None]
    force = stiff[:, None] * slip
    flat = np.eye(3) - np.einsum("ki,kj->kij", n, n)
    across = flat - np.einsum("ki,kj->kij", along, along)
    blocks = np.where(
        sticks[:, None, None], stiff[:, None, None] * flat, (stiff * length / size)[:, None, None] * across
    )
    lost = float((stiff * length * (size - length)).sum())
    return slip, force, blocks, lost


@dataclass(frozen=True, eq=False)
class Anchors:
    """What contact knows from the last accepted step: places of wall (m, 3) and struts (n, 3), elastic slip
    (n, 3) and normal force (n,) of the strut nodes.
    """

    wall: FloatArray
    struts: FloatArray
    slip: FloatArray
    normal_N: FloatArray

    def after(self, pairs: Pairs, touch: Touch, wall: FloatArray, struts: FloatArray) -> Anchors:
        """At the end of a step."""
        slip, normal = np.zeros_like(struts), np.zeros(len(struts))
        slip[pairs.node] = np.where(touch.normal[:, None] > 0, touch.slip, 0.0)
        normal[pairs.node] = touch.normal
        return Anchors(wall, struts, slip, normal)


def relative_rows(pairs: Pairs, active: npt.NDArray[np.bool_], n_wall: int, n_all: int) -> sp.csr_matrix:
    """(3 k, unknowns): strut node less lumen point, of the active pairs."""
    node, nodes, weights = pairs.node[active], pairs.nodes[active], pairs.weights[active]
    k = len(node)
    columns = np.concatenate([3 * nodes, 3 * n_wall + 6 * node[:, None]], axis=1)
    values = np.concatenate([-weights, np.ones((k, 1))], axis=1)
    columns = (columns[:, None, :] + np.arange(3)[:, None]).ravel()
    data = np.repeat(values[:, None, :], 3, axis=1).ravel()
    return sp.csr_matrix((data, columns, 7 * np.arange(3 * k + 1)), shape=(3 * k, n_all))
