"""Where an implant's free surface may meet bone: pairs of points, and the gaps between them (plain numpy).

Pairs are frozen (small sliding): a point x of the implant's surface looks along its outward normal n and
meets the bone's wall after its clearance; the force acts in the bone at y = x + s n, s >= clearance, where
a cell can bear it. The implant's displacement is carried from x to y with its own gradient, so that a
rigid motion of both opens no gap and forces and moments balance exactly.

Gaps are averaged over the patch of each surface vertex with its hat function (lumped mortar): multipliers
at quadrature points drift (physics.md 7.4, item 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.mesh import TetMesh
from surgitwin.mechanics.patches import patch_quadrature
from surgitwin.mechanics.problem import ContactSurface, Patch
from surgitwin.mechanics.quadrature import triangle_rule
from surgitwin.mechanics.tet10 import jacobian_at, shape, shape_gradient

_CORNERS = np.vstack([np.zeros(3), np.eye(3)])


HALVINGS = 1
"""Of the sides of an implant's triangle for the points at which it is paired, because facets of the bone's
cells end within it. On blocks that do not match, pressures that should be equal differ by 5.7 % without and
by 1.5 % with one (`tests/mechanics/test_bone_contact.py`)."""


@dataclass(frozen=True, eq=False)
class PointPairs:
    """Paired quadrature points of one surface.

    jump (p, bone nodes + implant nodes): implant minus bone displacement at the bone's points, per
    component. normal (p, 3), clearance_mm (p,), weight_mm2 (p,), cell (p,) of the bone. hat (p, v):
    hat functions of the `vertices` (v,) of the implant's surface.
    """

    jump: sp.csr_matrix
    normal: FloatArray
    clearance_mm: FloatArray
    weight_mm2: FloatArray
    cell: IntArray
    hat: sp.csr_matrix
    vertices: IntArray


@dataclass(frozen=True, eq=False)
class ContactRows:
    """Averaged gaps of the vertices of one or several surfaces.

    area_mm2 (v,): integral of the hat function over its paired points. gap_mm (v,): clearance at rest.
    normal (v, 3 n): closing = normal @ u, positive when the implant moves into the bone; tangent: two such
    matrices for the sliding. n: nodes, bone first; u node-major.
    """

    area_mm2: FloatArray
    gap_mm: FloatArray
    normal: sp.csr_matrix
    tangent: tuple[sp.csr_matrix, sp.csr_matrix]


def point_pairs(surface: ContactSurface, implant: TetMesh, bone: TetMesh) -> PointPairs:
    """Pairs of `surface` on the ten-node meshes of its implant and of the bone."""
    halvings = halvings_of(surface.clearance_mm.shape[1])
    q = patch_quadrature(implant, Patch(surface.name, surface.triangles), halvings)
    facet, at = np.nonzero(np.isfinite(surface.clearance_mm))
    corner = triangle_rule(halvings)[0]
    hats = np.column_stack([1 - corner.sum(axis=1), corner])[at]
    nodes = surface.triangles[facet]
    owner = surface.owner[facet]
    local = (implant.corners[owner][:, None, :] == nodes[:, :, None]).argmax(axis=2)
    inside = np.einsum("pk,pkd->pd", hats, _CORNERS[local])
    cell, there = surface.cell[facet, at], surface.reference[facet, at]
    bone_corner = np.column_stack([1 - there.sum(axis=1), there])
    y = np.einsum("pc,pcd->pd", bone_corner, bone.points_mm[bone.corners[cell]])
    J = jacobian_at(implant.points_mm[implant.cells[owner]], inside)
    slope = np.einsum("paj,pji->pai", shape_gradient(inside), np.linalg.inv(J))
    metal = shape(inside) + np.einsum("pai,pi->pa", slope, y - q.points_mm[facet, at])
    count, vertices = len(bone.points_mm), np.unique(nodes)
    values = np.hstack([-shape(there), metal])
    columns = np.hstack([bone.cells[cell], implant.cells[owner] + count])
    hat = _matrix(hats, np.searchsorted(vertices, nodes), len(vertices))
    return PointPairs(
        _matrix(values, columns, count + len(implant.points_mm)),
        surface.normal[facet, at], surface.clearance_mm[facet, at], q.weights_mm2[facet, at],
        cell, hat, vertices.astype(np.int32),
    )  # fmt: skip


def halvings_of(count: int) -> int:
    """The halvings of a rule with `count` points."""
    return next(h for h in range(count) if len(triangle_rule(h)[0]) == count)


def contact_rows(pairs: PointPairs) -> ContactRows:
    """Averages of the pairs over the patches of their vertices."""
    weight = (sp.diags(pairs.weight_mm2) @ pairs.hat).T.tocsr()
    area = np.asarray(weight.sum(axis=1)).ravel()
    mean = (sp.diags(1 / area) @ weight).tocsr()
    normal = components([(mean @ sp.diags(pairs.normal[:, d]) @ pairs.jump).tocsr() for d in range(3)])
    slide = (mean @ pairs.jump).tocsr()
    axis = np.asarray(mean @ pairs.normal)
    tangents = tangent_axes(axis)
    tangent = tuple(components([(sp.diags(t[:, d]) @ slide).tocsr() for d in range(3)]) for t in tangents)
    return ContactRows(area, np.asarray(mean @ pairs.clearance_mm), normal, (tangent[0], tangent[1]))


def tangent_axes(normal: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Two unit vectors (v, 3) each, square to the normals (v, 3) and to each other."""
    n = normal / np.linalg.norm(normal, axis=1, keepdims=True)
    away = np.eye(3)[np.abs(n).argmin(axis=1)]
    first = np.cross(n, away)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    return first, np.cross(n, first)


def components(parts: list[sp.csr_matrix]) -> sp.csr_matrix:
    """(r, 3 n) from three (r, n) matrices, one for each component of a node-major vector."""
    rows, columns, values = [], [], []
    for d, part in enumerate(parts):
        m = part.tocoo()
        rows.append(m.row)
        columns.append(3 * m.col + d)
        values.append(m.data)
    size = (parts[0].shape[0], 3 * parts[0].shape[1])
    index = (np.concatenate(rows), np.concatenate(columns))
    return sp.csr_matrix((np.concatenate(values), index), shape=size)


def overlap_mm(rows: ContactRows, bone_u: FloatArray, implant_u: FloatArray) -> float:
    """Largest averaged depth of the implant in the bone; 0 when it stays clear. u: (n, 3) nodal."""
    if not len(rows.gap_mm):
        return 0.0
    u = np.concatenate([np.ravel(bone_u), np.ravel(implant_u)])
    return max(float((rows.normal @ u - rows.gap_mm).max()), 0.0)


def _matrix(values: FloatArray, nodes: Any, count: int) -> sp.csr_matrix:
    rows = np.repeat(np.arange(len(values)), values.shape[1])
    return sp.csr_matrix((values.ravel(), (rows, np.asarray(nodes).ravel())), shape=(len(values), count))
