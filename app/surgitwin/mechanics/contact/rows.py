"""Sparse rows of a few entries each: jumps, gap gradients and weighted averages, without a loop per point."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.mechanics.contact.shapes import LINEAR, corner_map, rule, shape
from surgitwin.mechanics.contact.surface import Surface, cross, unit


def scalar_rows(nodes: IntArray, values: FloatArray, columns: int) -> sp.csr_matrix:
    """(n, columns) matrix with values (n, m) at nodes (n, m)."""
    n, m = values.shape
    start = np.arange(0, n * m + 1, m)
    return sp.csr_matrix((values.ravel(), nodes.ravel().astype(np.int64), start), shape=(n, columns))


def vector_rows(nodes: IntArray, values: FloatArray, count: int) -> sp.csr_matrix:
    """(n, count*d) matrix with values (n, m, d) at the d unknowns of nodes (n, m), node-major."""
    n, m, d = values.shape
    unknown = nodes[:, :, None] * d + np.arange(d)
    return scalar_rows(unknown.reshape(n, m * d), values.reshape(n, m * d), count * d)


def expanded(rows: sp.csr_matrix, d: int) -> sp.csr_matrix:
    """Rows on nodes to d rows each on node-major unknowns."""
    return sp.kron(rows, sp.eye_array(d), format="csr")


def columns(values: FloatArray, rows: IntArray, count: int) -> sp.csr_matrix:
    """(count*d, m) matrix whose column k holds values (m, d)[k] at the d rows of corner rows[k]."""
    m, d = values.shape
    at = rows[:, None] * d + np.arange(d)
    column = np.repeat(np.arange(m), d)
    return sp.csr_matrix((values.ravel(), (at.ravel(), column)), shape=(count * d, m))


class SlavePoints:
    """Quadrature points of a slave surface and its corner nodes, which carry pressures.

    nodes (n, k) and shape (n, k): displacement at the points. facet (n,). weight (n,) mm2 (per unit
    thickness in the plane, with 2 pi r in axisymmetry), reference configuration. vertices (v,): corner
    node numbers. average (v, n): integral over the slave of N_i times a field given at the points.
    size_mm (v,): mean facet size around a corner.
    """

    def __init__(self, surface: Surface, level: int) -> None:
        xi, w = rule(surface.kind, level)
        count, q = len(surface.nodes), len(w)
        self.surface = surface
        self._local = shape(surface.kind, xi)
        self.facet: IntArray = np.repeat(np.arange(count), q)
        self.nodes: IntArray = surface.nodes[self.facet]
        self.shape: FloatArray = np.tile(self._local.value, (count, 1))
        direction = self._normals(surface.X)
        self.weight: FloatArray = np.tile(w, count) * np.linalg.norm(direction, axis=1)
        self.X: FloatArray = self.at(surface.X)
        self.weight = self.weight * self._depth(self.X)
        self.facet_area: FloatArray = np.bincount(self.facet, self.weight)
        self._rule_weight: FloatArray = np.tile(w, count)
        self._corners(xi)

    def _corners(self, xi: FloatArray) -> None:
        surface = self.surface
        corner = corner_map(surface.kind, surface.nodes)
        self.vertices, local = np.unique(corner, return_inverse=True)
        local = local.reshape(corner.shape)
        value = np.tile(shape(LINEAR[surface.kind], xi).value, (len(corner), 1))
        self.interpolate: sp.csr_matrix = scalar_rows(local[self.facet], value, len(self.vertices))
        self.average: sp.csr_matrix = (self.interpolate.T @ sp.diags(self.weight)).tocsr()
        touching = np.bincount(local.ravel(), minlength=len(self.vertices))
        total = np.bincount(local.ravel(), np.repeat(surface.size_mm, corner.shape[1]), len(self.vertices))
        self.size_mm: FloatArray = total / touching

    def _depth(self, at: FloatArray) -> FloatArray | float:
        """Area per reference length: 2 pi r, or the thickness; 1 in 3D."""
        return 2 * np.pi * at[:, 0] if self.surface.axisymmetric else self.surface.thickness_mm

    @property
    def area(self) -> FloatArray:
        """(v,) reference area of each corner."""
        out: FloatArray = np.asarray(self.average.sum(axis=1)).ravel()
        return out

    def at(self, values: FloatArray) -> FloatArray:
        """(n, d) at the points from nodal values (N, d)."""
        out: FloatArray = np.einsum("nk,nkd->nd", self.shape, values[self.nodes])
        return out

    def _normals(self, x: FloatArray) -> FloatArray:
        tangent = np.einsum("qpk,fkd->fqpd", self._local.first, x[self.surface.nodes])
        return cross(tangent.reshape(-1, *tangent.shape[2:]))

    def normals(self, x: FloatArray) -> FloatArray:
        """(n, d) outward unit normals at nodal positions x (N, d)."""
        return unit(self._normals(x))

    def current_area(self, x: FloatArray, share: Any = 1.0) -> FloatArray:
        """(v,) area of each corner at nodal positions x (N, d), of the points' `share` (n,) of theirs."""
        weight = self._rule_weight * np.linalg.norm(self._normals(x), axis=1)
        out: FloatArray = self.interpolate.T @ (weight * share * self._depth(self.at(x)))
        return out
