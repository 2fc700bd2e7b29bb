"""Files of a case about a bone: its mesh with moduli, its surface, results of plans."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from surgitwin.core.mesh import TetMesh
from surgitwin.core.metric import VALIDITY_METRIC
from surgitwin.mechanics.patches import nodal_forces
from surgitwin.mechanics.problem import Problem
from surgitwin.mechanics.tet10 import triangles6
from surgitwin.meshing.files.abaqus import write_abaqus
from surgitwin.meshing.files.vtu import write_ply, write_stl, write_vtp, write_vtu
from surgitwin.planning.case import Case
from surgitwin.planning.comparing.metric_json import metric_from_json
from surgitwin.planning.freshness import mesh_current
from surgitwin.planning.meshes.tissues import tissue_mesh_current
from surgitwin.planning.output.mesh_files import Writers, plain_writers, stale_mesh, tissue_writers
from surgitwin.planning.solving.build import intact_model
from surgitwin.planning.solving.fields import UNITS, plan_results
from surgitwin.planning.solving.inputs import SolveOptions, settle_inputs
from surgitwin.planning.solving.results import INTACT, read_run, result_entry, result_state, stale_reasons
from surgitwin.scene.datasets import MeshResult
from surgitwin.scene.model import PlanResult

DEFAULT_LOAD_CASE = "stance_full"
MODULUS_STEP = 0.02
"""Numerical setting: width of a modulus group in an Abaqus file, which has no field of moduli."""


def writers(case: Case, plan: str | None, load_case: str | None) -> Writers:
    """What can be written, by suffix. plan, load_case: of a result; None: intact bone, full stance."""
    return {
        "mesh": {
            ".vtu": lambda p: _mesh_vtu(case, p),
            ".inp": lambda p: _mesh_abaqus(case, p),
            **plain_writers(
                lambda: case.bone_mesh.with_midside_nodes(), lambda: _modulus(case), {"E_MPa": "MPa"}
            ),
        },
        "tissues": tissue_writers(case),
        "surface": {
            ".stl": lambda p: write_stl(p, case.surface),
            ".ply": lambda p: write_ply(p, case.surface),
            ".vtp": lambda p: write_vtp(p, case.surface),
        },
        "result": {".vtu": lambda p: _result_vtu(case, p, plan or INTACT, load_case or DEFAULT_LOAD_CASE)},
    }


def words(case: Case, what: str, plan: str | None, load_case: str | None) -> tuple[str, tuple[str, ...]]:
    """What was written in words, and what must be known of it."""
    known = {
        "mesh": ("mesh of the intact bone", mesh_current),
        "surface": ("surface of the bone", mesh_current),
        "tissues": ("mesh of the segments", tissue_mesh_current),
    }
    if what in known:
        title, current = known[what]
        return title, stale_mesh(current(case))
    if what != "result":
        return what, ()
    name = plan or INTACT
    old = stale_reasons(case, name)
    warnings = (f"The result is out of date: {'; '.join(old)}.",) if old else ()
    return f"result of {name} under {load_case or DEFAULT_LOAD_CASE}", warnings


def _modulus(case: Case) -> dict[str, Any]:
    """Mean modulus of every cell of the intact bone, MPa."""
    model = intact_model(case, settle_inputs(case, SolveOptions()))
    return {"E_MPa": model.problem.bone.modulus_MPa.mean(axis=1)}


def _mesh_vtu(case: Case, path: Path) -> None:
    mesh = case.bone_mesh.with_midside_nodes()
    write_vtu(path, mesh, cell_data=_modulus(case), units={"E_MPa": "MPa"})


def _mesh_abaqus(case: Case, path: Path) -> None:
    """The intact bone under full stance: modulus in groups 2 % wide, held at the distal cut."""
    problem = intact_model(case, settle_inputs(case, SolveOptions())).problem
    mesh, materials = grouped_modulus(problem)
    stance = next(c for c in problem.loads if c.name == DEFAULT_LOAD_CASE)
    forces = np.sum([nodal_forces(mesh, r) for r in stance.loads], axis=0)
    loaded = np.flatnonzero(np.abs(forces).sum(axis=1))
    fixed = np.unique(triangles6(mesh, problem.bone.support.triangles))
    write_abaqus(path, mesh, materials, fixed, {int(n): tuple(forces[n]) for n in loaded})


def grouped_modulus(problem: Problem) -> tuple[TetMesh, dict[str, tuple[float, float]]]:
    """Ten-node mesh with a part per modulus group (geometric steps of 2 %), and (E, nu) of every part."""
    bone = problem.bone
    modulus = bone.modulus_MPa.mean(axis=1)
    group = np.round(np.log(modulus) / np.log(1 + MODULUS_STEP)).astype(int)
    ids, part = np.unique(group, return_inverse=True)
    names = {n + 1: f"bone {n + 1}" for n in range(len(ids))}
    materials = {
        names[n + 1]: (float(modulus[part == n].mean()), float(bone.poisson[part == n].mean()))
        for n in range(len(ids))
    }
    full = bone.mesh.with_midside_nodes()
    return TetMesh(full.points_mm, full.cells, (part + 1).astype(np.int32), names), materials


def _result_vtu(case: Case, path: Path, plan: str, load_case: str) -> None:
    result = plan_results(case, plan, (load_case,))[load_case]
    mesh, points, cells = merge(result)
    known = case.plans().get(plan)
    virtual = known is not None and known.fracture is not None and known.fracture.virtual
    about = {"plan": plan, "load_case": load_case, "side": case.anatomy.side}
    about["state"] = result_state(case, plan)
    invalid = [r for r in _metrics(case, plan) if (r["id"], r["load_case"]) == (VALIDITY_METRIC, load_case)]
    valid = all(metric_from_json(r).passed is not False for r in invalid)
    about["validity"] = (
        "linear model valid" if valid else "surfaces would touch: motion and stress overestimated"
    )
    about["note"] = "nodal values; metrics are averaged over patches, so peaks here are higher"
    about["fracture"] = "virtual fracture" if virtual else ("none" if plan == INTACT else "fracture")
    write_vtu(path, mesh, point_data=points, cell_data=cells, field_data=about, units=UNITS)


def _metrics(case: Case, plan: str) -> list[dict[str, Any]]:
    entry = result_entry(case, plan)
    run = None if entry is None else read_run(case, entry["input_hash"])
    return [] if run is None else list(run["metrics"])


def merge(result: PlanResult) -> tuple[TetMesh, dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Bone and implants as one mesh of ten-node cells, with point and cell arrays by contract name.

    risk_factor and strains are given on all nodes; where risk_factor has no meaning (metal, gap) it is NaN.
    """
    names: dict[int, str] = {}
    points, cells, parts = [], [], []
    arrays: dict[str, list[np.ndarray]] = {k: [] for k in (*UNITS, "displacement")}
    shift = 0
    for mesh_result in result.meshes:
        mesh = mesh_result.mesh
        renamed = {old: _free_id(names, name) for old, name in mesh.names.items()}
        part = np.array([renamed[int(p)] for p in mesh.part], np.int32)
        points.append(mesh.points_mm)
        cells.append(mesh.cells + shift)
        parts.append(part)
        shift += len(mesh.points_mm)
        arrays["displacement"].append(mesh_result.displacement_mm)
        for key in ("stress_vm", "strain_p1", "strain_p3", "risk_factor", "E_MPa"):
            arrays[key].append(_values(mesh_result, key))
    joined = TetMesh(np.vstack(points), np.vstack(cells), np.concatenate(parts), names)
    point_data = {
        k: np.concatenate(arrays[k])
        for k in ("displacement", "stress_vm", "strain_p1", "strain_p3", "risk_factor")
    }
    return joined, point_data, {"E_MPa": np.concatenate(arrays["E_MPa"])}


def _free_id(names: dict[int, str], name: str) -> int:
    new = len(names) + 1
    names[new] = name
    return new


def _values(mesh_result: MeshResult, key: str) -> np.ndarray:
    found = mesh_result.fields.get(key)
    mesh = mesh_result.mesh
    if found is None:
        return np.full(len(mesh.points_mm), np.nan)
    values = np.array(found, float)
    if key == "risk_factor":
        bone = [k for k, name in mesh.names.items() if name == "bone"]
        outside = np.ones(len(values), bool)
        outside[np.unique(mesh.cells[np.isin(mesh.part, bone)])] = False
        values[outside] = np.nan
    return values
