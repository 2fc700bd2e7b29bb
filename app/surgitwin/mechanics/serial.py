"""Problems and solutions in folders: arrays in .npz, the rest in JSON, each bone stored once by hash."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from surgitwin.core.arrays import content_hash
from surgitwin.core.errors import StorageError
from surgitwin.core.mesh import TetMesh
from surgitwin.mechanics.problem import (
    Bone,
    ContactSettings,
    ContactSurface,
    Implant,
    LoadCase,
    LoadSolution,
    Patch,
    Problem,
    RemoteLoad,
    Solution,
    SolverSettings,
    SurfaceContact,
)

FORMAT = 1


def save_problem(problem: Problem, folder: Path, bone_folder: Path | None = None) -> None:
    """Write `problem` to `folder` (made when missing): problem.json, problem.npz.

    The bone goes to ``bone-HASH.npz`` in `bone_folder` (default: the folder's parent), so that
    problems in sibling folders share one file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shared = bone_folder or folder.parent
    shared.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {}
    bone, parts = problem.bone, _bone_arrays(problem.bone)
    key = content_hash(parts)
    path = shared / f"bone-{key}.npz"
    if not path.exists():
        _savez(path, parts)
    implants = []
    for k, i in enumerate(problem.implants):
        arrays |= _mesh_arrays(f"implant{k}_", i.mesh) | {f"implant{k}_thread": i.thread.triangles}
        implants.append(
            {"name": i.name, "modulus_MPa": i.modulus_MPa, "poisson": i.poisson, "thread": i.thread.name,
             "names": _names(i.mesh)}
        )  # fmt: skip
    loads = [_case_dict(case, k, arrays) for k, case in enumerate(problem.loads)]
    for k, surface in enumerate(problem.surfaces):
        arrays |= {f"surface{k}_{f}": getattr(surface, f) for f in _SURFACE_ARRAYS}
    _savez(folder / "problem.npz", arrays)
    _write_json(
        folder / "problem.json",
        {
            "format": FORMAT,
            "name": problem.name,
            "bone": path.name,
            "bone_names": _names(bone.mesh),
            "support": bone.support.name,
            "quadrature_degree": bone.quadrature_degree,
            "implants": implants,
            "loads": loads,
            "settings": asdict(problem.settings),
            "modulus_factor": problem.modulus_factor,
            "surfaces": [{"name": s.name, "implant": s.implant, "role": s.role} for s in problem.surfaces],
            "contact": asdict(problem.contact),
        },
    )


def load_problem(
    folder: Path, bone_folder: Path | None = None, bones: dict[str, Bone] | None = None
) -> Problem:
    """Read what `save_problem` wrote. `bones`: cache by file name, so that problems share the object.

    Raises StorageError "storage.blob_missing", "storage.damaged".
    """
    d = _read_json(folder / "problem.json")
    arrays = _loadz(folder / "problem.npz")
    known = bones if bones is not None else {}
    if d["bone"] not in known:
        b = _loadz((bone_folder or folder.parent) / d["bone"])
        known[d["bone"]] = Bone(
            _mesh("", b, d["bone_names"]), b["modulus"], b["poisson"], b["tie_mask"],
            Patch(d["support"], b["support"]), d["quadrature_degree"],
        )  # fmt: skip
    implants = tuple(
        Implant(
            i["name"], _mesh(f"implant{k}_", arrays, i["names"]), i["modulus_MPa"], i["poisson"],
            Patch(i["thread"], arrays[f"implant{k}_thread"]),
        )
        for k, i in enumerate(d["implants"])
    )  # fmt: skip
    loads = tuple(_case(c, k, arrays) for k, c in enumerate(d["loads"]))
    settings = SolverSettings(**d["settings"])
    surfaces = tuple(
        ContactSurface(**s, **{f: arrays[f"surface{k}_{f}"] for f in _SURFACE_ARRAYS})
        for k, s in enumerate(d["surfaces"])
    )
    contact = ContactSettings(**d["contact"])
    return Problem(
        d["name"], known[d["bone"]], implants, loads, settings, d["modulus_factor"], surfaces, contact
    )


def load_problems(folders: Sequence[Path], bone_folder: Path | None = None) -> list[Problem]:
    """Read several problems; those with the same bone share one `Bone` object."""
    bones: dict[str, Bone] = {}
    return [load_problem(folder, bone_folder, bones) for folder in folders]


def save_solution(solution: Solution, folder: Path) -> None:
    """Write `solution` to `folder`: solution.json, solution.npz."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = _mesh_arrays("bone_", solution.bone_mesh)
    for k, mesh in enumerate(solution.implant_meshes):
        arrays |= _mesh_arrays(f"implant{k}_", mesh)
    loads = []
    for k, load in enumerate(solution.loads):
        arrays[f"load{k}_bone"] = load.bone_displacement_mm
        for j, u in enumerate(load.implant_displacement_mm):
            arrays[f"load{k}_implant{j}"] = u
        for j, touch in enumerate(load.contact):
            arrays |= {f"load{k}_contact{j}_{f}": getattr(touch, f) for f in _CONTACT_ARRAYS}
        row = {f: _plain(getattr(load, f)) for f in _LOAD_FIELDS}
        loads.append(row | {"contact": [touch.name for touch in load.contact]})
    _savez(folder / "solution.npz", arrays)
    names = [_names(m) for m in (solution.bone_mesh, *solution.implant_meshes)]
    _write_json(
        folder / "solution.json", {"format": FORMAT, "names": names, "loads": loads, "facts": solution.facts}
    )


def load_solution(folder: Path) -> Solution:
    """Read what `save_solution` wrote. Raises StorageError as `load_problem` does."""
    d = _read_json(folder / "solution.json")
    arrays = _loadz(folder / "solution.npz")
    implants = len(d["names"]) - 1
    loads = []
    for k, row in enumerate(d["loads"]):
        vectors: dict[str, Any] = {
            f: np.array(v) if isinstance(v, list) else v for f, v in row.items() if f != "contact"
        }
        touching = tuple(
            SurfaceContact(name, **{f: arrays[f"load{k}_contact{j}_{f}"] for f in _CONTACT_ARRAYS})
            for j, name in enumerate(row.get("contact", ()))
        )
        moved = tuple(arrays[f"load{k}_implant{j}"] for j in range(implants))
        loads.append(
            LoadSolution(
                bone_displacement_mm=arrays[f"load{k}_bone"],
                implant_displacement_mm=moved,
                contact=touching,
                **vectors,
            )
        )
    meshes = tuple(_mesh(f"implant{j}_", arrays, d["names"][j + 1]) for j in range(implants))
    return Solution(_mesh("bone_", arrays, d["names"][0]), meshes, tuple(loads), d["facts"])


_SURFACE_ARRAYS = ("triangles", "owner", "normal", "clearance_mm", "cell", "reference")
_CONTACT_ARRAYS = ("vertices", "area_mm2", "pressure_MPa", "friction_MPa", "overlap_mm", "slip_mm")
_LOAD_FIELDS = (
    "name", "applied_N", "reaction_N", "moment_imbalance", "remote_displacement_mm",
    "remote_rotation_rad", "energy_mJ", "iterations", "rel_residual", "solve_s",
)  # fmt: skip


def _case_dict(case: LoadCase, k: int, arrays: dict[str, Any]) -> dict[str, Any]:
    loads = []
    for j, load in enumerate(case.loads):
        arrays[f"load{k}_{j}_patch"] = load.patch.triangles
        loads.append(
            {"patch": load.patch.name, "rigid": load.rigid}
            | {f: _plain(getattr(load, f)) for f in ("point_mm", "force_N", "moment_Nmm")}
        )
    return {"name": case.name, "loads": loads, "band": case.band}


def _case(d: dict[str, Any], k: int, arrays: dict[str, Any]) -> LoadCase:
    return LoadCase(
        d["name"],
        tuple(
            RemoteLoad(
                Patch(x["patch"], arrays[f"load{k}_{j}_patch"]),
                np.array(x["point_mm"]), np.array(x["force_N"]), np.array(x["moment_Nmm"]), x["rigid"],
            )
            for j, x in enumerate(d["loads"])
        ),
        d["band"],
    )  # fmt: skip


def _bone_arrays(bone: Bone) -> dict[str, Any]:
    return _mesh_arrays("", bone.mesh) | {
        "modulus": np.asarray(bone.modulus_MPa), "poisson": np.asarray(bone.poisson),
        "tie_mask": np.asarray(bone.tie_mask, bool), "support": np.asarray(bone.support.triangles),
    }  # fmt: skip


def _mesh_arrays(prefix: str, mesh: TetMesh) -> dict[str, Any]:
    return {f"{prefix}points": mesh.points_mm, f"{prefix}cells": mesh.cells, f"{prefix}part": mesh.part}


def _mesh(prefix: str, arrays: dict[str, Any], names: dict[str, str]) -> TetMesh:
    parts = {int(k): v for k, v in names.items()}
    return TetMesh(arrays[f"{prefix}points"], arrays[f"{prefix}cells"], arrays[f"{prefix}part"], parts)


def _names(mesh: TetMesh) -> dict[str, str]:
    return {str(k): v for k, v in mesh.names.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return value


def _savez(path: Path, arrays: dict[str, Any]) -> None:
    part = path.with_name(f"{path.stem}.part.npz")
    np.savez(part, **arrays)
    part.replace(path)


def _loadz(path: Path) -> dict[str, Any]:
    try:
        with np.load(path, allow_pickle=False) as data:
            return dict(data)
    except FileNotFoundError:
        raise _gone(path) from None
    except (ValueError, OSError, EOFError) as error:
        raise StorageError(
            "storage.damaged", f"The file {path.name} cannot be read: {error}.", where=str(path)
        ) from error


def _write_json(path: Path, data: dict[str, Any]) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(data, indent=1), encoding="utf-8")
    part.replace(path)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        out: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise _gone(path) from None
    except json.JSONDecodeError as error:
        raise StorageError(
            "storage.damaged", f"The file {path.name} is not JSON: {error}.", where=str(path)
        ) from error
    return out


def _gone(path: Path) -> StorageError:
    return StorageError(
        "storage.blob_missing",
        f"The file {path.name} is gone.",
        hint="Solve again.",
        where=str(path),
    )
