"""From a case and a plan to the mechanical problem: mesh, stiffness, implants, loads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from surgitwin.core.arrays import content_hash
from surgitwin.core.mesh import TetMesh
from surgitwin.core.plan import Fracture, Plan
from surgitwin.core.progress import SILENT, Progress
from surgitwin.core.solids import ImplantSolids
from surgitwin.implants import build
from surgitwin.mechanics.ct_stiffness import bone_modulus
from surgitwin.mechanics.density_laws import density_law
from surgitwin.mechanics.femur_loads import distal_support, femur_load_variants, femur_loads
from surgitwin.mechanics.materials import callus
from surgitwin.mechanics.problem import Bone, Implant, LoadCase, Patch, Problem, SolverSettings
from surgitwin.meshing import gate
from surgitwin.meshing.fracture import mesh_fractured
from surgitwin.meshing.implant import mesh_implant
from surgitwin.planning.case import Case, store_mesh
from surgitwin.planning.inputs import SolveInputs
from surgitwin.planning.versions import MODELS
from surgitwin.procedures.registry import get


@dataclass(frozen=True, eq=False)
class PlanModel:
    """A problem with what made it. solids and implants run in parallel; both empty for the intact bone."""

    problem: Problem
    solids: tuple[ImplantSolids, ...]
    stiffness: dict[str, Any]


def intact_model(case: Case, inputs: SolveInputs) -> PlanModel:
    """The whole bone under every load."""
    bone, report = _bone(case, case.bone_mesh, None, inputs)
    return PlanModel(_problem("intact", bone, (), case, inputs), (), report)


def plan_model(
    case: Case, plan: Plan, inputs: SolveInputs, progress: Progress = SILENT
) -> tuple[Case, PlanModel]:
    """A plan's problem; the case comes back with the fracture's mesh kept for the next plan.

    Raises GeometryError where fracture or implants cannot be meshed.
    """
    if plan.fracture is None:
        mesh = case.bone_mesh
    else:
        case, mesh = fracture_mesh(case, plan.fracture, progress.part(0, 0.6))
    base, report = _bone(case, mesh, plan.fracture, inputs)
    solids = tuple(build(p) for p in plan.implants)
    bone = get(plan.procedure).bone(base, plan, solids)
    implants = []
    for n, one in enumerate(solids):
        part = progress.part(0.6 + 0.4 * n / len(solids), 0.6 + 0.4 * (n + 1) / len(solids))
        made = mesh_implant(one, progress=part)
        gate(made.mesh, one.name)
        thread = Patch("thread", made.thread)
        implants.append(Implant(one.name, made.mesh, one.modulus_MPa, one.poisson, thread))
    return case, PlanModel(_problem(plan.name, bone, tuple(implants), case, inputs), solids, report)


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


def _bone(
    case: Case, mesh: TetMesh, fracture: Fracture | None, inputs: SolveInputs
) -> tuple[Bone, dict[str, Any]]:
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


def _problem(
    name: str, bone: Bone, implants: tuple[Implant, ...], case: Case, inputs: SolveInputs
) -> Problem:
    loads: tuple[LoadCase, ...] = femur_loads(bone.mesh, case.anatomy, inputs.body_weight_kg)
    if anatomy_is_estimated(case):
        varied = femur_load_variants(bone.mesh, case.anatomy, inputs.body_weight_kg)
        loads += tuple(replace(c, band=True) for c in varied)
    if inputs.remote == "rigid":
        loads = tuple(replace(c, loads=tuple(replace(r, rigid=True) for r in c.loads)) for c in loads)
    return Problem(name, bone, implants, loads, SolverSettings(rtol=inputs.rtol))


def anatomy_is_estimated(case: Case) -> bool:
    """Whether head centre or torsion were not seen, so that they are varied in the band."""
    return case.anatomy.torsion_estimated or case.anatomy.landmarks["head_centre"].estimated
