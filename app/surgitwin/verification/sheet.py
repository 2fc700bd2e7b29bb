"""The verification sheet: one HTML file that needs nothing else."""

from __future__ import annotations

import importlib.util
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from surgitwin import NOTICE
from surgitwin.core.errors import StorageError
from surgitwin.verification.convergence_plot import convergence_svg
from surgitwin.verification.outcome import Outcome, accepted
from surgitwin.verification.plots import svg_address, templates
from surgitwin.verification.registry import case_files
from surgitwin.verification.runner import RowRun

VERDICTS = ("pass", "rule", "fail", "blocked")
MARKS = {"V": "seen in the named source", "C": "computed", "GK": "general knowledge, not read again"}


@dataclass(frozen=True)
class RowView:
    """A row as the template shows it. plot: an image address, or empty. source_text: of the case file."""

    run: RowRun
    paragraphs: tuple[str, ...]
    plot: str
    source_text: str
    worst: str


def render_sheet(runs: Sequence[RowRun], versions: Mapping[str, str], *, mutated: bool = False) -> str:
    """The sheet as text; everything but the law sheets is escaped."""
    environment = templates()
    environment.filters.update(number=number, marks=marks_text)
    outcomes = [o for run in runs for o in run.outcomes]
    return environment.get_template("sheet.html").render(
        rows=[_view(run) for run in runs],
        counts={v: sum(o.verdict == v for o in outcomes) for v in VERDICTS},
        total=len(outcomes),
        good=accepted(outcomes, mutated),
        mutated=mutated,
        versions=versions,
        notice=NOTICE,
        laws=law_sheets(),
        used=used,
    )


def write_sheet(
    runs: Sequence[RowRun], versions: Mapping[str, str], path: Path, *, mutated: bool = False
) -> None:
    """Write the sheet to `path`. Raises StorageError ("verify.sheet_unwritable")."""
    text = render_sheet(runs, versions, mutated=mutated)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(
            "verify.sheet_unwritable",
            f"The verification sheet cannot be written: {error.strerror}.",
            hint="Choose another file with --html, or free some space.",
            where=str(path),
        ) from error


def law_sheets() -> list[Markup]:
    """The sheets of the material laws, those of the engine first."""
    # Imported here: they load the laws with UFL and numba, which a run without a sheet does not need.
    from surgitwin.verification.law_sheets import law_sheets_html
    from surgitwin.verification.point_law_sheets import point_law_sheets_html

    return [Markup(law_sheets_html()), Markup(point_law_sheets_html())]


def used(outcome: Outcome) -> float | None:
    """|error| as a fraction of the tolerance."""
    return None if outcome.error is None else abs(outcome.error) / outcome.reference.tolerance


def number(value: float | None) -> str:
    """Six digits, or a dash."""
    return "–" if value is None else f"{value:.6g}"


def marks_text(mark: str) -> str:
    """ "V/GK" in words."""
    parts = mark.replace("+", "/").split("/")
    return "; ".join(MARKS[p] for p in parts)


def _view(run: RowRun) -> RowView:
    svg = convergence_svg(run.outcomes)
    plot = svg_address(svg) if svg else ""
    verdicts = {o.verdict for o in run.outcomes}
    worst = next(v for v in ("fail", "blocked", "rule", "pass") if v in verdicts)
    paragraphs = tuple(" ".join(p.split()) for p in run.text.split("\n\n"))
    return RowView(run, paragraphs, plot, _source_text(run.row), worst)


def _source_text(row: str) -> str:
    """The program text of a case, without its docstring; it is the example that users copy."""
    for file in case_files():
        spec = importlib.util.find_spec(file.module)
        if file.row == row and spec is not None and spec.origin is not None:
            text = Path(spec.origin).read_text(encoding="utf-8")
            return inspect.cleandoc(text.split('"""', 2)[-1])
    return ""
