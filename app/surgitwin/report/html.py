"""The report as one HTML file that needs nothing else."""

from __future__ import annotations

import base64
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from surgitwin.core.errors import StorageError
from surgitwin.report import summary, tables, words
from surgitwin.report.data import ReportData

NOTICE = "Not for clinical use"
ERROR_CLASS = (
    "Error class: finite element models of the femur from CT reached r = 0.87 (stance) and 0.95 (fall) "
    "against fracture tests, with a precision of about ±40 to 60 % at 95 % confidence for one person "
    "(Keyak 1998, abstract). Boundary conditions alone moved femoral stiffness by 280 % between six methods "
    "(PMC4583333, abstract). Read differences between plans, not absolute numbers."
)
"""physics.md 1.6."""


def render_html(data: ReportData) -> str:
    """The report as text; every value is escaped."""
    environment = Environment(
        loader=PackageLoader("surgitwin.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    names = data.all_names
    environment.filters.update(
        status=words.status, value=words.value_text, band=words.band_text, marks=words.marks,
        words=lambda name: words.name_text(name, names), number=words.number, data_uri=_data_uri,
        sentence=words.sentence, uncapital=words.uncapital, when=_when, limit=words.limit_text,
    )  # fmt: skip
    titles = {p.name: p.title for p in data.plans}
    short = {p.name: p.short or p.title for p in data.plans}
    rising = summary.rising_loads(data.compare)
    return environment.get_template("report.html").render(
        d=data,
        notice=NOTICE,
        error_class=ERROR_CLASS,
        plan_titles=titles,
        plan_short=short,
        verdict=summary.verdict(data.compare, names, short, exceeded=False),
        load_rows=summary.load_rows(data.compare, rising),
        key_rows=summary.worst_rows(data.compare, data.key_metrics, data.key_loads or rising[-1:]),
        all_rows=summary.rows(data.compare),
        load_order=summary.load_order(data.compare),
        loads=tables.loads_applied(data.compare, data.frame, data.side),
        solver_rows=tables.solver_rows(data.runs),
        stages=summary.healing_stages(data.compare),
    )


def write_html(data: ReportData, path: Path) -> None:
    """Write the report to `path`. Raises StorageError ("report.unwritable")."""
    try:
        path.write_text(render_html(data), encoding="utf-8")
    except OSError as error:
        raise StorageError(
            "report.unwritable",
            f"The report cannot be written: {error.strerror}.",
            hint="Choose another folder with --out, or free some space.",
            where=str(path),
        ) from error


def _when(iso: str) -> str:
    """ "2026-11-22T01:30:00+00:00" as "2026-11-22 01:30 UTC"."""
    return iso[:16].replace("T", " ") + (" UTC" if iso.endswith(("+00:00", "Z")) else "")


def _data_uri(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"
