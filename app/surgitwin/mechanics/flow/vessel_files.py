"""The file of a vessel's flow task, for the process that solves it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from surgitwin.mechanics.flow.fluid import Carreau, Fluid, Newtonian
from surgitwin.mechanics.flow.mesh import FlowMesh
from surgitwin.mechanics.flow.vessel_demand import Demand
from surgitwin.mechanics.flow.vessel_flow import FlowSections, FlowState, VesselFlow


def save_flow_task(task: VesselFlow, path: Path) -> None:
    """Write to one .npz file."""
    plain = {
        "name": task.name,
        "kind": task.mesh.kind,
        "boundaries": list(task.mesh.boundaries),
        "vessel": list(task.sections.vessel),
        "demand": asdict(task.demand),
        "states": [asdict(s) for s in task.states],
        "distal_mm": task.distal_mm,
        "end_share": task.end_share,
        "density_kg_m3": task.fluid.density_kg_m3,
        "law": asdict(task.fluid.law),
    }
    facets = {f"facets_{k}": facets for k, facets in enumerate(task.mesh.boundaries.values())}
    with path.open("wb") as stream:
        np.savez(
            stream,
            plain=np.array(json.dumps(plain)),
            points_m=task.mesh.points_m,
            cells=task.mesh.cells,
            s_mm=task.sections.s_mm,
            weights=task.sections.weights,
            **facets,  # type: ignore[arg-type]
        )


def load_flow_task(path: Path) -> VesselFlow:
    """Inverse of `save_flow_task`."""
    with np.load(path) as data:
        plain = json.loads(str(data["plain"]))
        boundaries = {name: data[f"facets_{k}"] for k, name in enumerate(plain["boundaries"])}
        mesh = FlowMesh(data["points_m"], data["cells"], plain["kind"], boundaries)
        first, last = plain["vessel"]
        sections = FlowSections(data["s_mm"], data["weights"], (first, last))
    states = tuple(
        FlowState(s["name"], s["inlet_mL_min"], tuple(s["branch_mL_min"])) for s in plain["states"]
    )
    return VesselFlow(
        plain["name"], mesh, sections, Demand(**plain["demand"]), states, plain["distal_mm"],
        plain["end_share"], _fluid(plain),
    )  # fmt: skip


def _fluid(plain: dict[str, Any]) -> Fluid:
    law = plain["law"]
    made = Newtonian(**law) if "viscosity_Pas" in law else Carreau(**law)
    return Fluid(plain["density_kg_m3"], made)
