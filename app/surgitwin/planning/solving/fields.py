"""Fields of a stored result on its meshes, for pictures, the window and export."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.core.mesh import TET10_EDGES, TetMesh
from surgitwin.mechanics import postprocess, serial
from surgitwin.mechanics.problem import Problem
from surgitwin.planning.case import Case
from surgitwin.planning.solving.results import INTACT, result_entry
from surgitwin.scene.datasets import MeshResult
from surgitwin.scene.model import PlanResult
from surgitwin.storage import write_atomically

FIELDS_FILE = "stiffness.npz"
UNITS = {
    "displacement": "mm",
    "stress_vm": "MPa",
    "strain_p1": "1",
    "strain_p3": "1",
    "E_MPa": "MPa",
    "risk_factor": "1",
    "part_id": "1",
}
_CORNERS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], float)
_NODES = np.vstack([_CORNERS, [(_CORNERS[a] + _CORNERS[b]) / 2 for a, b in TET10_EDGES]])


def store_stiffness(folder: Path, problem: Problem) -> None:
    """Keep the mean modulus and Poisson's ratio of every cell beside the solution."""
    bone = problem.bone
    arrays: dict[str, Any] = {
        "bone_E": bone.modulus_MPa.mean(axis=1),
        "bone_nu": bone.poisson,
        "implant_E": np.array([i.modulus_MPa for i in problem.implants]),
        "implant_nu": np.array([i.poisson for i in problem.implants]),
    }

    def write(path: Path) -> None:
        with path.open("wb") as stream:
            np.savez(stream, **arrays)

    write_atomically(folder / FIELDS_FILE, write)


def plan_results(
    case: Case, name: str, load_cases: tuple[str, ...] | None = None, stage: str | None = None
) -> dict[str, PlanResult]:
    """Load case -> fields of plan `name` (or "intact"); all load cases without variants by default.

    stage: healing stage of the fracture, None for the plan's own.

    Raises InputError "result.missing" when the plan was not solved or has no such load case.
    """
    entry = result_entry(case, name, stage)
    folder = None if entry is None else case.folder.result_dir(entry["input_hash"])
    if folder is None or not (folder / FIELDS_FILE).is_file():
        raise InputError(
            "result.missing",
            f"Plan {name} has no result.",
            hint=f"Run `surgitwin solve {case.folder.path.name}` first.",
            where=name,
        )
    solution = serial.load_solution(folder / "nominal")
    known = [s.name for s in solution.loads if "|" not in s.name]
    unknown = sorted(set(load_cases or ()) - set(known))
    if unknown:
        raise InputError(
            "result.missing",
            f"There is no load case {', '.join(unknown)}.",
            hint=f"Known: {', '.join(known)}.",
            where="--load-case",
        )
    with np.load(folder / FIELDS_FILE) as data:
        E, nu, metal_E, metal_nu = (data[k] for k in ("bone_E", "bone_nu", "implant_E", "implant_nu"))
    out = {}
    for s in solution.loads:
        if s.name not in (load_cases or known):
            continue
        bone = mesh_result(solution.bone_mesh, s.bone_displacement_mm, E, nu, tissue=True)
        metal = tuple(
            mesh_result(m, u, np.full(len(m.cells), e), np.full(len(m.cells), n), tissue=False)
            for m, u, e, n in zip(
                solution.implant_meshes, s.implant_displacement_mm, metal_E, metal_nu, strict=True
            )
        )
        out[s.name] = PlanResult(bone, metal)
    return out


def mesh_result(
    mesh: TetMesh, displacement: FloatArray, modulus: FloatArray, poisson: FloatArray, *, tissue: bool
) -> MeshResult:
    """Nodal fields of one mesh: strain evaluated at the nodes of every cell, averaged by volume per tissue.

    tissue: bone (strain, risk factor); else metal. modulus (m,) MPa and poisson (m,) per cell.
    """
    strain = postprocess.cell_strain(mesh, displacement, _NODES)
    stress = postprocess.stress(strain, modulus[:, None], poisson[:, None])
    vm = postprocess.von_mises(_to_nodes(mesh, stress))
    fields: dict[str, FloatArray] = {"stress_vm": vm, "E_MPa": modulus}
    principal = postprocess.principal(_to_nodes(mesh, strain))
    fields |= {"strain_p1": principal[:, 0], "strain_p3": principal[:, 2]}
    if tissue:
        fields["risk_factor"] = postprocess.risk_of_principal(principal)
        fields["sed"] = _to_nodes(mesh, (stress * strain).sum(axis=(-2, -1)) / 2)
    return MeshResult(mesh, displacement, fields)


def _to_nodes(mesh: TetMesh, values: FloatArray) -> FloatArray:
    """(n, ...) volume-weighted means of the values (m, 10, ...) at the cells' own nodes.

    On the faces of the fracture only the bone's cells count: the soft gap strains far more than bone.
    """
    weight = np.repeat(np.abs(mesh.cell_volumes())[:, None], mesh.cells.shape[1], axis=1)
    gap = np.isin(mesh.part, [k for k, name in mesh.names.items() if name == "gap"])
    if gap.any() and not gap.all():
        shared = np.zeros(len(mesh.points_mm), bool)
        shared[mesh.cells[~gap].ravel()] = True
        weight[gap] *= ~shared[mesh.cells[gap]]
    index = mesh.cells.ravel()
    total = np.bincount(index, weight.ravel(), len(mesh.points_mm))
    flat = values.reshape(*weight.shape, -1) * weight[..., None]
    sums = [np.bincount(index, flat[..., n].ravel(), len(total)) for n in range(flat.shape[-1])]
    out = np.stack(sums, axis=-1) / np.maximum(total, np.finfo(float).tiny)[:, None]
    return out.reshape(-1, *values.shape[2:])


def has_result(case: Case, name: str = INTACT, stage: str | None = None) -> bool:
    """Whether a stored result of `name` at a healing stage (None: its own) exists, current or not."""
    entry = result_entry(case, name, stage)
    return entry is not None and (case.folder.result_dir(entry["input_hash"]) / FIELDS_FILE).is_file()
