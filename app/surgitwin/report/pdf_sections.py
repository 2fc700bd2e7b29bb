"""The sections of the PDF, in the order and with the facts of the HTML report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, KeepTogether, PageBreak, Spacer, Table

from surgitwin.report import words
from surgitwin.report.content import ERROR_CLASS, LEGEND, NOTICE, Content, when
from surgitwin.report.data import PlanSection, ReportData
from surgitwin.report.pdf_blocks import block_story
from surgitwin.report.pdf_page import picture_rows
from surgitwin.report.pdf_styles import ACCENT, coloured, grey, mark, paragraph, safe
from surgitwin.report.pdf_tables import WIDTH, facts_table, load_table, metric_table, text_table
from surgitwin.report.words import number, sentence

Story = Iterator[Any]
BULLET = "•"


def story(data: ReportData, made: Content) -> list[Any]:
    """Everything that is printed: first page, then the details."""
    sections: tuple[Callable[[ReportData, Content], Story], ...] = (
        first_page, charts, warnings, image_and_anatomy, plans, objects, loads, contact, metrics, solver,
        studies, limits, provenance,
    )  # fmt: skip
    return [item for section in sections for item in section(data, made)]


def first_page(data: ReportData, made: Content) -> Story:
    """Side, verdict, limits under rising load, key metrics, pictures."""
    yield _top(data)
    if data.virtual_fracture:
        rest = sentence(data.fracture.replace("Virtual fracture: ", ""))
        text = "It was set by the planner and is not in the image."
        yield paragraph(f"<b>Virtual fracture.</b> {text} {safe(rest)}", "alert")
    else:
        yield paragraph(f"<b>Fracture.</b> {safe(data.fracture)}")
    if not data.calibrated:
        text = "No density phantom was scanned: stiffness from HU is relative. Compare plans; do not read"
        yield paragraph(f"<b>Uncalibrated.</b> {text} absolute values.", "alert")
    yield from _heading("Verdict")
    yield from _items(made.verdict, "verdict")
    yield from _heading("Limits under rising load", "h2")
    yield load_table(made.load_rows, data, made)
    yield from _heading("Key metrics", "h2")
    if len(made.stages) == 1:
        yield paragraph(
            f"Healing stage of the gap: {safe(made.words(made.stages[0]))}. Of an implant's parts the one "
            "nearest its limit.", "small",
        )  # fmt: skip
    yield metric_table(made.key_rows, data, made, detailed=False)
    legend = "  ".join(coloured(text, kind) for kind, text in LEGEND)
    yield paragraph(f"{legend}  {safe(made.band_words)}", "small")
    if data.plans:
        yield _two_columns([p.title for p in data.plans], "tiny_item")
    each = 2 if len(data.plans) <= 3 else 1
    chosen = [x for p in data.plans for x in p.pictures[:each]]
    if chosen:
        yield from picture_rows(chosen, len(chosen), 36 * mm, 92 * mm)
    yield PageBreak()


def _top(data: ReportData) -> Table:
    """The side in large letters beside title and patient."""
    weight = "not known" if data.body_weight_kg is None else f"{number(data.body_weight_kg)} kg"
    facts = (
        f"Case <b>{safe(data.case)}</b>, patient {safe(data.patient)}, body weight {weight}, "
        f"{safe(when(data.created))}"
    )
    title = [
        paragraph("Comparison of fixation plans", "title"),
        paragraph(facts),
        paragraph(safe(data.review), "small"),
    ]
    return Table(
        [[paragraph(safe(data.side.upper()), "side"), title]],
        [42 * mm, WIDTH - 42 * mm],
        style=[
            ("BACKGROUND", (0, 0), (0, 0), ACCENT),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("LEFTPADDING", (1, 0), (1, 0), 5 * mm),
            ("BOTTOMPADDING", (0, 0), (0, 0), 3 * mm),
        ],
        spaceAfter=2 * mm,
    )


def charts(data: ReportData, _made: Content) -> Story:
    """The metrics as charts."""
    if data.charts:
        yield from _heading("Charts", room=80 * mm)
        yield from picture_rows(data.charts, 1, 60 * mm, 110 * mm)


def warnings(data: ReportData, _made: Content) -> Story:
    """Warnings that the first page does not say."""
    if data.warnings:
        yield from _heading("Warnings")
        yield from _items([sentence(w) for w in data.warnings])


def image_and_anatomy(data: ReportData, _made: Content) -> Story:
    """Facts of the series and of the measured bone."""
    yield from _heading("Image and anatomy", room=60 * mm)
    yield from _heading("Image", "h2")
    if data.image:
        yield facts_table(data.image)
    yield paragraph(
        "Calibrated with a density phantom."
        if data.calibrated
        else "Uncalibrated: no density phantom; statements are relative and the band includes "
        "E × 0.8 and × 1.2."
    )
    yield from _heading("Anatomy", "h2")
    yield paragraph(safe(data.review))
    if data.anatomy:
        yield facts_table(data.anatomy)
    yield from picture_rows(data.anatomy_pictures, 3)


def plans(data: ReportData, made: Content) -> Story:
    """One page or more for every plan."""
    for plan in data.plans:
        yield PageBreak()
        yield from _plan(plan)


def objects(data: ReportData, _made: Content) -> Story:
    """Own implants and reference objects of the case."""
    for block in data.objects:
        yield from block_story(block)


def _plan(plan: PlanSection) -> Story:
    yield from _heading(f"Plan: {safe(plan.title)}")
    yield paragraph(safe(plan.summary))
    yield from _heading("Operative list", "h2")
    rows = [
        (s.position, s.item, s.size, s.place,
         paragraph(grey(s.source) + ("" if s.verified else mark("not verified")), "cell_small"))
        for s in plan.steps
    ]  # fmt: skip
    if rows:
        yield text_table(("No.", "Item", "Size", "Place", "Catalogue"), rows, (7, 34, 14, 25, 30))
    else:
        yield paragraph("No implants.")
    if plan.findings:
        yield from _heading("Checks without simulation", "h2")
        yield from _items([sentence(f) for f in plan.findings])
    if plan.passed_checks:
        yield paragraph(f"{len(plan.passed_checks)} checks passed:", "small")
        yield _two_columns([sentence(f) for f in plan.passed_checks], "tiny_item")
    if plan.facts:
        yield from _heading("As planned", "h2")
        yield facts_table(plan.facts)
    yield from picture_rows(plan.pictures, 3)


def loads(data: ReportData, made: Content) -> Story:
    """Every force of every load in the bone's directions."""
    weight = "" if data.body_weight_kg is None else f", {number(data.body_weight_kg)} kg"
    yield PageBreak()
    yield from _heading("Loads")
    yield paragraph(
        "Forces on the bone in the directions of its own frame (proximal along the shaft axis, anterior, "
        f"medial); negative: lateral, posterior, distal. BW: body weight{weight}. Points in patient "
        "coordinates (LPS).", "small",
    )  # fmt: skip
    titles = ("Load", "Plans", "Acts on", "Medial [N]", "Anterior [N]", "Proximal [N]", "Size [N]", "% BW",
              "Point [mm] (LPS)")  # fmt: skip
    rows = []
    for x in made.loads:
        on = ", ".join(made.plan(n) for n in x.plans)
        for f in x.forces:
            share = "not used" if f.percent_bw is None else number(f.percent_bw)
            point = ", ".join(number(v) for v in f.point_mm)
            parts = (number(v) for v in f.components_N)
            rows.append((made.words(x.name), on, made.words(f.place), *parts, number(f.size_N), share, point))
    yield text_table(titles, rows, (21, 14, 18, 12, 13, 13, 12, 11, 20), small=True)


def metrics(data: ReportData, made: Content) -> Story:
    """Every number of all plans, then definitions, limits and their sources."""
    yield from _heading("All metrics")
    if len(made.stages) == 1:
        yield paragraph(f"Healing stage of the gap: {safe(made.words(made.stages[0]))}.", "small")
    for load in made.load_order:
        rows = [r for r in made.all_rows if r.load_case == load]
        if rows:
            yield from _heading(safe(made.words(load)), "h2")
            yield metric_table(rows, data, made, detailed=True)
    yield from _definitions(data, made)


def contact(data: ReportData, made: Content) -> Story:
    """A plan under the three contact models, where all were solved."""
    tables = data.compare.get("contact_models") or ()
    if not tables:
        return
    yield from _heading("How the implant touches the bone")
    yield paragraph(
        "The same plan with three ways of touching. The truth lies between passing through and grown in."
    )
    for table in tables:
        yield from _heading(safe(made.plan(table["plan"])), "h2")
        titles = [table["titles"][m] + (" (this plan)" if m == table["own"] else "") for m in table["models"]]
        rows = [
            (
                made.words(r["id"]) + ("" if r["unit"] == "1" else f", {r['unit']}"),
                made.words(r["load_case"]),
                *("–" if r["values"][m] is None else f"{r['values'][m]:.3g}" for m in table["models"]),
            )
            for r in table["rows"]
        ]
        yield text_table(("Metric", "Load", *titles), rows, (30, 25, 15, 15, 15), small=True)


def _definitions(data: ReportData, made: Content) -> Story:
    yield from _heading("Definitions, thresholds and sources", "h2")
    rows: list[tuple[object, ...]] = []
    for id_, m in data.definitions.items():
        name = paragraph(f"<b>{safe(m.title)}</b> {grey(id_)}", "cell_small")
        source = paragraph(grey(m.source) + ("" if m.verified else mark("not verified")), "cell_small")
        rows.append((name, "–" if m.unit == "1" else m.unit, m.definition, source))
    yield text_table(("Metric", "Unit", "Definition", "Source"), rows, (26, 10, 42, 22), small=True)
    yield from _heading("Source of each limit", "h2")
    rows = []
    for p in data.compare["plans"]:
        limited = {(m["id"], m["part"]): m for m in reversed(p["metrics"]) if m["threshold"] is not None}
        for m in reversed(limited.values()):
            source = paragraph(
                grey(m["source"] or "no source stated") + ("" if m["verified"] else mark("not verified")),
                "cell_small",
            )
            part = f"{made.plan(p['name'])}, {made.words(m['part'])}"
            rows.append((made.words(m["id"]), part, words.limit_text(m), source))
    yield text_table(("Metric", "Plan, part", "Limit", "Source"), rows, (28, 24, 14, 34), small=True)
    yield paragraph(
        "“Singular”: the value includes points at bonded edges, where stress grows without limit as the mesh "
        "is refined."
    )


def solver(data: ReportData, made: Content) -> Story:
    """Mesh quality and solver runs."""
    yield from _heading("Mesh and solver")
    if data.parts:
        titles = ("Part", "Cells", "Order", "Volume [mm³]", "Smallest scaled Jacobian",
                  "Distance to surface [mm]")  # fmt: skip
        rows = [
            (made.words(p["name"]), p["n_cells"], p["order"], _given(p["volume_mm3"]),
             number(p["min_scaled_jacobian"]), _given(p["hausdorff_mm"]))
            for p in data.parts
        ]  # fmt: skip
        yield text_table(titles, rows, (18, 12, 10, 18, 22, 22))
    yield paragraph(
        "One row per plan; ranges over its loads. Residual and imbalances: the largest of all loads.", "small"
    )
    columns = ("Plan", "Loads", "Unknowns", "Solver", "Iterations", "True relative residual",
              "Force imbalance", "Moment imbalance", "Time [s]", "Memory [MB]")  # fmt: skip
    lines = [
        (made.plan(r.plan), r.loads, r.unknowns, r.solver, r.iterations, number(r.residual),
         number(r.force_imbalance), number(r.moment_imbalance), r.seconds, r.memory_MB)
        for r in made.solver_rows
    ]  # fmt: skip
    yield text_table(columns, lines, (12, 9, 14, 15, 15, 14, 15, 15, 14, 15), small=True)
    if data.numerics is not None:
        one = data.numerics
        yield from _heading(safe(one.title), "h2")
        yield paragraph(f"<b>{safe(one.notes[0])}</b>")
        yield text_table(one.head, one.rows, (24, 14, *(14 for _ in one.head[2:])), small=True)
        for note in one.notes[1:]:
            yield paragraph(safe(note), "small")


def _given(value: float | None) -> str:
    return "not given" if value is None else number(value)


def studies(data: ReportData, _made: Content) -> Story:
    """Uncertain inputs, boundary conditions and mesh size."""
    if not data.studies:
        return
    yield from _heading("Studies")
    for one in data.studies:
        yield from _heading(safe(one.title), "h2")
        yield text_table(one.head, one.rows, (18, 18, *(12 for _ in one.head[2:])), small=True)
        for note in one.notes:
            yield paragraph(safe(note), "small")


def limits(data: ReportData, _made: Content) -> Story:
    """What the model assumes and where it ends."""
    yield from _heading("Assumptions")
    yield from _items(data.assumptions)
    yield from _heading("Limits")
    yield paragraph(safe(ERROR_CLASS), "alert")
    yield from _items(data.limits)


def provenance(data: ReportData, made: Content) -> Story:
    """Hashes, versions, state of the results, and a line to sign."""
    yield from _heading("Provenance")
    if data.provenance:
        yield facts_table(data.provenance)
    rows = [
        (made.plan(p["name"]), p["input_hash"], "out of date" if p["stale"] else "up to date")
        for p in data.compare["plans"]
    ]
    yield text_table(("Plan", "Input hash", "State"), rows, (25, 60, 15))
    line = Table([[""]], [WIDTH], [10 * mm], style=[("LINEBELOW", (0, 0), (-1, -1), 0.7, "#16191d")])
    end = paragraph(f"This report supports teaching and research. {NOTICE}.", "small")
    yield KeepTogether([Spacer(1, 5 * mm), paragraph("Read by (name, date, signature):"), line, end])


def _heading(markup: str, level: str = "h1", room: float = 30 * mm) -> Story:
    """A heading that never stands alone at the foot of a page."""
    yield CondPageBreak(room)
    yield paragraph(markup, level)


def _two_columns(lines: Sequence[str], name: str) -> Table:
    """Short items in two columns, read downwards."""
    cells = [paragraph(safe(x), name, BULLET) for x in lines]
    half = (len(cells) + 1) // 2
    pairs = [[cells[n], cells[n + half] if n + half < len(cells) else ""] for n in range(half)]
    style = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("TOPPADDING", (0, 0), (-1, -1), 0),
             ("BOTTOMPADDING", (0, 0), (-1, -1), 0), ("LEFTPADDING", (0, 0), (-1, -1), 0)]  # fmt: skip
    return Table(pairs, [WIDTH / 2, WIDTH / 2], style=style, spaceAfter=1 * mm)


def _items(lines: Any, name: str = "item") -> Story:
    for line in lines:
        yield paragraph(safe(line), name, BULLET)
