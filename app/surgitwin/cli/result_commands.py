"""solve, compare, report, export: from plans to numbers, pictures and files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from surgitwin.cli.case_commands import CASE
from surgitwin.cli.deidentify_commands import PURPOSE
from surgitwin.cli.output import Output, progress, speaks, table
from surgitwin.cli.problem_output import problem_output
from surgitwin.cli.vessel_output import solve_vessel_command


@click.command()
@click.argument("case", type=CASE, metavar="CASE|PROBLEM.toml")
@click.option("--plan", "plans", multiple=True, help="Only this plan (may be repeated); default all.")
@click.option("--healing", "healing", multiple=True, metavar="STAGE",
              help="Also at this healing stage of the fracture (may be repeated), or `all`.")  # fmt: skip
@click.option("--contact-models", is_flag=True,
              help="Also without contact, with contact and glued, for the table of the three.")  # fmt: skip
@click.option("--cores", type=click.IntRange(1), default=None, help="Processes to use (default: all cores).")
@click.option("--body-weight", type=float, help="kg, when the image header holds none.")
@click.option("--law", default=None, help="Density-modulus law (see resources/materials/density_laws.toml).")
@click.option("--calibration", default=None, help="Calibration HU to density: a name or a TOML file.")
@click.option("--stiffness", type=click.Choice(["point", "element_average"]), default=None,
              help="HU to modulus at every integration point, or Bonemat V3's element average.")  # fmt: skip
@click.option("--method", type=click.Choice(["cg", "mumps"]), default="cg", show_default=True)
@click.option("--rtol", type=float, default=1e-8, show_default=True, help="True relative residual to reach.")
@click.option("--remote", type=click.Choice(["distributing", "rigid"]), default="distributing",
              show_default=True, help="How the hip force reaches a cut neck.")  # fmt: skip
@click.option("--fields", type=click.Path(path_type=Path),
              help="For a problem file: folder for one .vtu of each part.")  # fmt: skip
@click.option("--restart", type=click.Path(path_type=Path),
              help="For a problem file: keeps the last good increment, and goes on from it.")  # fmt: skip
@click.option("--level", type=click.Choice(["L0", "L1", "L2"]), default="L1", show_default=True,
              help="Of a device in a vessel: geometry, rings in a soft wall, frame of struts.")  # fmt: skip
@click.option("--size", type=float, default=1.0, show_default=True,
              help="Of a vessel's wall: factor on the element size.")  # fmt: skip
@click.option("--time-limit", type=click.FloatRange(0.1), help="For a problem file: seconds.")
@speaks
def solve(
    case: Path, plans: tuple[str, ...], healing: tuple[str, ...], contact_models: bool, cores: int | None,
    fields: Path | None, restart: Path | None, time_limit: float | None, level: str, size: float,
    **options: Any,
) -> Output:  # fmt: skip
    """Solve the intact bone and every plan under every load; deploy the devices of a vessel case; or solve a
    problem file (.toml, .json) by itself."""
    from surgitwin.planning.solving.problem import is_problem, solve_problem

    if is_problem(case):
        return problem_output(solve_problem(case, fields, restart, time_limit, progress()))
    from surgitwin.planning.case import Case
    from surgitwin.planning.site import is_vessel
    from surgitwin.planning.solving.inputs import SolveOptions
    from surgitwin.planning.solving.results import stale_warnings
    from surgitwin.planning.solving.step import solve_case

    opened = Case.open(case)
    if is_vessel(opened):
        return solve_vessel_command(opened, plans, level, size, cores)
    wanted = SolveOptions(cores=cores, **options)
    with opened.folder.locked():
        runs = solve_case(
            opened, plans or None, wanted, progress(), healing=healing, contact_models=contact_models
        )
    rows = [
        [
            r["plan"],
            r["healing"] or "-",
            r["contact"] or "-",
            r["load_case"],
            str(r["dofs"]),
            str(r["iterations"]),
            f"{r['rel_residual']:.1e}",
            f"{r['moment_imbalance']:.1e}",
            f"{r['wall_s']['total']:.1f}",
            "yes" if r["cached"] else "no",
        ]
        for r in runs
    ]
    head = [
        "plan",
        "healing",
        "contact",
        "load case",
        "unknowns",
        "iterations",
        "residual",
        "moment imbalance",
        "s",
        "cached",
    ]
    warnings = stale_warnings(Case.open(case))
    lines = [table(rows, head), "", *_numerical(Case.open(case)), *warnings]
    return Output({"runs": runs, "warnings": warnings}, "\n".join(lines))


def _numerical(case: Any) -> list[str]:
    """Numerical checks of all results: one table of the worst values, and what it comes to."""
    from surgitwin.planning.solving.numerics_table import case_checks, head, rows, words

    found = case_checks(case)
    return [table([list(r) for r in rows(found)], list(head(found))), words(found), ""] if found else []


@click.command()
@click.argument("case", type=CASE)
@speaks
def compare(case: Path) -> Output:
    """Compare the solved plans: metrics with bands and thresholds, ranking, what is out of date."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.comparing.step import compare_case
    from surgitwin.planning.sites.work import work_of
    from surgitwin.planning.titles import names_of

    opened = Case.open(case)
    data = compare_case(opened)
    names = names_of(opened.plans().values())
    lines = [*work_of(opened).verdict(data, names), ""]
    for plan in data["plans"]:
        lines.append(f"Plan {plan['name']}" + (" (OUT OF DATE)" if plan["stale"] else ""))
        several = len(plan["healing_stages"]) > 1
        rows = [_metric_row(m, names, several) for m in plan["metrics"]]
        stage = ["healing"] if several else []
        lines += [table(rows, ["metric", "part", "load case", *stage, "value", "band", "limit", ""]), ""]
    lines += _numerical(opened)
    lines += [f"Note: {w}" for w in data["warnings"]]
    return Output(data, "\n".join(lines))


def _metric_row(m: Mapping[str, Any], names: Mapping[str, str], several_stages: bool) -> list[str]:
    """One metric in words, with its verdict; its healing stage when there are several."""
    from surgitwin.report.words import status

    unit = "" if m["unit"] == "1" else f" {m['unit']}"
    remark = m["reason"] or (status(m).marked if m["threshold"] is not None else "")
    return [
        names.get(m["id"], m["id"]),
        m["part"],
        m["load_case"],
        *([m["healing"]] if several_stages else []),
        "-" if m["value"] is None else f"{m['value']:.4g}{unit}",
        "" if not m["band"] else f"{m['band'][0]:.4g} to {m['band'][1]:.4g}",
        "" if m["threshold"] is None else f"{m['comparator']} {m['threshold']:g}",
        remark + (", singular" if m["singular"] else ""),
    ]


@click.command()
@click.argument("case", type=CASE)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="The file to write: .html or .pdf."
)
@PURPOSE
@speaks
def report(case: Path, out: Path, purpose: str) -> Output:
    """Write the report: one self-contained HTML file, or a PDF."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.objects.checks import object_checks
    from surgitwin.planning.objects.overview import file_notes
    from surgitwin.planning.objects.record import objects_of
    from surgitwin.planning.output.report import report_case
    from surgitwin.planning.privacy.leaving import before_leaving

    opened = Case.open(case)
    warnings = before_leaving(opened, "pictures", purpose)
    report_case(opened, out, progress(), purpose)
    objects = object_checks(opened, objects_of(opened.state))
    warnings += file_notes(opened.state)
    data = {"file": str(out), "objects": objects, "warnings": list(warnings)}
    return Output(data, "\n".join([f"Wrote {out}", *(f"Note: {w}" for w in warnings)]))


@click.command()
@click.argument("case", type=CASE)
@click.option(
    "--what",
    required=True,
    type=click.Choice(
        [
            "mesh",
            "tissues",
            "surface",
            "surfaces",
            "labels",
            "seg",
            "image",
            "result",
            "device",
            "registration",
            "objects",
        ]
    ),
)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="File; its suffix is the format.")
@click.option("--plan", "plan", default=None, help="For a result: the plan, or intact.")
@click.option("--load-case", default=None, help="For a result: the load case; of a vessel L1 or L2.")
@click.option("--source", type=click.Path(path_type=Path), help="For seg: the folder of the DICOM images.")
@click.option("--format", "form", type=click.Choice(["stl", "ply", "vtp"]), default="stl", show_default=True,
              help="For surfaces and objects: one file each, in the folder --out.")  # fmt: skip
@click.option("--number", type=int, default=None, help="For a registration: which, from 1 (else the last).")
@PURPOSE
@speaks
def export(
    case: Path,
    what: str,
    out: Path,
    plan: str | None,
    load_case: str | None,
    source: Path | None,
    form: str,
    number: int | None,
    purpose: str,
) -> Output:
    """Write a mesh, surface, label map, DICOM SEG, image or result for other programs."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.output.export import export_case
    from surgitwin.planning.output.file_names import size_words

    made = export_case(
        Case.open(case), what, out, plan, load_case, source=source, form=form, number=number,
        purpose=purpose, progress=progress(),
    )  # fmt: skip
    size = made.size_bytes
    data = {"file": str(made.file), "what": made.what, "bytes": size, "warnings": list(made.warnings)}
    lines = [f"Wrote {made.file}: {made.what}, {size_words(size)}.", *(f"Note: {w}" for w in made.warnings)]
    return Output(data, "\n".join(lines))
