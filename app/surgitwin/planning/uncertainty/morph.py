"""Meshes moved instead of made anew: a wider gap, a thicker bone. Numbering and patches stay as they are.

A new mesh would add its own error to every sample, which is of the size of some of the effects looked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from surgitwin.anatomy.types import FemurAnatomy
from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import GeometryError
from surgitwin.core.mesh import TetMesh
from surgitwin.core.plan import Fracture
from surgitwin.meshing import gate
from surgitwin.meshing.bone import end_cuts
from surgitwin.meshing.field import DistanceField
from surgitwin.meshing.fracture import MIN_GAP_MM
from surgitwin.meshing.quality import scaled_jacobian

ON_PLANE_MM = 1e-3
"""Numerical setting: a node this close to a cut lies on it."""
LEAST_JACOBIAN = 0.1
"""Numerical setting: a moved cell that is flatter is relieved; twice the solver's gate."""
WORSE = 0.9
"""Numerical setting: a cell that was flat before may lose this much of its quality."""
ROUNDS = 40
"""Numerical setting: so often flat cells are relieved before the gate decides."""
STEP_MM = 0.5
"""Numerical setting: half-width of the difference that gives the surface's normal."""


def with_gap(mesh: TetMesh, fracture: Fracture, gap_mm: float, reach_mm: float) -> tuple[TetMesh, Fracture]:
    """The mesh with another width of its gap; bone within `reach_mm` of it is drawn along.

    Raises GeometryError "mesh.gap_width" below what can be meshed, "study.mesh" when cells turn over.
    """
    if gap_mm == fracture.gap_mm:
        return mesh, fracture
    if gap_mm < MIN_GAP_MM:
        raise GeometryError(
            "mesh.gap_width",
            f"A gap of {gap_mm:g} mm cannot be meshed; the least is {MIN_GAP_MM:g} mm.",
            hint="Narrow the range of the input gap.",
            where="gap",
        )
    half, more = fracture.gap_mm / 2, (gap_mm - fracture.gap_mm) / 2
    z = fracture.plane.distance(mesh.points_mm)
    share = np.where(np.abs(z) <= half, z / half, np.sign(z) * _fade(np.abs(z) - half, reach_mm))
    shift = (more * share)[:, None] * fracture.plane.normal
    # The two faces stay planes at their new distance; only bone beyond them may give way.
    held = np.abs(z) <= half + ON_PLANE_MM

    def keep(now: FloatArray) -> FloatArray:
        return np.where(held[:, None], shift, now)

    return _shifted(mesh, shift, keep, "gap"), replace(fracture, gap_mm=gap_mm)


def grown(
    mesh: TetMesh,
    field: DistanceField,
    anatomy: FemurAnatomy,
    fracture: Fracture | None,
    by_mm: float,
    reach_mm: float,
) -> TetMesh:
    """The bone with its surface moved outwards by `by_mm` (inwards: negative), fading out `reach_mm` deep.

    Nodes on a cut end stay on it, those of the gap keep their height. Raises GeometryError "study.mesh".
    """
    if by_mm == 0:
        return mesh
    x = mesh.points_mm
    steps = STEP_MM * np.eye(3)
    normal = np.stack([field(x + s) - field(x - s) for s in steps], axis=1)
    normal /= np.maximum(np.linalg.norm(normal, axis=1), 1e-12)[:, None]
    shift = (by_mm * _fade(-field(x), reach_mm))[:, None] * normal
    if fracture is not None:
        n = fracture.plane.normal
        share = _fade(np.abs(fracture.plane.distance(x)) - fracture.gap_mm / 2, reach_mm)
        shift -= (share * (shift @ n))[:, None] * n
    planes = [(np.abs(cut.distance(x)) <= ON_PLANE_MM, cut.normal) for cut in end_cuts(anatomy)]
    if fracture is not None:
        inside = np.abs(fracture.plane.distance(x)) <= fracture.gap_mm / 2 + ON_PLANE_MM
        planes.append((inside, fracture.plane.normal))

    def keep(now: FloatArray) -> FloatArray:
        for on, normal_ in planes:
            now[on] -= (now[on] @ normal_)[:, None] * normal_
        return now

    return _shifted(mesh, keep(shift), keep, "segmentation")


def moved(mesh: TetMesh, transform: FloatArray) -> TetMesh:
    """The mesh under a rigid 4x4 transform of LPS."""
    return replace(mesh, points_mm=mesh.points_mm @ transform[:3, :3].T + transform[:3, 3])


def _fade(depth: FloatArray, reach: float) -> FloatArray:
    """1 at depth 0 and above, 0 from `reach` on."""
    out: FloatArray = np.clip(1 - depth / reach, 0.0, 1.0)
    return out


def _shifted(
    mesh: TetMesh, shift: FloatArray, keep: Callable[[FloatArray], FloatArray], name: str
) -> TetMesh:
    """The mesh with its nodes moved by `shift` (n, 3); where that flattens cells, their nodes go together.

    A cell whose nodes share one displacement keeps its shape: flattened cells get the mean of their nodes' as
    often as needed, with few cells and small ways touched. keep: puts nodes of planes back on them.
    """
    cells = mesh.corners
    floor = np.minimum(LEAST_JACOBIAN, WORSE * scaled_jacobian(mesh.points_mm, cells))
    for _ in range(ROUNDS):
        bad = cells[scaled_jacobian(mesh.points_mm + shift, cells) < floor]
        if not len(bad):
            break
        total, count = np.zeros_like(shift), np.zeros(len(shift))
        for k in range(4):
            np.add.at(total, bad[:, k], shift[bad].mean(axis=1))
            np.add.at(count, bad[:, k], 1.0)
        touched = count > 0
        shift = shift.copy()
        shift[touched] = total[touched] / count[touched, None]
        shift = keep(shift)
    return _checked(replace(mesh, points_mm=mesh.points_mm + shift), name)


def _checked(mesh: TetMesh, name: str) -> TetMesh:
    """The mesh when the solver's gate lets it through."""
    if not (mesh.cell_volumes() > 0).all():
        raise GeometryError(
            "study.mesh",
            f"The mesh cannot follow this value of {name}: some of its cells turn over.",
            hint=f"Narrow the range of the input {name}, or mesh the bone more coarsely.",
            where=name,
        )
    gate(mesh)
    return mesh
