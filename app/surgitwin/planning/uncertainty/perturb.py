"""One draw applied to a plan as it was built: bone, implants, gap and loads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from surgitwin.anatomy.types import FemurAnatomy
from surgitwin.core.arrays import FloatArray
from surgitwin.core.frame import Frame, anatomical_to_frame, medial_sign, rotation_about
from surgitwin.core.mesh import TetMesh
from surgitwin.core.plan import Fracture, PlacedImplant, Plan
from surgitwin.core.resources import load_table
from surgitwin.core.solids import ImplantSolids
from surgitwin.implants import build
from surgitwin.mechanics.ct_stiffness import bone_modulus
from surgitwin.mechanics.density_laws import density_law
from surgitwin.mechanics.materials import callus
from surgitwin.mechanics.problem import Bone, Implant, LoadCase, Problem, RemoteLoad
from surgitwin.planning.case import Case
from surgitwin.planning.comparing.bands import scaled_bone
from surgitwin.planning.plans.step import context_of
from surgitwin.planning.solving.inputs import SolveInputs
from surgitwin.planning.uncertainty.design import Draw
from surgitwin.planning.uncertainty.inputs import LAW, settings
from surgitwin.planning.uncertainty.morph import grown, moved, with_gap
from surgitwin.procedures.registry import bone_procedure

GAP = "gap"


@dataclass(frozen=True, eq=False)
class Variant:
    """A plan (None: the intact bone) under one draw; problem: with the loads as they were."""

    plan: Plan | None
    problem: Problem
    solids: tuple[ImplantSolids, ...]


def variant(case: Case, inputs: SolveInputs, plan: Plan | None, problem: Problem, draw: Draw) -> Variant:
    """`problem`, built for `plan`, under the structural values of `draw`.

    Raises GeometryError where mesh or implant cannot follow.
    """
    fracture = None if plan is None else plan.fracture
    mesh, changed = _mesh(case, problem.bone.mesh, fracture, draw)
    if plan is None:
        bone = _bone(case, mesh, None, inputs, draw, problem.bone)
        return Variant(None, replace(problem, bone=bone), ())
    moves = [_placing(case, plan, k, draw) for k in range(len(plan.implants))]
    placed = tuple(_placed(i, t) for i, t in zip(plan.implants, moves, strict=True))
    shown = replace(plan, fracture=changed, implants=placed)
    solids = tuple(build(p) for p in placed)
    base = _bone(case, mesh, changed, inputs, draw, problem.bone)
    bone = _healing(bone_procedure(plan.procedure).bone(base, shown, solids), draw)
    implants = tuple(_implant(i, t) for i, t in zip(problem.implants, moves, strict=True))
    made = replace(problem, bone=bone, implants=implants)
    return Variant(shown, _contact(base, made, shown, solids, draw), solids)


def _contact(
    base: Bone, problem: Problem, plan: Plan, solids: tuple[ImplantSolids, ...], draw: Draw
) -> Problem:
    """The problem with the free surfaces as they lie now, and the drawn friction with contact."""
    meshes = [i.mesh for i in problem.implants]
    surfaces, how = bone_procedure(plan.procedure).contact(base, problem.bone, plan, solids, meshes)
    if how.model == "contact":
        how = replace(how, friction=float(draw["friction"]))
    return replace(problem, surfaces=surfaces, contact=how)


def drawn_loads(
    loads: tuple[LoadCase, ...], anatomy: FemurAnatomy, draw: Draw, suffix: str = ""
) -> tuple[LoadCase, ...]:
    """The load cases under the load values of `draw`, names with `suffix`; variants ("a|b") are left out.

    Stance loads change size and direction together, hip and abductor alike; the axial case, which defines the
    stiffness, keeps its size. All are linear in a few loads, so that the solver superposes them (but for a
    plan with contact, which is solved for each).
    """
    stance = {k for k, row in load_table("load_cases/femur")["cases"].items() if "fraction" in row}
    turn = _turn(anatomy, draw)
    shift = _head_shift(anatomy, draw)
    out = []
    for case in (c for c in loads if "|" not in c.name):
        if case.name in stance:
            made = tuple(_turned(load, turn, float(draw["load_size"])) for load in case.loads)
            first = replace(made[0], point_mm=made[0].point_mm + shift)
            made = (first, *made[1:])
        else:
            made = (_axial(case.loads[0], anatomy, shift), *case.loads[1:])
        out.append(LoadCase(case.name + suffix, made))
    return tuple(out)


def _mesh(
    case: Case, mesh: TetMesh, fracture: Fracture | None, draw: Draw
) -> tuple[TetMesh, Fracture | None]:
    set_ = settings()
    voxel = float(min(case.volume.grid.spacing_mm))
    if fracture is not None:
        reach = float(set_["gap_morph_mm"])
        mesh, fracture = with_gap(mesh, fracture, fracture.gap_mm + float(draw["gap"]), reach)
    by = float(draw["segmentation"]) * voxel
    reach = float(set_["growth_depth_voxels"]) * voxel
    return grown(mesh, case.closed_surface.field, case.anatomy, fracture, by, reach), fracture


def _bone(
    case: Case, mesh: TetMesh, fracture: Fracture | None, inputs: SolveInputs, draw: Draw, like: Bone
) -> Bone:
    """Stiffness of the moved mesh from the image, with its shift of HU, its law and its scale."""
    scan = inputs.calibration
    made = bone_modulus(
        mesh,
        case.volume,
        case.labels,
        replace(scan, a=scan.a + scan.b * float(draw["hu_shift"])),
        density_law(str(draw[LAW])),
        gap=None if fracture is None else callus(fracture.healing),
        method="element_average" if inputs.stiffness == "element_average" else "point",
    )
    bone = replace(like, mesh=mesh, modulus_MPa=made.modulus, poisson=made.poisson, tie_mask=made.tie_mask)
    return scaled_bone(bone, float(draw["modulus_scale"]))


def _healing(bone: Bone, draw: Draw) -> Bone:
    """The gap's tissue times its factor; its modulus is the stage's, whatever the bone's scale."""
    gap = np.isin(bone.mesh.part, [k for k, name in bone.mesh.names.items() if name == GAP])
    scale = np.where(gap, float(draw["callus_scale"]), 1.0)[:, None]
    return replace(bone, modulus_MPa=bone.modulus_MPa * scale)


def _placing(case: Case, plan: Plan, index: int, draw: Draw) -> FloatArray:
    """(4, 4) rigid motion of one implant: about the shaft, then along it. It keeps its screws."""
    found = bone_procedure(plan.procedure).handles(context_of(case), plan, index)
    turn = rotation_about(found.turn, np.radians(float(draw["turn"])))
    out = np.eye(4)
    out[:3, :3] = turn
    out[:3, 3] = found.pivot_mm - turn @ found.pivot_mm + float(draw["slide"]) * found.slide
    return out


def _placed(one: PlacedImplant, transform: FloatArray) -> PlacedImplant:
    return replace(one, pose=transform @ one.pose)


def _implant(one: Implant, transform: FloatArray) -> Implant:
    return replace(one, mesh=moved(one.mesh, transform))


def _turn(anatomy: FemurAnatomy, draw: Draw) -> FloatArray:
    """(3, 3) rotation of the stance loads in LPS: frontal, sagittal, and torsion about the shaft."""
    frame, side = anatomy.frame, anatomy.side
    medial, anterior, z = (_lps(frame, side, row) for row in np.eye(3))
    # The hip force points down; turning about the anterior axis must bring its *head end* medially, on both
    # sides of the body: the sense follows from the image of the proximal axis.
    frontal = _tilt(z, medial, np.radians(float(draw["load_frontal"])))
    sagittal = _tilt(z, anterior, np.radians(float(draw["load_sagittal"])))
    about = rotation_about(z, np.radians(-medial_sign(side) * float(draw["torsion"])))
    out: FloatArray = about @ sagittal @ frontal
    return out


def _tilt(axis: FloatArray, towards: FloatArray, angle: float) -> FloatArray:
    """(3, 3) rotation that tips `axis` towards a direction square to it."""
    return rotation_about(np.cross(axis, towards), angle)


def _turned(load: RemoteLoad, turn: FloatArray, size: float) -> RemoteLoad:
    return replace(load, force_N=size * (turn @ load.force_N), moment_Nmm=size * (turn @ load.moment_Nmm))


def _head_shift(anatomy: FemurAnatomy, draw: Mapping[str, float | str]) -> FloatArray:
    move = [float(draw[f"head_{axis}"]) for axis in ("medial", "anterior", "proximal")]
    return _lps(anatomy.frame, anatomy.side, move)


def _axial(load: RemoteLoad, anatomy: FemurAnatomy, shift: FloatArray) -> RemoteLoad:
    """The axial load from a moved head centre to the distal centre."""
    if not shift.any():
        return load
    head = load.point_mm + shift
    line = anatomy.landmarks["distal_centre"].point_mm - head
    return replace(load, point_mm=head, force_N=np.linalg.norm(load.force_N) * line / np.linalg.norm(line))


def _lps(frame: Frame, side: str, medial_anterior_proximal: object) -> FloatArray:
    return frame.vector_to_lps(anatomical_to_frame(medial_anterior_proximal, side))  # type: ignore[arg-type]
