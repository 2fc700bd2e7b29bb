"""Rows of the tables behind a stent plan: metric definitions, options, settings, limits."""

from __future__ import annotations

from functools import cache
from typing import Literal

from surgitwin.core.metric import MetricDefinition, MetricValue
from surgitwin.core.resources import load_table
from surgitwin.procedures.base import Parameter, parameters_from

Level = Literal["L0", "L1", "L2"]
PREFIX = "stent_"
NO_LOAD = "none"


@cache
def definitions() -> tuple[MetricDefinition, ...]:
    """The metrics of stent plans."""
    rows = load_table("metrics")["metrics"]
    return tuple(MetricDefinition(id=n, **row) for n, row in rows.items() if n.startswith(PREFIX))


@cache
def parameters() -> tuple[Parameter, ...]:
    """Every option of `propose`; rows of ``resources/stent.toml``."""
    return parameters_from(load_table("stent")["options"])


def setting(name: str) -> float:
    """A setting of the planner."""
    return float(load_table("stent")["settings"][name]["value"])


def limit(name: str) -> float:
    """A limit of the geometric checks."""
    return float(load_table("stent")["checks"][name]["value"])


ASSUMED = frozenset({"expected_residual", "expected_drop", "drop_before"})
"""L0 numbers that rest on a recoil or a flow from a table, not on the image alone."""


def metric(
    name: str,
    level: Level,
    value: float | None,
    *,
    reason: str | None = None,
    band: tuple[float, float] | None = None,
    part: str = "stent",
) -> MetricValue:
    """A value with unit and source of its registry row ("stent_" + name); no row has a threshold.

    value None needs a reason. band: lowest and highest value; widened to hold `value`.
    """
    row = next(d for d in definitions() if d.id == PREFIX + name)
    if value is not None and band is not None:
        band = (min(band[0], value), max(band[1], value))
    return MetricValue(
        id=row.id,
        part=part,
        load_case=NO_LOAD,
        healing=NO_LOAD,
        value=value,
        unit=row.unit,
        band=band if value is not None else None,
        source=row.source,
        # Walls, plaque, flow and recoil come from tables that nobody has checked against this patient.
        verified=row.verified and level == "L0" and name not in ASSUMED,
        reason=reason if value is None else None,
        level=level,
    )
