"""What an attempt and the reference plan come to: plans, numbers and differences side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from surgitwin.core.errors import UsageError
from surgitwin.core.plan import Plan
from surgitwin.implants import build
from surgitwin.planning.case import Case
from surgitwin.planning.comparing.step import compare_case
from surgitwin.planning.plans.difference import Difference, plan_difference
from surgitwin.planning.plans.file import parse_plan, write_plan
from surgitwin.planning.plans.names import free_name
from surgitwin.planning.plans.step import check_plan
from surgitwin.planning.rehearsing.rehearsal import Attempt, RehearsalEdit, find_attempt, reference_hidden
from surgitwin.planning.solving.inputs import result_hash
from surgitwin.planning.solving.results import INTACT, last_inputs, read_run, result_state
from surgitwin.planning.titles import names_of, short_title
from surgitwin.report.summary import load_order, marked_metrics
from surgitwin.report.words import name_text, status, uncapital, value_text
from surgitwin.scene.model import Scene, fracture_layer, solids_layers, surface_layer
from surgitwin.storage.atomic import storage_errors

NOT_SOLVED = "not simulated"
GLASS = 0.35
"""Opacity of the bone through which implants are seen (display only)."""


@dataclass(frozen=True)
class Criterion:
    """One named thing to look at, of the reference and of the attempt. No score is made of them."""

    name: str
    reference: str
    attempt: str


@dataclass(frozen=True, eq=False)
class Outcome:
    """differences: from the reference to the attempt. compare: the object of ``compare.json`` over both, None
    when neither is simulated. missing: what is not known yet and how to get it. case: a snapshot that holds
    these two plans only, for views and pictures."""

    attempt: Attempt
    reference: Plan
    plan: Plan
    differences: tuple[Difference, ...]
    criteria: tuple[Criterion, ...]
    compare: Mapping[str, Any] | None
    missing: tuple[str, ...]
    case: Case

    def as_dict(self) -> dict[str, Any]:
        """Plain form, for --json."""
        return {
            "attempt": self.attempt.as_dict(),
            "reference": self.reference.name,
            "plan": self.plan.name,
            "differences": [d.as_dict() for d in self.differences],
            "criteria": [vars(c) for c in self.criteria],
            "compare": self.compare,
            "missing": list(self.missing),
        }


def outcome(case: Case, number: int) -> Outcome:
    """Attempt `number` beside its reference, once that was revealed and while no rehearsal hides it again.

    Raises UsageError "rehearsal.hidden" before that, InputError "rehearsal.unknown".
    """
    attempt = find_attempt(case.state, number)
    if reference_hidden(case.state, attempt):
        raise UsageError(
            "rehearsal.hidden",
            "The reference plan is still hidden.",
            hint="Reveal it first; that ends the rehearsal.",
            where=str(number),
        )
    reference = _named(attempt.reference_text, attempt.reference, ())
    plan = _named(attempt.plan_text, attempt.plan, (reference.name,))
    both = _snapshot(case, (reference, plan))
    unsolved = [p.name for p in (reference, plan) if result_state(both, p.name) == "none"]
    compare = compare_case(both) if len(unsolved) < 2 else None
    missing = tuple(f"{n} is not simulated as it was: simulate it to see its numbers." for n in unsolved)
    differences = plan_difference(case.anatomy, reference, plan)
    criteria = tuple(_criteria(both, attempt, (reference, plan), compare))
    return Outcome(attempt, reference, plan, differences, criteria, compare, missing, both)


def _named(text: str, name: str, taken: Sequence[str]) -> Plan:
    plan = parse_plan(text, "attempt")
    free = free_name(name, taken)
    return Plan(plan.procedure, free, plan.side, plan.fracture, plan.implants, plan.options, plan.schema)


def _snapshot(case: Case, plans: Sequence[Plan]) -> Case:
    """The case with these plans only, and the results that belong to their content."""
    inputs = last_inputs(case)
    given = case.state.get("results") or {}
    results = {INTACT: given[INTACT]} if INTACT in given else {}
    if inputs is not None and case.state.get("mesh"):
        for plan in plans:
            found = result_hash(case, plan, inputs)
            if read_run(case, found) is not None:
                entry = {"input_hash": found, "inputs": inputs.as_dict(), "plan_hash": plan.hash}
                results[plan.name] = entry
    return case.with_content({**case.state, "results": results}, {p.name: p for p in plans})


def _criteria(
    case: Case, attempt: Attempt, plans: tuple[Plan, Plan], compare: Mapping[str, Any] | None
) -> list[Criterion]:
    checks = [_check_words([f.severity for f in check_plan(case, p)]) for p in plans]
    out = [Criterion("Checks without simulation", checks[0], checks[1])]
    if compare is None:
        out.append(Criterion("Limits", NOT_SOLVED, NOT_SOLVED))
        return [*out, _time(attempt)]
    rows = {p["name"]: p for p in compare["plans"]}
    names = names_of(plans)
    for load in load_order(compare):
        said = [_limit_words(rows.get(p.name), load) for p in plans]
        if any(said):
            title = f"Limits under {uncapital(name_text(load, names))}"
            out.append(Criterion(title, said[0] or NOT_SOLVED, said[1] or NOT_SOLVED))
    return [*out, _time(attempt)]


def _check_words(severities: Sequence[str]) -> str:
    found = Counter(severities)
    said = [f"{found['info']} passed"]
    said += [f"{found[k]} {k}{'s' if found[k] > 1 else ''}" for k in ("warning", "error") if found[k]]
    return ", ".join(said)


def _limit_words(row: Mapping[str, Any] | None, load: str) -> str:
    """How many limits are met, missed, uncertain or not judged; "" without any."""
    if row is None:
        return ""
    own = [m for m in marked_metrics(row) if m["healing"] in (None, "", row.get("healing"))]
    kinds = Counter(status(m).kind for m in own if m["load_case"] == load and m["threshold"] is not None)
    titles = {"pass": "met", "fail": "not met", "uncertain": "uncertain", "outside": "outside the model",
              "missing": "not given"}  # fmt: skip
    said = ", ".join(f"{kinds[k]} {words}" for k, words in titles.items() if kinds[k])  # type: ignore[index]
    return f"{said} (out of date)" if said and row["stale"] else said


def _time(attempt: Attempt) -> Criterion:
    return Criterion("Time used", "–", time_words(attempt.seconds))


def time_words(seconds: float) -> str:
    """90 -> "1 min 30 s"."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def metric_lines(found: Outcome) -> list[tuple[str, str, str]]:
    """Metric with load, and its value in both plans, for tables; empty when nothing is simulated."""
    if found.compare is None:
        return []
    names = names_of((found.reference, found.plan))
    rows = {p["name"]: p for p in found.compare["plans"]}
    table: dict[tuple[str, str, str], list[str]] = {}
    for n, plan in enumerate((found.reference, found.plan)):
        row = rows.get(plan.name)
        for m in marked_metrics(row) if row else ():
            if m["healing"] in (None, "", row.get("healing") if row else None):
                light = status(m).marked if m["threshold"] is not None else ""
                cell = f"{value_text(m)} {light}".strip()
                table.setdefault((m["id"], m["part"], m["load_case"]), ["–", "–"])[n] = cell
    order = {load: n for n, load in enumerate(load_order(found.compare))}
    keys = sorted(table, key=lambda k: order.get(k[2], len(order)))
    return [
        (
            f"{name_text(k[0], names)}, {name_text(k[1], names)}, {uncapital(name_text(k[2], names))}",
            *_pair(table[k]),
        )
        for k in keys
    ]


def _pair(cells: Sequence[str]) -> tuple[str, str]:
    return cells[0], cells[1]


def write_edit(case: Case, edit: RehearsalEdit) -> Case:
    """Bring an edit to the case on disk. New plan files come first and old ones go last: nothing is lost when
    it is stopped on the way."""
    for plan in edit.plans.values():
        if plan is not None:
            write_plan(plan, case.folder.plans_dir / f"{plan.name}.toml")
    done = case.updated(edit.title, **edit.state)
    for name in (n for n, p in edit.plans.items() if p is None):
        path = case.folder.plans_dir / f"{name}.toml"
        with storage_errors(path):
            path.unlink(missing_ok=True)
    return done


def plan_scene(found: Outcome, plan: Plan) -> Scene:
    """The bone as glass with the implants and the fracture of one of the two plans."""
    case = found.case
    layers = [surface_layer("femur", case.surface, GLASS)]
    for placed in plan.implants:
        layers += solids_layers(build(placed))
    if plan.fracture is not None:
        layers.append(fracture_layer(plan.fracture))
    role = "Reference" if plan is found.reference else f"Attempt {found.attempt.number}"
    captions = (f"{role}: {short_title(plan)}",)
    return Scene(tuple(layers), case.anatomy.frame, case.anatomy.side, None, captions)
