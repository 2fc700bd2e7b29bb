"""rehearse start, submit, reveal, list: plan blind against a hidden reference plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from surgitwin.cli.case_commands import CASE
from surgitwin.cli.output import Output, speaks, table

if TYPE_CHECKING:
    from surgitwin.planning.rehearsing.outcome import Outcome


@click.group()
def rehearse() -> None:
    """Plan blind against a hidden reference plan, then see both."""


@rehearse.command()
@click.argument("case", type=CASE)
@click.option("--reference", required=True, help="The plan to hide.")
@click.option("--trainee", required=True, help="Who plans; attempts are kept under this name.")
@speaks
def start(case: Path, reference: str, trainee: str) -> Output:
    """Hide the reference plan of CASE, its notes and its results."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.rehearsing import rehearsal
    from surgitwin.planning.rehearsing.outcome import write_edit

    opened = Case.open(case)
    with opened.folder.locked():
        done = write_edit(opened, rehearsal.start(opened, reference, trainee))
    running = rehearsal.active(done.state)
    assert running is not None  # it was just started
    data = {k: running[k] for k in ("reference", "trainee", "started")}
    data["hidden"] = sorted(rehearsal.hidden(done.state))
    return Output(data, f"{rehearsal.words(done.state)}\nHand in with `surgitwin rehearse submit {case}`.")


@rehearse.command()
@click.argument("case", type=CASE)
@click.option("--plan", required=True, help="The plan to hand in.")
@speaks
def submit(case: Path, plan: str) -> Output:
    """Keep a copy of a plan of CASE as an attempt."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.rehearsing import rehearsal
    from surgitwin.planning.rehearsing.outcome import time_words, write_edit

    opened = Case.open(case)
    with opened.folder.locked():
        done = write_edit(opened, rehearsal.submit(opened, plan))
    attempt = rehearsal.attempts(done.state)[-1]
    lines = [f"Attempt {attempt.number} of {attempt.trainee} kept after {time_words(attempt.seconds)}."]
    lines += [f"{severity}: {words}" for severity, words in attempt.findings if severity != "info"]
    return Output(attempt.as_dict(), "\n".join(lines))


@rehearse.command()
@click.argument("case", type=CASE)
@speaks
def reveal(case: Path) -> Output:
    """Show the reference plan of CASE again, beside every attempt of this rehearsal."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.rehearsing import rehearsal
    from surgitwin.planning.rehearsing.outcome import outcome, write_edit

    opened = Case.open(case)
    running = rehearsal.active(opened.state)
    with opened.folder.locked():
        done = write_edit(opened, rehearsal.reveal(opened))
    assert running is not None  # else `reveal` has refused
    mine = [a for a in rehearsal.attempts(done.state) if a.started == running["started"]]
    found = [outcome(done, a.number) for a in mine]
    data = {"reference": mine[0].reference, "outcomes": [o.as_dict() for o in found]}
    return Output(data, "\n\n".join(_outcome_text(o) for o in found))


@rehearse.command("list")
@click.argument("case", type=CASE)
@speaks
def list_command(case: Path) -> Output:
    """List the attempts of CASE; those of a running rehearsal without their reference."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.rehearsing import rehearsal
    from surgitwin.planning.rehearsing.outcome import time_words

    opened = Case.open(case)
    state = opened.state
    running = rehearsal.active(state)
    tried = [(a, rehearsal.reference_hidden(state, a)) for a in rehearsal.attempts(state)]
    rows = [
        [str(a.number), a.trainee, a.plan, a.submitted[:16].replace("T", " "), time_words(a.seconds),
         "hidden" if unnamed else a.reference]
        for a, unnamed in tried
    ]  # fmt: skip
    text = table(rows, ["no.", "trainee", "plan", "handed in (UTC)", "time used", "reference"])
    data = {
        "active": None if running is None else {k: running[k] for k in ("trainee", "started")},
        "attempts": [a.as_dict(unnamed=unnamed) for a, unnamed in tried],
    }
    return Output(data, "\n".join(x for x in (rehearsal.words(state), text) if x))


def _outcome_text(found: Outcome) -> str:
    """One attempt beside the reference, for people."""
    from surgitwin.planning.rehearsing.outcome import metric_lines

    lines = [f"Attempt {found.attempt.number} of {found.attempt.trainee}, reference {found.reference.name}"]
    rows = [[c.name, c.reference, c.attempt] for c in found.criteria]
    lines += ["", table(rows, ["criterion", "reference", "attempt"]), ""]
    if found.differences:
        rows = [[d.topic, d.what, d.one, d.other, d.change] for d in found.differences]
        lines.append(table(rows, ["", "difference", "reference", "attempt", "change"]))
    else:
        lines.append("The two plans are the same operation.")
    rows = [list(row) for row in metric_lines(found)]
    if rows:
        lines += ["", table(rows, ["metric", "reference", "attempt"])]
    return "\n".join([*lines, *(f"Note: {m}" for m in found.missing)])
