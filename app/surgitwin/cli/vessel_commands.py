"""landmarks, answers: what a person adds to a measured vessel."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from surgitwin.cli.case_commands import CASE, settings
from surgitwin.cli.output import Output, speaks, table
from surgitwin.core.errors import UsageError


@click.command()
@click.argument("case", type=CASE)
@click.option("--set", "pairs", multiple=True, metavar="NAME=X,Y,Z", help="Put a landmark here, LPS mm.")
@click.option("--take-back", "back", multiple=True, metavar="NAME", help="Back to what was proposed.")
@speaks
def landmarks(case: Path, pairs: tuple[str, ...], back: tuple[str, ...]) -> Output:
    """Show the landmarks of an aortic root, or correct them; both values stay, with their distance."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.vessels.anatomy_facts import anatomy_rows, anatomy_summary
    from surgitwin.planning.vessels.landmarks import move_landmarks

    opened = Case.open(case)
    if pairs or back:
        with opened.folder.locked():
            changes = {name: _point(name, text) for name, text in settings(pairs).items()}
            opened = move_landmarks(opened, {**changes, **dict.fromkeys(back)})
    summary = anatomy_summary(opened)
    marks: Mapping[str, Mapping[str, Any]] = summary.get("landmarks", {})
    rows = [
        [
            name,
            _text(m["proposed_mm"]),
            _text(m["corrected_mm"]),
            _moved(m["moved_mm"]),
            f"{m['confidence']:.2f}",
        ]
        for name, m in marks.items()
    ]
    measures = [[r.name, r.value, r.source] for r in anatomy_rows(opened)]
    lines = [
        table(rows, ["landmark", "proposed (LPS mm)", "by hand", "moved mm", "confidence"]),
        "",
        table(measures, ["measure", "value", "remark"]),
        *(f"Note: {n['message']}" for n in summary["notices"]),
    ]
    return Output({"landmarks": marks, "anatomy": summary}, "\n".join(lines))


def _point(name: str, text: str) -> Any:
    import numpy as np

    try:
        point = np.array([float(v) for v in text.replace(";", ",").split(",")])
    except ValueError:
        point = np.zeros(0)
    if point.shape != (3,) or not np.isfinite(point).all():
        raise UsageError(
            "usage.set", f"--set {name}={text}: three numbers expected.", hint="x,y,z in LPS mm.", where=name
        )
    return point


def _text(point: list[float] | None) -> str:
    return "-" if point is None else ", ".join(f"{v:.1f}" for v in point)


def _moved(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


@click.command()
@click.argument("case", type=CASE)
@click.option(
    "--set", "pairs", multiple=True, metavar="QUESTION=ANSWER", help="Answer (nothing after = takes it back)."
)
@speaks
def answers(case: Path, pairs: tuple[str, ...]) -> Output:
    """Show what is asked about the patient because no image tells it, or answer it."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.vessels.answers import KEY, answered, answers_of, questions_of

    opened = Case.open(case)
    if pairs:
        with opened.folder.locked():
            opened = opened.updated("answers", **{KEY: answered(opened, settings(pairs))})
    given = answers_of(opened)
    asked = questions_of(opened)
    rows = [[q.id, given.get(q.id, "-"), ", ".join(q.choices), q.title] for q in asked]
    data = [
        {"id": q.id, "title": q.title, "choices": list(q.choices), "why": q.why, "answer": given.get(q.id)}
        for q in asked
    ]
    text = table(rows, ["question", "answer", "choices", ""]) if rows else "Nothing is asked for this case."
    return Output({"questions": data}, text)
