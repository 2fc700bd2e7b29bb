"""Metrics of a vessel plan as lines for tables: title, value with its band, level, remark. Without Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from surgitwin.core.metric import MetricDefinition, MetricValue
from surgitwin.planning.comparing.metric_json import metric_to_json
from surgitwin.report.data import Fact
from surgitwin.report.words import band_text, uncapital, value_text


def metric_facts(
    metrics: Sequence[MetricValue], definitions: Mapping[str, MetricDefinition]
) -> tuple[Fact, ...]:
    """One line a number, in the order of the procedure; a number that is not given says why."""
    return tuple(_fact(m, definitions) for m in metrics)


def _fact(metric: MetricValue, definitions: Mapping[str, MetricDefinition]) -> Fact:
    known = definitions.get(metric.id)
    title = known.title if known is not None else metric.id.replace("_", " ")
    part = metric.part.replace("_", " ")
    name = f"{title}, {part}" if part and part not in title.lower() else title
    row = metric_to_json(metric)
    if metric.value is None:
        return Fact(name, "not given", metric.reason or "", verified=False)
    band = band_text(row)
    limit = "" if metric.threshold is None else f"limit {metric.comparator} {metric.threshold:g}"
    remark = ", ".join(x for x in (f"band {band}" if band else "", limit, metric.reason or "") if x)
    return Fact(name, uncapital(value_text(row)), remark)
