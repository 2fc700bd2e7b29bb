"""The difference of two results on the bone: one plan against another, or against the intact bone.

The anatomy is the same, the meshes need not be: the other result is interpolated at the nodes of the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.mesh import TetMesh
from surgitwin.core.progress import SILENT, Progress
from surgitwin.core.solids import ImplantSolids
from surgitwin.mechanics.locate import CellLocator
from surgitwin.mechanics.tet10 import shape
from surgitwin.scene.datasets import MeshResult
from surgitwin.scene.difference import COMPARED, difference_name
from surgitwin.scene.model import PlanResult

REACH_MM = 0.5
"""Numerical setting: a node this far outside the other mesh takes the value at its border, because two meshes
of one bone follow its surface to some tenths of a millimetre."""
AT_ONCE = 20_000
"""Numerical setting: points located at a time, which bounds the memory."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Difference:
    """First minus second on the first one's bone, NaN where it is not defined.

    result: the first one's mesh, motion and implants with the arrays of `scene.difference`. The bone nodes
    without a difference, as shares of all bone nodes: in or at a fracture, beyond the other mesh, in metal.
    """

    result: PlanResult
    at_fracture: float
    outside: float
    in_metal: float

    @property
    def words(self) -> str:
        """Where nothing can be compared, for the picture; empty when it is defined everywhere."""
        places = (
            (self.at_fracture, "fracture"),
            (self.in_metal, "metal"),
            (self.outside, "outside the other"),
        )
        said = [words for share, words in places if share > 0]
        return f"grey: not compared ({', '.join(said)})" if said else ""


def difference(
    first: PlanResult,
    second: PlanResult,
    solids: Sequence[ImplantSolids] = (),
    progress: Progress = SILENT,
) -> Difference:
    """`first` minus `second` for every field of `COMPARED` that both have; for the energy first over second.

    solids: implants of both, inside which there is no bone. The displacement's difference is that of its
    lengths. Takes about a second for 100 000 nodes; nothing is interpolated when the meshes are the same.
    """
    bone = first.bone
    own = _bone_nodes(bone.mesh)
    x = bone.mesh.points_mm[own]
    progress("Comparing with the other result", 0.0)
    carried, inside, in_gap = _carried(bone, second.bone, own, progress)
    metal = _in_metal(solids, x)
    defined = inside & ~metal
    fields: dict[str, FloatArray] = {}
    for name in COMPARED:
        mine = bone.values(name)
        if mine is None or name not in carried or len(mine) != len(bone.mesh.points_mm):
            continue
        whole = np.full(len(mine), np.nan)
        theirs = carried[name][defined]
        whole[own[defined]] = (
            _ratio(mine[own[defined]], theirs) if name == "sed" else mine[own[defined]] - theirs
        )
        fields[difference_name(name)] = whole
    shares = [float(m.mean()) if len(m) else 0.0 for m in (in_gap, ~inside & ~in_gap, inside & metal)]
    painted = MeshResult(bone.mesh, bone.displacement_mm, fields)
    return Difference(PlanResult(painted, first.implants), shares[0], shares[1], shares[2])


def _ratio(mine: FloatArray, theirs: FloatArray) -> FloatArray:
    out: FloatArray = np.divide(mine, theirs, out=np.full(len(mine), np.nan), where=(theirs > 0) & (mine > 0))
    return out


def _bone_cells(mesh: TetMesh) -> IntArray:
    gap = [k for k, name in mesh.names.items() if name == "gap"]
    return np.flatnonzero(~np.isin(mesh.part, gap)).astype(np.int32)


def _bone_nodes(mesh: TetMesh) -> IntArray:
    """Nodes of all cells but the gap's, sorted."""
    return np.unique(mesh.cells[_bone_cells(mesh)])


def _in_metal(solids: Sequence[ImplantSolids], x: FloatArray) -> Mask:
    out = np.zeros(len(x), bool)
    for one in solids:
        out |= one.distance(x) < 0
    return out


def _carried(
    bone: MeshResult, other: MeshResult, own: IntArray, progress: Progress
) -> tuple[dict[str, FloatArray], Mask, Mask]:
    """The other's nodal fields at the first one's bone nodes (p,), where they are defined, and which of the
    undefined points lie in the other's fracture."""
    if np.array_equal(bone.mesh.cells, other.mesh.cells) and np.array_equal(
        bone.mesh.points_mm, other.mesh.points_mm
    ):
        here = np.ones(len(own), bool)
        here[~np.isin(own, _bone_nodes(other.mesh))] = False
        return {n: v[own] for n, v in _nodal(other).items()}, here, ~here
    cells = _bone_cells(other.mesh)
    x = bone.mesh.points_mm[own]
    at, weights, inside = _locate(other.mesh, cells, x, progress)
    out = {n: np.einsum("pa,pa->p", weights, v[other.mesh.cells[at]]) for n, v in _nodal(other).items()}
    gap = np.setdiff1d(np.arange(len(other.mesh.cells)), cells)
    in_gap = np.zeros(len(x), bool)
    missed = np.flatnonzero(~inside)
    if len(gap) and len(missed):
        in_gap[missed] = _locate(other.mesh, gap.astype(np.int32), x[missed], SILENT)[2]
    return out, inside, in_gap


def _nodal(result: MeshResult) -> dict[str, FloatArray]:
    found = {n: result.values(n) for n in COMPARED}
    return {n: v for n, v in found.items() if v is not None and len(v) == len(result.mesh.points_mm)}


def _locate(
    mesh: TetMesh, cells: IntArray, x: FloatArray, progress: Progress
) -> tuple[IntArray, FloatArray, Mask]:
    """Cell (p,) of `cells` and weights (p, nodes per cell) for points (p, 3); which points lie within
    `REACH_MM` of it (the others take the border's value)."""
    corners = mesh.points_mm[mesh.corners[cells]]
    locator = CellLocator(corners)
    found, weights, near = [], [], []
    for start in range(0, len(x), AT_ONCE):
        progress("Comparing with the other result", start / len(x))
        part = x[start : start + AT_ONCE]
        cell, reference, inside = locator.find(part)
        b = np.clip(np.concatenate([1 - reference.sum(1, keepdims=True), reference], axis=1), 0, None)
        b /= b.sum(axis=1, keepdims=True)
        gap = np.linalg.norm(np.einsum("pa,pai->pi", b, corners[cell]) - part, axis=1)
        found.append(cells[cell])
        weights.append(shape(b[:, 1:]) if mesh.order == 2 else b)
        near.append(inside | (gap <= REACH_MM))
    return np.concatenate(found), np.concatenate(weights), np.concatenate(near)
