"""Metrics as the plain rows of ``compare.json``, and back."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from surgitwin.core.metric import MetricValue


def metric_from_json(data: dict[str, Any]) -> MetricValue:
    """Inverse of `asdict` on a metric; what a row says besides is left out."""
    band = data["band"]
    plain = {f.name: data[f.name] for f in fields(MetricValue) if f.name in data}
    return MetricValue(**{**plain, "band": None if band is None else (band[0], band[1])})


def metric_to_json(metric: MetricValue) -> dict[str, Any]:
    """Contract row of a metric."""
    row = asdict(metric)
    row["band"] = None if metric.band is None else list(metric.band)
    return row
