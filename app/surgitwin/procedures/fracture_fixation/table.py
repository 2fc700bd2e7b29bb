"""Rows of ``resources/metrics.toml`` as values: definitions, thresholds, settings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from surgitwin.core.metric import Comparator, MetricDefinition, MetricValue
from surgitwin.core.resources import load_table

AXIAL_CASE = "axial"
"""The load case that defines stiffness."""


@dataclass(frozen=True)
class Threshold:
    """A limit with its source; `of` names the material property that it is taken from instead of `value`.

    every_load: it says whether the model is valid, so it holds in the axial case too.
    """

    comparator: Comparator
    value: float | None
    of: str
    source: str
    verified: bool
    every_load: bool = False


OF_VESSELS = ("valve_", "stent_")
"""Metrics of other procedures in the one registry."""


@cache
def definitions() -> tuple[MetricDefinition, ...]:
    """The metrics of the registry that are about bones."""
    rows = load_table("metrics")["metrics"]
    return tuple(
        MetricDefinition(id=name, **row) for name, row in rows.items() if not name.startswith(OF_VESSELS)
    )


@cache
def threshold(metric_id: str, healing: str = "") -> Threshold | None:
    """The limit of a metric in a healing stage (rows may differ by stage), None when it has none."""
    row = load_table("metrics")["thresholds"].get(metric_id)
    if row is None:
        return None
    row = {**row, **row.get("by_healing", {}).get(healing, {})}
    return Threshold(
        row["comparator"],
        row.get("value"),
        row.get("of", ""),
        row["source"],
        row.get("verified", False),
        row.get("every_load", False),
    )


def setting(name: str) -> float:
    """A numerical setting of the metrics."""
    return float(load_table("metrics")["settings"][name])


def metric_value(
    metric_id: str,
    part: str,
    load_case: str,
    healing: str,
    value: float | None,
    *,
    reason: str | None = None,
    singular: bool = False,
    limit: float | None = None,
    limit_verified: bool = True,
) -> MetricValue:
    """A value with unit, source and threshold of its registry row.

    limit: the threshold where the row takes it from a material (`limit_verified`: whether that is).
    verified only when definition and threshold both are.
    """
    row = next(d for d in definitions() if d.id == metric_id)
    # The axial case measures the construct; nobody walks with it, so only limits of the model apply.
    rule = threshold(metric_id, healing)
    if rule is not None and load_case.split("|")[0] == AXIAL_CASE and not rule.every_load:
        rule = None
    chosen = limit if rule is not None and rule.of else (rule.value if rule else None)
    return MetricValue(
        id=metric_id,
        part=part,
        load_case=load_case,
        healing=healing,
        value=value,
        unit=row.unit,
        threshold=chosen,
        comparator=rule.comparator if rule is not None and chosen is not None else "",
        source=row.source if rule is None else f"{row.source}. Limit: {rule.source}",
        verified=row.verified and (rule is None or (limit_verified if rule.of else rule.verified)),
        singular=singular,
        reason=reason,
    )
