"""The master surface at the closest points, and the second derivative of the gap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.mechanics.contact.obstacle import no_curvature
from surgitwin.mechanics.contact.rows import SlavePoints, vector_rows
from surgitwin.mechanics.contact.search import Pairs
from surgitwin.mechanics.contact.shapes import shape
from surgitwin.mechanics.contact.surface import Surface, cross, unit


@dataclass(frozen=True, eq=False)
class Frame:
    """The master at the paired points: nodes (n, k), value (n, k), first (n, p, k), at (n, d), tangent
    (n, p, d), bend (n, p, p): second derivatives along the unit normal (n, d).
    """

    nodes: IntArray
    value: FloatArray
    first: FloatArray
    at: FloatArray
    tangent: FloatArray
    bend: FloatArray
    normal: FloatArray


def frame(surface: Surface, pairs: Pairs, x: FloatArray) -> Frame:
    """The master surface at `pairs` for node positions x (N, d); unpaired points get facet 0."""
    nodes = surface.nodes[np.maximum(pairs.facet, 0)]
    local = shape(surface.kind, pairs.xi)
    corner = x[nodes]
    tangent = np.einsum("npk,nkd->npd", local.first, corner)
    normal = unit(cross(tangent))
    bend = np.einsum("npqk,nkd,nd->npq", local.second, corner, normal, optimize=True)
    at = np.einsum("nk,nkd->nd", local.value, corner)
    return Frame(nodes, local.value, local.first, at, tangent, bend, normal)


class Curvature:
    """Second derivative of g = n . (x_slave - x_master(xi)) at the closest point.

    With D_a = n . (dx_master),a, xi^a the change of place, b the bend, A the metric:
    d2g = -(D_a xi^a + xi^a D_a + b_ab xi^a xi^b) + g A^ab (D + b xi)_a (D + b xi)_b, where
    (A - g b) xi = tangent . jump + g D (Wriggers, Computational Contact Mechanics, 2006, ch. 4).
    """

    def __init__(self, points: SlavePoints, here: Frame, gap: FloatArray, count: int, moving: bool) -> None:
        self._points, self._here, self._gap, self._count, self._moving = points, here, gap, count, moving

    def matrix(self, weight: FloatArray) -> sp.csr_matrix:
        """sum_q weight_q d2(gap_q)/du2."""
        use = np.flatnonzero(weight)
        if not len(use):
            return no_curvature(self._count * self._here.normal.shape[1])(weight)
        h, g = self._here, self._gap[use]
        tangent, bend = h.tangent[use], h.bend[use]
        p = tangent.shape[1]
        metric = np.einsum("npd,nqd->npq", tangent, tangent)
        nodes, jump, stretch = self._local(use)
        along = np.einsum("nm,npd->npmd", jump, tangent)
        lift = np.einsum("npm,nd->npmd", stretch, h.normal[use])
        place = np.linalg.solve(
            metric - g[:, None, None] * bend, (along + g[:, None, None, None] * lift).reshape(len(use), p, -1)
        ).reshape(along.shape)
        rows = np.concatenate([place, lift], axis=1)
        eye = np.broadcast_to(np.eye(p), bend.shape)
        turn = np.concatenate([bend, eye], axis=2)
        core = np.einsum("npi,npq,nqj->nij", turn, np.linalg.inv(metric), turn) * g[:, None, None]
        core[:, :p, :p] -= bend
        core[:, :p, p:] -= eye
        core[:, p:, :p] -= eye
        core *= weight[use, None, None]
        n, r, m, d = rows.shape
        wide = vector_rows(np.repeat(nodes, r, axis=0), rows.reshape(n * r, m, d), self._count)
        start = np.arange(n + 1)
        inner = sp.bsr_matrix((core, np.arange(n), start), shape=(n * r, n * r))
        return (wide.T @ (inner @ wide)).tocsr()

    def _local(self, use: IntArray) -> tuple[IntArray, FloatArray, FloatArray]:
        """Nodes (n, m), jump (n, m) and derivative of the master's place (n, p, m) at them."""
        h, slave = self._here, self._points
        if not self._moving:
            nodes = slave.nodes[use]
            return nodes, slave.shape[use], np.zeros((len(use), h.first.shape[1], nodes.shape[1]))
        nodes = np.hstack([slave.nodes[use], h.nodes[use]])
        jump = np.hstack([slave.shape[use], -h.value[use]])
        none = np.zeros((len(use), h.first.shape[1], slave.nodes.shape[1]))
        return nodes, jump, np.concatenate([none, h.first[use]], axis=2)
