"""Solve mechanical problems: one bone assembly for all, one setup for all loads of a problem."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from mpi4py import MPI

from surgitwin.core.arrays import FloatArray, content_hash
from surgitwin.core.errors import InputError
from surgitwin.core.progress import SILENT, Progress
from surgitwin.mechanics.balance import moment_about, support_reactions
from surgitwin.mechanics.fenicsx.bone import BoneModel
from surgitwin.mechanics.fenicsx.contact_setup import ContactProblem, glued, one_sided
from surgitwin.mechanics.fenicsx.contact_solve import ContactAnswer
from surgitwin.mechanics.fenicsx.coupled import CoupledModel
from surgitwin.mechanics.fenicsx.cycle import Answer
from surgitwin.mechanics.fenicsx.field_facts import field_facts
from surgitwin.mechanics.fenicsx.load_basis import LoadBasis, every_load, load_basis
from surgitwin.mechanics.fenicsx.runtime import peak_rss_MB
from surgitwin.mechanics.fenicsx.system import equations, has_rigid
from surgitwin.mechanics.memory_estimate import require_memory
from surgitwin.mechanics.patches import nodal_forces, rigid_motion
from surgitwin.mechanics.problem import Bone, LoadCase, LoadSolution, Problem, Solution


def solve(
    problems: Sequence[Problem], progress: Progress = SILENT, cache_dir: Path | None = None
) -> list[Solution]:
    """Solve every problem; problems with the same bone share its mesh and matrices.

    Under MPI call it on all ranks with the same problems. A bone without implants is distributed over
    them; problems with implants or rigid patches are serial and dealt out, one to each rank in turn.
    Rank 0 gets all solutions in the order of the problems, the other ranks an empty list.

    cache_dir: keep assembled serial bone matrices there, for a later call with the same bone.
    Raises InputError, GeometryError ("implant.not_held"), SolverError, Cancelled.
    """
    comm = MPI.COMM_WORLD
    models: dict[tuple[str, bool], BoneModel] = {}
    coupled: dict[str, CoupledModel] = {}
    keys: dict[int, str] = {}
    mine: dict[int, Solution] = {}
    turns = _turns(problems, comm.size)
    for k, problem in enumerate(problems):
        alone = comm.size == 1 or _serial_only(problem)
        if alone and turns[k] != comm.rank:
            continue
        part = progress.part(k / len(problems), (k + 1) / len(problems))
        if id(problem.bone) not in keys:
            keys[id(problem.bone)] = bone_hash(problem.bone)
        key = keys[id(problem.bone)]
        first = (key, alone) not in models
        if first:
            part(f"{problem.name}: preparing the bone mesh", 0.0)
            models[key, alone] = BoneModel(problem.bone, MPI.COMM_SELF if alone else comm, key, cache_dir)
        solution = _solve_one(problem, models[key, alone], first, coupled, part)
        if solution is not None:
            mine[k] = solution
    if comm.size == 1:
        return [mine[k] for k in range(len(problems))]
    gathered = comm.gather(mine, root=0)
    if comm.rank != 0:
        return []
    everything = {k: s for part_of in gathered for k, s in part_of.items()}
    return [everything[k] for k in range(len(problems))]


def _turns(problems: Sequence[Problem], ranks: int) -> list[int]:
    """Rank that solves each problem with implants: in turn, so that two plans run at once."""
    out, turn = [], 0
    for problem in problems:
        out.append(turn % ranks if _serial_only(problem) else 0)
        turn += _serial_only(problem)
    return out


def _serial_only(problem: Problem) -> bool:
    return bool(problem.implants) or has_rigid(problem.loads)


def bone_hash(bone: Bone) -> str:
    """Hash of everything that the bone's equations depend on."""
    return content_hash(
        bone.mesh.hash, bone.modulus_MPa, bone.poisson, np.asarray(bone.tie_mask),
        bone.support.triangles, bone.quadrature_degree,
    )  # fmt: skip


@dataclass
class _Times:
    mesh: float = 0.0
    assemble: float = 0.0
    setup: float = 0.0
    solve: float = 0.0


def _coupled(problem: Problem, bone: BoneModel, known: dict[str, CoupledModel]) -> tuple[CoupledModel, bool]:
    """The model of these implants in this bone, and whether it is new. Only the last one is kept."""
    placed = [(i.mesh.hash, i.thread.triangles, i.modulus_MPa, i.poisson) for i in problem.implants]
    bonded = [(s.implant, s.clearance_mm, s.cell, s.reference) for s in glued(problem)]
    key = content_hash(bone.key, placed, problem.settings.tie_factor, bonded, problem.contact.glue_mm)
    if key in known:
        return known[key], False
    known.clear()
    known[key] = CoupledModel(
        bone, problem.implants, problem.settings.tie_factor, glued(problem), problem.contact
    )
    return known[key], True


def _solve_one(
    problem: Problem, bone: BoneModel, first: bool, coupled: dict[str, CoupledModel], progress: Progress
) -> Solution | None:
    if not problem.loads:
        raise InputError(
            "problem.no_loads", f"Problem {problem.name!r} has no load case.", where=problem.name
        )
    started = time.perf_counter()
    times = _Times(mesh=bone.mesh_s if first else 0.0)
    progress(f"{problem.name}: assembling", 0.1)
    factor = problem.modulus_factor
    model: BoneModel | CoupledModel = bone
    if problem.implants:
        model, new = _coupled(problem, bone, coupled)
        times.mesh += model.mesh_s if new else 0.0
    else:
        bone.require_held(np.zeros(0, np.int64))
    system = equations(model, problem.loads, factor)
    fast = system.fast is not None and not one_sided(problem)
    way = "mumps" if problem.settings.method == "mumps" else "cg" if fast else "cg-assembled"
    require_memory(system.unknowns, way, len(problem.loads), bone.body.comm.size, problem.name)
    times.assemble = time.perf_counter() - started - (times.mesh - (bone.mesh_s if first else 0.0))
    progress(f"{problem.name}: preparing the solver", 0.4)
    started = time.perf_counter()
    touching = ContactProblem(problem, model, system) if one_sided(problem) else None
    solver = system.solver(problem.settings) if touching is None else None
    times.setup = time.perf_counter() - started
    started = time.perf_counter()
    mesh = bone.body.tets
    forces = [sum_forces(mesh, case) for case in problem.loads]
    names = [case.name for case in problem.loads]
    basis = load_basis(names, forces) if touching is None else every_load(names)
    earlier = [] if isinstance(model, BoneModel) or has_rigid(problem.loads) else model.solutions
    solving = progress.part(0.5, 1.0)
    solving(f"{problem.name}: solving {', '.join(problem.loads[i].name for i in basis.independent)}", 0.0)
    vectors = [system.restrict(model.local_load(forces[i])) for i in basis.independent]
    rtol = _tolerances(problem, basis)
    answers: list[Answer | ContactAnswer] = []
    if solver is not None:
        answers += solver.solve_all(vectors, rtol, solving, earlier)
    elif touching is not None:
        answers += _one_by_one(touching, vectors, rtol, solving, earlier)
    if isinstance(model, CoupledModel) and not has_rigid(problem.loads):
        model.solutions = [*earlier, *(a.values for a in answers)]
    fields = [model.split(system.extend(a.values)) for a in answers]
    times.solve = time.perf_counter() - started
    facts = _facts(problem, bone, model, system.unknowns, answers, basis, times)
    for made in (solver, touching.solver if touching is not None else None):
        if made is not None:
            made.destroy()
    system.destroy()
    if bone.body.comm.rank != 0:
        return None
    loads = tuple(
        _load_solution(problem, bone, case, k, forces[k], basis, answers, fields)
        for k, case in enumerate(problem.loads)
    )
    meshes = () if isinstance(model, BoneModel) else tuple(b.tets for b in model.bodies)
    if touching is not None:
        loads, facts["contact"]["steps"] = _touched(loads, answers, touching)
    if problem.settings.checks:
        started = time.perf_counter()
        facts["fields"] = field_facts(problem, model, loads, basis.derived_from)
        facts["fields_s"] = round(time.perf_counter() - started, 4)
    return Solution(mesh, meshes, loads, facts)


def _one_by_one(
    touching: ContactProblem,
    vectors: list[FloatArray],
    rtol: list[float],
    progress: Progress,
    earlier: Sequence[FloatArray],
) -> list[ContactAnswer]:
    """Contact loads are not linear: one after the other, each with the ones before as directions."""
    out: list[ContactAnswer] = []
    for k, load in enumerate(vectors):
        step = progress.part(k / len(vectors), (k + 1) / len(vectors))
        out.append(touching.solver.solve(load, step, rtol[k], [*earlier, *(a.values for a in out)]))
    return out


def _touched(
    loads: tuple[LoadSolution, ...], answers: Sequence[Answer | ContactAnswer], touching: ContactProblem
) -> tuple[tuple[LoadSolution, ...], dict[str, int]]:
    """The loads with what their surfaces carry, and the Newton steps of each. The energy is that of strain:
    half the load's work less that of the contact forces."""
    out, steps = [], {}
    for load, a in zip(loads, answers, strict=True):
        assert isinstance(a, ContactAnswer)  # of a `ContactSolver`
        energy = load.energy_mJ - a.work_mJ / 2
        out.append(replace(load, contact=touching.contacts(a), energy_mJ=energy))
        steps[load.name] = a.steps
    return tuple(out), steps


def _tolerances(problem: Problem, basis: LoadBasis) -> list[float]:
    """Relative residual to which each independent load is solved."""
    settings = problem.settings
    band = settings.contact_band_rtol if one_sided(problem) else settings.band_rtol
    loose = max(settings.rtol, band)
    return [loose if problem.loads[i].band else settings.rtol for i in basis.independent]


def sum_forces(mesh: Any, case: LoadCase) -> FloatArray:
    """(n10, 3) N: nodal forces of all remote loads of a case."""
    if not case.loads:
        raise InputError("problem.no_loads", f"Load case {case.name!r} has no load.", where=case.name)
    out: FloatArray = np.sum([nodal_forces(mesh, load) for load in case.loads], axis=0)
    return out


def _load_solution(
    problem: Problem,
    bone: BoneModel,
    case: LoadCase,
    k: int,
    forces: FloatArray,
    basis: LoadBasis,
    answers: list[Answer | ContactAnswer],
    fields: list[list[FloatArray]],
) -> LoadSolution:
    parts = [
        np.tensordot(basis.coefficients[k], np.stack(body), axes=1) for body in zip(*fields, strict=True)
    ]
    u, mesh, primary = parts[0], bone.body.tets, case.loads[0]
    modulus = bone.modulus(problem.modulus_factor)
    reactions = support_reactions(bone.bone, mesh, modulus, bone.fixed, u, forces)
    applied = forces.sum(axis=0)
    length = float(np.ptp(mesh.points_mm, axis=0).max())
    moment = moment_about(primary.point_mm, mesh, forces + reactions)
    shift, turn = rigid_motion(mesh, primary.patch, u, primary.point_mm)
    own = basis.independent.index(k) if k in basis.independent else None
    used = [a for a, c in zip(answers, basis.coefficients[k], strict=True) if c]
    return LoadSolution(
        name=case.name,
        bone_displacement_mm=u,
        implant_displacement_mm=tuple(parts[1:]),
        applied_N=applied,
        reaction_N=reactions.sum(axis=0),
        moment_imbalance=float(np.linalg.norm(moment) / (np.linalg.norm(applied) * length)),
        remote_displacement_mm=shift,
        remote_rotation_rad=turn,
        energy_mJ=float((forces * u).sum() / 2),
        iterations=answers[own].iterations if own is not None else 0,
        rel_residual=max(a.rel_residual for a in used),
        solve_s=answers[own].wall_s if own is not None else 0.0,
    )


def _facts(
    problem: Problem,
    bone: BoneModel,
    model: BoneModel | CoupledModel,
    unknowns: int,
    answers: list[Answer | ContactAnswer],
    basis: LoadBasis,
    times: _Times,
) -> dict[str, Any]:
    comm = bone.body.comm
    meshes = [bone.body.tets] + ([] if isinstance(model, BoneModel) else [b.tets for b in model.bodies])
    wall = {k: round(v, 4) for k, v in vars(times).items()}
    wall["total"] = round(sum(wall.values()), 4)
    return {
        "problem": problem.name,
        "dofs": unknowns,
        "n_cells": sum(len(m.cells) for m in meshes),
        "wall_s": wall,
        "peak_rss_MB": round(comm.allreduce(peak_rss_MB(), MPI.SUM), 1),
        "ranks": comm.size,
        "solver": "; ".join(sorted({a.solver for a in answers})),
        "rtol": problem.settings.rtol,
        "band_rtol": problem.settings.contact_band_rtol if one_sided(problem) else problem.settings.band_rtol,
        "modulus_factor": problem.modulus_factor,
        "derived_from": basis.derived_from,
        "bone_matrix_from_cache": bone.from_cache,
        "contact": _contact_facts(problem),
    }


def _contact_facts(problem: Problem) -> dict[str, Any]:
    """How the free surfaces were treated; proportional: whether loads follow from one another."""
    used = problem.contact.model if problem.surfaces else "none"
    return {
        "model": used,
        "friction": problem.contact.friction if used == "contact" else 0.0,
        "penetration_mm": problem.contact.penetration_mm,
        "glue_mm": problem.contact.glue_mm,
        "surfaces": [s.name for s in problem.surfaces],
        "proportional": not one_sided(problem),
    }
