"""Nodes of borders and interfaces put onto the smooth border of the labels, mid-side nodes too (curved
edges).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.mesh import TET10_EDGES, TetMesh
from surgitwin.meshing.optimise import Pieces
from surgitwin.meshing.quality import scaled_jacobian
from surgitwin.meshing.tissues.faces import PAIR, TissueFaces, members_of_nodes, tissue_faces
from surgitwin.meshing.tissues.fields import TissueFields

LEAST = 0.12
"""Numerical setting: a move that takes an element below this (or below what it had) is not made; as
`meshing.curved.MIN_CURVED`."""

ROUNDS = 3
"""Numerical setting: Newton steps; the fields are distances, so the first step nearly arrives."""

LEAST_MOVE = 0.3
"""Numerical setting: of a move that spoils an element half is tried, then a quarter, then none."""

REACH = 0.5
"""Numerical setting: a node moves by at most this share of its shortest edge."""


def snapped(pieces: Pieces, fields: TissueFields) -> Pieces:
    """The pieces with corner nodes of all faces between tissues on the interface itself."""
    faces = tissue_faces(pieces.tets, pieces.part)
    members = members_of_nodes(faces, len(pieces.points))
    nodes = np.flatnonzero(members)
    reach = REACH * _shortest_edge(pieces.points, pieces.tets)[nodes]
    target = onto_interfaces(pieces.points[nodes], members[nodes], fields, reach)
    return replace(pieces, points=_moved(pieces.points, pieces.tets, nodes, target))


def curved_tissues(mesh: TetMesh, fields: TissueFields) -> TetMesh:
    """Ten-node tetrahedra whose edges on interfaces follow them; edges stay straight where bending spoils
    one.
    """
    straight = mesh.with_midside_nodes()
    faces = tissue_faces(mesh.cells, mesh.part)
    count = len(mesh.points_mm)
    ends, members = _edges(faces, count)
    keys, middles = straight.edge_table
    stored = np.searchsorted(keys, ends[:, 0] * len(straight.points_mm) + ends[:, 1])
    nodes = middles[stored].astype(np.int64)
    length = np.linalg.norm(mesh.points_mm[ends[:, 0]] - mesh.points_mm[ends[:, 1]], axis=1)
    target = onto_interfaces(straight.points_mm[nodes], members, fields, REACH / 2 * length)
    points = _moved(np.array(straight.points_mm), straight.cells, nodes, target)
    return TetMesh(points, straight.cells, straight.part, straight.names)


def onto_interfaces(
    points: FloatArray, members: IntArray, fields: TissueFields, reach_mm: FloatArray
) -> FloatArray:
    """Points (n, 3) moved to where the fields of all their tissues are equal; at most reach_mm (n,).

    members: (n,) bit set of the tissues that meet at each point (bit 0: outside). Points that would have to
    go further, or of four and more tissues, stay.
    """
    out = points.copy()
    for bits in np.unique(members):
        tissues = [t for t in range(len(fields.names) + 1) if bits >> t & 1]
        if not 2 <= len(tissues) <= 3:
            continue
        at = np.flatnonzero(members == bits)
        moved = points[at].copy()
        for _ in range(ROUNDS):
            moved += _step(moved, tissues, fields)
        far = np.linalg.norm(moved - points[at], axis=1)
        share = np.minimum(1.0, reach_mm[at] / np.maximum(far, 1e-12))
        out[at] += share[:, None] * (moved - points[at])
    return out


def _step(points: FloatArray, tissues: list[int], fields: TissueFields) -> FloatArray:
    """(n, 3) least step that makes the tissues' fields equal, to first order."""
    h = float(fields.grid.spacing_mm[0]) / 2

    def gaps(at: FloatArray) -> FloatArray:
        value = fields(at)[:, tissues]
        return value[:, 1:] - value[:, :1]

    value = gaps(points)
    slope = np.stack([(gaps(points + h * e) - gaps(points - h * e)) / (2 * h) for e in np.eye(3)], axis=2)
    square = slope @ slope.transpose(0, 2, 1) + 1e-2 * np.eye(len(tissues) - 1)
    step: FloatArray = -np.einsum("nkx,nk->nx", slope, np.linalg.solve(square, value[..., None])[..., 0])
    longest = 2 * h
    length = np.linalg.norm(step, axis=1, keepdims=True)
    return step * np.minimum(1.0, longest / np.maximum(length, 1e-12))


def _edges(faces: TissueFaces, count: int) -> tuple[IntArray, IntArray]:
    """(e, 2) edges of the faces, smaller node first, and the bit set of the tissues that meet at each."""
    bits = (1 << (faces.codes // PAIR)) | (1 << (faces.codes % PAIR))
    ends = np.sort(faces.triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1).astype(np.int64)
    keys, inverse = np.unique(ends[:, 0] * count + ends[:, 1], return_inverse=True)
    members = np.zeros(len(keys), np.int64)
    np.bitwise_or.at(members, inverse, np.repeat(bits, 3))
    return np.stack([keys // count, keys % count], axis=1), members


def _shortest_edge(points: FloatArray, tets: IntArray) -> FloatArray:
    shortest = np.full(len(points), np.inf)
    for a, b in TET10_EDGES:
        length = np.linalg.norm(points[tets[:, a]] - points[tets[:, b]], axis=1)
        np.minimum.at(shortest, tets[:, a], length)
        np.minimum.at(shortest, tets[:, b], length)
    return shortest


def _moved(points: FloatArray, cells: IntArray, nodes: IntArray, target: FloatArray) -> FloatArray:
    """The points with `nodes` at `target`, except where that spoils an element. The given cells are
    straight.
    """
    touched = np.zeros(len(points), bool)
    touched[nodes] = True
    cells = cells[touched[cells].any(axis=1)]
    limit = np.minimum(LEAST, 0.999 * scaled_jacobian(points, cells[:, :4]))
    out = np.array(points)
    out[nodes] = target
    goal = out.copy()
    share = np.ones(len(points))
    while len(cells):
        bad = scaled_jacobian(out, cells) < limit
        back = np.unique(cells[bad])
        back = back[touched[back]]
        if not len(back):
            break
        share[back] = np.where(share[back] > LEAST_MOVE, share[back] / 2, 0.0)
        out[back] = points[back] + share[back, None] * (goal[back] - points[back])
        again = np.zeros(len(points), bool)
        again[back] = True
        touched[back] = share[back] > 0
        near = again[cells].any(axis=1)
        cells, limit = cells[near], limit[near]
    return out
