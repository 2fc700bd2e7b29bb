"""From samples to what a study says: bands, probabilities, what matters, how firm the ranking is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.metric import MetricValue
from surgitwin.planning.comparing.step import RANK_BY, RISING_LOADS
from surgitwin.planning.uncertainty.inputs import UncertainInput, drawn, settings
from surgitwin.planning.uncertainty.pool import Row
from surgitwin.planning.uncertainty.robustness import metric, robustness
from surgitwin.planning.uncertainty.statistics import linear_fit, proportion, sobol_indices, spread
from surgitwin.planning.uncertainty.study import Study

Key = tuple[str, str, str, str]
Rows = Mapping[str, Sequence[Row | None]]
"""Plan -> its samples in the order of the design; None where one is missing."""


def summarise(study: Study, rows: Rows, units: Mapping[str, str]) -> dict[str, Any]:
    """The study's numbers in plain values. units: metric id -> unit."""
    design = study.design
    plans = [_plan(study, name, rows[name], units) for name in study.plans]
    independent = _independent(study)
    samples = {n: [_metrics(rows[n][k]) for k in independent] for n in study.plans}
    firm = robustness(samples, RANK_BY, RISING_LOADS, float(settings()["confidence"]))
    return {
        "id": study.id,
        "when": study.when,
        "method": design.method,
        "samples": len(independent),
        "rows": len(design.shares),
        "seed": design.seed,
        "confidence": settings()["confidence"],
        "percentiles": [settings()["low_percentile"], settings()["high_percentile"]],
        "inputs": [_input(i) for i in design.inputs],
        "plans": plans,
        "robustness": firm,
        "warnings": _warnings(study, plans, len(independent)),
    }


def _input(one: UncertainInput) -> dict[str, Any]:
    without = {
        "head_estimated": "not varied: the image shows the head",
        "torsion_estimated": "not varied: the image shows the torsion",
        "contact": "not varied: no plan has contact",
    }
    role = "drawn" if not one.fixed else "fixed" if one.narrowed else without.get(one.when, "fixed")
    return {**one.as_dict(), "role": role, "words": one.words}


def _independent(study: Study) -> list[int]:
    """Rows that were drawn independently: all, or A and B of a Saltelli design."""
    count = len(study.design.shares)
    if study.design.method == "lhs":
        return list(range(count))
    step = len(study.design.names) + 2
    return [k for k in range(count) if k % step in (0, step - 1)]


def _metrics(row: Row | None) -> list[list[Any]] | None:
    return None if row is None or "metrics" not in row else list(row["metrics"])


def _plan(study: Study, name: str, rows: Sequence[Row | None], units: Mapping[str, str]) -> dict[str, Any]:
    errors = Counter((r["error"]["code"], r["error"]["message"]) for r in rows if r and "error" in r)
    done = [r for r in rows if r and "metrics" in r]
    keys: dict[Key, list[Any]] = {}
    for row in done:
        for m in row["metrics"]:
            keys.setdefault((m[0], m[1], m[2], m[3]), m)
    table = {key: np.full(len(rows), np.nan) for key in keys}
    for k, sample in enumerate(rows):
        for m in _metrics(sample) or ():
            table[(m[0], m[1], m[2], m[3])][k] = np.nan if m[4] is None else m[4]
    return {
        "name": name,
        "input_hash": study.plans[name],
        "done": len(done),
        "failed": sum(errors.values()),
        "missing": sum(r is None for r in rows),
        "errors": [{"code": c, "message": m, "count": n} for (c, m), n in errors.most_common()],
        "metrics": [
            _metric(study, keys[key], table[key], units.get(key[0], "1"))
            for key in keys
            if np.isfinite(table[key][_independent(study)]).sum() >= 2
        ],
    }


def _metric(study: Study, sample: Sequence[Any], values: FloatArray, unit: str) -> dict[str, Any]:
    """One number of one plan. values (rows,), nan where a sample has none."""
    set_, design = settings(), study.design
    confidence, resamples = float(set_["confidence"]), int(set_["resamples"])
    chosen = np.array(_independent(study))
    chosen = chosen[np.isfinite(values[chosen])]
    kept = values[chosen]
    percentiles = (float(set_["low_percentile"]), float(set_["high_percentile"]))
    found = spread(kept, percentiles, confidence, resamples, design.seed)
    one: MetricValue = metric(sample)
    out: dict[str, Any] = {
        "id": one.id, "part": one.part, "load_case": one.load_case, "healing": one.healing, "unit": unit,
        **asdict(found), "threshold": one.threshold, "comparator": one.comparator,
        "limit_met": None, "tornado": None, "linear_q2": None, "sobol": None,
    }  # fmt: skip
    verdicts = [one.meets(float(v)) for v in kept]
    if None not in verdicts:
        share, (low, high) = proportion(sum(map(bool, verdicts)), len(kept), confidence)
        out["limit_met"] = {"share": share, "low": low, "high": high}
    fit = linear_fit(design.shares[chosen], kept, drawn(design.inputs))
    if fit is not None:
        effects = sorted(fit.effects.items(), key=lambda e: -abs(e[1][1] - e[1][0]))
        out["tornado"] = [{"input": n, "low": e[0], "high": e[1]} for n, e in effects]
        out["linear_q2"] = fit.q2
    if design.method == "sobol":
        half = float(set_["sobol_half_width"])
        indices = sobol_indices(values, design.names, confidence, resamples, design.seed, half)
        out["sobol"] = None if indices is None else asdict(indices)
    return out


def _warnings(study: Study, plans: Sequence[Mapping[str, Any]], independent: int) -> list[str]:
    set_ = settings()
    out = []
    for p in plans:
        if p["failed"]:
            why = "; ".join(f"{e['count']} x {e['message']}" for e in p["errors"])
            total = p["done"] + p["failed"]
            out.append(f"{p['name']}: {p['failed']} of {total} samples failed and are left out: {why}")
        if p["missing"]:
            out.append(f"{p['name']}: {p['missing']} samples are not done yet: run the study again.")
        if p["done"] and independent < int(set_["least_samples"]):
            out.append(
                f"{independent} samples are few: with under {set_['least_samples']} not one is expected "
                "beyond each end of a band, so that the ends are hardly known."
            )
        loose = [m for m in p["metrics"] if m["sobol"] is not None and not m["sobol"]["enough"]]
        if loose:
            out.append(
                f"{p['name']}: with {study.design.samples} base samples the Sobol indices of {len(loose)} of "
                f"{len(p['metrics'])} numbers are uncertain by more than {set_['sobol_half_width']:g}: "
                "take more samples before believing them."
            )
        least = float(set_["linear_fit_q2"])
        poor = [m for m in p["metrics"] if m["linear_q2"] is not None and m["linear_q2"] < least]
        if poor:
            out.append(
                f"{p['name']}: for {len(poor)} of {len(p['metrics'])} numbers the linear fit behind the "
                f"tornado predicts less than {100 * least:.0f} % of the variance of unseen samples."
            )
    return list(dict.fromkeys(out))
