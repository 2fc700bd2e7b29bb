"""The report of a vessel case: a `Document` for HTML and PDF."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from surgitwin import __version__
from surgitwin.core.metric import MetricDefinition
from surgitwin.core.plan import Plan
from surgitwin.core.progress import SILENT, Progress
from surgitwin.planning.case import Case, now
from surgitwin.planning.comparing.metric_json import metric_from_json
from surgitwin.planning.images.facts import image_facts
from surgitwin.planning.objects.record import objects_of
from surgitwin.planning.objects.report import object_blocks
from surgitwin.planning.output.general_report import report_general
from surgitwin.planning.output.pictures import Picture
from surgitwin.planning.segments.review import words as review_words
from surgitwin.planning.site import SITES, site_of
from surgitwin.planning.solving.results import read_run
from surgitwin.planning.titles import plan_title, short_title
from surgitwin.planning.versions import VESSEL_MODELS
from surgitwin.planning.vessels.anatomy_facts import anatomy_rows
from surgitwin.planning.vessels.anatomy_store import require_vessel, vessel_anatomy, vessel_key
from surgitwin.planning.vessels.answers import answers_of, questions_of
from surgitwin.planning.vessels.compare import compare_vessel
from surgitwin.planning.vessels.grid import picture_grid
from surgitwin.planning.vessels.metric_tables import key_table, plan_table
from surgitwin.planning.vessels.pictures import vessel_pictures
from surgitwin.planning.vessels.plans import check, procedure_of, vessel_context
from surgitwin.planning.vessels.results import DEPLOYED, result_entry
from surgitwin.planning.vessels.verdict import vessel_verdict
from surgitwin.planning.vessels.words import ASSUMPTIONS, ERROR_CLASS, LIMITS, TITLES
from surgitwin.report.data import Fact, ReportPicture
from surgitwin.report.document import (
    Block,
    Cell,
    DataTable,
    Document,
    FactTable,
    Heading,
    Items,
    Pictures,
    Text,
)
from surgitwin.report.document_files import write_document
from surgitwin.report.words import number, sentence


def report_vessel(case: Case, out: Path, progress: Progress = SILENT) -> None:
    """Write the report of all plans to `out`, as `write_document`; of own objects alone without a plan."""
    if objects_of(case.state) and not case.plans():
        return report_general(case, out, progress)
    compare = compare_vessel(case)
    progress("Drawing pictures", 0.1)
    pictures = vessel_pictures(case)
    objects = object_blocks(case, progress.part(0.7, 0.9))
    progress("Writing the report", 0.9)
    write_document(vessel_document(case, compare, pictures, objects), out)


def vessel_document(
    case: Case, compare: Mapping[str, Any], pictures: list[Picture], objects: tuple[Block, ...] = ()
) -> Document:
    """Everything that the report says, in its order. objects: its section on own objects."""
    plans = case.plans()
    definitions = {
        d.id: d for p in plans.values() for d in procedure_of(case, p.procedure).metric_definitions()
    }
    anatomy = vessel_anatomy(case)
    site = site_of(case)
    code = str(case.state["patient"].get("patient_code") or "not known")
    sections: list[list[Block]] = [
        _first_page(case, compare, definitions, pictures),
        _warnings(compare),
        _anatomy(case, pictures),
        *(_plan(case, p, compare, definitions, pictures) for p in plans.values()),
        list(objects),
        _definitions(definitions),
        _solver(case, plans),
        _limits(case, compare),
    ]
    return Document(
        title=TITLES[site],
        badge=SITES[site].title,
        case=case.name,
        lead=f"Case {case.name}, patient {code}. {review_words(case.state)}",
        program=f"SurgiTwin {__version__}",
        created=now(),
        blocks=tuple(block for section in sections for block in section),
        marks=("sizing indicative",) if anatomy.indicative else (),
    )


def _first_page(
    case: Case,
    compare: Mapping[str, Any],
    definitions: Mapping[str, MetricDefinition],
    pictures: list[Picture],
) -> list[Block]:
    plans = case.plans()
    out: list[Block] = []
    indicative = vessel_anatomy(case).indicative
    if indicative:
        out.append(Text(f"Sizing is indicative: {indicative}", "alert"))
    open_questions = [q for q in questions_of(case) if q.id not in answers_of(case)]
    out += [Text(f"Not answered: {q.title}. {q.why}", "alert") for q in open_questions]
    out += [
        Heading("What the numbers say"),
        Items(vessel_verdict(compare, {n: short_title(p) for n, p in plans.items()}), large=True),
        Text("These sentences are no advice: weigh them for the patient. Bands are given with every number."),
    ]
    grid = picture_grid(case, compare)
    if grid is not None:
        out += [Heading("Size and depth at a glance"), Text(GRID_WORDS, "legend"), grid]
    out += [Heading("Key numbers"), key_table(case, compare, definitions)]
    charts = [_printed(p) for p in pictures if p.name == "chart"]
    return out + ([Pictures(tuple(charts), 1)] if charts else [])


GRID_WORDS = (
    "Each picture is the wall unrolled: angle from left to right, flow upwards; grey is not touched, "
    "colour is contact "
    "pressure on one scale for all cells."
)


def _warnings(compare: Mapping[str, Any]) -> list[Block]:
    said = tuple(sentence(w) for w in compare["warnings"])
    return [Heading("Warnings"), Items(said)] if said else []


def _anatomy(case: Case, pictures: list[Picture]) -> list[Block]:
    asked = tuple(
        Fact(q.title, answers_of(case).get(q.id, "not answered"), q.why) for q in questions_of(case)
    )
    return [
        Heading("Image and anatomy", new_page=True),
        FactTable(image_facts(case)),
        Heading("Anatomy", 2),
        FactTable((*anatomy_rows(case), *asked)),
        Pictures(tuple(_printed(p) for p in pictures if p.name.startswith("anatomy")), 2),
    ]


def _plan(
    case: Case,
    plan: Plan,
    compare: Mapping[str, Any],
    definitions: Mapping[str, MetricDefinition],
    pictures: list[Picture],
) -> list[Block]:
    row = next(p for p in compare["plans"] if p["name"] == plan.name)
    findings = [f for f in check(case, plan) if f.severity != "info"]
    items = procedure_of(case, plan.procedure).operative_list(plan)
    steps = tuple(
        (
            Cell(str(e.order)),
            Cell(e.title),
            Cell(e.place),
            Cell(e.catalogue_id, marks=() if e.verified else ("not verified",)),
        )
        for e in items
    )
    out: list[Block] = [
        Heading(f"Plan: {plan_title(plan)}"),
        Text(row["level"] + (". OUT OF DATE: solve again." if row["stale"] else ".")),
        DataTable(("No.", "Item", "Place", "Catalogue"), steps, (6, 40, 30, 24)),
    ]
    if findings:
        out += [Heading("Checks", 2), Items(tuple(f"{f.severity}: {f.message}" for f in findings))]
    out += [
        Pictures(tuple(_printed(p) for p in pictures if p.plan == plan.name), 2),
        *_risks(case, plan, row),
        Heading("All numbers", 2),
        plan_table(row, definitions),
    ]
    return out


def _risks(case: Case, plan: Plan, row: Mapping[str, Any]) -> list[Block]:
    """Numbers of the plan beside published groups, with their spread."""
    found = [metric_from_json(m) for m in row["metrics"]]
    bands = procedure_of(case, plan.procedure).risks(vessel_context(case), found)
    if not bands:
        return []
    rows = []
    for b in bands:
        value = f"{number(b.value)} {'' if b.unit == '1' else b.unit}".strip()
        spread = "" if b.band is None else f"band {number(b.band[0])} to {number(b.band[1])}"
        groups = "; ".join(
            f"{g.label} {number(g.centre)} ({number(g.low)} to {number(g.high)})" for g in b.groups
        )
        cut = "" if b.cut is None else f"published cut-off {number(b.cut)}, shown and not applied"
        marks = () if b.verified else ("not verified",)
        rows.append(
            (
                Cell(b.title, b.part),
                Cell(value, spread),
                Cell(groups or "–", cut),
                Cell(b.words),
                Cell(b.source, "", marks),
            )
        )
    head = ("Beside published groups", "This plan", "Groups: centre (spread)", "What it says", "Source")
    return [
        Heading("Risk, as bands", 2),
        DataTable(head, tuple(rows), (20, 14, 24, 26, 16)),
    ]


def _definitions(definitions: Mapping[str, MetricDefinition]) -> list[Block]:
    rows = tuple(
        (
            Cell(d.title, d.id),
            Cell("–" if d.unit == "1" else d.unit),
            Cell(d.definition),
            Cell(d.source, marks=() if d.verified else ("not verified",)),
        )
        for d in definitions.values()
    )
    return [
        Heading("Definitions and sources", new_page=True),
        DataTable(("Metric", "Unit", "Definition", "Source"), rows, (26, 9, 43, 22)),
    ]


def _solver(case: Case, plans: Mapping[str, Plan]) -> list[Block]:
    rows = []
    for name in plans:
        for level in DEPLOYED:
            entry, _ = result_entry(case, name, level)
            run = None if entry is None else read_run(case, entry["input_hash"])
            for r in run["rows"] if run is not None else ():
                rows.append(
                    tuple(
                        Cell("–" if v is None else v if isinstance(v, str) else number(v))
                        for v in (
                            name, level, r["dofs"], r["n_cells"], r["iterations"], r["force_N"], r["balance"],
                            r["wall_s"]["total"],
                        )
                    )
                )  # fmt: skip
    head = ("Plan", "Level", "Unknowns", "Cells", "Iterations", "Radial force [N]", "Balance", "Time [s]")
    if not rows:
        return []
    return [Heading("Mesh and solver"), DataTable(head, tuple(rows), (20, 8, 12, 12, 12, 12, 12, 12))]


def _limits(case: Case, compare: Mapping[str, Any]) -> list[Block]:
    site = site_of(case)
    provenance = [
        Fact("Image hash", case.state["image_hash"]),
        Fact("Anatomy hash", vessel_key(case)),
        Fact("Points of the segmentation", ", ".join(
            f"{k} ({', '.join(f'{x:.1f}' for x in v)})" for k, v in require_vessel(case)["clicks"].items()
        )),
        *(Fact(f"Result hash, plan {p['name']}", p["input_hash"]) for p in compare["plans"]),
        Fact("Model versions", ", ".join(f"{k} {v}" for k, v in VESSEL_MODELS.items())),
    ]  # fmt: skip
    return [
        Heading("Assumptions"),
        Items(ASSUMPTIONS[site]),
        Heading("Limits"),
        Text(ERROR_CLASS[site], "alert"),
        Items(LIMITS[site]),
        Heading("Provenance"),
        FactTable(tuple(provenance)),
    ]


def _printed(picture: Picture) -> ReportPicture:
    return ReportPicture(picture.title, picture.png, picture.alt)
