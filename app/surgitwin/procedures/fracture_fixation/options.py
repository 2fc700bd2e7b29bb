"""Options of the fracture fixation planner, with their ranges and sources."""

from __future__ import annotations

from surgitwin.core.resources import load_table
from surgitwin.mechanics.materials import callus_stages, default_callus
from surgitwin.procedures.base import Parameter, parameters_from


def parameters() -> tuple[Parameter, ...]:
    """Every option of `propose`; rows of ``resources/fracture_fixation.toml``."""
    rows = {name: dict(row) for name, row in load_table("fracture_fixation")["options"].items()}
    rows["healing"] |= {"default": default_callus(), "choices": tuple(callus_stages())}
    return parameters_from(rows)


def option(name: str) -> Parameter:
    """One option by name."""
    return next(p for p in parameters() if p.name == name)


def limit(name: str) -> float:
    """A limit of the geometric checks, from the same table."""
    return float(load_table("fracture_fixation")["checks"][name]["value"])
