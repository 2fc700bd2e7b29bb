"""A solved model as rows of plain numbers, the same fields as a solved plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyvista as pv

from surgitwin.core.arrays import FloatArray
from surgitwin.core.field_text import text_arrays
from surgitwin.mechanics.fenicsx.solids.checks import model_checks
from surgitwin.mechanics.fenicsx.solids.restart import fingerprint
from surgitwin.mechanics.fenicsx.solids.result import ModelResult
from surgitwin.mechanics.model.mesh import PartMesh
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.numerical_check import as_rows

_VTK = {
    ("triangle", 3): 5, ("quadrilateral", 4): 9, ("tetrahedron", 4): 10, ("hexahedron", 8): 12,
    ("triangle", 6): 22, ("quadrilateral", 9): 28, ("tetrahedron", 10): 24, ("hexahedron", 27): 29,
}  # fmt: skip
"""VTK cell types by kind and number of nodes."""


def vtk_grid(kind: str, points: FloatArray, cells: Any) -> pv.UnstructuredGrid:
    """Cells (m, k) in VTK order as a grid; 2D points get z = 0."""
    x = np.pad(points, ((0, 0), (0, 3 - points.shape[1])))
    count = np.full((len(cells), 1), cells.shape[1])
    types = np.full(len(cells), _VTK[kind, cells.shape[1]], np.uint8)
    return pv.UnstructuredGrid(np.hstack([count, cells]).ravel(), types, x)


def least_scaled_jacobian(mesh: PartMesh) -> float:
    """Of the straight cells on the corners."""
    grid = vtk_grid(mesh.cell, mesh.points_mm, mesh.corners)
    return float(grid.cell_quality("scaled_jacobian")["scaled_jacobian"].min())


def part_rows(parts: tuple[Part, ...]) -> list[dict[str, Any]]:
    """Name, order, cells and quality of every part."""
    return [
        {
            "name": p.name,
            "order": p.mesh.order,
            "n_cells": len(p.mesh.cells),
            "min_scaled_jacobian": least_scaled_jacobian(p.mesh),
        }
        for p in parts
    ]


def run_row(result: ModelResult, parts: list[dict[str, Any]], wall_s: Mapping[str, float]) -> dict[str, Any]:
    """One finished step: the contract's fields of a run, outputs, couplings, how it was reached."""
    assembly = result.system.assembly
    step = result.increments[-1].step
    mine = [i for i in result.increments if i.step == step]
    balance = result.balance
    found = model_checks(result, {p["name"]: p["min_scaled_jacobian"] for p in parts})
    return {
        "load_case": step,
        "parts": parts,
        "dofs": assembly.size,
        "n_cells": sum(p["n_cells"] for p in parts),
        "iterations": sum(i.linear for i in mine),
        "newton_iterations": sum(i.newton for i in mine),
        "increments": len(mine),
        "augmentations": sum(i.augmentations for i in mine),
        "rel_residual": balance["rel_residual"],
        "force_imbalance": _number(balance["force_imbalance"]),
        "moment_imbalance": _number(balance["moment_imbalance"]),
        "applied_N": _three(result.applied_N),
        "reaction_N": _three(_reactions(result)),
        "reactions": {s.name: _three(result.reaction(s.name).force_N) for s in result.model.supports},
        "couplings": {i.name: result.coupling_facts(i.name) for i in result.system.interactions},
        "outputs": {k: float(v[-1]) for k, v in result.curves.items()},
        "energy_mJ": result.energy_mJ,
        "stress_jump_MPa": {p["name"]: result.part(p["name"]).recovery.stress_jump_MPa() for p in parts},
        "numerics": as_rows(found),
        "warnings": [*result.warnings, *(f"{c.title}: {c.words}" for c in found if c.verdict == "bad")],
        "wall_s": dict(wall_s),
        "peak_rss_MB": result.facts.get("peak_rss_MB"),
        "ranks": 1,
        "solver": result.facts.get("solver", ""),
        "input_hash": fingerprint(result.model),
        "cached": False,
    }


def result_grid(result: ModelResult, name: str) -> pv.UnstructuredGrid:
    """A part with point arrays displacement, stress (9), stress_vm, materials, and cell array stress_cell.

    materials: how many meet at a point; above 1 its stress is a mean over them. Units and frame: field data.
    """
    part = result.part(name)
    mesh = result.model.part(name).mesh
    grid = vtk_grid(mesh.cell, part.points_mm, part.cells)
    grid["displacement"] = np.pad(part.displacement_mm, ((0, 0), (0, 3 - part.displacement_mm.shape[1])))
    stress = part.recovery.nodal_stress
    deviator = stress - np.trace(stress, axis1=1, axis2=2)[:, None, None] / 3 * np.eye(3)
    grid["stress"] = stress.reshape(-1, 9)
    grid["stress_vm"] = np.sqrt(1.5 * (deviator**2).sum(axis=(1, 2)))
    grid["materials"] = part.recovery.materials_at_nodes
    grid.cell_data["stress_cell"] = part.recovery.cell_stress.reshape(-1, 9)
    about = {
        "note": "where materials > 1 a point's stress is a mean over them: see stress_cell",
        "units": "displacement mm, stress MPa, points mm (undeformed)",
        "frame": "problem",
    }
    for key, value in text_arrays(about).items():
        grid.field_data[key] = value
    return grid


def _reactions(result: ModelResult) -> FloatArray:
    d = result.system.assembly.dimension
    total = np.zeros(d)
    for s in result.model.supports:
        total = total + result.reaction(s.name).force_N
    return total


def _three(values: FloatArray) -> list[float]:
    return [float(v) for v in np.pad(values, (0, 3 - len(values)))]


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
