"""Metric rows of valves: definitions of ``resources/metrics.toml`` as values with their level."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from surgitwin.core.metric import Comparator, MetricDefinition, MetricValue
from surgitwin.core.resources import load_table

PREFIX = "valve_"
LOADS: Mapping[str, str] = {"L0": "sizing", "L1": "deployment", "L2": "deployment_L2"}
"""Load case under which the numbers of a level stand."""


@cache
def definitions() -> tuple[MetricDefinition, ...]:
    """The metrics of valves."""
    rows = load_table("metrics")["metrics"]
    return tuple(MetricDefinition(id=name, **row) for name, row in rows.items() if name.startswith(PREFIX))


def row(
    metric_id: str,
    part: str,
    level: str,
    value: float | None,
    *,
    reason: str | None = None,
    band: tuple[float, float] | None = None,
    threshold: float | None = None,
    comparator: Comparator = "",
    verified: bool = True,
) -> MetricValue:
    """A number of one plan; `reason` is dropped when there is a value.

    verified: False where the number rests on an input that was not seen in a document.
    """
    found = next(d for d in definitions() if d.id == metric_id)
    return MetricValue(
        id=metric_id,
        part=part,
        load_case=LOADS[level],
        healing="none",
        value=None if value is None else float(value),
        unit=found.unit,
        band=band,
        threshold=threshold,
        comparator=comparator,
        source=found.source,
        # At L1 and L2 the wall comes from a table that is general knowledge.
        verified=found.verified and verified and level == "L0",
        reason=reason if value is None else None,
        level=level,
    )
