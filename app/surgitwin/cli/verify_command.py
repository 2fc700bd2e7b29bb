"""verify: the program against its table of known solutions."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from surgitwin.cli.output import Output, progress, speaks, table
from surgitwin.core.places import require_folder

if TYPE_CHECKING:
    from surgitwin.verification.outcome import Outcome


@click.command()
@click.option("--quick", is_flag=True, help="Only the quick set (under 3 minutes).")
@click.option("--case", "ids", multiple=True, metavar="ID", help="A row (7) or a value (7a); repeatable.")
@click.option("--mutate", is_flag=True, help="Give each case a wrong input: each must then fail.")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write the sheet to this file.")
@click.option("--jobs", type=click.IntRange(1), help="Cases at a time (default: as many as cores).")
@speaks
def verify(quick: bool, ids: tuple[str, ...], mutate: bool, html: Path | None, jobs: int | None) -> Output:
    """Solve problems with known answers and compare. Exit 0 when nothing fails, else 5."""
    from surgitwin.verification.outcome import accepted
    from surgitwin.verification.runner import run_cases
    from surgitwin.verification.versions import versions

    if html is not None:
        require_folder(html)
    runs = run_cases(
        ids, quick=quick, mutated=mutate, processes=jobs or os.cpu_count() or 1, progress=progress()
    )
    outcomes = [o for run in runs for o in run.outcomes]
    facts = versions()
    if html is not None:
        from surgitwin.verification.sheet import write_sheet

        write_sheet(runs, facts, html, mutated=mutate)
    good = accepted(outcomes, mutate)
    data = {"cases": [o.as_dict() for o in outcomes], "mutated": mutate, "accepted": good, "versions": facts}
    text = f"{table([_row(o) for o in outcomes], HEADER)}\n\n{_summary(outcomes, mutate, good)}"
    return Output(data, text, 0 if good else 5)


HEADER = ["id", "verdict", "value", "reference", "unit", "error", "tol", "s", "title"]


def _row(o: Outcome) -> list[str]:
    r = o.reference
    value = "-" if o.value is None else f"{o.value:.6g}"
    error = "-" if o.error is None else f"{o.error:+.2e}"
    title = f"{r.title}: {r.what}" + (f" ({o.reason})" if o.reason else "")
    return [r.id, o.verdict, value, r.expected, r.unit, error, f"{r.tolerance:.1e}", f"{o.wall_s:.1f}", title]


def _summary(outcomes: list[Outcome], mutated: bool, good: bool) -> str:
    counts = [f"{sum(o.verdict == v for o in outcomes)} {v}" for v in ("pass", "fail", "rule", "blocked")]
    text = f"{len(outcomes)} values: {', '.join(counts)}."
    if not mutated:
        return text
    if good:
        return f"{text} Every wrong input was found out."
    missed = [o.reference.id for o in outcomes if o.verdict in ("pass", "rule") or _unmeasured(o)]
    return f"{text} Wrong inputs that were not found out, or gave no value: {', '.join(missed)}."


def _unmeasured(o: Outcome) -> bool:
    return o.verdict == "fail" and o.value is None
