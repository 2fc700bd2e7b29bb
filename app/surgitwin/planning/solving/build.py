"""From a case and a plan to the mechanical problem: mesh, stiffness, implants, loads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from surgitwin.anatomy.types import FemurAnatomy
from surgitwin.core.arrays import content_hash
from surgitwin.core.mesh import TetMesh
from surgitwin.core.plan import Fracture, Plan
from surgitwin.core.progress import SILENT, Progress
from surgitwin.core.solids import ImplantSolids
from surgitwin.implants import build
from surgitwin.mechanics.ct_stiffness import bone_modulus
from surgitwin.mechanics.density_laws import density_law
from surgitwin.mechanics.femur_loads import distal_support, femur_loads, head_variants, torsion_variants
from surgitwin.mechanics.materials import callus
from surgitwin.mechanics.problem import Bone, Implant, LoadCase, Patch, Problem, SolverSettings
from surgitwin.meshing import gate
from surgitwin.meshing.fracture import mesh_fractured
from surgitwin.meshing.implant import mesh_implant
from surgitwin.planning.case import Case, store_mesh
from surgitwin.planning.solving.inputs import SolveInputs
from surgitwin.planning.versions import MODELS
from surgitwin.procedures.registry import bone_procedure


@dataclass(frozen=True, eq=False)
class PlanModel:
    """A problem with what made it. solids and implants run in parallel; both empty for the intact bone."""

    problem: Problem
    solids: tuple[ImplantSolids, ...]
    stiffness: dict[str, Any]


def intact_model(case: Case, inputs: SolveInputs) -> PlanModel:
    """The whole bone under every load."""
    bone, report = bone_of(case, case.bone_mesh, None, inputs)
    return PlanModel(problem_of("intact", bone, (), case, inputs), (), report)


def plan_model(
    case: Case,
    plan: Plan,
    inputs: SolveInputs,
    progress: Progress = SILENT,
    like: PlanModel | None = None,
) -> tuple[Case, PlanModel]:
    """A plan's problem; the case comes back with the fracture's mesh kept for the next plan.

    like: model of the same plan at another healing stage, whose implant meshes are used again.
    Raises GeometryError where fracture or implants cannot be meshed.
    """
    if plan.fracture is None:
        mesh = case.bone_mesh
    else:
        case, mesh = fracture_mesh(case, plan.fracture, progress.part(0, 0.6))
    base, report = bone_of(case, mesh, plan.fracture, inputs)
    solids = tuple(build(p) for p in plan.implants)
    bone = bone_procedure(plan.procedure).bone(base, plan, solids)
    implants = _implants(solids, progress.part(0.6, 1.0)) if like is None else like.problem.implants
    surfaces, contact = bone_procedure(plan.procedure).contact(
        base, bone, plan, solids, [i.mesh for i in implants]
    )
    problem = replace(problem_of(plan.name, bone, implants, case, inputs), surfaces=surfaces, contact=contact)
    return case, PlanModel(problem, solids, report)


def _implants(solids: tuple[ImplantSolids, ...], progress: Progress) -> tuple[Implant, ...]:
    """The meshes of all implants, each gated."""
    implants = []
    for n, one in enumerate(solids):
        part = progress.part(n / len(solids), (n + 1) / len(solids))
        made = mesh_implant(one, progress=part)
        gate(made.mesh, one.name)
        thread = Patch("thread", made.thread)
        implants.append(Implant(one.name, made.mesh, one.modulus_MPa, one.poisson, thread))
    return tuple(implants)


def fracture_mesh(case: Case, fracture: Fracture, progress: Progress = SILENT) -> tuple[Case, TetMesh]:
    """Bone with its gap, meshed once per place and width of the fracture, whatever implants and healing."""
    key = content_hash(
        case.state["mesh"]["input_hash"], fracture.plane, fracture.gap_mm, MODELS["meshing.bone"]
    )
    known = dict(case.state.get("fracture_meshes") or {})
    if key in known:
        return case, case.load_mesh(known[key])
    mesh = mesh_fractured(
        case.closed_surface, case.anatomy, fracture, case.state["mesh"]["size_mm"], progress=progress
    )
    known[key] = store_mesh(case.folder, mesh)
    return case.updated("mesh fracture", fracture_meshes=known), mesh


def bone_of(
    case: Case, mesh: TetMesh, fracture: Fracture | None, inputs: SolveInputs
) -> tuple[Bone, dict[str, Any]]:
    """Stiffness of `mesh` from the image, held at the distal cut, and its report."""
    made = bone_modulus(
        mesh,
        case.volume,
        case.labels,
        inputs.calibration,
        density_law(inputs.law),
        gap=None if fracture is None else callus(fracture.healing),
        method="element_average" if inputs.stiffness == "element_average" else "point",
    )
    support = distal_support(mesh, case.anatomy)
    return Bone(mesh, made.modulus, made.poisson, made.tie_mask, support), made.report


def problem_of(
    name: str, bone: Bone, implants: tuple[Implant, ...], case: Case, inputs: SolveInputs
) -> Problem:
    """The bone with its implants under every load, and under the variants that only feed bands."""
    loads: tuple[LoadCase, ...] = femur_loads(bone.mesh, case.anatomy, inputs.body_weight_kg)
    loads += tuple(replace(c, band=True) for c in _variants(bone.mesh, case.anatomy, inputs.body_weight_kg))
    if inputs.remote == "rigid" and case.anatomy.proximal_cut is not None:
        loads = tuple(replace(c, loads=(replace(c.loads[0], rigid=True), *c.loads[1:])) for c in loads)
    return Problem(name, bone, implants, loads, SolverSettings(rtol=inputs.rtol))


def _variants(mesh: TetMesh, anatomy: FemurAnatomy, body_weight_kg: float) -> tuple[LoadCase, ...]:
    """What the image does not show is varied: head centre and torsion, each only when it was estimated.

    Lighter stance loads follow from full stance (`planning.comparing.bands`).
    """
    out: tuple[LoadCase, ...] = ()
    if anatomy.landmarks["head_centre"].estimated:
        for name in ("stance_full", "axial"):
            out += head_variants(mesh, anatomy, body_weight_kg, name)
    if anatomy.torsion_estimated:
        out += torsion_variants(mesh, anatomy, body_weight_kg, "stance_full")
    return out
