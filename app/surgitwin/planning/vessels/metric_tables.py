"""Metrics of vessel plans as tables of the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from surgitwin.core.metric import MetricDefinition
from surgitwin.planning.case import Case
from surgitwin.planning.site import site_of
from surgitwin.planning.titles import short_title
from surgitwin.planning.vessels.grid import KEYS, best
from surgitwin.report.document import Cell, DataTable
from surgitwin.report.words import band_text, marks, status, value_text


def key_table(
    case: Case, compare: Mapping[str, Any], definitions: Mapping[str, MetricDefinition]
) -> DataTable:
    """The deciding numbers: one row a plan, one column a number, at each plan's best level."""
    keys = [k for k in KEYS[site_of(case)] if k.id in definitions]
    rows = []
    plans = case.plans()
    for p in compare["plans"]:
        cells = [_cell(best(p, key)) for key in keys]
        old = ("out of date",) if p["stale"] else ()
        rows.append((Cell(short_title(plans[p["name"]]), p["levels"][-1], old), *cells))
    head = ("Plan", *(key.short for key in keys))
    return DataTable(head, tuple(rows), (14, *([86 / max(len(keys), 1)] * len(keys))))


def _cell(metric: Mapping[str, Any] | None) -> Cell:
    if metric is None:
        return Cell("–")
    if metric["value"] is None:
        return Cell("not given", metric["reason"] or "", light="missing")
    band = band_text(metric)
    return Cell(value_text(metric), f"band {band}" if band else "", light=status(metric).kind)


def plan_table(plan: Mapping[str, Any], definitions: Mapping[str, MetricDefinition]) -> DataTable:
    """Every number of one plan with level, band, limit and remark."""
    rows = []
    for m in plan["metrics"]:
        title = definitions[m["id"]].title if m["id"] in definitions else m["id"]
        light = status(m)
        judged = light.text if m["threshold"] is not None else (m["reason"] or "")
        rows.append(
            (
                Cell(title),
                Cell(m["part"].replace("_", " ")),
                Cell(m["level"]),
                Cell(value_text(m), band_text(m), marks(m), light.kind),
                Cell(judged),
                Cell(m["source"]),
            )
        )
    return DataTable(
        ("Metric", "Where", "Level", "Value, band", "Limit or remark", "Source"),
        tuple(rows),
        (25, 12, 7, 20, 18, 18),
    )
