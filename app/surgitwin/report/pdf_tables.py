"""Tables of the PDF: heads repeated on every page, cells that wrap, lights as sign, word and colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, Table

from surgitwin.report import words
from surgitwin.report.content import Content
from surgitwin.report.data import Fact, ReportData
from surgitwin.report.pdf_styles import HEAD, LIGHTS, LINE, coloured, grey, mark, paragraph, safe
from surgitwin.report.summary import LoadRow, Row

WIDTH = 186 * mm
"""Width between the margins of A4."""
Commands = list[tuple[Any, ...]]


def grid(
    rows: Sequence[Sequence[Any]], shares: Sequence[float], heads: int = 1, extra: Sequence[Any] = ()
) -> Table:
    """A ruled table over the full width. shares: relative column widths. heads: rows repeated on pages."""
    whole = sum(shares)
    commands: Commands = [
        ("GRID", (0, 0), (-1, -1), 0.4, LINE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 1.3 * mm),
        ("RIGHTPADDING", (0, 0), (-1, -1), 1.3 * mm),
        ("TOPPADDING", (0, 0), (-1, -1), 0.3 * mm),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 0.7 * mm),
    ]
    if heads:
        commands.append(("BACKGROUND", (0, 0), (-1, heads - 1), HEAD))
    return Table(
        [list(row) for row in rows],
        [WIDTH * s / whole for s in shares],
        style=[*commands, *extra],
        repeatRows=heads,
        splitInRow=1,
        spaceAfter=2 * mm,
    )


def head(*titles: str, small: bool = False) -> list[Paragraph]:
    """A row of column titles."""
    return [paragraph(f"<b>{safe(t)}</b>", _cell(small)) for t in titles]


def text_table(
    titles: Sequence[str], rows: Sequence[Sequence[object]], shares: Sequence[float], small: bool = False
) -> Table:
    """A table of plain values, the first column bold. A `str` that is markup must be a Paragraph."""
    body = [[_value(v, small, first=n == 0) for n, v in enumerate(row)] for row in rows]
    return grid([head(*titles, small=small), *body], shares)


def _value(value: object, small: bool, first: bool) -> Paragraph:
    if isinstance(value, Paragraph):
        return value
    return paragraph(f"<b>{safe(value)}</b>" if first else safe(value), _cell(small))


def facts_table(facts: Sequence[Fact]) -> Table:
    """Name, value with its marks, source."""
    rows = []
    for f in facts:
        value = safe(f.value) + (mark("estimated") if f.estimated else "")
        value += "" if f.verified else mark("not verified")
        rows.append(
            [paragraph(f"<b>{safe(f.name)}</b>", "cell"), paragraph(value, "cell"),
             paragraph(grey(f.source), "cell_small")]
        )  # fmt: skip
    if not any(f.source for f in facts):
        return grid([row[:2] for row in rows], (32, 68), heads=0)
    return grid(rows, (30, 36, 34), heads=0)


def metric_table(rows: Sequence[Row], data: ReportData, made: Content, *, detailed: bool) -> Table:
    """Metrics of all plans side by side. detailed: with the part in place of the load."""
    plans = data.compare["plans"]
    small = len(plans) > 3
    titles = [_plan_head(p, made, small) for p in plans]
    loads = {r.load_case for r in rows}
    under = words.uncapital(made.words(next(iter(loads)))) if detailed and len(loads) == 1 else ""
    title = f"Metric, {under}" if under else "Metric"
    table: list[list[Paragraph]] = [[*head(title, "Part" if detailed else "Load", small=small), *titles]]
    lights: Commands = []
    for r in rows:
        place = [made.words(r.part)] if detailed and r.part else []
        place += [] if detailed else [made.words(r.load_case)]
        place += [made.words(r.healing)] if len(made.stages) > 1 and r.healing else []
        line = [paragraph(f"<b>{safe(made.words(r.id))}</b>", _cell(small))]
        line.append(paragraph(safe(", ".join(place)), _cell(small)))
        for n, m in enumerate(r.cells):
            part = made.words(m["part"]) if m is not None and m.get("part") and not r.part else ""
            old = bool(plans[n].get("stale"))
            line.append(paragraph(_metric(m, part, old), _cell(small)))
            kind = "none" if m is None else "missing" if old else words.status(m).kind
            lights += _light(kind, n + 2, len(table))
        table.append(line)
    return grid(table, _shares(len(plans), (25, 17)), extra=lights)


def load_table(rows: Sequence[LoadRow], data: ReportData, made: Content) -> Table:
    """What every plan fails under each load."""
    plans = data.compare["plans"]
    small = len(plans) > 3
    table: list[list[Paragraph]] = [
        [*head("Load", small=small), *(_plan_head(p, made, small) for p in plans)]
    ]
    lights: Commands = []
    for r in rows:
        line = [paragraph(f"<b>{safe(made.words(r.load_case))}</b>", _cell(small))]
        for n in range(len(plans)):
            kind, markup = _load_cell(r, n, made)
            if plans[n].get("stale"):
                kind, markup = "missing", grey("? out of date: solve again")
            line.append(paragraph(markup, _cell(small)))
            lights += _light(kind, n + 1, len(table))
        table.append(line)
    return grid(table, _shares(len(plans), (20,)), extra=lights)


def _load_cell(row: LoadRow, n: int, made: Content) -> tuple[str, str]:
    """Kind of traffic light and markup of one plan under one load."""
    failed = "; ".join(words.uncapital(made.words(x)) for x in row.failed[n])
    near = "; ".join(words.uncapital(made.words(x)) for x in row.uncertain[n])
    if row.invalid[n]:
        over = f" (computed values over their limit: {safe(failed)})" if failed else ""
        said = ": surfaces would touch, motion and stress are overestimates; not judged"
        return "outside", coloured("⊘ outside the model", "outside") + said + over
    if failed:
        return "fail", f"{coloured('✖ fails', 'fail')}: {safe(failed)}"
    if near:
        return "uncertain", (
            f"{coloured('≈ meets all, but a band crosses the limit', 'uncertain')}: {safe(near)}"
        )
    return "pass", coloured("✔ meets all limits", "pass")


def _metric(m: Mapping[str, Any] | None, part: str, old: bool) -> str:
    """Markup of one number: value, band, part, traffic light, marks; grey when it is out of date."""
    if m is None:
        return "–"
    light = words.status(m)
    kind = "missing" if old else light.kind
    out = ""
    if m["value"] is not None:
        out = f"<b>{safe(words.value_text(m))}</b>"
        out += grey(f" band {words.band_text(m)}") if m.get("band") else ""
        out += grey(f" ({part})") if part else ""
        out += "<br/>"
    return out + coloured(light.marked, kind) + "".join(mark(w) for w in words.marks(m))


def _light(kind: str, column: int, row: int) -> Commands:
    """Fill of a cell and its edge at the left."""
    fill, edge = LIGHTS[kind]
    out: Commands = [("BACKGROUND", (column, row), (column, row), fill)]
    if kind not in ("none", "missing"):
        out.append(("LINEBEFORE", (column, row), (column, row), 2, edge))
    return out


def _plan_head(plan: Mapping[str, Any], made: Content, small: bool) -> Paragraph:
    old = mark("out of date") if plan.get("stale") else ""
    return paragraph(f"<b>{safe(made.plan(plan['name']))}</b>{old}", _cell(small))


def _shares(plans: int, first: Sequence[float]) -> list[float]:
    """Column widths: the first ones shrink when there are many plans."""
    return [*(s if plans <= 3 else 0.75 * s for s in first), *([60 / plans] * plans)]


def _cell(small: bool) -> str:
    return "cell_small" if small else "cell"
