"""Studies as tables in words, the same for report and window: uncertainty, boundary conditions, mesh size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from surgitwin.core.plan import Plan
from surgitwin.planning.case import Case
from surgitwin.planning.solving.inputs import result_hash
from surgitwin.planning.solving.results import last_inputs
from surgitwin.planning.titles import names_of, short_title
from surgitwin.planning.uncertainty.findings import (
    KEY_METRICS,
    LOADS,
    STIFFNESS,
    read_boundary,
    read_mesh_study,
)
from surgitwin.planning.uncertainty.study_bands import study_of
from surgitwin.report.data import StudyTable
from surgitwin.report.words import figures, name_text, sentence, unit_text

METHOD_WORDS = {"lhs": "Latin hypercube", "sobol": "Saltelli's design"}
FULL_UNCERTAINTY = 3
"""Display setting: so many of the inputs that matter most are named."""


def study_tables(case: Case) -> tuple[StudyTable, ...]:
    """Tables of the studies that belong to the plans as they are now; () without any."""
    inputs = last_inputs(case)
    if inputs is None or not case.state.get("mesh"):
        return ()
    plans: list[Plan | None] = [*case.plans().values(), None]
    names = {**names_of(case.plans().values()), STIFFNESS: "Stiffness at the head"}
    out = []
    for plan in plans:
        title = "Intact bone" if plan is None else short_title(plan)
        hash_ = result_hash(case, plan, inputs)
        study = None if plan is None else study_of(case, hash_)
        if study is not None:
            out.append(_uncertainty(title, study, hash_, names))
        boundary = read_boundary(case, hash_)
        if boundary is not None:
            out.append(_boundary(title, boundary, names))
        mesh = read_mesh_study(case, hash_)
        if mesh is not None:
            out.append(_mesh(title, mesh, names))
    return tuple(out)


def _uncertainty(title: str, study: Mapping[str, Any], hash_: str, names: Mapping[str, str]) -> StudyTable:
    plan = next(p for p in study["plans"] if p["input_hash"] == hash_)
    inputs = {i["name"]: i["title"] for i in study["inputs"]}
    rows = []
    for m in plan["metrics"]:
        if m["id"] not in KEY_METRICS or m["load_case"] not in LOADS:
            continue
        met = m["limit_met"]
        rows.append(
            (
                *_named(m, names),
                _value(m["mean"], m["unit"]),
                f"{_value(m['low'], m['unit'])} to {_value(m['high'], m['unit'])}",
                f"{_value(m['low_ci'][0], m['unit'])} / {_value(m['high_ci'][1], m['unit'])}",
                "" if met is None else f"{100 * met['share']:.0f} % ({_ends(met)})",
                _matters(m, inputs),
            )
        )
    failed = f", {plan['failed']} failed" if plan["failed"] else ""
    drawn = "; ".join(f"{_inside(i['title'])} {i['words']}" for i in study["inputs"] if i["role"] == "drawn")
    low, high = study["percentiles"]
    others = tuple(f"{p['name']}: " for p in study["plans"] if p is not plan)
    warnings = [w for w in study["warnings"] if not w.startswith(others)] if others else study["warnings"]
    method = METHOD_WORDS[study["method"]]
    return StudyTable(
        f"{title}: uncertain inputs",
        ("Number", "Part, load", "Mean", f"{low:g} to {high:g} %", "Ends with confidence", "Limit met",
         "Depends most on"),
        tuple(rows),
        (f"{plan['done']} samples{failed}, {method}, seed {study['seed']}. Drawn together: {drawn}.",
         *warnings),
    )  # fmt: skip


def _boundary(title: str, found: Mapping[str, Any], names: Mapping[str, str]) -> StudyTable:
    rows = []
    for x in found["spread"]:
        percent = "" if x["spread_percent"] is None else f"{x['spread_percent']:.0f} %"
        each = []
        for s in found["sets"]:
            value = s["stiffness_N_mm"] if x["id"] == STIFFNESS else _of(s["metrics"], x)
            each.append("not given" if value is None else _value(value, x["unit"]))
        rows.append((*_named(x, names), *each, percent))
    head = ("Number", "Part, load", *(sentence(name_text(s["name"])) for s in found["sets"]), "Spread")
    notes = tuple(f"{sentence(name_text(s['name']))}: {s['title']}." for s in found["sets"])
    return StudyTable(f"{title}: boundary conditions", head, tuple(rows), (found["warning"], *notes))


def _mesh(title: str, found: Mapping[str, Any], names: Mapping[str, str]) -> StudyTable:
    rows = []
    for q in found["quantities"]:
        c = q["convergence"]
        values = ["not given" if v is None else _value(v, q["unit"]) for v in q["values"]]
        if c is None:
            rows.append((*_named(q, names), *values, "", "", "", q["reason"]))
            continue
        remarks = [*(f.partition(":")[0] for f in c["flags"][:1]), *(["singular"] if q["singular"] else [])]
        rows.append(
            (
                *_named(q, names),
                *values,
                "" if c["order"] is None else f"{c['order']:.2f}",
                "" if c["extrapolated"] is None else _value(c["extrapolated"], q["unit"]),
                "" if c["error_fraction"] is None else f"{100 * c['error_fraction']:.2g} %",
                "; ".join(remarks) or "in the asymptotic range",
            )
        )
    sizes = [f"{x['size_mm']:.2g} mm, {x['unknowns']} unknowns" for x in found["levels"]]
    head = ("Number", "Part, load", *sizes, "Order", "Limit", "Error (GCI)", "Remarks")
    note = (
        "Limit: extrapolated to cells of no size. "
        "Error: grid convergence index with safety factor 1.25, or by theory's order with factor 3 where the "
        "observed order cannot be used."
    )
    return StudyTable(f"{title}: mesh size", head, tuple(rows), (note,))


def _named(m: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, str]:
    return name_text(m["id"], names), f"{name_text(m['part'], names)}, {name_text(m['load_case'], names)}"


def _value(value: float, unit: str) -> str:
    return f"{figures(value, unit)}{unit_text(unit)}"


def _inside(title: str) -> str:
    """A title inside a sentence: its first letter small, unless it begins with an abbreviation such as CT."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def _ends(share: Mapping[str, float]) -> str:
    return f"{100 * share['low']:.0f} to {100 * share['high']:.0f}"


def _of(metrics: list[dict[str, Any]], like: Mapping[str, Any]) -> float | None:
    keys = ("id", "part", "load_case", "healing")
    return next((m["value"] for m in metrics if all(m[k] == like[k] for k in keys)), None)


def _matters(m: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    """The inputs that matter most: total Sobol indices where they are known well enough, else the fit's."""
    sobol = m["sobol"]
    if sobol is not None and sobol["enough"]:
        total = sorted(sobol["total"].items(), key=lambda x: -x[1][0])[:FULL_UNCERTAINTY]
        return "; ".join(f"{_inside(titles[n])} ({100 * x[0]:.0f} %)" for n, x in total)
    if m["tornado"] is None:
        return "too few samples to say"
    said = "; ".join(_inside(titles[t["input"]]) for t in m["tornado"][:FULL_UNCERTAINTY])
    return f"{said} (linear fit, Q2 {m['linear_q2']:.2f})"
