"""What HTML and PDF print of a report: one place, so that both say the same."""

from __future__ import annotations

from dataclasses import dataclass

from surgitwin.report import summary, tables
from surgitwin.report.data import ReportData
from surgitwin.report.words import name_text, sentence

NOTICE = "Not for clinical use"
ERROR_CLASS = (
    "Error class: finite element models of the femur from CT reached r = 0.87 (stance) and 0.95 (fall) "
    "against fracture tests, with a precision of about ±40 to 60 % at 95 % confidence for one person "
    "(Keyak 1998, abstract). Boundary conditions alone moved femoral stiffness by 280 % between six methods "
    "(PMC4583333, abstract). Read differences between plans, not absolute numbers."
)
"""physics.md 1.6."""
LEGEND = (
    ("pass", "✔ meets"),
    ("fail", "✖ fails"),
    ("uncertain", "≈ uncertain: the band crosses the limit"),
    ("outside", "⊘ outside the model: surfaces would touch"),
    ("none", "– no threshold"),
    ("missing", "? not given"),
)
"""Kind of a traffic light and its explanation."""


@dataclass(frozen=True)
class Content:
    """The tables and sentences of a report.

    names: words for machine names. plan_titles, plan_short: by plan name.
    """

    names: dict[str, str]
    plan_titles: dict[str, str]
    plan_short: dict[str, str]
    verdict: tuple[str, ...]
    load_rows: tuple[summary.LoadRow, ...]
    key_rows: tuple[summary.Row, ...]
    all_rows: tuple[summary.Row, ...]
    load_order: tuple[str, ...]
    loads: tuple[tables.LoadApplied, ...]
    solver_rows: tuple[tables.SolverRow, ...]
    stages: tuple[str, ...]
    band_words: str

    def words(self, name: str) -> str:
        """Words for a machine name."""
        return name_text(name, self.names)

    def plan(self, name: str) -> str:
        """Short words for a plan."""
        return self.plan_short.get(name, sentence(self.words(name)))


def content(data: ReportData) -> Content:
    """Everything that is derived from `data` for printing."""
    names = data.all_names
    short = {p.name: p.short or p.title for p in data.plans}
    rising = summary.rising_loads(data.compare)
    return Content(
        names=names,
        plan_titles={p.name: p.title for p in data.plans},
        plan_short=short,
        verdict=summary.verdict(data.compare, names, short, exceeded=False),
        load_rows=summary.load_rows(data.compare, rising),
        key_rows=summary.worst_rows(data.compare, data.key_metrics, data.key_loads or rising[-1:]),
        all_rows=summary.rows(data.compare),
        load_order=summary.load_order(data.compare),
        loads=tables.loads_applied(data.compare, data.frame, data.side),
        solver_rows=tables.solver_rows(data.runs),
        stages=summary.healing_stages(data.compare),
        band_words=summary.band_words(data.compare),
    )


def when(iso: str) -> str:
    """ "2026-11-22T01:30:00+00:00" as "2026-11-22 01:30 UTC"."""
    return iso[:16].replace("T", " ") + (" UTC" if iso.endswith(("+00:00", "Z")) else "")
