"""What a study gives to the comparison: bands, and how firm the ranking is; fresh studies only."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from surgitwin.planning.case import Case

FOLDER, SUMMARY = "studies", "summary.json"
SINGLE_CHANGES = "single changes"
"""Where a band comes from without a study: each input changed by itself."""


def study_of(case: Case, plan_hash: str) -> dict[str, Any] | None:
    """Summary of the largest complete study with a plan whose result has this input hash; None without one.

    Complete: no sample of the plan is missing. Of equally many samples the newest.

    The hash covers plan, image, anatomy, mesh, inputs, tables and models: an older study is not found.
    """
    return _largest(case, [plan_hash])


def with_study(metrics: Iterable[Mapping[str, Any]], study: Mapping[str, Any] | None, plan_hash: str) -> Any:
    """Contract rows with `band_from`, and with the study's band where it has the number.

    The band holds the computed value too, which may lie outside the percentiles.
    """
    bands = {} if study is None else _bands(study, plan_hash)
    origin = "" if study is None else f"study {study['id'][:8]}, {study['samples']} samples"
    out = []
    for m in metrics:
        key = (m["id"], m["part"], m["load_case"], m["healing"])
        if key in bands and m["value"] is not None:
            low, high = bands[key]
            band = [min(low, m["value"]), max(high, m["value"])]
            out.append({**m, "band": band, "band_from": origin})
        else:
            out.append({**m, "band_from": SINGLE_CHANGES if m["band"] else None})
    return out


def study_robustness(case: Case, plans: Mapping[str, str]) -> dict[str, Any] | None:
    """How firm the ranking of these plans (name -> input hash) is, by the largest complete study of them.

    Of exactly these: another plan in the study could be first in some samples.
    """
    if len(plans) < 2:
        return None
    found = _largest(case, list(plans.values()), only=True)
    if found is None or found["robustness"] is None:
        return None
    hashes = {p["input_hash"]: p["name"] for p in found["plans"]}
    now = {hashes[hash_]: name for name, hash_ in plans.items()}
    firm = found["robustness"]
    return {
        **firm,
        "study": found["id"],
        "first": {now[n]: x for n, x in firm["first"].items()},
        "ahead": {now[a]: {now[b]: x for b, x in row.items()} for a, row in firm["ahead"].items()},
    }


def stale_studies(case: Case, plans: Mapping[str, str]) -> list[str]:
    """One line a plan (name -> present input hash) whose last study no longer belongs to it."""
    known: Mapping[str, Any] = case.state.get("studies") or {}
    out = []
    for name, hash_ in plans.items():
        own = [row for row in known.values() if name in row["plans"]]
        if own and not any(hash_ in row["plans"].values() for row in known.values()):
            day = max(row["when"] for row in own)[:10]
            out.append(f"The uncertainty study of {name} ({day}) is out of date and not used: run it again.")
    return out


def _bands(study: Mapping[str, Any], plan_hash: str) -> dict[tuple[str, str, str, str], tuple[float, float]]:
    plan = next(p for p in study["plans"] if p["input_hash"] == plan_hash)
    return {
        (m["id"], m["part"], m["load_case"], m["healing"]): (m["low"], m["high"]) for m in plan["metrics"]
    }


def _largest(case: Case, hashes: list[str], only: bool = False) -> dict[str, Any] | None:
    """Summary of the study with most samples that has all samples of these plans (`only`: of no others)."""
    known: Mapping[str, Any] = case.state.get("studies") or {}
    found = []
    for id_, row in known.items():
        own = set(row["plans"].values())
        if own == set(hashes) or (not only and own > set(hashes)):
            summary = _summary(case, id_)
            if summary is not None and _complete(summary, hashes):
                found.append(summary)
    return max(found, key=lambda s: (s["samples"], s["when"]), default=None)


def _complete(study: Mapping[str, Any], hashes: list[str]) -> bool:
    return all(p["missing"] == 0 for p in study["plans"] if p["input_hash"] in hashes)


def _summary(case: Case, study_id: str) -> dict[str, Any] | None:
    path = case.folder.path / FOLDER / study_id / SUMMARY
    if not path.is_file():
        return None
    out: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return out
