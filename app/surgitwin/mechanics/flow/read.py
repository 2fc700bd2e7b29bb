"""Reads a flow problem from plain data (TOML or JSON) of kind "flow"; all faults are listed together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from surgitwin.mechanics.flow.checks import faults, require
from surgitwin.mechanics.flow.fields import Table
from surgitwin.mechanics.flow.fluid import Carreau, Fluid, Newtonian, blood
from surgitwin.mechanics.flow.mesh import FlowMesh
from surgitwin.mechanics.flow.problem import (
    Boundary,
    Discretisation,
    FlowInlet,
    FlowProblem,
    PressureOutlet,
    Pulsatile,
    ResistanceOutlet,
    Steady,
    Symmetry,
    VelocityInlet,
    Wall,
    WindkesselOutlet,
)
from surgitwin.mechanics.flow.read_mesh import read_mesh

BOUNDARIES = ("wall", "flow", "velocity", "symmetry", "pressure", "resistance", "windkessel")


def read_flow_problem(data: dict[str, Any], folder: Path) -> FlowProblem:
    """The problem of a description; file names in it are relative to `folder`.

    Raises InputError "flow.problem" with every fault and its place, before anything is solved.
    """
    found: list[str] = []
    top = Table(data, "", found)
    top.text("kind", "flow", ("flow",))
    fluid = read_fluid(top.table("fluid"))
    described = {name: (t, t.text("kind", None, BOUNDARIES)) for name, t in top.tables("boundaries").items()}
    mesh = read_mesh(top.table("mesh"), folder)
    boundaries = {name: read_boundary(t, kind, mesh) for name, (t, kind) in described.items()}
    settings: dict[str, Any] = {
        "stepping": read_stepping(top.table("stepping", {})),
        "discretisation": read_discretisation(top.table("discretisation", {})),
        "axisymmetric": top.flag("axisymmetric", False),
        "reference_length_m": top.number("reference_length_m", 0.0),
        "reference_speed_m_s": top.number("reference_speed_m_s", 0.0),
        "probes_m": top.numbers("probes_m", []),
        "forces": top.texts("forces"),
    }
    name = top.text("name", "flow")
    top.finish()
    problem = FlowProblem(name, mesh or _no_mesh(boundaries), fluid, boundaries, **settings)
    more = [fault for fault in faults(problem) if _place(fault) not in map(_place, found)]
    if mesh is None:  # what was compared with the stand-in says nothing
        more = [fault for fault in more if not fault.startswith(("mesh", "probes_m", "axisymmetric"))]
    require(found + more)
    return problem


def _place(fault: str) -> str:
    return fault.split(":")[0]


def _no_mesh(boundaries: dict[str, Boundary]) -> FlowMesh:
    """Stands in for a mesh that cannot be built, so that the rest is checked; its faults are dropped."""
    none = np.zeros((0, 3), np.int64)
    return FlowMesh(np.zeros((0, 3)), np.zeros((0, 4), np.int64), "tet4", dict.fromkeys(boundaries, none))


def read_fluid(table: Table) -> Fluid:
    """preset = "blood" or "blood_carreau", or density_kg_m3 with a law."""
    preset = table.text("preset", "", ("", "blood", "blood_carreau"))
    if preset:
        table.finish()
        return blood(carreau=preset == "blood_carreau")
    law = table.text("law", "newtonian", ("newtonian", "carreau"))
    density = table.number("density_kg_m3")
    rule: Newtonian | Carreau
    if law == "newtonian":
        rule = Newtonian(table.number("viscosity_Pas"))
    else:
        rule = Carreau(*(table.number(k) for k in ("zero_Pas", "infinite_Pas", "time_s", "exponent")))
    table.finish()
    return Fluid(density, rule)


def read_boundary(table: Table, kind: str, mesh: FlowMesh | None) -> Boundary:
    """One boundary of one of the kinds."""
    out: Boundary = Wall()
    if kind == "symmetry":
        out = Symmetry()
    elif kind == "flow":
        out = FlowInlet(table.amount("flow_m3_s"))
    elif kind == "velocity":
        vector = table.numbers("velocity_m_s")
        factor = table.amount("factor", 1.0)
        if mesh is not None and vector.shape != (mesh.dim,):
            table.note("velocity_m_s", f"needs {mesh.dim} components")
        elif mesh is not None:
            out = VelocityInlet(np.tile(vector, (len(mesh.points_m), 1)), factor)
    elif kind == "pressure":
        out = PressureOutlet(table.amount("pressure_Pa", 0.0), table.number("backflow", 0.5))
    elif kind == "resistance":
        out = ResistanceOutlet(
            table.number("resistance_Pa_s_m3"), table.number("distal_Pa", 0.0), table.number("backflow", 0.5)
        )
    elif kind == "windkessel":
        out = WindkesselOutlet(
            table.number("proximal_Pa_s_m3"),
            table.number("capacitance_m3_Pa"),
            table.number("distal_resistance_Pa_s_m3"),
            table.number("distal_Pa", 0.0),
            table.number("initial_Pa", 0.0),
            table.number("backflow", 0.5),
        )
    table.finish()
    return out


def read_stepping(table: Table) -> Steady | Pulsatile:
    """kind = "steady" (default) or "pulsatile"."""
    kind = table.text("kind", "steady", ("steady", "pulsatile"))
    out: Steady | Pulsatile
    if kind == "steady":
        out = Steady(
            table.number("rtol", Steady.rtol),
            table.whole("max_newton", Steady.max_newton),
            table.number("smallest_step", Steady.smallest_step),
        )
    else:
        out = Pulsatile(
            table.number("dt_s"),
            table.number("end_s"),
            table.number("keep_from_s", Pulsatile.keep_from_s),
            table.whole("keep_every", Pulsatile.keep_every),
            table.text("convection", "implicit", ("implicit", "extrapolated")),  # type: ignore[arg-type]
            table.text("start", "rest", ("rest", "steady")),  # type: ignore[arg-type]
            table.number("rtol", Pulsatile.rtol),
            table.whole("max_newton", Pulsatile.max_newton),
        )
    table.finish()
    return out


def read_discretisation(table: Table) -> Discretisation:
    """Elements and solver; all have defaults."""
    default = Discretisation()
    element = table.text("element", default.element, ("taylor-hood", "stabilised"))
    out = Discretisation(
        element,  # type: ignore[arg-type]
        table.whole("degree", 2 if element == "taylor-hood" else 1),
        table.text("solver", default.solver, ("auto", "direct", "iterative")),  # type: ignore[arg-type]
        table.whole("direct_limit", default.direct_limit),
        table.number("linear_rtol", default.linear_rtol),
        table.whole("max_linear", default.max_linear),
    )
    table.finish()
    return out
