"""What a rehearsal hides: which plans, results, proposals and words belong to the sealed reference plan."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from surgitwin.core.plan import Plan
from surgitwin.mechanics.materials import callus_stages
from surgitwin.planning.case import Case
from surgitwin.planning.plans.file import parse_plan
from surgitwin.planning.solving.results import INTACT, at_stage

KEY = "rehearsal"
"""Of the case state: {"active": {...} or None, "attempts": [...]}."""
HIDDEN_NAME = "(hidden plan)"
TABLES = ("results", "proposed")
"""Keys of the state that hold one entry a plan."""
PROPOSAL_NOTES = "proposal_notes"


def active(state: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The rehearsal that runs: reference, trainee, started, sealed plans; None without one."""
    found: Mapping[str, Any] | None = (state.get(KEY) or {}).get("active")
    return found


def hidden(state: Mapping[str, Any]) -> frozenset[str]:
    """Names of the plans that are sealed now."""
    running = active(state)
    return frozenset(running["sealed"]) if running else frozenset()


def hidden_hashes(state: Mapping[str, Any]) -> frozenset[str]:
    """Hashes of the plans that are sealed now, at every healing stage."""
    running = active(state)
    return frozenset().union(*map(text_hashes, running["sealed"].values())) if running else frozenset()


@lru_cache(maxsize=64)
def text_hashes(text: str) -> frozenset[str]:
    """`stage_hashes` of a plan in TOML."""
    return stage_hashes(parse_plan(text, "sealed plan"))


def stage_hashes(plan: Plan) -> frozenset[str]:
    """Hashes under which results of the plan are kept: its own, and those at other healing stages."""
    return frozenset(at_stage(plan, s).hash for s in (None, *callus_stages()))


def seal(state: Mapping[str, Any], plans: Mapping[str, Plan], sealed: Iterable[str]) -> dict[str, Any]:
    """What to take out of the tables of `state` when the plans `sealed` are hidden: {"results": {...}, ...}.

    An entry goes by the name of its plan or by its content: a plan that was renamed leaves its results under
    its old name. Entries of no plan that is left go too, since a new plan of that name would get them.
    """
    names = frozenset(sealed)
    secret = frozenset().union(*(stage_hashes(plans[n]) for n in names))
    seen = {n: p for n, p in plans.items() if n not in names}
    known = frozenset().union(*map(stage_hashes, seen.values()))
    return {
        table: {
            k: row
            for k, row in (state.get(table) or {}).items()
            if _told(k, row, names, secret) or (_of(k) not in {*seen, INTACT} and _hash(row) not in known)
        }
        for table in TABLES
        if state.get(table)
    }


def without_hidden(
    now: Case, base: Case, state: Mapping[str, Any], plans: Mapping[str, Plan]
) -> tuple[dict[str, Any], dict[str, Plan]]:
    """State and plans after a step, without what a running rehearsal hides.

    now: the present snapshot; base: the one on which the step began; state, plans: with what it made. A step
    that began in this rehearsal did not know the reference, so all of it is taken.
    """
    present, there = now.state, now.plans()
    running, before = active(present), active(base.state)
    if running is None or (before is not None and before["started"] == running["started"]):
        return dict(state), dict(plans)
    names, secret = hidden(present), hidden_hashes(present)
    out = dict(state)
    for table in (t for t in TABLES if state.get(t)):
        kept = {k: row for k, row in state[table].items() if not _told(k, row, names, secret)}
        out[table] = {**(present.get(table) or {}), **kept}
    if PROPOSAL_NOTES in state or PROPOSAL_NOTES in present:
        out[PROPOSAL_NOTES] = list(present.get(PROPOSAL_NOTES) or ())
    mine = {n: p for n, p in plans.items() if n not in names and p.hash not in secret}
    return out, {**mine, **{n: p for n, p in there.items() if n not in mine and n in plans}}


def shown_history(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The steps of the case; while a rehearsal runs without the names of what is hidden."""
    rows: list[dict[str, Any]] = list(state.get("history") or ())
    running = active(state)
    if running is None:
        return rows
    kept = {_of(k) for table in TABLES for k in running.get(table) or ()} - {INTACT}
    names = sorted(hidden(state) | kept, key=len, reverse=True)
    pattern = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, names))})(?![\w-])", re.IGNORECASE)
    return [{**row, "action": pattern.sub(HIDDEN_NAME, str(row.get("action", "")))} for row in rows]


def _of(key: str) -> str:
    """Name of the plan of an entry: "plate@late" is of "plate"."""
    return key.partition("@")[0]


def _hash(row: Any) -> Any:
    """Hash of the plan of an entry: a result holds it, of a proposal there is nothing else."""
    return row.get("plan_hash") if isinstance(row, Mapping) else row


def _told(key: str, row: Any, names: frozenset[str], secret: frozenset[str]) -> bool:
    return _of(key) in names or _hash(row) in secret
