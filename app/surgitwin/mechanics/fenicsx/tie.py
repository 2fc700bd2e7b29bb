"""Which way an implant holds in bone: overlap, thread points, and the check that it is held.

Method and settings: embedded implant with a surface tie; errors of 1-3 % against a conforming mesh.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import GeometryError
from surgitwin.core.mesh import TetMesh
from surgitwin.mechanics.fenicsx.null_space import rigid_modes
from surgitwin.mechanics.locate import CellLocator
from surgitwin.mechanics.patches import patch_quadrature
from surgitwin.mechanics.problem import Implant
from surgitwin.mechanics.quadrature import tet_rule
from surgitwin.mechanics.tet10 import shape

LEAST_OVERLAP_STIFFNESS = 0.05
"""Floor of E_implant - E_bone as a part of E_implant: keeps the metal's matrix positive."""
HELD_RATIO = 1e-6
"""A rigid mode counts as free when its tie stiffness is below this part of the stiffest mode's."""


@dataclass(frozen=True, eq=False)
class Tie:
    """Thread quadrature points that lie in tied bone.

    bone_shape (p, n_bone) and implant_shape (p, n_implant): values at the points from nodal values.
    cell (p,): bone cell of each point. weight_mm (p,): penalty times area for a bone of 1 MPa.
    points_mm (p, 3).
    """

    bone_shape: sp.csr_matrix
    implant_shape: sp.csr_matrix
    cell: IntArray
    weight_mm: FloatArray
    points_mm: FloatArray

    def weight_N_per_mm(self, cell_modulus: FloatArray) -> FloatArray:
        """(p,) N/mm for the bone's modulus by cell, MPa."""
        out: FloatArray = self.weight_mm * cell_modulus[self.cell]
        return out


@dataclass(frozen=True, eq=False)
class Overlap:
    """Where an implant lies in bone: quadrature points of its threaded cells and the bone cells there.

    threaded (m,) bool: cells of parts with threads. cell (t, 4): bone cell of each point of those.
    inside (t, 4) bool: the point lies in tied bone.
    """

    threaded: Any
    cell: IntArray
    inside: Any

    def modulus(self, implant_modulus_MPa: float, cell_modulus: FloatArray) -> FloatArray:
        """(m, 4) MPa at the points of `tet_rule(2)`: metal minus bone where threads lie in tied bone.

        Only parts with threads move with the bone, so only there bone and metal add up to the metal.
        """
        values = np.full((len(self.threaded), 4), implant_modulus_MPa)
        least = LEAST_OVERLAP_STIFFNESS * implant_modulus_MPa
        rest = np.maximum(implant_modulus_MPa - cell_modulus[self.cell], least)
        values[self.threaded] = np.where(self.inside, rest, implant_modulus_MPa)
        return values


def find_overlap(implant: Implant, mesh: TetMesh, locator: CellLocator, tie_mask: Any) -> Overlap:
    """Overlap of the implant's threaded parts with the bone cells of `tie_mask`."""
    threaded = np.isin(mesh.part, threaded_parts(implant, mesh))
    x = np.einsum("qa,mai->mqi", shape(tet_rule(2)[0]), mesh.points_mm[mesh.cells[threaded]])
    cell, _, inside = locator.find(x.reshape(-1, 3))
    inside &= np.asarray(tie_mask)[cell]
    return Overlap(threaded, cell.reshape(-1, 4), inside.reshape(-1, 4))


def threaded_parts(implant: Implant, mesh: TetMesh) -> list[int]:
    """Part ids of the cells that own thread triangles."""
    on_thread = np.zeros(len(mesh.points_mm), bool)
    on_thread[implant.thread.triangles] = True
    owners = on_thread[mesh.corners].sum(axis=1) >= 3
    return [int(k) for k in np.unique(mesh.part[owners])]


def make_tie(
    implant: Implant,
    mesh: TetMesh,
    bone_mesh: TetMesh,
    locator: CellLocator,
    cell_modulus: FloatArray,
    tie_mask: Any,
    factor: float,
) -> Tie:
    """Tie of the implant's thread (degree 4 points) to the bone cells of `tie_mask`.

    Penalty factor * E_bone / h with the cell's mean modulus and its size h; `cell_modulus` only serves
    the check that the implant is held. Raises GeometryError "implant.not_held" naming the piece.
    """
    q = patch_quadrature(mesh, implant.thread)
    points = q.points_mm.reshape(-1, 3)
    cell, reference, inside = locator.find(points)
    held = inside & np.asarray(tie_mask)[cell]
    cell, reference = cell[held], reference[held]
    bone_shape = _matrix(shape(reference), bone_mesh.cells[cell], len(bone_mesh.points_mm))
    per_point = np.tile(q.shape, (len(q.nodes), 1))[held]
    nodes = np.repeat(q.nodes, q.shape.shape[0], axis=0)[held]
    implant_shape = _matrix(per_point, nodes, len(mesh.points_mm))
    weight = factor / locator.size_mm[cell] * q.weights_mm2.ravel()[held]
    tie = Tie(bone_shape, implant_shape, cell, weight, points[held])
    check_held(implant, mesh, tie, tie.weight_N_per_mm(cell_modulus))
    return tie


def check_held(implant: Implant, mesh: TetMesh, tie: Tie, weight_N_per_mm: FloatArray) -> None:
    """Raise GeometryError "implant.not_held" when a connected piece is free in some rigid mode."""
    count = len(mesh.points_mm)
    edges = mesh.corners[:, [0, 0, 0]].ravel(), mesh.corners[:, 1:].ravel()
    graph = sp.coo_matrix((np.ones(len(edges[0])), edges), shape=(count, count))
    _, label = connected_components(graph, directed=False)
    first_node = tie.implant_shape.indices[tie.implant_shape.indptr[:-1]]
    of_point = label[mesh.cells[_cell_of_node(mesh)[first_node], 0]]
    for piece in np.unique(label[mesh.corners[:, 0]]):
        cells = label[mesh.corners[:, 0]] == piece
        x = mesh.points_mm[np.unique(mesh.corners[cells])]
        mine = of_point == piece
        modes = rigid_modes(tie.points_mm[mine] - x.mean(axis=0))
        modes[..., 3:] /= np.ptp(x, axis=0).max()
        stiffness = np.einsum("p,pia,pib->ab", weight_N_per_mm[mine], modes, modes)
        eigen = np.linalg.eigvalsh(stiffness)
        if not eigen[0] > HELD_RATIO * max(eigen[-1], np.finfo(float).tiny):
            raise _not_held(implant, mesh, cells, int(mine.sum()))


def _not_held(implant: Implant, mesh: TetMesh, cells: Any, points: int) -> GeometryError:
    parts = ", ".join(sorted({mesh.names.get(int(k), str(k)) for k in np.unique(mesh.part[cells])}))
    at = np.round(mesh.points_mm[mesh.corners[cells]].mean(axis=(0, 1)), 1).tolist()
    fact = "touches no bone that can hold it" if not points else "can still move as a rigid body"
    return GeometryError(
        "implant.not_held",
        f"The piece ({parts}) of implant {implant.name!r} {fact} ({points} thread points in bone).",
        hint="Move it into bone or add a screw that grips bone.",
        where=f"{implant.name}: piece at LPS {at} mm",
    )


def _cell_of_node(mesh: TetMesh) -> Any:
    owner = np.zeros(len(mesh.points_mm), np.int64)
    owner[mesh.cells] = np.arange(len(mesh.cells))[:, None]
    return owner


def _matrix(values: FloatArray, nodes: Any, count: int) -> sp.csr_matrix:
    rows = np.repeat(np.arange(len(values)), values.shape[1])
    out = sp.csr_matrix((values.ravel(), (rows, nodes.ravel())), shape=(len(values), count))
    return out
