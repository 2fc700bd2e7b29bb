"""Rehearsal: a case is opened with its reference plan hidden, the trainee plans blind, then both are shown.

Hiding takes the reference out of the plans and keeps it sealed in the case state, with its notes and results,
so that no page, list, picture, report or ranking can show it (`rehearsal_seal`). It is not encrypted. Pure:
edits come back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from surgitwin.core.errors import InputError, UsageError
from surgitwin.core.plan import Plan
from surgitwin.planning.case import Case, now
from surgitwin.planning.plans import names as plan_names
from surgitwin.planning.plans.file import dump_plan, parse_plan
from surgitwin.planning.plans.names import NOTES, free_name
from surgitwin.planning.plans.step import check_plan
from surgitwin.planning.rehearsing.seal import (
    KEY,
    PROPOSAL_NOTES,
    TABLES,
    active,
    hidden,
    hidden_hashes,
    seal,
    stage_hashes,
    text_hashes,
)

__all__ = [
    "KEY",
    "Attempt",
    "RehearsalEdit",
    "active",
    "attempts",
    "find_attempt",
    "hidden",
    "reference_hidden",
    "reveal",
    "start",
    "submit",
    "words",
]


@dataclass(frozen=True, eq=False)
class RehearsalEdit:
    """One named change: keys of the state, plans to write (None: take away), the plan to show next."""

    title: str
    state: Mapping[str, Any]
    plans: Mapping[str, Plan | None]
    active: str = ""


@dataclass(frozen=True)
class Attempt:
    """A plan handed in. plan_text, reference_text: TOML. started, submitted: ISO times, UTC. revealed: "" as
    long as the reference is hidden. findings: severity and words of the checks."""

    number: int
    trainee: str
    reference: str
    plan: str
    started: str
    submitted: str
    plan_text: str
    reference_text: str
    findings: tuple[tuple[str, str], ...] = ()
    revealed: str = ""

    @property
    def seconds(self) -> float:
        """From the start of the rehearsal to the hand-in."""
        return (datetime.fromisoformat(self.submitted) - datetime.fromisoformat(self.started)).total_seconds()

    def as_dict(self, *, unnamed: bool = False) -> dict[str, Any]:
        """What a list shows: without the plans, and without the reference's name while it is hidden (unnamed:
        `reference_hidden`)."""
        out = asdict(self)
        del out["plan_text"], out["reference_text"]
        out["findings"] = [{"severity": s, "message": m} for s, m in self.findings]
        return out | {
            "seconds": self.seconds,
            "reference": self.reference if self.revealed and not unnamed else None,
        }


def attempts(state: Mapping[str, Any]) -> tuple[Attempt, ...]:
    """All attempts, oldest first."""
    rows = (state.get(KEY) or {}).get("attempts") or ()
    return tuple(
        Attempt(**{**row, "findings": tuple((s, m) for s, m in row.get("findings", ()))}) for row in rows
    )


def reference_hidden(state: Mapping[str, Any], attempt: Attempt) -> bool:
    """Whether looking at an attempt would tell what is hidden: its own reference plan is not revealed yet, or
    one of its two plans is sealed by the rehearsal that runs now."""
    secret = hidden_hashes(state)
    return (
        not attempt.revealed
        or attempt.reference in hidden(state)
        or not secret.isdisjoint(text_hashes(attempt.reference_text) | text_hashes(attempt.plan_text))
    )


def words(state: Mapping[str, Any]) -> str:
    """One line for the banner, "" when no rehearsal runs."""
    running = active(state)
    if running is None:
        return ""
    handed = sum(a.started == running["started"] for a in attempts(state))
    tries = f"; {handed} attempt{'s' if handed > 1 else ''} handed in" if handed else ""
    return f"Rehearsal: the reference plan is hidden. {running['trainee']} plans{tries}."


def start(case: Case, reference: str, trainee: str) -> RehearsalEdit:
    """Seal the plan `reference` and every plan equal to it (at any healing stage), with notes and results.

    Raises UsageError "rehearsal.running" and "rehearsal.no_name", InputError "plan.unknown".
    """
    if active(case.state):
        raise UsageError(
            "rehearsal.running",
            "A rehearsal is running already.",
            hint="Reveal the reference plan first; that ends the rehearsal.",
            where=case.name,
        )
    name = " ".join(trainee.split())
    if not name:
        raise UsageError(
            "rehearsal.no_name",
            "The rehearsal needs the name of the trainee.",
            hint="Type the name of the person who plans; attempts are kept under it.",
            where="trainee",
        )
    plans = case.plans()
    same = stage_hashes(plan_names.known(plans, reference))
    sealed = [n for n, p in plans.items() if p.hash in same]
    notes, told = case.state.get(NOTES) or {}, case.state.get(PROPOSAL_NOTES)
    tables = seal(case.state, plans, sealed)
    running = {
        "reference": reference,
        "trainee": name,
        "started": now(),
        "sealed": {n: dump_plan(plans[n]) for n in sealed},
        "notes": {n: notes[n] for n in sealed if n in notes},
        **tables,
        **({PROPOSAL_NOTES: list(told)} if told else {}),
    }
    state = {
        KEY: {**(case.state.get(KEY) or {}), "active": running},
        NOTES: {n: text for n, text in notes.items() if n not in sealed},
        **{t: {k: v for k, v in case.state[t].items() if k not in tables[t]} for t in tables},
        **({PROPOSAL_NOTES: []} if told else {}),
    }
    return RehearsalEdit("Start rehearsal", state, dict.fromkeys(sealed))


def submit(case: Case, plan: str) -> RehearsalEdit:
    """Keep a copy of `plan` as an attempt, with time, name and what the checks say.

    Raises UsageError "rehearsal.none", InputError "plan.unknown".
    """
    running = _running(case)
    chosen = plan_names.known(case.plans(), plan)
    tried = attempts(case.state)
    attempt = Attempt(
        number=len(tried) + 1,
        trainee=running["trainee"],
        reference=running["reference"],
        plan=plan,
        started=running["started"],
        submitted=now(),
        plan_text=dump_plan(chosen),
        reference_text=running["sealed"][running["reference"]],
        findings=tuple((f.severity, f.message) for f in check_plan(case, chosen)),
    )
    rows = [_row(a) for a in (*tried, attempt)]
    state = {KEY: {**case.state[KEY], "attempts": rows}}
    return RehearsalEdit(f"Hand in attempt {attempt.number}", state, {}, plan)


def reveal(case: Case) -> RehearsalEdit:
    """Bring the sealed plans back, with notes and results, and end the rehearsal.

    A name that was given to another plan meanwhile stays with that plan; the sealed one gets a free name.
    Raises UsageError "rehearsal.none", and "rehearsal.no_attempt" as long as nothing was handed in.
    """
    running = _running(case)
    tried = attempts(case.state)
    if not any(a.started == running["started"] for a in tried):
        raise UsageError(
            "rehearsal.no_attempt",
            "Nothing has been handed in yet, so there is nothing to compare with.",
            hint="Hand in a plan first (`surgitwin rehearse submit`).",
            where=case.name,
        )
    names = _new_names(case, running)
    plans: dict[str, Plan | None] = {
        new: _renamed(_plan(running["sealed"][old]), new) for old, new in names.items()
    }
    seen = now()
    rows = [
        _row(a)
        | ({"revealed": seen, "reference": names[a.reference]} if a.started == running["started"] else {})
        for a in tried
    ]
    told = case.state.get(PROPOSAL_NOTES) or running.get(PROPOSAL_NOTES)
    state = {
        KEY: {**case.state[KEY], "active": None, "attempts": rows},
        NOTES: (case.state.get(NOTES) or {}) | {names[n]: text for n, text in running["notes"].items()},
        **{t: _back(t, case.state, running, names) for t in TABLES if t in running},
        **({PROPOSAL_NOTES: told} if told else {}),
    }
    return RehearsalEdit("Reveal the reference plan", state, plans, names[running["reference"]])


def _running(case: Case) -> Mapping[str, Any]:
    running = active(case.state)
    if running is None:
        raise UsageError(
            "rehearsal.none",
            "No rehearsal is running.",
            hint="Start one: `surgitwin rehearse start CASE --reference PLAN --trainee NAME`.",
            where=case.name,
        )
    return running


def _new_names(case: Case, running: Mapping[str, Any]) -> dict[str, str]:
    """Sealed name -> name after the reveal."""
    there, out = case.plans(), {}
    taken = set(there)
    for old, text in running["sealed"].items():
        same = old in there and there[old].hash == _plan(text).hash
        out[old] = old if same else free_name(old, taken)
        taken.add(out[old])
    return out


def _back(
    table: str, state: Mapping[str, Any], running: Mapping[str, Any], names: Mapping[str, str]
) -> dict[str, Any]:
    """A table of the state with its sealed entries. What was made meanwhile stays; an entry under an old name
    of the reference that is in use now gets the reference's name."""
    there = state.get(table) or {}
    out: dict[str, Any] = {}
    for key, row in sorted(running[table].items(), key=lambda item: item[0].partition("@")[0] not in names):
        name, at, stage = key.partition("@")
        free = key if key not in there else f"{names[running['reference']]}{at}{stage}"
        out.setdefault(f"{names[name]}{at}{stage}" if name in names else free, row)
    return {**out, **there}


def _renamed(plan: Plan, name: str) -> Plan:
    return Plan(plan.procedure, name, plan.side, plan.fracture, plan.implants, plan.options, plan.schema)


def _row(attempt: Attempt) -> dict[str, Any]:
    return asdict(attempt) | {"findings": [list(f) for f in attempt.findings]}


def _plan(text: str) -> Plan:
    return parse_plan(text, "sealed plan")


def find_attempt(state: Mapping[str, Any], number: int) -> Attempt:
    """The attempt with that number. Raises InputError "rehearsal.unknown"."""
    found = {a.number: a for a in attempts(state)}
    if number not in found:
        raise InputError(
            "rehearsal.unknown",
            f"There is no attempt {number}.",
            hint=f"The attempts: {', '.join(map(str, found)) or 'none'}.",
            where=str(number),
        )
    return found[number]
