"""What the fields of a solved problem say about it, kept with its facts: energies and an error estimate.

The energy is summed again from the displacements with numpy, without the solver's matrix, so that it can be
held against the work of the loads.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.fenicsx.bone import BoneModel
from surgitwin.mechanics.fenicsx.coupled import CoupledModel
from surgitwin.mechanics.field_quality import ElasticBody, FieldQuality
from surgitwin.mechanics.problem import LoadSolution, Problem


def field_facts(
    problem: Problem,
    model: BoneModel | CoupledModel,
    loads: tuple[LoadSolution, ...],
    derived: dict[str, Any],
) -> dict[str, Any]:
    """Load -> {"parts": [{"part", "stored_mJ", "error_mJ"}], "ties_mJ", "oscillation", "poisson"}.

    oscillation: of the pressure, the worst body's; poisson: the largest ratio. Empty for a changed modulus
    and without the load cases that only feed bands: nobody looks at their numbers.
    """
    if problem.modulus_factor != 1.0:
        return {}
    bone = model if isinstance(model, BoneModel) else model.bone
    bodies = [ElasticBody(bone.body.tets, bone.modulus(1.0), bone.bone.poisson, bone.bone.quadrature_degree)]
    if isinstance(model, CoupledModel):
        made = zip(model.bodies, model.implants, model.implant_moduli(1.0), strict=True)
        bodies += [ElasticBody(b.tets, E, np.full(len(b.tets.cells), i.poisson)) for b, i, E in made]
    nu = max(float(np.max(b.poisson)) for b in bodies)
    out: dict[str, Any] = {}
    feeding = {case.name for case in problem.loads if case.band}
    for load in loads:
        if load.name in feeding:
            continue
        source = derived.get(load.name, {})
        if len(source) == 1 and next(iter(source)) in out:
            ((name, factor),) = source.items()
            out[load.name] = _scaled(out[name], factor**2)
            continue
        fields = (load.bone_displacement_mm, *load.implant_displacement_mm)
        found = [b.quality(u) for b, u in zip(bodies, fields, strict=True)]
        ties = _tie_energy(model, fields) if isinstance(model, CoupledModel) else 0.0
        out[load.name] = {**_row(found), "ties_mJ": ties, "poisson": nu}
    return out


def _row(found: list[FieldQuality]) -> dict[str, Any]:
    parts = [
        {"part": p.name, "stored_mJ": p.stored_mJ, "error_mJ": p.error_mJ} for f in found for p in f.parts
    ]
    return {"parts": parts, "oscillation": max(f.oscillation for f in found)}


def _scaled(row: dict[str, Any], factor: float) -> dict[str, Any]:
    parts = [
        {**p, "stored_mJ": factor * p["stored_mJ"], "error_mJ": factor * p["error_mJ"]} for p in row["parts"]
    ]
    return {**row, "parts": parts, "ties_mJ": factor * row["ties_mJ"]}


def _tie_energy(model: CoupledModel, fields: tuple[FloatArray, ...]) -> float:
    """mJ in the penalty of threads and glue, from the jumps at their points."""
    modulus = model.bone.modulus(1.0).mean(axis=1)
    total = 0.0
    for tie, u in zip(model.ties, fields[1:], strict=True):
        jump = tie.bone_shape @ fields[0] - tie.implant_shape @ u
        total += float((tie.weight_N_per_mm(modulus) * (jump**2).sum(axis=1)).sum() / 2)
    return total
