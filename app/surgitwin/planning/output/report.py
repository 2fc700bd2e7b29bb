"""Fill the report from a case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from surgitwin import __version__
from surgitwin.core.errors import UsageError
from surgitwin.core.places import require_folder
from surgitwin.core.plan import Plan
from surgitwin.core.progress import SILENT, Progress
from surgitwin.exchange.consent import require_consent
from surgitwin.implants import OperativeEntry
from surgitwin.mechanics.materials import callus
from surgitwin.planning.case import Case, now
from surgitwin.planning.comparing.step import RANK_BY, compare_bone
from surgitwin.planning.images.facts import image_facts
from surgitwin.planning.objects.record import objects_of
from surgitwin.planning.objects.report import object_blocks
from surgitwin.planning.output.general_report import report_general
from surgitwin.planning.output.pictures import Picture, case_pictures
from surgitwin.planning.plans.facts import plan_facts
from surgitwin.planning.plans.step import check_plan
from surgitwin.planning.segments.review import words as review_words
from surgitwin.planning.sites.work import work_of
from surgitwin.planning.solving.fields import has_result
from surgitwin.planning.solving.inputs import SolveInputs, SolveOptions, settle_inputs
from surgitwin.planning.solving.numerics_table import (
    ERROR_WORDS,
    NOTE,
    TITLE,
    case_checks,
    head,
    limit,
    number,
    rows,
    words,
)
from surgitwin.planning.solving.results import INTACT, read_run, result_entry
from surgitwin.planning.titles import names_of, plan_title, short_title
from surgitwin.planning.uncertainty.tables import study_tables
from surgitwin.planning.versions import MODELS
from surgitwin.procedures.registry import get
from surgitwin.report.charts import load_chart, metric_chart
from surgitwin.report.data import Fact, OperativeStep, PlanSection, ReportData, ReportPicture, StudyTable
from surgitwin.report.document import Block
from surgitwin.report.html import write_html
from surgitwin.report.pdf import write_pdf
from surgitwin.report.words import name_text, sentence

WRITERS: dict[str, Callable[[ReportData, Path], None]] = {
    ".html": write_html,
    ".htm": write_html,
    ".pdf": write_pdf,
}
"""What writes a report, by the suffix of its file."""
CHART_LOADS = "ifm_axial_far"
"""The metric whose chart runs over the loads."""
KEY_METRICS = (
    "axial_stiffness",
    "ifm_axial_far",
    "ifm_shear",
    "ifs",
    RANK_BY.metric,
    "implant_endurance_use",
    "bone_rf_patch_max",
)
ASSUMPTIONS = (
    "Small strains, linear elastic bone and metal; loads scale linearly.",
    "Only screw threads are bonded to bone, locking heads to their plate, and the shank of a nail's "
    "locking screw to the wall of its hole (its clearance is ignored).",
    "A plate stands off the bone and does not touch it.",
    "A nail meets the bone through its locking screws only.",
    "The nail displaces bone in its way; the canal has its own modulus.",
    "The distal cut is held; the hip force acts at the head centre, the abductor on the greater trochanter.",
    "Bone modulus is isotropic, from HU at every integration point.",
)
LIMITS = (
    "No contact under the plate or in the canal, no loosening, no thread geometry, no fatigue life.",
    "Soft tissue other than the abductor is left out.",
    "Threshold values marked unverified were not read in their source by us.",
)


def report_case(case: Case, out: Path, progress: Progress = SILENT, purpose: str = "planning") -> None:
    """Write the report of all solved plans to `out`: HTML or PDF, by its suffix.

    Raises UsageError "usage.format" for another suffix, "consent.outside_scope" when the case's consent does
    not cover `purpose`, InputError "compare.nothing" without a result and without own objects,
    StorageError "storage.no_folder".
    """
    require_consent(case.state, purpose)
    _writer(out)
    require_folder(out)
    work_of(case).report(case, out, progress)


def report_bone(case: Case, out: Path, progress: Progress = SILENT) -> None:
    """Write the report of a case about a bone; of its own objects alone while no plan has a result."""
    writer = _writer(out)
    case.require_bone()
    if objects_of(case.state) and not any(has_result(case, name) for name in case.plans()):
        return report_general(case, out, progress)
    compare = compare_bone(case)
    progress("Drawing pictures", 0.1)
    pictures = case_pictures(case)
    objects = object_blocks(case, progress.part(0.7, 0.9))
    progress("Writing the report", 0.9)
    writer(report_data(case, compare, pictures, objects), out)


def _writer(out: Path) -> Callable[[ReportData, Path], None]:
    writer = WRITERS.get(out.suffix.lower())
    if writer is None:
        raise UsageError(
            "usage.format",
            f"A report cannot be written as {out.suffix or 'a file without suffix'}.",
            hint="Give a file name that ends in .html or .pdf.",
            where=str(out),
        )
    return writer


def report_data(
    case: Case, compare: dict[str, Any], pictures: list[Picture], objects: tuple[Block, ...] = ()
) -> ReportData:
    """Everything that the report says. objects: its section on own objects."""
    plans = {
        name: plan for name, plan in case.plans().items() if name in {p["name"] for p in compare["plans"]}
    }
    first = next(iter(plans.values()))
    inputs = settle_inputs(case, SolveOptions())
    definitions = {
        d.id: d for name in {p.procedure for p in plans.values()} for d in get(name).metric_definitions()
    }
    runs = [
        row
        for name in (INTACT, *plans)
        if (entry := result_entry(case, name)) is not None
        and (run := read_run(case, entry["input_hash"])) is not None
        for row in run["rows"]
    ]
    names = names_of(plans.values())
    return ReportData(
        case=case.name,
        patient=str(case.state["patient"].get("patient_code") or "not known"),
        created=now(),
        program=f"SurgiTwin {__version__}",
        side=case.anatomy.side,
        frame=case.anatomy.frame,
        fracture=fracture_words(case, first),
        virtual_fracture=bool(first.fracture and first.fracture.virtual),
        calibrated=inputs.calibration.calibrated,
        compare=compare,
        definitions=definitions,
        key_metrics=KEY_METRICS,
        key_loads=(RANK_BY.load_case,),
        names=names,
        plans=tuple(_section(case, plan, pictures) for plan in plans.values()),
        body_weight_kg=inputs.body_weight_kg,
        image=image_facts(case),
        anatomy=_anatomy_facts(case),
        anatomy_pictures=tuple(_printed(p) for p in pictures if not p.plan),
        parts=case.state["mesh"]["parts"],
        runs=runs,
        assumptions=ASSUMPTIONS,
        limits=LIMITS,
        provenance=_provenance(case, inputs, compare),
        review=review_words(case.state),
        studies=study_tables(case),
        numerics=_numerics(case),
        charts=_charts(compare, names, {n: short_title(p) for n, p in plans.items()}),
        objects=objects,
    )


def _numerics(case: Case) -> StudyTable | None:
    """Numerical checks of the results."""
    found = case_checks(case)
    details = [
        f"{c.title}, {name_text(load)}: {x.title.lower()} {number(x)} ({limit(x)})."
        for c in found
        for load, x in c.not_met
    ]
    notes = (words(found), *details, NOTE, ERROR_WORDS)
    return StudyTable(TITLE, head(found), tuple(rows(found)), notes) if found else None


def fracture_words(case: Case, plan: Plan) -> str:
    """Place, width and healing stage in words."""
    if plan.fracture is None:
        return "No fracture."
    at = case.anatomy.frame.from_lps(plan.fracture.plane.point_mm)[2]
    lesser = case.anatomy.frame.from_lps(case.anatomy.landmarks["lesser_trochanter"].point_mm)[2]
    stage = callus(plan.fracture.healing).title
    kind = "Virtual fracture" if plan.fracture.virtual else "Fracture"
    place = f"{lesser - at:.0f} mm below the lesser trochanter"
    return f"{kind}: gap of {plan.fracture.gap_mm:g} mm, {place}; {stage[:1].lower()}{stage[1:]}."


def _charts(
    compare: Mapping[str, Any], names: Mapping[str, str], plans: Mapping[str, str]
) -> tuple[ReportPicture, ...]:
    """Shares of the limits, and the motion of the fracture over the loads."""
    shares = "Values as shares of their limits, with bands"
    over = f"{sentence(name_text(CHART_LOADS, names))}, over the loads"
    return (
        ReportPicture(shares, metric_chart(compare, KEY_METRICS, names, plans, zoom=2.0), shares),
        ReportPicture(over, load_chart(compare, CHART_LOADS, names, plans, zoom=2.0), over),
    )


def _printed(picture: Picture) -> ReportPicture:
    return ReportPicture(picture.title, picture.png, picture.alt)


def _section(case: Case, plan: Plan, pictures: list[Picture]) -> PlanSection:
    entries: tuple[OperativeEntry, ...] = get(plan.procedure).operative_list(plan)
    steps = tuple(
        OperativeStep(
            e.order,
            e.title,
            "" if e.length_mm is None else f"{e.length_mm:g} mm",
            e.place,
            e.catalogue_id,
            e.verified,
        )
        for e in entries
    )
    checked = check_plan(case, plan)
    return PlanSection(
        name=plan.name,
        title=plan_title(plan),
        short=short_title(plan),
        summary=fracture_words(case, plan),
        steps=steps,
        findings=tuple(f"{f.severity}: {f.message}" for f in checked if f.severity != "info"),
        passed_checks=tuple(f.message for f in checked if f.severity == "info"),
        facts=plan_facts(case, plan, checked),
        pictures=tuple(_printed(p) for p in pictures if p.plan == plan.name),
    )


def _anatomy_facts(case: Case) -> tuple[Fact, ...]:
    anatomy = case.anatomy
    head = anatomy.landmarks["head_centre"]
    rows = [
        Fact("Side", f"{anatomy.side} ({anatomy.side_confidence})"),
        Fact("Torsion", f"{anatomy.torsion_deg:.1f} degrees", estimated=anatomy.torsion_estimated),
        Fact("Head radius", f"{anatomy.head_radius_mm:.1f} mm", estimated=head.estimated),
    ]
    for name, mark in anatomy.landmarks.items():
        x, y, z = mark.point_mm
        value = f"LPS ({x:.1f}, {y:.1f}, {z:.1f}) mm"
        rows.append(Fact(name.replace("_", " "), value, mark.rule, mark.estimated))
    return tuple(rows)


def _provenance(case: Case, inputs: SolveInputs, compare: Mapping[str, Any]) -> tuple[Fact, ...]:
    scan = inputs.calibration
    line = f"density = {scan.a:g} + {scan.b:g} HU g/cm3 ({scan.phantom})"
    rows = [
        Fact("Calibration", f"{scan.name}: {line}", scan.source, verified=scan.verified),
        Fact("Density-modulus law", inputs.law),
        Fact("Residual asked for", f"{inputs.rtol:g}"),
        Fact("Hip force on a cut neck", inputs.remote),
        Fact("Image hash", case.state["image_hash"]),
        Fact("Label hash", case.state["labels"]["hash"]),
        Fact("Mesh hash", case.state["mesh"]["input_hash"]),
    ]  # fmt: skip
    rows += [Fact(f"Result hash, plan {p['name']}", p["input_hash"]) for p in compare["plans"]]
    rows.append(Fact("Model versions", ", ".join(f"{k} {v}" for k, v in MODELS.items())))
    return tuple(rows)
