"""Abaqus input that CalculiX runs as it is: C3D10 or C3D4, a material per part, one static step."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import meshio
import numpy as np

from surgitwin.core.arrays import IntArray
from surgitwin.core.mesh import TetMesh
from surgitwin.meshing.files.vtu import FRAME, LENGTH_UNIT, NOTICE, write_error

MOST_LETTERS = 80
"""Longest name of a set that Abaqus and CalculiX read (CalculiX manual, "Input deck format")."""


def write_abaqus(
    path: Path,
    mesh: TetMesh,
    materials: Mapping[str, tuple[float, float]],
    fixed_nodes: IntArray,
    loads_N: Mapping[int, tuple[float, float, float]],
) -> None:
    """Mesh, materials, clamped nodes and nodal forces as one .inp file.

    materials: part name to (Young's modulus MPa, Poisson's ratio). fixed_nodes (f,) and the keys of
    loads_N (forces in N, LPS) count from 0. C3D10 has VTK's node order. Raises KeyError for a part
    without material, StorageError "mesh.write".
    """
    tail = _materials({name: materials[name] for name in _parts(mesh).values()})
    tail += _step(fixed_nodes, loads_N)
    _write(path, mesh, tail)


def write_abaqus_mesh(path: Path, mesh: TetMesh) -> None:
    """Nodes, elements and an element set a part as one .inp file, to be given materials and loads elsewhere.

    Raises StorageError "mesh.write".
    """
    _write(path, mesh, ["** Mesh only: give each element set a material and a section."])


def _parts(mesh: TetMesh) -> dict[int, str]:
    """Names of the parts that have cells, by number."""
    return {int(p): mesh.names[int(p)] for p in np.unique(mesh.part)}


def _write(path: Path, mesh: TetMesh, tail: Sequence[str]) -> None:
    present = _parts(mesh)
    sets = set_names(present.values())
    data = meshio.Mesh(
        np.array(mesh.points_mm),
        [("tetra" if mesh.order == 1 else "tetra10", np.asarray(mesh.cells))],
        cell_sets={sets[name]: [np.flatnonzero(mesh.part == p)] for p, name in present.items()},
    )
    try:
        meshio.write(path, data, file_format="abaqus", float_fmt=".12e")  # fields of 20 characters
        head = [f"** {NOTICE}. Frame {FRAME}; units {LENGTH_UNIT}, N, MPa."]
        body = path.read_text(encoding="ascii").replace(
            "TYPE=C3D10MH", "TYPE=C3D10"
        )  # CalculiX has no C3D10MH
        path.write_text("\n".join([*head, body, *tail, ""]), encoding="ascii")
    except OSError as error:
        raise write_error(path, error) from error


def set_name(part: str) -> str:
    """Name of a part's element set and material: at most 80 of A-Z, 0-9 and "_", a letter first."""
    plain = re.sub(r"[^A-Z0-9_]", "_", part.upper())
    return (plain if plain[:1].isalpha() else f"S_{plain}")[:MOST_LETTERS]


def set_names(parts: Iterable[str]) -> dict[str, str]:
    """Name of the set of each part; those that would be the same are numbered."""
    out: dict[str, str] = {}
    for part in parts:
        name, number = set_name(part), 2
        while name in out.values():
            name, number = f"{set_name(part)[: MOST_LETTERS - 4]}_{number}", number + 1
        out[part] = name
    return out


def _materials(materials: Mapping[str, tuple[float, float]]) -> list[str]:
    lines: list[str] = []
    sets = set_names(materials)
    for name, (modulus, poisson) in materials.items():
        label = sets[name]
        lines += [f"*MATERIAL, NAME=M_{label}", "*ELASTIC", f"{modulus:.9g}, {poisson:.9g}"]
        lines += [f"*SOLID SECTION, ELSET={label}, MATERIAL=M_{label}"]
    return lines


def _step(fixed_nodes: IntArray, loads_N: Mapping[int, tuple[float, float, float]]) -> list[str]:
    lines = ["*BOUNDARY", *(f"{int(n) + 1}, 1, 3" for n in fixed_nodes), "*STEP", "*STATIC"]
    forces = [
        f"{node + 1}, {axis + 1}, {value:.9g}"
        for node, force in loads_N.items()
        for axis, value in enumerate(force)
        if value
    ]
    if forces:
        lines += ["*CLOAD", *forces]
    return [*lines, "*NODE FILE", "U", "*EL FILE", "S", "*END STEP"]
