"""A comparison put in order for people: rows side by side, what each load fails, the verdict in sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from surgitwin.core.metric import VALIDITY_METRIC
from surgitwin.report.words import SINGLE_CHANGES, band_origin, name_text, number, status, uncapital

Metric = Mapping[str, Any]
NO_BAND = "No number has a band."


@dataclass(frozen=True)
class Row:
    """One metric over all plans, in their order; None where a plan does not have it.

    part, healing: empty when they differ between the cells (`worst_rows`).
    """

    id: str
    part: str
    load_case: str
    healing: str
    cells: tuple[Metric | None, ...]


@dataclass(frozen=True)
class LoadRow:
    """One load case: per plan the metrics that fail, those whose band crosses the limit, and whether the
    load lies outside the model's validity (motion and stress are overestimates there)."""

    load_case: str
    failed: tuple[tuple[str, ...], ...]
    uncertain: tuple[tuple[str, ...], ...]
    invalid: tuple[bool, ...]


def load_order(compare: Mapping[str, Any]) -> tuple[str, ...]:
    """Load cases of all plans: rising ones from light to heavy, then the others by force (unknown last)."""
    rising = _positions(_ranked_loads(compare))
    size: dict[str, tuple[int, float]] = {}
    for plan in compare["plans"]:
        for load in plan["loads"]:
            force = float(np.linalg.norm(load["vector_N"]))
            size.setdefault(load["name"], (rising.get(load["name"], len(rising)), force))
        for metric in plan["metrics"]:
            size.setdefault(metric["load_case"], (len(rising), np.inf))
    return tuple(sorted(size, key=lambda name: size[name]))


def rising_loads(compare: Mapping[str, Any]) -> tuple[str, ...]:
    """Load cases that the ranking walks through, from light to heavy; else those with limits."""
    there = load_order(compare)
    limited = {m["load_case"] for p in compare["plans"] for m in p["metrics"] if m["threshold"] is not None}
    return tuple(x for x in _ranked_loads(compare) if x in there) or tuple(x for x in there if x in limited)


def _ranked_loads(compare: Mapping[str, Any]) -> tuple[str, ...]:
    rows_ = compare.get("ranking") or ()
    return tuple(rows_[0].get("failed_by_load") or ()) if rows_ else ()


def healing_stages(compare: Mapping[str, Any]) -> tuple[str, ...]:
    """Healing stages of all numbers, in the order of their first appearance."""
    return tuple(dict.fromkeys(m["healing"] for p in compare["plans"] for m in p["metrics"] if m["healing"]))


def rows(compare: Mapping[str, Any]) -> tuple[Row, ...]:
    """Every number of all plans side by side: by metric as they first appear, then by load, then by part."""
    tables = [{_key(m): m for m in marked_metrics(plan)} for plan in compare["plans"]]
    keys = list(dict.fromkeys(key for table in tables for key in table))
    ids = list(dict.fromkeys(k[0] for k in keys))
    order = _positions(load_order(compare))
    keys.sort(key=lambda k: (ids.index(k[0]), order.get(k[2], len(order))))
    return tuple(Row(*k, tuple(t.get(k) for t in tables)) for k in keys)


def worst_rows(compare: Mapping[str, Any], ids: Sequence[str], load_cases: Sequence[str]) -> tuple[Row, ...]:
    """One row per metric id and load case: of several parts the one that uses most of its limit.

    At the healing stage of each plan's own fracture, as in the ranking.

    A metric that none of `load_cases` has comes with the only load case it has (axial stiffness).
    """
    out = []
    for id_ in ids:
        having = {m["load_case"] for p in compare["plans"] for m in own_metrics(p) if m["id"] == id_}
        loads = [x for x in load_cases if x in having] or [x for x in load_order(compare) if x in having]
        for load in loads:
            cells = tuple(_worst(marked_metrics(p, own=True), id_, load) for p in compare["plans"])
            parts, stages = ({c[k] or "" for c in cells if c} for k in ("part", "healing"))
            part, stage = (next(iter(x)) if len(x) == 1 else "" for x in (parts, stages))
            out.append(Row(id_, part, load, stage, cells))
    return tuple(out)


def load_rows(compare: Mapping[str, Any], load_cases: Sequence[str]) -> tuple[LoadRow, ...]:
    """What fails and what is uncertain in each load case, plan by plan, at each plan's own healing stage."""
    out = []
    for load in load_cases:
        kinds: dict[str, list[tuple[str, ...]]] = {"fail": [], "uncertain": []}
        invalid: list[bool] = []
        for plan in compare["plans"]:
            every = [m for m in own_metrics(plan) if m["load_case"] == load]
            invalid.append(load in invalid_loads(plan))
            here = [m for m in every if m["id"] != VALIDITY_METRIC]
            failed = _ids(m for m in here if _fails(m))
            kinds["fail"].append(failed)
            crossing = _ids(m for m in here if status(m).kind == "uncertain")
            kinds["uncertain"].append(tuple(x for x in crossing if x not in failed))
        out.append(LoadRow(load, tuple(kinds["fail"]), tuple(kinds["uncertain"]), tuple(invalid)))
    return tuple(out)


def own_metrics(plan: Mapping[str, Any]) -> list[Metric]:
    """Metrics of a plan at the healing stage of its own fracture; all of them when no stage is named."""
    own = plan.get("healing")
    return [m for m in plan["metrics"] if own is None or m.get("healing") in (own, "", None)]


def invalid_loads(plan: Mapping[str, Any]) -> frozenset[str]:
    """Load cases of one plan under which surfaces would touch, which the model does not know, at the
    plan's own healing stage."""
    return frozenset(m["load_case"] for m in own_metrics(plan) if m["id"] == VALIDITY_METRIC and _fails(m))


def marked_metrics(plan: Mapping[str, Any], *, own: bool = False) -> list[Metric]:
    """Metrics of a plan; those of an invalid load carry "outside_model", save the validity check itself.

    own: only those at the plan's own healing stage.
    """
    checks = [m for m in plan["metrics"] if m["id"] == VALIDITY_METRIC and _fails(m)]
    invalid = {(m["load_case"], m.get("healing")) for m in checks}
    return [
        {**m, "outside_model": (m["load_case"], m.get("healing")) in invalid and m["id"] != VALIDITY_METRIC}
        for m in (own_metrics(plan) if own else plan["metrics"])
    ]


def verdict(
    compare: Mapping[str, Any],
    names: Mapping[str, str] | None = None,
    plans: Mapping[str, str] | None = None,
    *,
    exceeded: bool = True,
) -> tuple[str, ...]:
    """The ranking in sentences: who is first and by what, up to which load each plan holds, who is tied.

    names: machine names to words (metrics, loads); plans: plan name to title. exceeded: name the limits
    that fail under the first load that is too heavy.
    """
    names, plans = names or {}, plans or {}
    ranking = sorted(compare.get("ranking", ()), key=lambda r: r["rank"])
    called = {p["name"]: plans.get(p["name"], name_text(p["name"])) for p in compare["plans"]}
    stale = [called[p["name"]] for p in compare["plans"] if p.get("stale")]
    old = (f"Out of date, solve again: {', '.join(stale)}.",) if stale else ()
    if len(ranking) < 2:
        return ("No ranking: fewer than two plans have results that are up to date.", *old)
    out = [_first(ranking, names, called)]
    for row in ranking:
        judged = _reach(row, names, called, exceeded)
        out += [x for x in (judged, _not_judged(row, names, called)) if x]
    unclear = any(r.get("invalid_loads") for r in ranking)
    if not unclear and all(r.get("passed", False) for r in ranking):
        out.append("All plans meet every limit that is set.")
    elif not unclear and not any(r.get("passed", True) for r in ranking):
        out.append(
            "No plan meets every limit under every load; ranking first does not make a plan acceptable."
        )
    return (*out, *robust_words(compare.get("robustness"), called), *old)


def robust_words(found: Mapping[str, Any] | None, plans: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """How firm the ranking is: how often each plan is first in an uncertainty study; () without one."""
    if found is None:
        return ()
    count = found["samples"]
    rows = sorted(found["first"].items(), key=lambda item: -item[1]["share"])
    return tuple(
        f"{(plans or {}).get(n, n)} is first in {x['share'] * count:.3g} of {count} samples of the uncertain "
        f"inputs ({100 * x['share']:.0f}\u202f%; {100 * x['low']:.0f} to {100 * x['high']:.0f}\u202f% with "
        "confidence)."
        for n, x in rows
    )


def band_words(compare: Mapping[str, Any]) -> str:
    """Where the bands of a comparison come from."""
    every = [m for p in compare["plans"] for m in p["metrics"] if m.get("band")]
    said = sorted(dict.fromkeys(band_origin(m) for m in every), key=lambda x: SINGLE_CHANGES in x)
    return " Elsewhere: ".join(said[:1] + [x.removeprefix("Band: ") for x in said[1:]]) or NO_BAND


def _first(ranking: Sequence[Mapping[str, Any]], names: Mapping[str, str], called: Mapping[str, str]) -> str:
    """Who ranks first and why, or who cannot be told apart."""
    first = ranking[0]
    by = in_words(first.get("by") or "", names)
    tied = [called.get(n, n) for n in first.get("tied_with") or ()]
    if tied:
        who = " and ".join([called[first["plan"]], *tied])
        return f"{who} are not distinguishable: their bands overlap{f' ({by})' if by else ''}."
    reason = (f", by {by}" if by else "") + _shares(ranking, called)
    differs = [k for k in ("passed", "passes_up_to") if first.get(k) != ranking[1].get(k)]
    if differs and "passes_up_to" in first:
        reason = ": it meets its limits up to a heavier load"
    return f"{called[first['plan']]} ranks first{reason}."


def _shares(ranking: Sequence[Mapping[str, Any]], called: Mapping[str, str]) -> str:
    """The ordering value of every plan, when it is a share of a limit."""
    if any(r.get("value") is None or "relative to its limit" not in (r.get("by") or "") for r in ranking):
        return ""
    said = [f"{called[r['plan']]} {number(100 * r['value'])}\u202f%" for r in ranking]
    return f" ({', '.join(said)} of the limit)"


def _reach(
    row: Mapping[str, Any], names: Mapping[str, str], called: Mapping[str, str], exceeded: bool
) -> str:
    """Up to which load a plan meets every limit and what fails above."""
    who = called[row["plan"]]
    invalid = row.get("invalid_loads") or ()
    by_load: Mapping[str, Sequence[str]] = row.get("failed_by_load") or {}
    if row.get("passed", True) and not invalid:
        return f"{who} meets every limit under every load."
    failing = [load for load, ids in by_load.items() if ids and load not in invalid]
    up_to = row.get("passes_up_to")
    out = f"{who} meets every limit up to {uncapital(name_text(up_to, names))}." if up_to else ""
    if not failing and invalid:
        return out
    if not failing:
        return f"{who} does not meet every limit: {_titles(row.get('failed_metrics') or (), names)}."
    if not up_to:
        under = f"under {uncapital(name_text(failing[0], names))}"
        if failing[0] == next(iter(by_load)):
            under = "even under the lightest load"
        out = f"{who} does not meet every limit {under}."
    if not exceeded:
        return out
    load = uncapital(name_text(failing[0], names))
    return f"{out} Limits exceeded under {load}: {_titles(by_load[failing[0]], names)}."


def _not_judged(row: Mapping[str, Any], names: Mapping[str, str], called: Mapping[str, str]) -> str:
    """The loads under which a plan cannot be judged; empty when there are none."""
    invalid = row.get("invalid_loads") or ()
    order = _positions(tuple(row.get("failed_by_load") or ()))
    loads = ", ".join(
        uncapital(name_text(x, names)) for x in sorted(invalid, key=lambda x: order.get(x, len(order)))
    )
    if not loads:
        return ""
    return (
        f"{called[row['plan']]}: cannot be judged under {loads}: surfaces would touch, which this model does "
        "not know; motion and stress there are overestimates."
    )


def in_words(text: str, names: Mapping[str, str]) -> str:
    """`text` with every machine name that stands in `names` replaced."""
    return re.sub(r"\w+", lambda found: names.get(found[0], found[0]), text)


def _titles(ids: Sequence[str], names: Mapping[str, str]) -> str:
    return "; ".join(uncapital(name_text(x, names)) for x in ids)


def _fails(metric: Metric) -> bool:
    """Whether the value misses its limit, wherever the load lies."""
    return status({**metric, "outside_model": False}).text.startswith("fails")


def _ids(metrics: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(m["id"] for m in metrics))


def _worst(metrics: Sequence[Metric], id_: str, load: str) -> Metric | None:
    """The part that uses most of its limit; without limits the largest value; a missing one comes first."""
    here = [m for m in metrics if m["id"] == id_ and m["load_case"] == load]
    if not here:
        return None
    return max(here, key=lambda m: np.inf if m["value"] is None else m["value"] / (m["threshold"] or 1.0))


def _positions(names: Sequence[str]) -> dict[str, int]:
    return {name: n for n, name in enumerate(names)}


def _key(metric: Metric) -> tuple[str, str, str, str]:
    return (
        metric["id"],
        metric.get("part") or "",
        metric.get("load_case") or "",
        metric.get("healing") or "",
    )
