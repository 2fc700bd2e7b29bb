"""study: uncertainty, boundary conditions and mesh size; what they do to the numbers of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from surgitwin.cli.case_commands import CASE
from surgitwin.cli.output import Output, progress, speaks, table


@click.group()
def study() -> None:
    """Uncertainty of the inputs, other boundary conditions, other mesh sizes."""


@study.command()
@click.argument("case", type=CASE)
@click.option("--plan", "plans", multiple=True, help="Only this plan (may be repeated); default all.")
@click.option("--samples", type=int, default=None, help="Draws (lhs) or base samples (sobol).")
@click.option("--method", type=click.Choice(["lhs", "sobol"]), default="lhs", show_default=True)
@click.option("--seed", type=int, default=None, help="Of the draws; default fixed.")
@click.option("--input", "inputs", multiple=True, metavar="NAME=LOW:HIGH",
              help="Narrow or fix an input, such as hu_shift=-10:10, slide=0 or law=keller.")  # fmt: skip
@click.option("--workers", type=int, default=None, help="Processes on this computer (default: all cores).")
@click.option("--scheduler", default=None, metavar="ADDRESS", help="A running dask scheduler to use instead.")
@click.option("--timeout", "timeout_s", type=float, default=None, help="Seconds for one sample.")
@click.option("--estimate", is_flag=True, help="Only say what it would cost.")
@speaks
def run(
    case: Path,
    plans: tuple[str, ...],
    samples: int | None,
    method: Any,
    seed: int | None,
    inputs: tuple[str, ...],
    workers: int | None,
    scheduler: str | None,
    timeout_s: float | None,
    estimate: bool,
) -> Output:
    """Draw the uncertain inputs, solve every plan for each draw, say what follows; can be taken up again."""
    from surgitwin.jobs.sweep import SweepOptions, worker_count
    from surgitwin.planning.case import Case
    from surgitwin.planning.uncertainty.inputs import settings
    from surgitwin.planning.uncertainty.run import plan_work, run_study
    from surgitwin.planning.uncertainty.study import StudyOptions

    opened = Case.open(case)
    options = StudyOptions(plans or None, method, samples, seed, inputs)
    sweeping = SweepOptions(scheduler, workers, timeout_s=timeout_s or float(settings()["timeout_s"]))
    if estimate:
        cost = plan_work(opened, options, worker_count(sweeping)).cost
        return Output({"cost": cost.text, "seconds": cost.seconds, "solves": cost.solves}, cost.text)
    with opened.folder.locked():
        found = run_study(opened, options, sweeping, progress())
    return Output(found, "\n".join(study_lines(found)))


@study.command()
@click.argument("case", type=CASE)
@speaks
def status(case: Path) -> Output:
    """The studies of a case: how far they are, and whether they still belong to the plans."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.uncertainty.show import study_states

    rows = study_states(Case.open(case))
    lines = [
        [
            s["id"], s["when"], s["method"], str(s["rows"]), p["name"], str(p["done"]), str(p["failed"]),
            str(p["missing"]), "out of date" if p["stale"] else "",
        ]
        for s in rows
        for p in s["plans"]
    ]  # fmt: skip
    head = ["study", "when", "method", "rows", "plan", "done", "failed", "missing", ""]
    return Output({"studies": rows}, table(lines, head) if lines else "No study yet.")


@study.command()
@click.argument("case", type=CASE)
@click.option("--id", "study_id", default=None, help="Of `study status`; default the newest finished one.")
@speaks
def show(case: Path, study_id: str | None) -> Output:
    """What a study found: bands, probabilities of the limits, what matters, how firm the ranking is."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.uncertainty.show import show_study

    found = show_study(Case.open(case), study_id)
    return Output(found, "\n".join(study_lines(found)))


@study.command()
@click.argument("case", type=CASE)
@click.option("--plan", "plan", required=True, help="The plan, or intact.")
@speaks
def boundary(case: Path, plan: str) -> Output:
    """One plan under several sets of loads and supports: stiffness and key metrics beside each other."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.uncertainty.boundary import run_boundary

    opened = Case.open(case)
    with opened.folder.locked():
        found = run_boundary(opened, plan, progress())
    rows = [
        [
            s["name"],
            s["title"],
            s["support"],
            "-" if s["stiffness_N_mm"] is None else f"{s['stiffness_N_mm']:.4g}",
        ]
        for s in found["sets"]
    ]
    spread = [
        [x["id"], x["part"], x["load_case"], x["unit"], f"{x['low']:.4g}", x["low_set"], f"{x['high']:.4g}",
         x["high_set"], "-" if x["spread_percent"] is None else f"{x['spread_percent']:.0f} %"]
        for x in found["spread"]
    ]  # fmt: skip
    head = ["metric", "part", "load case", "unit", "lowest", "by", "highest", "by", "spread"]
    lines = [
        table(rows, ["set", "", "support", "stiffness N/mm"]), "", table(spread, head), "",
        f"Note: {found['warning']}",
    ]  # fmt: skip
    return Output(found, "\n".join(lines))


@study.command()
@click.argument("case", type=CASE)
@click.option("--plan", "plan", required=True, help="The plan, or intact.")
@click.option("--ratio", type=float, default=None, help="Of the mesh sizes, default 1.4.")
@click.option("--finer/--coarser", default=True, show_default=True,
              help="One finer and one coarser mesh, or two coarser: quick, often too coarse.")  # fmt: skip
@speaks
def mesh(case: Path, plan: str, ratio: float | None, finer: bool) -> Output:
    """One plan on three meshes: observed order, extrapolated value and grid convergence index."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.uncertainty.mesh_study import RATIO, run_mesh_study

    opened = Case.open(case)
    with opened.folder.locked():
        found = run_mesh_study(opened, plan, ratio or RATIO, "finer" if finer else "coarser", progress())
    levels = [[f"{x['size_mm']:.3g}", str(x["unknowns"]), f"{x['wall_s']:.1f}"] for x in found["levels"]]
    head = ["metric", "part", "load case", "fine", "middle", "coarse", "order", "limit", "error", ""]
    rows = [_convergence_row(q) for q in found["quantities"]]
    lines = [table(levels, ["mm", "unknowns", "s"]), "", table(rows, head)]
    return Output(found, "\n".join(lines))


def _convergence_row(q: Mapping[str, Any]) -> list[str]:
    c = q["convergence"]
    values = ["-" if v is None else f"{v:.5g}" for v in q["values"]]
    named = [q["id"], q["part"], q["load_case"], *values]
    if c is None:
        return [*named, "-", "-", "-", q["reason"]]
    return [
        *named,
        "-" if c["order"] is None else f"{c['order']:.2f}",
        "-" if c["extrapolated"] is None else f"{c['extrapolated']:.5g}",
        "-" if c["error_fraction"] is None else f"{100 * c['error_fraction']:.2g} %",
        "; ".join([*c["flags"], *(["singular"] if q["singular"] else [])]),
    ]


def study_lines(found: Mapping[str, Any]) -> list[str]:
    """A study for people."""
    from surgitwin.report.summary import robust_words

    low, high = found["percentiles"]
    lines = [f"Study {found['id']}, {found['method']}, {found['samples']} samples, seed {found['seed']}"]
    if found.get("cost"):
        lines.append(f"Cost: {found['cost']}")
    inputs = [
        [i["name"], i["words"], i["role"], "narrowed" if i["narrowed"] else ""] for i in found["inputs"]
    ]
    lines += ["", table(inputs, ["input", "range", "", ""])]
    for plan in found["plans"]:
        lines += ["", f"Plan {plan['name']}: {plan['done']} done, {plan['failed']} failed"]
        rows = [_metric_row(m) for m in plan["metrics"]]
        head = [
            "metric",
            "part",
            "load case",
            "mean",
            f"{low:g} %",
            f"{high:g} %",
            "limit met",
            "depends most on",
        ]
        lines.append(table(rows, head))
    firm = robust_words(found["robustness"])
    return [*lines, "", *firm, *(f"Note: {w}" for w in found["warnings"])]


def _metric_row(m: Mapping[str, Any]) -> list[str]:
    met = m["limit_met"]
    most = "" if not m["tornado"] else ", ".join(t["input"] for t in m["tornado"][:2])
    return [
        m["id"], m["part"], m["load_case"], f"{m['mean']:.4g}", f"{m['low']:.4g}", f"{m['high']:.4g}",
        "" if met is None else f"{100 * met['share']:.0f} %", most,
    ]  # fmt: skip
