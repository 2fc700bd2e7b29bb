"""Options, limits and published figures of the valve planner: rows of ``resources/valve.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from surgitwin.core.resources import load_table
from surgitwin.implants import ValveItem, catalogue
from surgitwin.procedures.base import Parameter, parameters_from


def parameters() -> tuple[Parameter, ...]:
    """Every option of `propose`; a plan carries family and depth_mm."""
    return parameters_from(load_table("valve")["options"])


def option(name: str) -> Parameter:
    """One option by name."""
    return next(p for p in parameters() if p.name == name)


def limit(name: str) -> float:
    """A limit of the checks."""
    return float(load_table("valve")["checks"][name]["value"])


def section(name: str) -> Mapping[str, Any]:
    """A table of settings by its name: "conduction", "leak", "coronary", "stress", "expansion", "risk"."""
    found: Mapping[str, Any] = load_table("valve")[name]
    return found


def family(name: str) -> tuple[ValveItem, ...]:
    """The valves of one family, smallest first."""
    found = [i for i in catalogue().values() if isinstance(i, ValveItem) and i.family == name]
    return tuple(sorted(found, key=lambda v: v.size_mm))


def depths(name: str) -> tuple[float, ...]:
    """The depths of a family's matrix, mm, shallow first."""
    return tuple(float(d) for d in load_table("valve")["depths"][name]["depths_mm"])
