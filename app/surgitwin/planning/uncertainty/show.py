"""Studies of a case as they stand: which there are, how far they are, what they say."""

from __future__ import annotations

import json
from typing import Any

from surgitwin.core.errors import InputError
from surgitwin.planning.case import Case
from surgitwin.planning.solving.inputs import result_hash
from surgitwin.planning.uncertainty.pool import Pool
from surgitwin.planning.uncertainty.study import SUMMARY, VERSION, Study, studies, study_folder


def study_states(case: Case) -> list[dict[str, Any]]:
    """One row a study, the newest first: plans, samples done and failed, and whether it is stale."""
    return [_state(case, s) for s in studies(case)]


def _state(case: Case, study: Study) -> dict[str, Any]:
    rows = []
    for name, plan_hash in study.plans.items():
        pool = Pool(case, plan_hash).rows()
        found = [pool.get(key) for key in study.keys(name)]
        rows.append(
            {
                "name": name,
                "done": sum(r is not None and "metrics" in r for r in found),
                "failed": sum(r is not None and "error" in r for r in found),
                "missing": sum(r is None for r in found),
                "stale": study.version != VERSION or not belongs(case, study, plan_hash),
            }
        )
    complete = not any(r["missing"] for r in rows)
    return {
        "id": study.id,
        "when": study.when,
        "method": study.design.method,
        "samples": study.design.samples,
        "rows": len(study.design.shares),
        "plans": rows,
        "complete": complete,
        "stale": any(r["stale"] for r in rows),
    }


def belongs(case: Case, study: Study, plan_hash: str) -> bool:
    """Whether some plan of the case still has the result that this part of a study was made for."""
    plans = case.plans().values()
    return any(result_hash(case, plan, study.inputs) == plan_hash for plan in plans)


def read_summary(case: Case, study_id: str) -> dict[str, Any] | None:
    """What a finished study said, None when it was never finished."""
    path = study_folder(case, study_id) / SUMMARY
    if not path.is_file():
        return None
    out: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return out


def show_study(case: Case, study_id: str | None = None) -> dict[str, Any]:
    """The summary of a study (None: the newest finished one) with `stale`.

    Raises InputError "study.missing".
    """
    known = studies(case)
    chosen = [s for s in known if study_id in (None, s.id) and read_summary(case, s.id) is not None]
    if not chosen:
        names = ", ".join(s.id for s in known) or "none; run `surgitwin study run`"
        raise InputError(
            "study.missing",
            f"{case.folder.path.name} has no finished study{'' if study_id is None else ' ' + study_id}.",
            hint=f"Its studies: {names}.",
            where=str(case.folder.path),
        )
    summary = read_summary(case, chosen[0].id)
    assert summary is not None  # chosen for it
    state = _state(case, chosen[0])
    stale = {p["name"]: p["stale"] for p in state["plans"]}
    plans = [{**p, "stale": stale[p["name"]]} for p in summary["plans"]]
    return {**summary, "plans": plans, "stale": state["stale"]}
